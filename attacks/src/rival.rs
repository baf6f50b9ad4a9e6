//! Other fillers: the attacker is not alone at the pool's auctions.

use crate::{
    book::{self, Rates},
    calls,
    world::{Target, World},
};
use ballast_core::auction::FILLER_MARGIN_E7;
use soroban_sdk::Vec;

/// Lets ledgers pass, in which somebody else fills the target's auction as soon as it pays a margin
/// of 10% at true prices. The attacker may be a ledger earlier, not later.
pub fn wait(world: &mut World<'_>, target: Target, ledgers: u32) {
    let end = world.chain().sequence() + ledgers;
    if let Some(due) = due_ledger(world, target) {
        if due < end {
            world.wait(due.saturating_sub(world.chain().sequence()));
            fill(world, target);
        }
    }
    world.wait(end - world.chain().sequence());
}

/// The first ledger at which the target's auction pays the margin.
pub fn due_ledger(world: &World<'_>, target: Target) -> Option<u32> {
    let auction = book::auction(world, target)?;
    let shares = book::shares(world, target);
    let position = Rates::read(world).position(&shares, world.truth_usd());
    let age = auction
        .first_profitable_age(&position, FILLER_MARGIN_E7)
        .expect("amounts of a pool")?;
    Some(auction.start_ledger + age)
}

fn fill(world: &World<'_>, target: Target) {
    let rival = &world.stage.rival;
    if let Some((call, _)) = calls::fill_auction(world, rival, target, 100) {
        let calls = Vec::from_iter(world.chain().env(), [call]);
        // Where the pool refuses (a dead feed, say), nobody fills.
        let _ = world.chain().call(rival, "run", (calls,), &[]);
    }
}
