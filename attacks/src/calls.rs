//! The calls that the attacker's contract makes, each in its own name with what it authorises.

use crate::{
    book::{self, Rates, Shares},
    scenario::{ASSETS, USDC, XLM},
    strategy::Way,
    world::{Target, World},
};
use ballast_chain::{
    amm,
    blend::{request, Request},
    system::NO_DEADLINE,
};
use ballast_core::{
    auction::bid_modifier_e7,
    check::Proposal,
    fixed::{mul_div_ceil, ONE_E12, ONE_E7},
};
use ballast_hostile::{Call, Nested, Trick};
use ballast_interfaces::vault::{Path, Step};
use soroban_sdk::{xdr::ToXdr, Address, Env, IntoVal, Symbol, Val, Vec as SorobanVec};

/// Comet's approvals end at a multiple of this many ledgers, and one swap takes in at most a third
/// of what the pool holds.
const APPROVAL_LEDGERS: u32 = 100_000;
const LARGEST_SWAP_DIVISOR: i128 = 3;
/// What a repayment of debt taken over has above it; the pool refunds the rest, 7 decimals.
const REPAY_HEADROOM_E7: i128 = 1_000;
/// More than any position holds: the pool pays out what there is.
const EVERYTHING: i128 = i64::MAX as i128;
/// A trade back leaves so many units, by which the AMM's formula may be off.
const TRADE_DUST: i128 = 20;

/// A call with the calls below it that need the contract's authorisation.
pub fn call(
    world: &World<'_>,
    contract: &Address,
    function: &str,
    args: impl IntoVal<Env, SorobanVec<Val>>,
    nested: &[(&Address, &str, SorobanVec<Val>)],
) -> Call {
    let env = world.chain().env();
    let nested = nested.iter().map(|(contract, function, args)| Nested {
        contract: (*contract).clone(),
        function: Symbol::new(env, function),
        args: args.clone(),
    });
    Call {
        contract: contract.clone(),
        function: Symbol::new(env, function),
        args: args.into_val(env),
        nested: SorobanVec::from_iter(env, nested),
    }
}

/// A trade of the AMM there and back, as calls before and after others.
pub fn trade(world: &World<'_>, skew: f64) -> Option<(Call, Call)> {
    let market = &world.stage.system.market;
    let (sold, bought) = if skew > 0.0 { (XLM, USDC) } else { (USDC, XLM) };
    let reserves = market.amm.reserves();
    let amount = (skew.abs() * (reserves[sold] / LARGEST_SWAP_DIVISOR) as f64) as i128 - 1;
    if amount <= TRADE_DUST {
        return None;
    }
    let got = amm::quote([reserves[sold], reserves[bought]], amount, market.amm.fee());
    let there = swap(world, sold, bought, amount);
    let back = swap(world, bought, sold, got - TRADE_DUST);
    Some((there, back))
}

fn swap(world: &World<'_>, token_in: usize, token_out: usize, amount: i128) -> Call {
    let stage = &world.stage;
    let env = world.chain().env();
    let pool = stage.system.market.amm.address();
    let of = |asset: usize| stage.tokens[asset].address();
    let args = (
        of(token_in),
        amount,
        of(token_out),
        0_i128,
        i128::MAX,
        &stage.caller,
    );
    let live_until = (world.chain().sequence() / APPROVAL_LEDGERS + 1) * APPROVAL_LEDGERS;
    let approval = (&stage.caller, pool, amount, live_until).into_val(env);
    call(
        world,
        pool,
        "swap_exact_amount_in",
        args,
        &[(of(token_in), "approve", approval)],
    )
}

/// A step of the vault: a fill, or a rebalance through the attacker's adapter or the AMM's.
pub fn step(world: &World<'_>, way: Way, proposal: &Proposal) -> Call {
    let stage = &world.stage;
    let env = world.chain().env();
    let (vault, caller) = (&stage.vault.address, &stage.caller);
    let collateral = stage.tokens[proposal.collateral].address();
    let debt = stage.tokens[proposal.debt].address();
    let (sell, bid) = (proposal.sell, proposal.repay);
    if way == Way::Fill {
        let args = (caller, collateral, debt, bid, sell, NO_DEADLINE);
        let transfer = (caller, vault, bid).into_val(env);
        return call(world, vault, "fill", args, &[(debt, "transfer", transfer)]);
    }
    let (adapter, route) = match way {
        Way::PlainAmm | Way::FlashAmm => {
            let pool = stage.system.market.amm.address();
            (&stage.system.adapter, stage.system.route(pool))
        }
        _ => (&stage.venue, Trick::Pay(bid, bid).to_xdr(env)),
    };
    let proposed = Step {
        path: match way {
            Way::Flash | Way::FlashAmm => Path::Flash,
            _ => Path::Plain,
        },
        collateral: collateral.clone(),
        debt: debt.clone(),
        sell,
        min_proceeds: bid,
        adapter: adapter.clone(),
        route,
    };
    call(
        world,
        vault,
        "rebalance",
        (caller, proposed, NO_DEADLINE),
        &[],
    )
}

/// A fill by `caller` of so many percent of the target's auction, with what it takes over repaid and what it
/// gives withdrawn; and the auction's age.
pub fn fill_auction(
    world: &World<'_>,
    caller: &Address,
    target: Target,
    percent: u32,
) -> Option<(Call, u32)> {
    let auction = book::auction(world, target)?;
    let ledger = world.chain().sequence();
    if ledger < auction.start_ledger {
        return None;
    }
    let age = auction.age(ledger);
    let stage = &world.stage;
    let (chain, pool) = (world.chain(), &stage.system.market.pool);
    let env = chain.env();
    let user = world.user(target);
    let share = |shares: i128, modifier_e7: i128| {
        let scaled = mul_div_ceil(shares, i128::from(percent), 100)?;
        mul_div_ceil(scaled, modifier_e7, ONE_E7)
    };
    let mut requests = vec![request(
        request::FILL_LIQUIDATION,
        user,
        i128::from(percent),
    )];
    let mut transfers = Vec::new();
    let rates = Rates::read(world);
    let all = Shares {
        b_tokens: [0; ASSETS],
        d_tokens: [1; ASSETS],
    };
    let legs = rates.position(&all, world.truth_usd()).legs;
    for (asset, auctioned) in auction.legs.iter().enumerate() {
        let token = stage.tokens[asset].address();
        let owed = share(auctioned.bid_d_tokens, bid_modifier_e7(age))
            .and_then(|shares| mul_div_ceil(shares, legs[asset].d_rate_e12, ONE_E12))
            .and_then(|owed| mul_div_ceil(owed, ONE_E7 + REPAY_HEADROOM_E7, ONE_E7))
            .expect("amounts of a pool");
        if owed > 0 {
            requests.push(request(request::REPAY, token, owed));
            transfers.push((token, (caller, pool.address(), owed).into_val(env)));
        }
    }
    for (asset, auctioned) in auction.legs.iter().enumerate() {
        if auctioned.lot_b_tokens > 0 {
            let token = stage.tokens[asset].address();
            requests.push(request(request::WITHDRAW_COLLATERAL, token, EVERYTHING));
        }
    }
    let requests: SorobanVec<Request> = SorobanVec::from_iter(env, requests);
    let nested: Vec<(&Address, &str, SorobanVec<Val>)> = transfers
        .into_iter()
        .map(|(token, args)| (token, "transfer", args))
        .collect();
    let call = call(
        world,
        pool.address(),
        "submit",
        (caller, caller, caller, requests),
        &nested,
    );
    Some((call, age))
}

/// Opens an auction of the target with the percent nearest to `percent` (0 the smallest, 1 the
/// largest) that the pool takes, of the assets that `assets` chooses. What was opened, in words.
pub fn open(world: &World<'_>, target: Target, percent: f64, assets: f64) -> Option<String> {
    const TOO_LARGE: u32 = 1213;
    const TOO_SMALL: u32 = 1214;
    let pool = &world.stage.system.market.pool;
    let shares = book::shares(world, target);
    let held = |shares: &[i128; ASSETS]| -> Vec<usize> {
        (0..ASSETS).filter(|asset| shares[*asset] > 0).collect()
    };
    let (lots, bids) = (
        subsets(&held(&shares.b_tokens)),
        subsets(&held(&shares.d_tokens)),
    );
    if lots.is_empty() || bids.is_empty() {
        return None;
    }
    let choice =
        ((assets * (lots.len() * bids.len()) as f64) as usize).min(lots.len() * bids.len() - 1);
    let (lot, bid) = (&lots[choice % lots.len()], &bids[choice / lots.len()]);
    let of = |assets: &[usize]| -> Vec<&Address> {
        assets
            .iter()
            .map(|asset| world.stage.tokens[*asset].address())
            .collect()
    };
    let (mut low, mut high) = (1, 100);
    let mut attempt = 1 + (percent * 99.0) as u32;
    while low <= high {
        match pool.new_auction(world.user(target), &of(bid), &of(lot), attempt) {
            Ok(_) => {
                let code = |asset: &usize| world.stage.tokens[*asset].code().to_string();
                let lot: Vec<String> = lot.iter().map(code).collect();
                return Some(format!(
                    "open an auction of {attempt}% ({})",
                    lot.join(", ")
                ));
            }
            Err(error) if error.code() == Some(TOO_LARGE) => high = attempt - 1,
            Err(error) if error.code() == Some(TOO_SMALL) => low = attempt + 1,
            Err(_) => return None,
        }
        attempt = (low + high) / 2;
    }
    None
}

/// All of them, then each alone.
fn subsets(assets: &[usize]) -> Vec<Vec<usize>> {
    let mut subsets = vec![assets.to_vec()];
    if assets.len() > 1 {
        subsets.extend(assets.iter().map(|asset| vec![*asset]));
    }
    subsets.retain(|subset| !subset.is_empty());
    subsets
}
