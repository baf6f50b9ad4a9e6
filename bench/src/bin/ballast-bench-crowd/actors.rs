//! What keeper and liquidator hand in: calls, simulated on the last closed ledger and signed.

use crate::scene::{Actor, Scene};
use anyhow::{anyhow, Result};
use ballast_client::{
    pool, token,
    value::{Address, Request, Value},
    vault, Call,
};
use ballast_core::{
    auction::{Auction, AuctionLeg, FILLER_MARGIN_E7},
    fixed::{mul_div_ceil, ONE_E7},
    health::{Position, Totals},
};
use ballast_keeper::{
    model::OpenAuction,
    strategy::{Action, Way},
};
use ballast_ledger::{Ledger, SimulationOptions};
use ballast_transaction::{sha256, sign_entry, AuthorizationPreimage, Builder};
use soroban_sdk::xdr::{
    HostFunction, InvokeContractArgs, LedgerBounds, Preconditions, PreconditionsV2, ScVal,
    SequenceNumber, SorobanAuthorizationEntry, SorobanAuthorizedFunction,
    SorobanAuthorizedInvocation, TransactionEnvelope,
};

/// Ledgers after the last closed one in which a transaction may be applied.
pub const VALID_LEDGERS: u32 = 2;
/// Until when the vault takes a step, seconds after the ledger that it was planned on.
const DEADLINE_SECONDS: u64 = 60;
/// Blend's numbers of requests.
const REPAY: u32 = 5;
const WITHDRAW_COLLATERAL: u32 = 3;
const FILL_LIQUIDATION: u32 = 6;
/// Health factor that the liquidator's percent aims at: that of a widely run bot.
const HEALTH_AFTER: f64 = 1.06;
/// The filler repays this much more than it took over (the pool refunds the rest), 7 decimals.
const REPAY_HEADROOM_E7: i128 = 10_000;

/// A call with what its sender signs beside it.
pub struct Signed {
    args: InvokeContractArgs,
    below: Option<Vec<InvokeContractArgs>>,
}

impl Signed {
    fn by_actor<T: Value>(call: &Call<T>, below: Vec<InvokeContractArgs>) -> Self {
        Self {
            args: call.args(),
            below: Some(below),
        }
    }
}

/// The keeper's fill.
pub fn step(scene: &Scene, action: &Action, closed_at: u64) -> Result<Signed> {
    // Without a venue nothing else is planned.
    anyhow::ensure!(action.way == Way::Fill, "a way that is not raced");
    let keeper = scene.keeper.key.sc_address();
    let call = vault::fill(
        &action.vault,
        &keeper,
        &action.collateral,
        &action.debt,
        action.repay,
        action.sell,
        closed_at + DEADLINE_SECONDS,
    );
    let pay = token::transfer(&action.debt, &keeper, &action.vault, action.repay);
    Ok(Signed::by_actor(&call, vec![pay.args()]))
}

/// A liquidation auction of a share of a position.
pub fn open(scene: &Scene, user: &Address, percent: u32) -> Signed {
    let (bid, lot) = ([scene.usdc.clone()], [scene.xlm.clone()]);
    let call = pool::new_auction(&scene.pool, user, &bid, &lot, percent);
    Signed {
        args: call.args(),
        below: None,
    }
}

/// The share that brings the position to the health that the liquidator aims at, percent.
pub fn percent(totals: &Totals) -> u32 {
    let (assets, debt) = (totals.collateral_base as f64, totals.liability_base as f64);
    let factor = assets / totals.collateral_value as f64;
    let inverse = debt / totals.debt_value as f64;
    let incentive = 1.0 + (1.0 - factor / inverse) / 2.0;
    let repaid = (debt * HEALTH_AFTER - assets) / (inverse * HEALTH_AFTER - factor * incentive);
    let share = (repaid / totals.debt_value as f64 * 100.0).round();
    match share.is_finite() {
        true => share.clamp(1.0, 100.0) as u32,
        false => 100,
    }
}

/// What a fill would leave to the liquidator at an age, if it is its margin at least.
pub fn fill_profit(position: &Position, auction: &Auction, age: u32) -> Option<i128> {
    let terms = auction.fill_terms(position, age).ok()?;
    let asked = mul_div_ceil(terms.bid_value, ONE_E7 + FILLER_MARGIN_E7, ONE_E7).ok()?;
    (terms.lot_value > 0 && terms.lot_value >= asked).then(|| terms.profit())
}

/// An auction in the core's terms, parallel to the position's legs.
pub fn core_auction(scene: &Scene, open: &OpenAuction, position: &Position) -> Auction {
    // A position of this scene has its collateral first.
    let of = |index: usize| match index {
        0 => AuctionLeg {
            lot_b_tokens: open.lot.get(&scene.xlm).copied().unwrap_or(0),
            bid_d_tokens: 0,
        },
        _ => AuctionLeg {
            lot_b_tokens: 0,
            bid_d_tokens: open.bid.get(&scene.usdc).copied().unwrap_or(0),
        },
    };
    Auction {
        start_ledger: open.start_ledger,
        legs: (0..position.legs.len()).map(of).collect(),
    }
}

/// Fills a whole auction, repays the debt taken over and withdraws the collateral, in one call.
pub fn fill(scene: &Scene, user: &Address, bid_value: i128) -> Result<Signed> {
    // USDC is a dollar: its value in the oracle's 14 decimals is its amount in 7.
    let owed = mul_div_ceil(bid_value, ONE_E7 + REPAY_HEADROOM_E7, ONE_E7)
        .map_err(|refusal| anyhow!("{refusal:?}"))?
        / ONE_E7
        + 1;
    let own = scene.liquidator.key.sc_address();
    let request = |request_type, address: &Address, amount| Request {
        request_type,
        address: address.clone(),
        amount,
    };
    let requests = vec![
        request(FILL_LIQUIDATION, user, 100),
        request(REPAY, &scene.usdc, owed),
        request(WITHDRAW_COLLATERAL, &scene.xlm, 1_0000000),
    ];
    let args = vec![
        own.to_value(),
        own.to_value(),
        own.to_value(),
        requests.to_value(),
    ];
    let call: Call<ScVal> = Call::new(&scene.pool, "submit", args);
    let pay = token::transfer(&scene.usdc, &own, &scene.pool, owed);
    Ok(Signed::by_actor(&call, vec![pay.args()]))
}

/// The oracle's next round, signed by who scripts it.
pub fn round(scene: &Scene, price: i128, ledger: &Ledger) -> Result<TransactionEnvelope> {
    let now = ledger.building().scp_value.close_time.0;
    let prices = vec![Some(price), Some(ballast_chain::market::USD)];
    let call: Call<()> = Call::new(
        &scene.oracle,
        "set_round",
        vec![now.to_value(), prices.to_value()],
    );
    let admin = &scene.oracle_admin;
    let auth = ballast_transaction::source_entry(invocation(call.args(), Vec::new()));
    let sequence = Scene::sequence(ledger, admin);
    let builder = Builder::new(admin.muxed(), sequence)
        .host_function(HostFunction::InvokeContract(call.args()), vec![auth]);
    let builder = simulated(ledger, builder, [0; 32])?;
    Ok(builder.sign(ledger.network(), &[admin]))
}

/// A transaction of a call, from one of the actor's channels.
pub fn transaction(
    ledger: &Ledger,
    actor: &Actor,
    channel: usize,
    signed: Signed,
    bid: u32,
    nonce: i64,
) -> Result<TransactionEnvelope> {
    let last = ledger.header().ledger_seq + VALID_LEDGERS;
    let channel = &actor.channels[channel];
    let auth: Vec<SorobanAuthorizationEntry> = signed
        .below
        .map(|below| {
            sign_entry(
                ledger.network(),
                &actor.key,
                actor.key.sc_address(),
                &invocation(signed.args.clone(), below),
                AuthorizationPreimage {
                    nonce,
                    expiration_ledger: last,
                },
            )
        })
        .into_iter()
        .collect();
    let builder = Builder::new(channel.muxed(), Scene::sequence(ledger, channel))
        .host_function(HostFunction::InvokeContract(signed.args), auth)
        .inclusion_fee(bid)
        .conditions(Preconditions::V2(PreconditionsV2 {
            time_bounds: None,
            ledger_bounds: Some(LedgerBounds {
                min_ledger: 0,
                max_ledger: last + 1,
            }),
            min_seq_num: None::<SequenceNumber>,
            min_seq_age: Default::default(),
            min_seq_ledger_gap: 0,
            extra_signers: Default::default(),
        }));
    let builder = simulated(ledger, builder, sha256(&nonce.to_be_bytes()))?;
    Ok(builder.sign(ledger.network(), &[channel]))
}

/// With footprint, resources and resource fee as a server of the network would answer.
fn simulated(ledger: &Ledger, builder: Builder, seed: [u8; 32]) -> Result<Builder> {
    let options = SimulationOptions {
        seed,
        ..SimulationOptions::default()
    };
    let simulation = ledger.simulate(&builder.sign(ledger.network(), &[]), &options);
    if let Some(error) = simulation.error {
        return Err(anyhow!(error));
    }
    let mut data = simulation
        .transaction_data
        .ok_or_else(|| anyhow!("nothing to declare"))?;
    data.resource_fee = data.resource_fee.max(simulation.min_resource_fee);
    Ok(builder.soroban(data))
}

fn invocation(
    args: InvokeContractArgs,
    below: Vec<InvokeContractArgs>,
) -> SorobanAuthorizedInvocation {
    let below: Vec<_> = below
        .into_iter()
        .map(|args| invocation(args, Vec::new()))
        .collect();
    SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(args),
        sub_invocations: below.try_into().unwrap_or_default(),
    }
}
