//! Events: whose entries must be read again.

use super::{CollectError, Endpoints};
use ballast_client::{
    rpc::{ContractEvent, EventFilter, EventQuery, RpcError, Start},
    value::{Address, Symbol, Value, VaultEvent},
    Error,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use stellar_xdr::curr::{ScVal, ScVec};

/// Events of a page: what servers give without being asked for less.
const PAGE: u32 = 1_000;
/// Ledgers that a server looks through for one page.
const LEDGERS_PER_PAGE: u32 = 10_000;
/// Contracts of a filter, and filters of a query besides the vaults'.
const CONTRACTS_PER_FILTER: usize = 5;
const FILTERS_PER_QUERY: usize = 4;
/// Events of vaults after which their entries are not what they were. Deposits and the like are told by the pool.
const OF_VAULTS: [&str; 5] = [
    "automation_set",
    "auction_cleared",
    "owner_changed",
    "policy_set",
    "step_executed",
];
/// Events of a pool that name somebody who owes something from then on.
const OF_DEBTORS: [&str; 3] = ["borrow", "flash_loan", "fill_auction"];
/// Blend's number of a user's liquidation among the auctions.
const USER_LIQUIDATION: u32 = 0;

/// What events said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Pool and user.
    pub positions: BTreeSet<(Address, Address)>,
    /// Pool and user.
    pub auctions: BTreeSet<(Address, Address)>,
    /// New vaults, with their pools and ledgers.
    pub created: BTreeMap<Address, (Address, u32)>,
    /// What vaults told, or contracts that speak like them.
    pub told: Vec<(Address, VaultEvent)>,
    /// Vaults, or contracts that speak like them, whose entries may have changed.
    pub vaults: BTreeSet<Address>,
    /// Pools that were set differently.
    pub pools: BTreeSet<Address>,
    /// Everything up to this ledger was read.
    pub through: u32,
}

/// Events could not be read.
#[derive(Debug)]
pub(super) enum EventError {
    /// The servers have none before this ledger any more.
    Gap {
        oldest: u32,
    },
    Other(CollectError),
}

impl From<CollectError> for EventError {
    fn from(error: CollectError) -> Self {
        EventError::Other(error)
    }
}

/// Reads what factory, pools and vaults told from the ledger `from` on, up to `to` or later.
pub(super) async fn read(
    endpoints: &Endpoints,
    factory: &Address,
    pools: &[Address],
    from: u32,
    to: u32,
) -> Result<Seen, EventError> {
    let mut seen = Seen {
        through: from.saturating_sub(1),
        ..Seen::default()
    };
    if from > to {
        return Ok(seen);
    }
    let contracts: Vec<_> = std::iter::once(factory).chain(pools).cloned().collect();
    let filters: Vec<_> = contracts
        .chunks(CONTRACTS_PER_FILTER)
        .map(|contracts| EventFilter {
            contracts: contracts.to_vec(),
            ..EventFilter::default()
        })
        .collect();
    let mut through = u32::MAX;
    for (index, some) in filters.chunks(FILTERS_PER_QUERY).enumerate() {
        let mut filters = some.to_vec();
        if index == 0 {
            filters.push(EventFilter::named_any(Vec::new(), &OF_VAULTS));
        }
        let mut ids = HashSet::new();
        let mut take = |event: ContractEvent| {
            if ids.insert(event.id.clone()) {
                seen.take(factory, &event);
            }
        };
        let of = pages(endpoints, filters, from, to, &mut take, &mut |_| ()).await?;
        through = through.min(of);
    }
    seen.through = through;
    Ok(seen)
}

/// Everybody who came to owe something to a pool from a ledger on, as far back as the servers go.
pub(super) async fn debtors(
    endpoints: &Endpoints,
    pool: &Address,
    to: u32,
    progress: &mut (dyn FnMut(u32, u32) + Send),
) -> Result<BTreeSet<Address>, CollectError> {
    let filters = vec![EventFilter::named_any(vec![pool.clone()], &OF_DEBTORS)];
    let mut from = endpoints.oldest().await?.max(1);
    loop {
        let mut seen = Seen::default();
        let mut take = |event: ContractEvent| seen.take_pool(&event);
        let mut at = |ledger: u32| progress(ledger.saturating_sub(from), to.saturating_sub(from));
        match pages(endpoints, filters.clone(), from, to, &mut take, &mut at).await {
            Ok(_) => return Ok(seen.positions.into_iter().map(|(_, user)| user).collect()),
            // The window moves on while it is read.
            Err(EventError::Gap { oldest }) if oldest > from => from = oldest,
            Err(EventError::Gap { .. }) => {
                return Err(CollectError::unexpected("the RPC's history", "it has none"))
            }
            Err(EventError::Other(error)) => return Err(error),
        }
    }
}

/// Page after page; up to which ledger.
async fn pages(
    endpoints: &Endpoints,
    filters: Vec<EventFilter>,
    from: u32,
    to: u32,
    take: &mut impl FnMut(ContractEvent),
    at: &mut impl FnMut(u32),
) -> Result<u32, EventError> {
    let mut scanned_from = from;
    let mut query = EventQuery {
        start: Start::Ledger(from),
        end_ledger: None,
        filters,
        limit: Some(PAGE),
    };
    loop {
        let page = match endpoints.events(&query, to).await {
            Ok(page) => page,
            Err(error) => return Err(gap_or(endpoints, error, scanned_from).await),
        };
        let full = page.events.len() >= PAGE as usize;
        if let Some(last) = page.events.last() {
            scanned_from = scanned_from.max(last.ledger);
        }
        page.events.into_iter().for_each(&mut *take);
        match (full, &page.cursor) {
            (true, Some(cursor)) => query.start = Start::Cursor(cursor.clone()),
            // All of the ledgers that the server looked through.
            _ => {
                let end = match query.start {
                    Start::Ledger(first) => first,
                    Start::Cursor(_) => scanned_from,
                };
                let last = end.saturating_add(LEDGERS_PER_PAGE - 1);
                let through = last.min(page.latest_ledger);
                if through >= to {
                    return Ok(through);
                }
                scanned_from = through + 1;
                query.start = Start::Ledger(scanned_from);
            }
        }
        at(scanned_from);
    }
}

/// Whether a refusal means that the ledgers are gone.
async fn gap_or(endpoints: &Endpoints, error: Error, from: u32) -> EventError {
    if matches!(error, Error::Rpc(RpcError::Call { .. })) {
        if let Ok(oldest) = endpoints.oldest().await {
            if oldest > from {
                return EventError::Gap { oldest };
            }
        }
    }
    EventError::Other(error.into())
}

impl Seen {
    fn take(&mut self, factory: &Address, event: &ContractEvent) {
        if event.contract == *factory {
            if let Ok(Some(VaultEvent::VaultCreated { pool, vault, .. })) = decoded(event) {
                self.created
                    .insert(vault.clone(), (pool.clone(), event.ledger));
                self.positions.insert((pool.clone(), vault.clone()));
                self.auctions.insert((pool, vault));
            }
            return;
        }
        match decoded(event) {
            Ok(Some(told)) => {
                self.vaults.insert(event.contract.clone());
                self.told.push((event.contract.clone(), told));
            }
            Ok(None) => self.take_pool(event),
            // A later version's vault may tell more; anybody may use the same names.
            Err(_) => {
                self.vaults.insert(event.contract.clone());
            }
        }
    }

    /// An event of Blend's pool (`pool/src/events.rs`).
    fn take_pool(&mut self, event: &ContractEvent) {
        let pool = &event.contract;
        let topic = |place: usize| event.topics.get(place);
        let user = |place: usize| topic(place).and_then(|value| Address::from_value(value).ok());
        let Some(Ok(name)) = topic(0).map(Symbol::from_value) else {
            return;
        };
        match name.as_str() {
            "supply_collateral" | "withdraw_collateral" | "borrow" | "repay" | "flash_loan" => {
                self.position(pool, user(2));
            }
            "new_auction" | "fill_auction" | "delete_auction" => {
                let kind = topic(1).and_then(|value| u32::from_value(value).ok());
                if kind == Some(USER_LIQUIDATION) {
                    if let Some(user) = user(2) {
                        self.auctions.insert((pool.clone(), user.clone()));
                        self.position(pool, Some(user));
                    }
                }
                // Whoever fills takes over what is owed.
                if let ScVal::Vec(Some(ScVec(items))) = &event.data {
                    let filler = items.first().map(Address::from_value);
                    self.position(pool, filler.and_then(Result::ok));
                }
            }
            "bad_debt" => self.position(pool, user(1)),
            "set_status" | "update_pool" | "set_reserve" => {
                self.pools.insert(pool.clone());
            }
            _ => {}
        }
    }

    fn position(&mut self, pool: &Address, user: Option<Address>) {
        self.positions.extend(user.map(|user| (pool.clone(), user)));
    }
}

fn decoded(event: &ContractEvent) -> Result<Option<VaultEvent>, ()> {
    VaultEvent::decode(&event.topics, &event.data).map_err(|_| ())
}
