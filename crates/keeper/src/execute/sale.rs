//! Sells what fills brought in, straight at the venue and under the keeper's own signature: an adapter that is sent
//! tokens in one transaction and called in another could be robbed in between.

use super::{
    carry::{Arrival, Carried, Parcel},
    channels::Lease,
    Executor, Outcome,
};
use crate::{
    model::{Market, Venue},
    strategy::{Action, Incoming, Settings, Way},
};
use ballast_client::{
    comet,
    value::{Address, StepReport, Value},
    Error, Given,
};
use ballast_core::fixed::{mul_div_floor, ONE_E7};
use std::sync::Arc;

/// Of what a Comet pool holds, a sale may bring in less than half.
const MOST_OF_BALANCE: i128 = 2;

/// Something to sell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// What is sold.
    pub asset: Address,
    /// How much of it, smallest unit.
    pub amount: i128,
    /// What is wanted for it.
    pub into: Address,
}

/// How a sale ended.
#[derive(Clone, Debug)]
pub enum SaleOutcome {
    /// Sold.
    Sold {
        /// Its transaction.
        hash: [u8; 32],
        /// The ledger that it is in.
        ledger: u32,
        /// What it brought, smallest unit.
        proceeds: i128,
        /// What it cost, stroops.
        fee_charged: i64,
    },
    /// What the venues pay is too little, or they cannot take so much.
    Held {
        /// Why.
        why: String,
    },
    /// Anything else, as of a step.
    Ended(Outcome),
}

/// What of a finished step is to be sold, as configured.
pub fn sale_of(action: &Action, report: &StepReport, settings: &Settings) -> Option<Sale> {
    let sells = settings.incoming.get(&action.collateral) == Some(&Incoming::Sell);
    let came_in = action.way == Way::Fill && report.sold > 0 && action.collateral != action.debt;
    (sells && came_in).then(|| Sale {
        asset: action.collateral.clone(),
        amount: report.sold,
        into: action.debt.clone(),
    })
}

impl Executor {
    /// Sells at the venue that holds both assets and most of what is wanted, for no less than the market's price less
    /// the configured slippage.
    pub async fn sell(self: &Arc<Self>, sale: &Sale, market: &Market) -> SaleOutcome {
        let held = |why: &str| SaleOutcome::Held {
            why: why.to_owned(),
        };
        let Some(venue) = venue_for(sale, market) else {
            return held("no venue has both assets");
        };
        let sale = Sale {
            // A pool takes in less than half of what it holds at a time.
            amount: sale.amount.min(most_at(venue, &sale.asset)),
            ..sale.clone()
        };
        let Some(least) = self.least(&sale, market) else {
            return held("there is no price to sell at");
        };
        let Some(mut lease) = self.channels.lease(None) else {
            return held("no channel is free");
        };
        match self
            .try_sell(&mut lease, &sale, least, venue, market.ledger)
            .await
        {
            Ok(outcome) => outcome,
            Err(error @ Error::WouldFail(_)) => SaleOutcome::Held {
                why: error.to_string(),
            },
            Err(error) => SaleOutcome::Ended(Outcome::Refused {
                why: error.to_string(),
            }),
        }
    }

    async fn try_sell(
        self: &Arc<Self>,
        lease: &mut Lease,
        sale: &Sale,
        least: i128,
        venue: &Venue,
        ledger: u32,
    ) -> Result<SaleOutcome, Error> {
        let keeper = self.keeper();
        let Sale {
            asset,
            amount,
            into,
        } = sale;
        let latest = self.latest(ledger);
        let given = Given {
            source: lease.key.muxed(),
            sequence: lease.sequence,
            inclusion_fee: self
                .fees()
                .p90
                .min(self.settings.max_inclusion_fee)
                .max(100),
            last_ledger: latest.saturating_add(self.settings.valid_ledgers),
        };
        let call =
            comet::swap_exact_amount_in(&venue.contract, asset, *amount, into, least, &keeper);
        let approval = comet::approval(&venue.contract, asset, *amount, &keeper, given.last_ledger);
        let call = self.authorize(call, &[approval.args()], &given);
        let (prepared, _) = self.prepare(call, &given, ledger).await?;
        let transaction = prepared.transaction;
        if self.settings.dry_run || prepared.restore.is_some() {
            return Ok(SaleOutcome::Held {
                why: "nothing is sent in a dry run, nor while entries are archived".to_owned(),
            });
        }
        let parcel = Parcel {
            transaction,
            last_ledger: given.last_ledger,
            resource_fee: prepared.resource_fee,
            purpose: "sale",
            decision: None,
        };
        let carried = match self.carry_in(lease, parcel).await {
            Ok(carried) => carried,
            Err(outcome) => return Ok(SaleOutcome::Ended(outcome)),
        };
        Ok(self.sold(carried, sale, prepared.value, given.last_ledger))
    }

    fn sold(
        &self,
        carried: Carried,
        sale: &Sale,
        simulated: Vec<i128>,
        last_ledger: u32,
    ) -> SaleOutcome {
        let hash = carried.hash;
        SaleOutcome::Ended(match carried.arrival {
            Arrival::Applied(done) => {
                let told = Vec::<i128>::from_value(&done.value).unwrap_or(simulated);
                let proceeds = told.first().copied().unwrap_or(0);
                self.holdings.returned(&sale.into, proceeds);
                return SaleOutcome::Sold {
                    hash,
                    ledger: done.ledger,
                    proceeds,
                    fee_charged: done.fee_charged,
                };
            }
            Arrival::Failed {
                ledger,
                why,
                fee_charged,
            } => Outcome::Lost {
                hash,
                ledger,
                why,
                fee_charged,
            },
            Arrival::Expired => Outcome::Expired { hash },
            Arrival::Unknown => Outcome::Unknown { hash, last_ledger },
            Arrival::Refused(_) => Outcome::Refused {
                why: "the network took it nowhere".to_owned(),
            },
        })
    }

    /// What it must bring, at the market's price less the slippage.
    fn least(&self, sale: &Sale, market: &Market) -> Option<i128> {
        let price = |asset| {
            let reserve = market.reserve_of(asset)?;
            let price = reserve.feed.last?.price;
            (price > 0 && reserve.asset_scalar > 0).then_some((price, reserve.asset_scalar))
        };
        let (sold, sold_scalar) = price(&sale.asset)?;
        let (wanted, wanted_scalar) = price(&sale.into)?;
        let value = mul_div_floor(sale.amount, sold, sold_scalar).ok()?;
        let par = mul_div_floor(value, wanted_scalar, wanted).ok()?;
        let kept = ONE_E7.saturating_sub(i128::from(self.settings.resale_slippage_e7));
        mul_div_floor(par, kept, ONE_E7)
            .ok()
            .filter(|least| *least > 0)
    }
}

/// The venue that holds both, and most of what is wanted.
fn venue_for<'a>(sale: &Sale, market: &'a Market) -> Option<&'a Venue> {
    let holds = |venue: &Venue, asset: &Address| {
        let token = venue.tokens.iter().find(|token| token.asset == *asset)?;
        Some(token.balance)
    };
    let both = |venue: &&Venue| holds(venue, &sale.asset).is_some();
    let wanted = |venue: &&Venue| holds(venue, &sale.into).unwrap_or(0);
    let fit = market.venues.iter().filter(both);
    fit.filter(|venue| wanted(venue) > 0).max_by_key(wanted)
}

fn most_at(venue: &Venue, asset: &Address) -> i128 {
    let token = venue.tokens.iter().find(|token| token.asset == *asset);
    token.map_or(0, |token| token.balance / MOST_OF_BALANCE - 1)
}
