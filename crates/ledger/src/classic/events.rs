//! Events of classic operations and of fees, as Stellar asset contracts tell them.

use super::is_issuer;
use crate::validity::account_of;
use ballast_transaction::{asset_contract_id, bytes, i128_value, map, symbol, Network};
use stellar_xdr::curr::{
    AccountId, Asset, ContractEvent, ContractEventBody, ContractEventType, ContractEventV0,
    ExtensionPoint, Memo, MuxedAccount, ScAddress, ScString, ScVal,
};

/// Events of an operation.
pub(crate) struct Events<'a> {
    network: &'a Network,
    memo: &'a Memo,
    events: Vec<ContractEvent>,
}

impl<'a> Events<'a> {
    /// None yet.
    pub(crate) fn new(network: &'a Network, memo: &'a Memo) -> Self {
        Self {
            network,
            memo,
            events: Vec::new(),
        }
    }

    /// The events.
    pub(crate) fn into_vec(self) -> Vec<ContractEvent> {
        self.events
    }

    /// An amount went from one to another: minted where it came from the issuer, burnt where it went to
    /// it.
    pub(super) fn transfer(
        &mut self,
        asset: &Asset,
        from: &MuxedAccount,
        to: &MuxedAccount,
        amount: i64,
    ) {
        let (from, receiver) = (account_of(from), account_of(to));
        match (is_issuer(&from, asset), is_issuer(&receiver, asset)) {
            (true, false) => {
                let data = self.received(to, amount);
                self.push(asset, "mint", [address(&receiver)], data);
            }
            (false, true) => self.push(asset, "burn", [address(&from)], i128_value(amount.into())),
            _ => {
                let data = self.received(to, amount);
                let parties = [address(&from), address(&receiver)];
                self.push(asset, "transfer", parties, data);
            }
        }
    }

    /// The issuer took an amount back.
    pub(super) fn clawback(&mut self, asset: &Asset, from: &MuxedAccount, amount: i64) {
        let from = address(&account_of(from));
        self.push(asset, "clawback", [from], i128_value(amount.into()));
    }

    /// The issuer authorised a line, or no longer does.
    pub(super) fn set_authorized(&mut self, asset: &Asset, id: &AccountId, authorized: bool) {
        let data = ScVal::Bool(authorized);
        self.push(asset, "set_authorized", [address(id)], data);
    }

    /// The amount, with the receiver's number or else the memo where there is one.
    fn received(&self, to: &MuxedAccount, amount: i64) -> ScVal {
        let amount = i128_value(amount.into());
        let id = match (to, self.memo) {
            (MuxedAccount::MuxedEd25519(muxed), _) => ScVal::U64(muxed.id),
            (_, Memo::None) => return amount,
            (_, Memo::Text(text)) => {
                ScVal::String(ScString(text.to_vec().try_into().unwrap_or_default()))
            }
            (_, Memo::Id(id)) => ScVal::U64(*id),
            (_, Memo::Hash(hash) | Memo::Return(hash)) => bytes(&hash.0),
        };
        map([("amount", amount), ("to_muxed_id", id)])
    }

    fn push<const N: usize>(
        &mut self,
        asset: &Asset,
        name: &str,
        addresses: [ScVal; N],
        data: ScVal,
    ) {
        let mut topics = vec![ScVal::Symbol(symbol(name))];
        topics.extend(addresses);
        topics.push(asset_name(asset));
        self.events.push(event(self.network, asset, topics, data));
    }
}

/// A fee was charged, or given back where it is negative.
pub(crate) fn fee(network: &Network, source: &AccountId, amount: i64) -> ContractEvent {
    let topics = vec![ScVal::Symbol(symbol("fee")), address(source)];
    event(network, &Asset::Native, topics, i128_value(amount.into()))
}

fn event(network: &Network, asset: &Asset, topics: Vec<ScVal>, data: ScVal) -> ContractEvent {
    ContractEvent {
        ext: ExtensionPoint::V0,
        contract_id: Some(asset_contract_id(network, asset.clone())),
        type_: ContractEventType::Contract,
        body: ContractEventBody::V0(ContractEventV0 {
            topics: topics.try_into().unwrap_or_default(),
            data,
        }),
    }
}

fn address(id: &AccountId) -> ScVal {
    ScVal::Address(ScAddress::Account(id.clone()))
}

/// `native` or `CODE:ISSUER`.
fn asset_name(asset: &Asset) -> ScVal {
    let (code, issuer) = match asset {
        Asset::Native => (&b"native"[..], None),
        Asset::CreditAlphanum4(asset) => (&asset.asset_code.0[..], Some(&asset.issuer)),
        Asset::CreditAlphanum12(asset) => (&asset.asset_code.0[..], Some(&asset.issuer)),
    };
    let code = code.iter().take_while(|byte| **byte != 0);
    let mut name: String = code.map(|byte| char::from(*byte)).collect();
    if let Some(issuer) = issuer {
        name.push(':');
        name.push_str(&issuer.to_string());
    }
    ScVal::String(ScString(name.as_str().try_into().unwrap_or_default()))
}
