//! What must hold after every action, whatever it was.

use crate::book::Shares;
use crate::entries::{self, RESERVES};
use crate::reading::Auction;
use crate::step::Taken;
use crate::world::World;
use soroban_sdk::xdr::ScContractInstance;

/// What an action was allowed to do.
pub enum Effect {
    /// Nothing to any vault.
    Outside,
    /// The owner of a vault acted.
    Owner(usize),
    /// The owner sold, on terms of their own: who bought gains what the owner gave.
    OwnersSale(usize),
    /// Somebody else gave, or tried to take.
    Anybody,
    /// A keeper's step was accepted.
    Step(Box<Taken>),
    /// Several steps of a hostile caller were accepted in one transaction.
    Steps(usize),
    /// A vault's auction was filled.
    Filled(usize),
    /// An issuer took from these holders.
    ClawedBack,
}

/// A vault as it stood.
#[derive(Clone)]
pub struct VaultBefore {
    pub shares: [Shares; RESERVES],
    pub idle: [i128; RESERVES],
    pub instance: ScContractInstance,
    pub auction: Option<Auction>,
}

/// Vaults and attackers as they stood.
#[derive(Clone)]
pub struct Before {
    pub vaults: [VaultBefore; 2],
    /// Of keeper, thief and the thief's contract together.
    pub attackers: [i128; RESERVES],
}

impl Before {
    pub fn read(world: &World) -> Self {
        let vault = |vault: usize| VaultBefore {
            shares: world.shares(vault),
            idle: world.balances(&world.vaults[vault].address),
            instance: world.instance(vault),
            auction: world.auction(vault),
        };
        Self {
            vaults: [vault(0), vault(1)],
            attackers: attackers(world),
        }
    }
}

/// Balances of everybody who attacks, together.
fn attackers(world: &World) -> [i128; RESERVES] {
    let mut sums = [0; RESERVES];
    for holder in [
        world.keeper.address(),
        world.thief.address(),
        &world.hostile,
        &world.receiver,
    ] {
        for (sum, balance) in sums.iter_mut().zip(world.balances(holder)) {
            *sum += balance;
        }
    }
    sums
}

impl Effect {
    /// Checks the promises against the states before and after.
    pub fn check(&self, world: &mut World, before: &Before) {
        let after = Before::read(world);
        for vault in 0..2 {
            self.check_vault(vault, &before.vaults[vault], &after.vaults[vault]);
        }
        match self {
            Effect::Step(taken) => taken.check(world, before, &after),
            Effect::OwnersSale(_) => {}
            Effect::Steps(vault) => crate::step::check_many(world, *vault, before, &after),
            _ => {
                for (asset, (now, then)) in after.attackers.iter().zip(before.attackers).enumerate()
                {
                    assert!(*now <= then, "attackers gained {} of {asset}", now - then);
                }
            }
        }
    }

    fn check_vault(&self, vault: usize, before: &VaultBefore, after: &VaultBefore) {
        // Promise 7: code for good, rules and owner unless the owner says so.
        assert_eq!(
            before.instance.executable, after.instance.executable,
            "vault {vault}: other code"
        );
        let owners = matches!(
            self,
            Effect::Owner(acting) | Effect::OwnersSale(acting) if *acting == vault
        );
        if owners {
            return;
        }
        let stepped = match self {
            Effect::Step(taken) => taken.vault == vault,
            Effect::Steps(stepping) => *stepping == vault,
            _ => false,
        };
        for key in [
            "Links",
            "Owner",
            "ProposedOwner",
            "Policy",
            "AutomationOff",
            "Assets",
            "Window",
        ] {
            let of = |vault: &VaultBefore| entries::stored(&vault.instance, key).cloned();
            assert!(
                of(before) == of(after) || (key == "Window" && stepped),
                "vault {vault}: {key} changed"
            );
        }
        if stepped {
            // Looked at closely elsewhere.
            return;
        }
        // Promises 1 and 6: without the owner nothing becomes less.
        let filled = matches!(self, Effect::Filled(filled) if *filled == vault);
        for asset in 0..RESERVES {
            let (then, now) = (before.shares[asset], after.shares[asset]);
            assert!(
                now.b >= then.b || filled,
                "vault {vault}: lost collateral {asset}: {then:?} {now:?}"
            );
            assert!(
                now.d <= then.d,
                "vault {vault}: owes more of {asset}: {then:?} {now:?}"
            );
            assert!(
                after.idle[asset] >= before.idle[asset] || matches!(self, Effect::ClawedBack),
                "vault {vault}: reserve of {asset} fell"
            );
        }
    }
}
