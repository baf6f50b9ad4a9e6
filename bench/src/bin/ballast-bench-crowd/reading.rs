//! What actors read of the last closed ledger: entries, and the oracle's answers.

use crate::scene::Scene;
use anyhow::{anyhow, Context, Result};
use ballast_client::{
    entry, pool,
    value::{
        Address, Asset, AuctionData, PoolConfig, Positions, PriceData, ReserveConfig, ReserveData,
        Value,
    },
    Call,
};
use ballast_core::interest;
use ballast_keeper::model::{Feed, Market, OpenAuction, PriceRound, Reserve, Shares, Vault};
use ballast_ledger::{Ledger, Read, RecordAuth, Request};
use soroban_sdk::xdr::{HostFunction, LedgerKey};
use std::collections::BTreeMap;

/// Rounds of the oracle that are read.
const ROUNDS: u32 = 13;

/// An entry of a contract; none if there is none that lives.
pub fn read<T: Value>(ledger: &Ledger, key: &LedgerKey) -> Result<Option<T>> {
    let Some(found) = ledger.state().get(key) else {
        return Ok(None);
    };
    if !found.is_live(ledger.building().ledger_seq) {
        return Ok(None);
    }
    Ok(entry::decode(&found.entry.data)?)
}

fn require<T: Value>(ledger: &Ledger, key: &LedgerKey) -> Result<T> {
    read(ledger, key)?.context("an entry is missing")
}

/// What a call would return.
pub fn view<T: Value>(ledger: &Ledger, scene: &Scene, call: &Call<T>) -> Result<T> {
    // At the time of the last closed ledger, as a server of the network answers.
    let recorded = ledger.record_at(
        ledger.state(),
        ledger.header(),
        Request {
            source: scene.keeper.key.account_id(),
            function: HostFunction::InvokeContract(call.args()),
            auth: RecordAuth::Record,
            seed: [0; 32],
            instructions: ledger.config().tx_max_instructions,
            diagnostics: false,
            profile: false,
        },
    );
    let value = recorded
        .result
        .map_err(|error| anyhow!("{}: {error:?}", call.function()))?;
    Ok(T::from_value(&value)?)
}

/// The pool, with rates accrued to the close of the last ledger.
pub fn market(ledger: &Ledger, scene: &Scene) -> Result<Market> {
    let instance = entry::instance(&scene.pool);
    let found = ledger.state().get(&instance).context("no pool")?;
    let instance = entry::Instance::of(&found.entry.data).context("no instance")?;
    let config: PoolConfig = instance
        .get(&entry::pool::config())?
        .context("no configuration")?;
    let header = ledger.header();
    let closed_at = header.scp_value.close_time.0;
    let mut reserves = Vec::new();
    for (index, asset) in (0..).zip([&scene.xlm, &scene.usdc]) {
        reserves.push(reserve(
            ledger,
            scene,
            index,
            asset,
            closed_at,
            config.bstop_rate,
        )?);
    }
    Ok(Market {
        pool: scene.pool.clone(),
        oracle: scene.oracle.clone(),
        ledger: header.ledger_seq,
        closed_at,
        price_scalar: 10_i128.pow(14),
        resolution_seconds: 300,
        status: config.status,
        min_collateral: config.min_collateral,
        reserves,
        venues: Vec::new(),
    })
}

fn reserve(
    ledger: &Ledger,
    scene: &Scene,
    index: u32,
    asset: &Address,
    closed_at: u64,
    take_rate_e7: u32,
) -> Result<Reserve> {
    let config: ReserveConfig = require(ledger, &entry::pool::reserve_config(&scene.pool, asset))?;
    let data: ReserveData = require(ledger, &entry::pool::reserve_data(&scene.pool, asset))?;
    let stored = interest::Reserve {
        curve: interest::Curve {
            target_e7: config.util,
            base_e7: config.r_base,
            one_e7: config.r_one,
            two_e7: config.r_two,
            three_e7: config.r_three,
            reactivity_e7: config.reactivity,
        },
        b_rate_e12: data.b_rate,
        d_rate_e12: data.d_rate,
        modifier_e7: data.ir_mod,
        b_supply: data.b_supply,
        d_supply: data.d_supply,
        accrued_at: data.last_time,
    };
    let now = stored
        .accrued(closed_at, take_rate_e7)
        .map_err(|refusal| anyhow!("interest: {refusal:?}"))?;
    let name = Asset::Stellar(asset.clone());
    let round = |price: PriceData| PriceRound {
        price: price.price,
        timestamp: price.timestamp,
    };
    let last = view(ledger, scene, &pool::last_price(&scene.oracle, &name))?;
    let rounds = view(ledger, scene, &pool::prices(&scene.oracle, &name, ROUNDS))?;
    Ok(Reserve {
        asset: asset.clone(),
        index,
        asset_scalar: 10_i128.pow(config.decimals),
        collateral_factor_e7: config.c_factor,
        liability_factor_e7: config.l_factor,
        max_utilization_e7: config.max_util,
        enabled: config.enabled,
        b_rate_e12: now.b_rate_e12,
        d_rate_e12: now.d_rate_e12,
        b_supply: now.b_supply,
        d_supply: now.d_supply,
        feed: Feed {
            last: last.map(round),
            rounds: rounds.unwrap_or_default().into_iter().map(round).collect(),
        },
    })
}

/// What somebody holds and owes.
pub fn shares(ledger: &Ledger, scene: &Scene, user: &Address) -> Result<Vec<Shares>> {
    let positions: Option<Positions> = read(ledger, &entry::pool::positions(&scene.pool, user))?;
    let Some(positions) = positions else {
        return Ok(Vec::new());
    };
    let of = |side: &BTreeMap<u32, i128>, index| side.get(&index).copied().unwrap_or(0);
    let both = (0..2).map(|index| Shares {
        index,
        b_tokens: of(&positions.collateral, index),
        d_tokens: of(&positions.liabilities, index),
    });
    Ok(both
        .filter(|held| held.b_tokens != 0 || held.d_tokens != 0)
        .collect())
}

/// The open auction of a user.
pub fn auction(ledger: &Ledger, scene: &Scene, user: &Address) -> Result<Option<OpenAuction>> {
    let data: Option<AuctionData> = read(ledger, &entry::pool::auction(&scene.pool, user))?;
    Ok(data.map(|data| OpenAuction {
        start_ledger: data.block,
        lot: data.lot,
        bid: data.bid,
    }))
}

/// A vault as the keeper reads it.
pub fn vault(ledger: &Ledger, scene: &Scene, address: &Address) -> Result<Vault> {
    let found = ledger.state().get(&entry::instance(address));
    let found = found.context("no vault")?;
    let instance = entry::Instance::of(&found.entry.data).context("no instance")?;
    Ok(Vault {
        address: address.clone(),
        state: instance.vault_state()?,
        shares: shares(ledger, scene, address)?,
        // The vaults of this scene hold no reserve.
        idle: BTreeMap::new(),
        auction: auction(ledger, scene, address)?,
        ledger: ledger.header().ledger_seq,
    })
}
