//! What factory and vault tell.

use super::{Address, Fields, Path, Request, Value, ValueError, VaultPolicy};
use stellar_xdr::curr::{ContractEvent, ContractEventBody, ContractEventType, ScVal};

/// An event of a contract, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The contract that told it.
    pub contract: Address,
    /// What.
    pub event: VaultEvent,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $tag:literal
        topics { $($topic:ident: $topic_type:ty),* }
        data { $($field:ident: $type:ty),* })*) => {
        /// An event of a vault or of the factory. Fields are named as in `contracts/vault/src/events.rs`.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum VaultEvent {
            $($(#[$doc])* $name { $($topic: $topic_type,)* $($field: $type,)* },)*
        }

        impl VaultEvent {
            /// The names of all events with those of their topics and data, for a check against the
            /// contracts' specifications.
            pub const SCHEMA: &[(&str, &[&str], &[&str])] = &[
                $(($tag, &[$(stringify!($topic)),*], &[$(stringify!($field)),*]),)*
            ];

            /// The first topic.
            pub fn name(&self) -> &'static str {
                match self {
                    $(VaultEvent::$name { .. } => $tag,)*
                }
            }

            /// From topics and data; `None` if it is no event that Ballast knows.
            ///
            /// # Errors
            /// If the name is known and the fields are others.
            pub fn decode(topics: &[ScVal], data: &ScVal) -> Result<Option<Self>, ValueError> {
                let Some(ScVal::Symbol(name)) = topics.first() else {
                    return Ok(None);
                };
                let name = name.0.to_utf8_string_lossy();
                let event = match name.as_str() {
                    $($tag => {
                        let mut _rest = topics[1..].iter();
                        $(let $topic = topic::<$topic_type>(_rest.next(), stringify!($topic))
                            .map_err(|error| error.at($tag))?;)*
                        let _fields = Fields::of(data).map_err(|error| error.at($tag))?;
                        $(let $field = _fields.get::<$type>(stringify!($field))
                            .map_err(|error| error.at($tag))?;)*
                        VaultEvent::$name { $($topic,)* $($field,)* }
                    })*
                    _ => return Ok(None),
                };
                Ok(Some(event))
            }

            /// Topics after the name, and data, by their names.
            pub fn fields(&self) -> Vec<(&'static str, ScVal)> {
                match self {
                    $(VaultEvent::$name { $($topic,)* $($field,)* } => vec![
                        $((stringify!($topic), $topic.to_value()),)*
                        $((stringify!($field), $field.to_value()),)*
                    ],)*
                }
            }
        }
    };
}

fn topic<T: Value>(value: Option<&ScVal>, name: &str) -> Result<T, ValueError> {
    T::from_value(value.unwrap_or(&ScVal::Void)).map_err(|error| error.at(name))
}

events! {
    /// An open auction was deleted without a sale.
    AuctionCleared "auction_cleared" topics {} data { start_ledger: u32 }
    /// Automation was switched on or off.
    AutomationSet "automation_set" topics { owner: Address } data { enabled: bool }
    /// Debt was taken.
    Borrowed "borrowed" topics { owner: Address } data { asset: Address, amount: i128, to: Address }
    /// Emissions were claimed.
    Claimed "claimed" topics { owner: Address } data { reserve_token_ids: Vec<u32>, amount: i128, to: Address }
    /// Everything was unwound.
    Closed "closed" topics { owner: Address } data { to: Address }
    /// Collateral was supplied.
    Deposited "deposited" topics { owner: Address } data { asset: Address, amount: i128 }
    /// Ownership changed.
    OwnerChanged "owner_changed" topics { previous: Address, owner: Address } data {}
    /// A new owner was proposed.
    OwnerProposed "owner_proposed" topics { owner: Address } data { proposed: Address }
    /// The policy was replaced.
    PolicySet "policy_set" topics { owner: Address } data { policy: VaultPolicy }
    /// Debt was repaid.
    Repaid "repaid" topics { from: Address } data { asset: Address, amount: i128 }
    /// The reserve grew.
    ReserveFunded "reserve_funded" topics { from: Address } data { asset: Address, amount: i128 }
    /// The reserve was spent on debt.
    ReserveSpent "reserve_spent" topics { caller: Address } data { debt: Address, amount: i128, risk_before_e7: i128, risk_after_e7: i128, rescue: bool }
    /// The reserve shrank.
    ReserveWithdrawn "reserve_withdrawn" topics { owner: Address } data { asset: Address, amount: i128, to: Address }
    /// A step was executed.
    StepExecuted "step_executed" topics { caller: Address, collateral: Address, debt: Address } data {
        path: Option<Path>, rescue: bool, sold: i128, bid: i128, floor: i128, discount_e7: i128, proceeds: i128,
        repaid: i128, reward: i128, collateral_price: i128, debt_price: i128, risk_before_e7: i128, risk_after_e7: i128
    }
    /// The owner's own batch ran.
    Submitted "submitted" topics { owner: Address } data { requests: Vec<Request> }
    /// The code was replaced.
    Upgraded "upgraded" topics { owner: Address } data { wasm_hash: [u8; 32], receiver: Address }
    /// Collateral was withdrawn.
    Withdrawn "withdrawn" topics { owner: Address } data { asset: Address, amount: i128, to: Address }
    /// The factory's admin changed.
    AdminChanged "admin_changed" topics { old_admin: Address, new_admin: Address } data {}
    /// A new admin of the factory was proposed.
    AdminProposed "admin_proposed" topics { admin: Address, new_admin: Address } data {}
    /// Creation was paused or resumed.
    CreationPauseChanged "creation_pause_changed" topics {} data { paused: bool }
    /// A vault was deployed.
    VaultCreated "vault_created" topics { owner: Address, pool: Address } data { vault: Address, version: u32, nonce: u32 }
    /// A version was listed.
    VersionListed "version_listed" topics { index: u32 } data { wasm_hash: [u8; 32], receiver: Address }
}

impl Event {
    /// From a transaction's event; `None` if it is none of Ballast's.
    ///
    /// # Errors
    /// If the name is known and the fields are others.
    pub fn decode(event: &ContractEvent) -> Result<Option<Self>, ValueError> {
        let ContractEventBody::V0(body) = &event.body;
        let (Some(id), ContractEventType::Contract) = (&event.contract_id, event.type_) else {
            return Ok(None);
        };
        let decoded = VaultEvent::decode(&body.topics, &body.data)?;
        Ok(decoded.map(|event| Event {
            contract: Address::Contract(id.clone()),
            event,
        }))
    }
}
