//! From the choices for a vault to an outcome.

use super::{
    call::Ready,
    carry::{Arrival, Carried, Nowhere, Parcel},
    channels::Lease,
    Acted, ExecuteNotice, Executor, Outcome,
};
use crate::{
    model::Market,
    strategy::{self, Action, Hold, Refused, Way},
};
use ballast_client::{
    rpc::Restore,
    value::{StepReport, Value},
    Error, Given, Role,
};
use std::{sync::Arc, time::Instant};
use stellar_xdr::curr::ScVal;

/// Transactions of one turn, at most: one, and a second one where the first was taken nowhere.
const ATTEMPTS: usize = 2;
/// Choices that are simulated in one attempt, at most.
const CHOICES: usize = 3;

/// A choice that is worth it.
struct Chosen {
    action: Action,
    ready: Ready,
    profit_value: i128,
}

/// What a turn is made from.
struct Plan<'a> {
    decision: Option<i64>,
    choices: &'a [Action],
    market: &'a Market,
    settings: &'a strategy::Settings,
    /// What the network asks for an inclusion, once it has said so.
    least_bid: u32,
}

/// What happened so far.
#[derive(Default)]
struct Turn {
    action: Option<Action>,
    first_sent: Option<Instant>,
    simulations: u32,
}

impl Turn {
    fn ends(self, outcome: Outcome) -> Acted {
        Acted {
            outcome,
            action: self.action,
            first_sent: self.first_sent,
            simulations: self.simulations,
        }
    }
}

impl Executor {
    /// One vault's turn with one channel: simulates the choices in order until one is worth it, signs, records,
    /// sends, and follows. Where the network takes a transaction nowhere, the vault is simulated once more, for
    /// another channel or a higher bid. Dropped half-way, what was signed is still followed.
    pub async fn act(
        self: &Arc<Self>,
        decision: Option<i64>,
        choices: &[Action],
        market: &Market,
        settings: &strategy::Settings,
    ) -> Acted {
        let mut turn = Turn::default();
        let outcome = self
            .take_turn(&mut turn, decision, choices, market, settings)
            .await;
        if let (Some(decision), false) = (decision, matches!(outcome, Outcome::Unknown { .. })) {
            let detail = outcome.detail();
            let decided = self.journal.decided(decision, outcome.name(), &detail);
            self.database(decided.await);
        }
        turn.ends(outcome)
    }

    async fn take_turn(
        self: &Arc<Self>,
        turn: &mut Turn,
        decision: Option<i64>,
        choices: &[Action],
        market: &Market,
        settings: &strategy::Settings,
    ) -> Outcome {
        let Some(vault) = choices.first().map(|action| &action.vault) else {
            return Outcome::Held(Hold::NotAtRisk);
        };
        let mut plan = Plan {
            decision,
            choices,
            market,
            settings,
            least_bid: 0,
        };
        let mut refusal = None;
        for _ in 0..ATTEMPTS {
            let Some(mut lease) = self.channels.lease(Some(vault)) else {
                let busy = self.channels.vaults().contains(vault);
                let hold = if busy {
                    Hold::InFlight
                } else {
                    Hold::NoCapacity
                };
                return refusal.unwrap_or(Outcome::Held(hold));
            };
            let chosen = match self.choose(turn, &mut lease, &plan).await {
                Ok(chosen) => chosen,
                Err(outcome) => return refusal.unwrap_or(outcome),
            };
            turn.action = Some(chosen.action.clone());
            if self.settings.dry_run {
                return self.would_send(&chosen);
            }
            let Carried { hash, arrival, .. } =
                match self.send(turn, &mut lease, decision, &chosen).await {
                    Ok(carried) => carried,
                    Err(outcome) => return outcome,
                };
            let why = match arrival {
                Arrival::Refused(Nowhere::FeeTooLow(asked)) => {
                    let cap = self.cap(settings);
                    if asked > i64::from(cap) {
                        self.notice(ExecuteNotice::FeeAboveCap { asked, cap });
                        return Outcome::Refused {
                            why: format!("the network asks {asked} stroops for the inclusion, the cap is {cap}"),
                        };
                    }
                    plan.least_bid = u32::try_from(asked).unwrap_or(cap);
                    format!("the network asks {asked} stroops for the inclusion")
                }
                Arrival::Refused(Nowhere::Poor) => "the channel cannot pay".to_owned(),
                Arrival::Refused(Nowhere::UsedElsewhere) => {
                    "the channel's sequence number was used elsewhere".to_owned()
                }
                Arrival::Refused(Nowhere::Other(why)) => return Outcome::Refused { why },
                arrival => return self.outcome(hash, arrival, chosen),
            };
            refusal = Some(Outcome::Refused { why });
        }
        refusal.unwrap_or(Outcome::Held(Hold::NoCapacity))
    }

    /// The first choice that simulates and is worth it.
    async fn choose(
        self: &Arc<Self>,
        turn: &mut Turn,
        lease: &mut Lease,
        plan: &Plan<'_>,
    ) -> Result<Chosen, Outcome> {
        let mut first_reason = None;
        for action in plan.choices.iter().take(CHOICES) {
            match self.try_choice(turn, lease, plan, action).await {
                Ok(chosen) => return Ok(chosen),
                Err(Why::This(reason)) => {
                    first_reason.get_or_insert(reason);
                }
                Err(Why::All(reason)) => return Err(reason),
            }
        }
        Err(first_reason.unwrap_or(Outcome::Held(Hold::NotAtRisk)))
    }

    async fn try_choice(
        self: &Arc<Self>,
        turn: &mut Turn,
        lease: &mut Lease,
        plan: &Plan<'_>,
        action: &Action,
    ) -> Result<Chosen, Why> {
        let Plan {
            decision,
            market,
            settings,
            least_bid,
            ..
        } = *plan;
        let spends = (action.way == Way::Fill).then(|| (action.debt.clone(), action.repay));
        if !self.holdings.commit(lease, spends) {
            return Err(Why::This(Outcome::Held(Hold::NoInventory)));
        }
        let deadline = market
            .closed_at
            .saturating_add(self.settings.deadline.as_secs());
        let bid = action.inclusion_fee.max(least_bid).min(self.cap(settings));
        let mut restored = false;
        loop {
            let latest = self.latest(market.ledger);
            let given = Given {
                source: lease.key.muxed(),
                sequence: lease.sequence,
                inclusion_fee: bid,
                last_ledger: latest.saturating_add(self.settings.valid_ledgers),
            };
            turn.simulations += 1;
            let ready = self.ready(action, &given, deadline, market.ledger).await;
            let mut ready = ready.map_err(Why::of)?;
            if let Some(restore) = ready.restore.take() {
                if restored || self.settings.dry_run {
                    return Err(Why::This(Outcome::Refused {
                        why: "archived entries must be restored first".to_owned(),
                    }));
                }
                let restoring = self.restore(lease, decision, &given, &restore).await;
                restoring.map_err(Why::All)?;
                restored = true;
                continue;
            }
            if ready.seen_ledger >= ready.last_ledger {
                return Err(Why::All(Outcome::Refused {
                    why: format!("planned on ledger {}, which is over", market.ledger),
                }));
            }
            self.resources(action.way, ready.resource_fee);
            let profit = strategy::judge(settings, market, action, &ready.report, ready.fee());
            let profit_value = profit.map_err(|hold| Why::This(Outcome::Held(hold)))?;
            return Ok(Chosen {
                action: action.clone(),
                ready,
                profit_value,
            });
        }
    }

    /// Brings archived entries back with the same channel, and waits for it.
    async fn restore(
        self: &Arc<Self>,
        lease: &mut Lease,
        decision: Option<i64>,
        given: &Given,
        restore: &Restore,
    ) -> Result<(), Outcome> {
        let transaction = given.restoration(restore);
        let transaction = transaction.map_err(|error| refused(&error))?;
        let parcel = Parcel {
            transaction,
            last_ledger: given.last_ledger,
            resource_fee: i64::try_from(restore.min_resource_fee).unwrap_or(i64::MAX),
            purpose: "restore",
            decision,
        };
        let carried = self.carry_in(lease, parcel).await?;
        match carried.arrival {
            Arrival::Applied(_) => Ok(()),
            Arrival::Failed {
                ledger,
                why,
                fee_charged,
            } => Err(Outcome::Lost {
                hash: carried.hash,
                ledger,
                why,
                fee_charged,
            }),
            Arrival::Expired => Err(Outcome::Expired { hash: carried.hash }),
            Arrival::Unknown => Err(Outcome::Unknown {
                hash: carried.hash,
                last_ledger: given.last_ledger,
            }),
            Arrival::Refused(_) => Err(Outcome::Refused {
                why: "the restoration of archived entries was taken nowhere".to_owned(),
            }),
        }
    }

    async fn send(
        self: &Arc<Self>,
        turn: &mut Turn,
        lease: &mut Lease,
        decision: Option<i64>,
        chosen: &Chosen,
    ) -> Result<Carried, Outcome> {
        let parcel = Parcel {
            transaction: chosen.ready.transaction.clone(),
            last_ledger: chosen.ready.last_ledger,
            resource_fee: chosen.ready.resource_fee,
            purpose: "step",
            decision,
        };
        let carried = self.carry_in(lease, parcel).await?;
        turn.first_sent.get_or_insert(carried.sent_at);
        Ok(carried)
    }

    fn would_send(&self, chosen: &Chosen) -> Outcome {
        let network = self.endpoints.network();
        Outcome::DryRun {
            hash: network.transaction_hash(&chosen.ready.transaction),
            report: chosen.ready.report.clone(),
            fee: chosen.ready.fee(),
            profit_value: chosen.profit_value,
        }
    }

    fn outcome(&self, hash: [u8; 32], arrival: Arrival, chosen: Chosen) -> Outcome {
        match arrival {
            Arrival::Applied(done) => {
                // What the ledger says; the simulation's where the server does not tell.
                let report = reported(&done.value).unwrap_or(chosen.ready.report);
                if chosen.action.way == Way::Fill && report.sold > 0 {
                    self.holdings.spent(&chosen.action.debt, report.repaid);
                }
                Outcome::Done {
                    hash,
                    ledger: done.ledger,
                    report,
                    fee_charged: done.fee_charged,
                    profit_value: chosen.profit_value,
                }
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
            Arrival::Unknown => Outcome::Unknown {
                hash,
                last_ledger: chosen.ready.last_ledger,
            },
            Arrival::Refused(_) => Outcome::Refused {
                why: "the network took it nowhere".to_owned(),
            },
        }
    }

    /// Most that may be bid.
    fn cap(&self, settings: &strategy::Settings) -> u32 {
        self.settings
            .max_inclusion_fee
            .min(settings.max_inclusion_fee)
    }
}

fn reported(value: &ScVal) -> Option<StepReport> {
    StepReport::from_value(value).ok()
}

/// Why a choice is not taken.
enum Why {
    /// The next one may be.
    This(Outcome),
    /// It is the same for all of them.
    All(Outcome),
}

impl Why {
    /// A simulation that fails is the vault's reason, by its name; anything else is the RPC's trouble.
    fn of(error: Error) -> Self {
        let Error::WouldFail(fault) = &error else {
            return Why::All(refused(&error));
        };
        match &fault.error {
            Some(error) if error.role == Role::Vault => {
                Why::This(Outcome::Held(Hold::Refused(Refused(error.code))))
            }
            _ => Why::This(refused(&error)),
        }
    }
}

fn refused(error: &Error) -> Outcome {
    Outcome::Refused {
        why: error.to_string(),
    }
}
