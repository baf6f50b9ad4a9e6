//! What could have been saved: chances of keepers that nobody took, as the contracts themselves say.
//!
//! A keeper sees a ledger that has closed and acts in the next one. So a chance is missed where, in the states
//! that two consecutive ledgers left, the vault would have accepted a step; the keeper had the means for it (the
//! debt asset for a fill, or a venue that pays the bid for a rebalance) at no loss on the trade, or its auction
//! could have been deleted because it was not deserved any more; the second of
//! the two ledgers had room for one more step of the pool; and no step of the vault was made in it. Whether a
//! step is accepted is asked of the lens, and a rebalance is tried on a copy of the network.

use crate::{
    bots,
    town::{oracle_prices, Handles},
};
use ballast_chain::{CallError, Chain, System};
use ballast_client::{
    entry,
    value::{AuctionData, Positions},
};
use ballast_core::{
    auction::{rescue_terms, Auction, AuctionLeg},
    check::require_clock,
    fixed::ONE_E7,
    health::Leg,
    policy::Policy,
};
use ballast_interfaces::{lens::StepQuote, vault::Path};
use ballast_ledger::Ledger;
use soroban_sdk::Address;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use stellar_xdr::curr::ScAddress;

/// Steps of one pool that a ledger takes.
const STEPS_PER_LEDGER: usize = 50;

/// A chance that nobody took.
#[derive(Clone, Debug)]
pub struct Chance {
    pub vault: ScAddress,
    /// The first of the two ledgers.
    pub ledger: u32,
    /// What would have been done.
    pub how: String,
}

/// The vaults, and who was in danger when the last ledger closed.
pub struct Chances {
    pool: ScAddress,
    vaults: Vec<(ScAddress, Policy)>,
    keeper: String,
    legs: Option<(f64, [Leg; 3])>,
    /// Risk ratios of the vaults in the last state, 7 decimals.
    pub risks_e7: Vec<i128>,
    /// The state before, and who needed a step in it and might have had one.
    before: Option<(Arc<Ledger>, BTreeSet<ScAddress>)>,
}

impl Chances {
    pub fn new(pool: ScAddress, vaults: Vec<(ScAddress, Policy)>, keeper: &str) -> Self {
        Chances {
            pool,
            vaults,
            keeper: keeper.to_owned(),
            legs: None,
            risks_e7: vec![],
            before: None,
        }
    }

    /// Who needs a step in the state of a copy of the network and might have one, by the core's arithmetic:
    /// only of these the contracts are asked.
    fn needy(&mut self, on: &Handles, oracle_usd: f64) -> BTreeSet<ScAddress> {
        let chain = on.system.chain();
        if self.legs.is_none_or(|(price, _)| price != oracle_usd) {
            self.legs = Some((oracle_usd, bots::reserves(on, oracle_prices(oracle_usd))));
        }
        let Some((_, legs)) = self.legs else {
            return BTreeSet::new();
        };
        let mut needy = BTreeSet::new();
        self.risks_e7.clear();
        for (vault, policy) in &self.vaults {
            let key = entry::pool::positions(&self.pool, vault);
            let positions = bots::read::<Positions>(chain, &key);
            let position = positions.map(|positions| bots::position(&positions, &legs));
            let totals = position
                .as_ref()
                .and_then(|position| position.totals().ok());
            let risk_e7 = totals.map_or(0, |totals| totals.risk_ratio_e7_ceil());
            self.risks_e7.push(risk_e7);
            let Some(position) = position else {
                continue;
            };
            let key = entry::pool::auction(&self.pool, vault);
            let open = bots::read::<AuctionData>(chain, &key);
            let at_risk = risk_e7 >= i128::from(policy.soft_e7);
            let may = match open {
                None => at_risk && require_clock(false, risk_e7).is_ok(),
                // It may be deleted.
                Some(_) if risk_e7 < ONE_E7 => true,
                Some(data) => {
                    let auction = auction(on, &data);
                    rescue_terms(policy, &position, &auction, chain.sequence()).is_ok()
                }
            };
            if may {
                needy.insert(vault.clone());
            }
        }
        needy
    }

    /// Looks at the state that a ledger left; what was missed since the one before. `stepped` are the vaults
    /// that a keeper stepped in it.
    pub fn after(
        &mut self,
        state: &Arc<Ledger>,
        handles: &Handles,
        oracle_usd: f64,
        stepped: &BTreeSet<ScAddress>,
    ) -> Vec<Chance> {
        let copy = |ledger: &Ledger| Chain::on(ledger.clone(), crate::town::NAMES);
        let now = copy(state);
        let on = handles.on(&now);
        let needy = self.needy(&on, oracle_usd);
        let mut missed = vec![];
        if let Some((before, were)) = self.before.take() {
            let untouched = were
                .intersection(&needy)
                .filter(|vault| !stepped.contains(*vault));
            for vault in untouched.filter(|_| stepped.len() < STEPS_PER_LEDGER) {
                let chain = copy(&before);
                let then = handles.on(&chain);
                // Two states, each on a copy: what is tried in one must not be seen in the other.
                let Some(how) = self.accepted(&then, vault) else {
                    continue;
                };
                let chain = copy(state);
                if self.accepted(&handles.on(&chain), vault).is_some() {
                    missed.push(Chance {
                        vault: vault.clone(),
                        ledger: before.header().ledger_seq,
                        how,
                    });
                }
            }
        }
        self.before = Some((state.clone(), needy));
        missed
    }

    /// A step that the contracts accept in this state and that the keeper has the means for.
    fn accepted(&self, on: &Handles, vault: &ScAddress) -> Option<String> {
        let system = &on.system;
        let chain = system.chain();
        let keeper = chain.account(&self.keeper);
        let vault = system.vault(&chain.address(vault), &keeper);
        if let Ok(quote) = vault.quote_fill() {
            let step = &quote.step;
            let balance: i128 = chain
                .view(&step.debt, "balance", (keeper.address(),))
                .ok()?;
            if step.min_proceeds <= balance && !loses(on, &quote) {
                return Some(format!("fill {} for {}", step.sell, step.min_proceeds));
            }
        }
        for path in [Path::Flash, Path::Plain] {
            for venue in [system.market.amm.address(), on.eurc_amm.address()] {
                let Ok(quote) = quote(system, &vault.address, path, venue) else {
                    continue;
                };
                let step = &quote.step;
                if vault.rebalance(&keeper, step).is_ok() {
                    return Some(format!("{path:?} {} for {}", step.sell, step.min_proceeds));
                }
            }
        }
        let cleared = chain.call(&vault.address, "clear_stale_auction", (), &[]);
        cleared.is_ok().then(|| "clear".to_owned())
    }
}

/// An auction in the core's terms.
pub fn auction(on: &Handles, data: &AuctionData) -> Auction {
    let tokens = on.tokens();
    let of = |map: &BTreeMap<ScAddress, i128>, index: usize| {
        let asset = ScAddress::from(tokens[index].address());
        map.get(&asset).copied().unwrap_or(0)
    };
    let legs = (0..3).map(|index| AuctionLeg {
        lot_b_tokens: of(&data.lot, index),
        bid_d_tokens: of(&data.bid, index),
    });
    Auction {
        start_ledger: data.block,
        legs: legs.collect(),
    }
}

fn quote(
    system: &System,
    vault: &Address,
    path: Path,
    venue: &Address,
) -> Result<StepQuote, CallError> {
    let args = (vault, path, &system.adapter, system.route(venue));
    system.chain().view(&system.lens, "quote_rebalance", args)
}

/// Whether a fill costs the keeper more than it brings, at the oracle's prices: a rescue may ask for that.
fn loses(on: &Handles, quote: &StepQuote) -> bool {
    let price = |asset: &Address| {
        let told = on.system.market.oracle.last_price(asset);
        told.ok().flatten().map_or(0.0, |price| price.price as f64)
    };
    let step = &quote.step;
    let gets = step.sell as f64 * price(&step.collateral);
    gets < step.min_proceeds as f64 * price(&step.debt)
}
