//! One ledger.

use super::{
    act::{inputs, Task},
    show::Screening,
    Keeper,
};
use crate::{
    book::Standing,
    collect::{CollectError, Tick},
    model::{Market, Vault},
    strategy::{self, Action, Decision, Input, Inventory, Verdict, Way},
    tell::AlertKind,
};
use ballast_client::value::Address;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Vaults that are read and decided on at once: the first of them need not wait for the last.
const CHUNK: usize = 40;
/// How long after a ledger was seen vaults are still read: then the next one is due. Those that are left come first
/// in it.
const READING: Duration = Duration::from_secs(4);
/// How far the prices of a crowd's collateral are thought to fall next.
const FALL_E7: i128 = 0_0500000;

impl Keeper {
    /// Waits for the next ledger and does what it asks for.
    ///
    /// # Errors
    /// [`CollectError`], if the network cannot be read: nothing was decided then.
    pub async fn turn(&mut self) -> Result<Tick, CollectError> {
        let tick = self.collector.next().await?;
        self.executor.closed(tick.ledger);
        self.alerts.at(tick.ledger, tick.closed_at);
        let pools: Vec<Address> = self.collector.watch().pools.keys().cloned().collect();
        let mut screened = BTreeMap::new();
        for pool in pools {
            let counts = self.serve(&pool, &tick).await;
            screened.insert(pool, counts);
        }
        self.refresh();
        self.tell(&tick, screened).await;
        self.reap().await;
        Ok(tick)
    }

    /// Decides on the vaults of one pool that are in danger, and acts.
    async fn serve(&mut self, pool: &Address, tick: &Tick) -> Screening {
        let Some(watched) = self.collector.watch().pools.get(pool) else {
            return Screening::default();
        };
        let market = watched.market.clone();
        let screened = watched.book.at_risk(&market);
        let crowd = watched.book.crowd(&market, FALL_E7);
        // An auction that a recovered vault no longer deserves is deleted, by who sponsors it.
        let at_risk: BTreeSet<&Address> = screened.at_risk.iter().map(|one| &one.address).collect();
        let healthy: Vec<Address> = watched
            .auctions
            .keys()
            .filter(|user| !at_risk.contains(user) && self.is_watched(user))
            .cloned()
            .collect();
        let mut order = by_danger(&screened.at_risk);
        order.extend(healthy);
        if let Some(left) = self.left.remove(pool) {
            // What cannot be helped must not keep others from being looked at.
            order.sort_by_key(|vault| !left.contains(vault));
        }
        let mut screening = Screening {
            unread: false,
            at_risk: screened
                .at_risk
                .iter()
                .map(|one| one.address.clone())
                .collect(),
            unpriced: screened.unpriced.clone(),
        };
        if order.is_empty() {
            return screening;
        }
        let mut inventory = self.inventory(&market).await;
        let mut capacity = self.capacity(pool);
        let chunks: Vec<&[Address]> = order.chunks(CHUNK).collect();
        for (number, chunk) in chunks.iter().enumerate() {
            if number > 0 && tick.seen.elapsed() > READING {
                let left = chunks[number..].concat();
                tracing::warn!(pool = %pool, vaults = left.len(), "vaults at risk are left for the next ledger");
                self.left.insert(pool.clone(), left.into_iter().collect());
                break;
            }
            let vaults = match self.collector.details(pool, chunk).await {
                Ok(vaults) => vaults,
                Err(error) => {
                    tracing::warn!(%error, vaults = chunk.len(), "vaults at risk cannot be read");
                    self.unreadable(&error);
                    screening.unread = true;
                    return screening;
                }
            };
            let second = self.collector.second_prices(&vaults).await;
            let decisions = strategy::decide(
                &self.settings,
                &Input {
                    market: &market,
                    vaults: &vaults,
                    second: &second,
                    crowd: &crowd.0,
                    inventory: &inventory,
                    fees: &self.executor.fees(),
                    native: &self.native,
                    in_flight: &self.executor.in_flight(),
                    capacity,
                },
            );
            self.metrics.decided(tick.seen.elapsed());
            for decision in decisions {
                if let Verdict::Act { choices, .. } = &decision.verdict {
                    capacity = capacity.saturating_sub(1);
                    if let Some(first) = choices.first().filter(|first| first.way == Way::Fill) {
                        spend(&mut inventory, &first.debt, first.repay);
                    }
                }
                self.carry_out(decision, &market, &vaults, tick);
            }
        }
        let at_risk: BTreeSet<&Address> = order.iter().collect();
        let collector = &self.collector;
        self.holds
            .retain(|vault, _| at_risk.contains(vault) || !is_of(collector, vault, pool));
        screening
    }

    fn carry_out(
        &mut self,
        decision: Decision,
        market: &Arc<Market>,
        vaults: &[Vault],
        tick: &Tick,
    ) {
        match &decision.verdict {
            Verdict::Act { choices, .. } => {
                self.holds.remove(&decision.vault);
                let noted = self.is_new(choices.first());
                self.doubt(&decision.vault, "");
                let task = Task {
                    inputs: inputs(market, vaults, &decision, &self.executor.fees()),
                    decision,
                    noted,
                    market: market.clone(),
                    settings: self.settings.clone(),
                    executor: self.executor.clone(),
                    store: self.store.clone(),
                    metrics: self.metrics.clone(),
                    seen: tick.seen,
                };
                self.tasks.spawn(task.run());
            }
            Verdict::Hold(hold) => {
                self.tried.remove(&decision.vault);
                let name = hold.name();
                self.metrics.held(name);
                self.doubt(&decision.vault, name);
                if self.holds.insert(decision.vault.clone(), name) != Some(name) {
                    self.note_hold(decision, market, vaults);
                }
            }
        }
    }

    /// Whether an action is to be written down: all of them, but for those of a dry run that were tried before.
    fn is_new(&mut self, action: Option<&Action>) -> bool {
        let Some(action) = action.filter(|_| self.executor.settings().dry_run) else {
            return true;
        };
        let what = (action.way, action.collateral.clone(), action.debt.clone());
        self.tried.insert(action.vault.clone(), what.clone()) != Some(what)
    }

    /// A vault whose second price source does not agree, or is missing, is the operator's to know of.
    fn doubt(&self, vault: &Address, hold: &str) {
        let doubts = matches!(hold, "PriceDiverges" | "SecondOracleUnavailable");
        let kind = AlertKind::OracleDiverging;
        self.alerts
            .set(kind, &vault.to_string(), doubts.then_some(hold));
    }

    /// Steps that one more ledger takes of the pool: what is on its way takes room too.
    fn capacity(&self, pool: &Address) -> u32 {
        let watch = self.collector.watch();
        let of_pool = |vault: &&Address| {
            watch
                .vaults
                .get(*vault)
                .is_some_and(|brief| brief.pool == *pool)
        };
        let on_its_way = self.executor.in_flight().iter().filter(of_pool).count() as u32;
        let room = self.settings.steps_per_ledger.saturating_sub(on_its_way);
        room.min(u32::try_from(self.executor.free_channels()).unwrap_or(u32::MAX))
    }

    async fn inventory(&self, market: &Market) -> Inventory {
        let assets: Vec<Address> = market
            .reserves
            .iter()
            .map(|reserve| reserve.asset.clone())
            .collect();
        match self.executor.inventory(&assets).await {
            Ok(inventory) => inventory,
            Err(error) => {
                tracing::warn!(%error, "the keeper's balances cannot be read: no fills");
                Inventory::default()
            }
        }
    }

    pub(super) fn is_watched(&self, address: &Address) -> bool {
        self.collector.watch().vaults.contains_key(address)
    }
}

fn spend(inventory: &mut Inventory, asset: &Address, amount: i128) {
    if let Some(left) = inventory.available.get_mut(asset) {
        *left = left.saturating_sub(amount).max(0);
    }
}

fn is_of(collector: &crate::collect::Collector, vault: &Address, pool: &Address) -> bool {
    let brief = collector.watch().vaults.get(vault);
    brief.is_none_or(|brief| brief.pool == *pool)
}

/// The order in which vaults are read: what they owe, weighted by how far they are, so that what is most at stake
/// is decided on first. The strategy orders again, by what it then knows.
fn by_danger(at_risk: &[Standing]) -> Vec<Address> {
    let mut order: Vec<&Standing> = at_risk.iter().collect();
    order.sort_by_key(|one| {
        let weight = one.risk_e7.clamp(0, 2_0000000) / 1_0000;
        Reverse(one.debt_value.saturating_mul(weight))
    });
    order.into_iter().map(|one| one.address.clone()).collect()
}
