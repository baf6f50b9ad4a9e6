//! The scripted oracle, called as any client would: simulated, signed by its admin, sent, and looked up when
//! its ledger has closed.

use super::refused;
use crate::{rpc, Directory, RpcError, Sandbox};
use ballast_ledger::{ClosedLedger, Frame, Read};
use ballast_transaction::{i128_of, i128_value, symbol, vector, Builder, KeyPair, Network};
use serde_json::{json, value::RawValue, Value};
use std::sync::Arc;
use stellar_xdr::curr::{
    ContractId, Hash, Limits, ReadXdr, ScAddress, ScVal, SorobanAuthorizationEntry,
    SorobanTransactionData, TransactionEnvelope, TransactionResultResult, WriteXdr,
};

/// Bid for a price to be in the next ledger, stroops.
const INCLUSION_FEE: u32 = 1_000_000;
/// Ledgers that may close without it.
const PATIENCE_LEDGERS: u32 = 5;
/// Rounds that the oracle keeps.
const ROUNDS_KEPT: u32 = 20;

/// The scripted oracle.
#[derive(Clone)]
pub(super) struct Oracle {
    contract: ScAddress,
    admin: KeyPair,
    /// Code and contract, in the order of a round's prices.
    assets: Vec<(String, ScAddress)>,
    pub decimals: u32,
    pub resolution_seconds: u32,
}

/// A price that it serves.
#[derive(Clone, Copy)]
pub(super) struct Served {
    pub price: i128,
    pub timestamp: u64,
}

impl Oracle {
    /// The one of a directory.
    pub fn of(directory: &Directory) -> Result<Self, RpcError> {
        let Some(told) = &directory.oracle else {
            return Err(refused("this scenario has no oracle"));
        };
        let broken = || RpcError::internal("the directory's oracle makes no sense");
        let asset = |code: &String| {
            let asset = directory.assets.iter().find(|asset| asset.code == *code)?;
            Some((code.clone(), address(&asset.contract)?))
        };
        let assets: Option<Vec<_>> = told.assets.iter().map(asset).collect();
        Ok(Self {
            contract: address(&told.contract).ok_or_else(broken)?,
            admin: KeyPair::from_secret(&told.admin.secret_key).map_err(|_| broken())?,
            assets: assets.ok_or_else(broken)?,
            decimals: told.decimals,
            resolution_seconds: told.resolution_seconds.max(1),
        })
    }

    /// Place of an asset in a round.
    pub fn place(&self, code: &str) -> Result<usize, RpcError> {
        let place = self.assets.iter().position(|(have, _)| have == code);
        place.ok_or_else(|| {
            let codes: Vec<_> = self.codes().collect();
            RpcError::invalid_params(format_args!(
                "the oracle does not quote {code:?}: it quotes {}",
                codes.join(", ")
            ))
        })
    }

    /// Codes of the assets, in the order of a round's prices.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.assets.iter().map(|(code, _)| code.as_str())
    }

    /// The newest price of each asset, however old.
    pub fn served(&self, sandbox: &Arc<Sandbox>) -> Result<Vec<Option<Served>>, RpcError> {
        self.assets
            .iter()
            .map(|(_, contract)| {
                let asset = [
                    ScVal::Symbol(symbol("Stellar")),
                    ScVal::Address(contract.clone()),
                ];
                let args = vec![vector(asset), ScVal::U32(ROUNDS_KEPT)];
                let simulated = self.simulate(sandbox, "prices", args)?;
                let value = simulated["results"][0]["xdr"].as_str().unwrap_or_default();
                let value = ScVal::from_xdr_base64(value, Limits::none())
                    .map_err(|_| RpcError::internal("the oracle answers with no value"))?;
                Ok(newest(&value))
            })
            .collect()
    }

    /// Hands a round in, for the next ledger. Gives the transaction's hash.
    pub fn hand_in(
        &self,
        sandbox: &Arc<Sandbox>,
        timestamp: u64,
        prices: &[Option<i128>],
    ) -> Result<[u8; 32], RpcError> {
        let prices: Vec<_> = prices
            .iter()
            .map(|price| price.map_or(ScVal::Void, i128_value))
            .collect();
        let args = vec![ScVal::U64(timestamp), vector(prices)];
        let simulated = self.simulate(sandbox, "set_round", args.clone())?;
        let broken = || RpcError::internal("the simulation answers with no transaction");
        let data = simulated["transactionData"].as_str().ok_or_else(broken)?;
        let data = SorobanTransactionData::from_xdr_base64(data, Limits::none());
        let auth: Option<Vec<_>> = simulated["results"][0]["auth"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                SorobanAuthorizationEntry::from_xdr_base64(entry.as_str()?, Limits::none()).ok()
            })
            .collect();
        let envelope = self
            .builder(sandbox)?
            .invoke(
                self.contract.clone(),
                "set_round",
                args,
                auth.ok_or_else(broken)?,
            )
            .inclusion_fee(INCLUSION_FEE)
            .soroban(data.map_err(|_| broken())?)
            .sign(&Network::default(), &[&self.admin]);
        let sent = call(sandbox, "sendTransaction", &envelope)?;
        if sent["status"] != "PENDING" {
            return Err(refused(format_args!("the price was not taken: {sent}")));
        }
        let frame = Frame::new(&Network::default(), envelope).map_err(RpcError::internal)?;
        Ok(frame.hash())
    }

    /// Publishes a round and closes the ledger that has it. Gives the ledger and the transaction's hash.
    pub fn publish(
        &self,
        sandbox: &Arc<Sandbox>,
        timestamp: u64,
        prices: &[Option<i128>],
    ) -> Result<(Arc<ClosedLedger>, [u8; 32]), RpcError> {
        let hash = self.hand_in(sandbox, timestamp, prices)?;
        for _ in 0..PATIENCE_LEDGERS {
            // The clock may have closed it already.
            if sandbox.view().history().transaction(&hash).is_none() {
                sandbox.close().map_err(refused)?;
            }
            let view = sandbox.view();
            let Some((closed, transaction)) = view.history().transaction(&hash) else {
                continue;
            };
            return match transaction.result.result {
                TransactionResultResult::TxSuccess(_) => Ok((closed.clone(), hash)),
                ref failed => Err(refused(format_args!(
                    "the oracle refused: {}",
                    failed.name()
                ))),
            };
        }
        Err(refused(format_args!(
            "{PATIENCE_LEDGERS} ledgers closed without the price: they are full of higher bids"
        )))
    }

    fn builder(&self, sandbox: &Sandbox) -> Result<Builder, RpcError> {
        let account = sandbox.view().state().account(&self.admin.account_id());
        let account = account.ok_or_else(|| refused("the oracle's admin has no account"))?;
        Ok(Builder::new(self.admin.muxed(), account.seq_num.0 + 1))
    }

    fn simulate(
        &self,
        sandbox: &Arc<Sandbox>,
        function: &str,
        args: Vec<ScVal>,
    ) -> Result<Value, RpcError> {
        let envelope = self
            .builder(sandbox)?
            .invoke(self.contract.clone(), function, args, Vec::new())
            .sign(&Network::default(), &[]);
        let simulated = call(sandbox, "simulateTransaction", &envelope)?;
        match simulated["error"].as_str() {
            None => Ok(simulated),
            Some(error) => Err(refused(format_args!("the oracle refused: {error}"))),
        }
    }
}

fn call(
    sandbox: &Arc<Sandbox>,
    method: &str,
    envelope: &TransactionEnvelope,
) -> Result<Value, RpcError> {
    let envelope = envelope
        .to_xdr_base64(Limits::none())
        .map_err(RpcError::internal)?;
    let params = json!({ "transaction": envelope }).to_string();
    let params = RawValue::from_string(params).map_err(RpcError::internal)?;
    rpc::dispatch(sandbox, method, Some(&params), &rpc::Asked::default())
}

fn address(text: &str) -> Option<ScAddress> {
    let contract = stellar_strkey::Contract::from_string(text).ok()?;
    Some(ScAddress::Contract(ContractId(Hash(contract.0))))
}

/// The first of `Some([PriceData { price, timestamp }, ..])`.
fn newest(value: &ScVal) -> Option<Served> {
    let ScVal::Vec(Some(rounds)) = value else {
        return None;
    };
    let ScVal::Map(Some(fields)) = rounds.first()? else {
        return None;
    };
    let field = |name: &str| {
        let key = ScVal::Symbol(symbol(name));
        fields
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.val)
    };
    let ScVal::U64(timestamp) = field("timestamp")? else {
        return None;
    };
    Some(Served {
        price: i128_of(field("price")?)?,
        timestamp: *timestamp,
    })
}
