//! Accounts and transactions on a sandbox whose ledgers close when told.

use crate::process::Process;
use crate::wire::Wire;
use anyhow::{ensure, Context, Result};
use ballast_transaction::{Builder, KeyPair, Network};
use serde_json::{json, Value};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use stellar_strkey::Contract;
use stellar_xdr::curr::{
    AccountId, ContractId, CreateAccountOp, Hash, LedgerEntryData, LedgerKey, LedgerKeyAccount,
    Limits, OperationBody, ReadXdr, ScAddress, ScVal, SorobanAuthorizationEntry,
    SorobanTransactionData, WriteXdr,
};

/// Lumens that an account begins with, stroops.
const STARTING_BALANCE: i64 = 20_000 * 10_000_000;
/// Operations of one transaction.
const OPERATIONS: usize = 100;

/// A sandbox seen from a wallet.
pub struct Net {
    pub wire: Wire,
    pub network: Network,
    sequences: HashMap<String, i64>,
}

/// What a simulation of a contract call said.
pub struct Simulated {
    pub data: SorobanTransactionData,
    pub auth: Vec<SorobanAuthorizationEntry>,
    pub value: ScVal,
}

impl Net {
    pub fn new(process: &Process) -> Result<Self> {
        Ok(Self {
            wire: process.wire()?,
            network: Network::new(process.text("/networkPassphrase")?),
            sequences: HashMap::new(),
        })
    }

    /// The account that every lumen comes from.
    pub fn root(&self) -> KeyPair {
        KeyPair::from_seed(self.network.id())
    }

    /// The next sequence number of an account; asks the network the first time only.
    pub fn next_sequence(&mut self, keys: &KeyPair) -> Result<i64> {
        let address = keys.address();
        let last = match self.sequences.get(&address) {
            Some(last) => *last,
            None => self.account_sequence(keys.account_id())?,
        };
        self.sequences.insert(address, last + 1);
        Ok(last + 1)
    }

    fn account_sequence(&mut self, account_id: AccountId) -> Result<i64> {
        let key = LedgerKey::Account(LedgerKeyAccount { account_id });
        let key = key.to_xdr_base64(Limits::none())?;
        let answer = self
            .wire
            .call("getLedgerEntries", json!({ "keys": [key] }))?;
        let entry = answer.pointer("/entries/0/xdr").and_then(Value::as_str);
        let entry = entry.context("no such account")?;
        match LedgerEntryData::from_xdr_base64(entry, Limits::none())? {
            LedgerEntryData::Account(account) => Ok(account.seq_num.0),
            _ => anyhow::bail!("not an account"),
        }
    }

    /// A transaction of this account.
    pub fn builder(&mut self, keys: &KeyPair) -> Result<Builder> {
        Ok(Builder::new(keys.muxed(), self.next_sequence(keys)?))
    }

    /// Signs and encodes.
    pub fn sealed(&self, builder: &Builder, keys: &KeyPair) -> Result<String> {
        let envelope = builder.sign(&self.network, &[keys]);
        Ok(envelope.to_xdr_base64(Limits::none())?)
    }

    /// Sends; every one must be accepted. Returns the hashes.
    pub fn send(&mut self, transactions: &[String]) -> Result<Vec<String>> {
        let params = transactions
            .iter()
            .map(|transaction| json!({ "transaction": transaction }))
            .collect();
        let answers = self.wire.batch("sendTransaction", params)?;
        answers
            .into_iter()
            .map(|answer| {
                ensure!(answer["status"] == "PENDING", "refused: {answer}");
                Ok(answer["hash"].as_str().context("no hash")?.to_owned())
            })
            .collect()
    }

    /// Closes a ledger and tells how long that took.
    pub fn close(&mut self) -> Result<Duration> {
        let start = Instant::now();
        self.wire.call("ballast_close", json!({}))?;
        Ok(start.elapsed())
    }

    /// Sends, closes a ledger, and checks that every one succeeded. Tells how long the closing took.
    pub fn apply(&mut self, transactions: &[String]) -> Result<Duration> {
        let hashes = self.send(transactions)?;
        let took = self.close()?;
        let params = hashes.iter().map(|hash| json!({ "hash": hash })).collect();
        for answer in self.wire.batch("getTransaction", params)? {
            let result = &answer["resultXdr"];
            ensure!(answer["status"] == "SUCCESS", "failed: {result}");
        }
        Ok(took)
    }

    /// New accounts with lumens, named after `prefix`.
    pub fn accounts(&mut self, prefix: &str, count: usize) -> Result<Vec<KeyPair>> {
        let root = self.root();
        let keys: Vec<_> = (0..count)
            .map(|index| KeyPair::from_name(&format!("{prefix} {index}")))
            .collect();
        for some in keys.chunks(OPERATIONS) {
            let mut builder = self.builder(&root)?.inclusion_fee(100_000);
            for each in some {
                builder = builder.operation(OperationBody::CreateAccount(CreateAccountOp {
                    destination: each.account_id(),
                    starting_balance: STARTING_BALANCE,
                }));
            }
            let sealed = self.sealed(&builder, &root)?;
            self.apply(&[sealed])?;
        }
        Ok(keys)
    }

    /// Simulates a call; tells how long that took.
    pub fn simulate(
        &mut self,
        source: &KeyPair,
        contract: &str,
        function: &str,
        arguments: Vec<ScVal>,
    ) -> Result<(Simulated, Duration)> {
        // The sequence number plays no part in a simulation.
        let call = Builder::new(source.muxed(), 1).invoke(
            contract_address(contract)?,
            function,
            arguments,
            Vec::new(),
        );
        let params = json!({ "transaction": self.sealed(&call, source)? });
        let start = Instant::now();
        let answer = self.wire.call("simulateTransaction", params)?;
        let took = start.elapsed();
        ensure!(answer.get("error").is_none(), "{function}: {answer}");
        let text = |pointer: &str| {
            let found = answer.pointer(pointer).and_then(Value::as_str);
            found.with_context(|| format!("{function}: no {pointer} in {answer}"))
        };
        let mut auth = Vec::new();
        for entry in answer
            .pointer("/results/0/auth")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            auth.push(ReadXdr::from_xdr_base64(
                entry.as_str().unwrap_or_default(),
                Limits::none(),
            )?);
        }
        let simulated = Simulated {
            data: ReadXdr::from_xdr_base64(text("/transactionData")?, Limits::none())?,
            auth,
            value: ReadXdr::from_xdr_base64(text("/results/0/xdr")?, Limits::none())?,
        };
        Ok((simulated, took))
    }

    /// A call, simulated, signed and encoded.
    pub fn call(
        &mut self,
        source: &KeyPair,
        contract: &str,
        function: &str,
        arguments: Vec<ScVal>,
    ) -> Result<(String, Duration)> {
        let (simulated, took) = self.simulate(source, contract, function, arguments.clone())?;
        let builder = self
            .builder(source)?
            .invoke(
                contract_address(contract)?,
                function,
                arguments,
                simulated.auth,
            )
            .soroban(simulated.data);
        Ok((self.sealed(&builder, source)?, took))
    }
}

/// The address of a contract.
pub fn contract_address(text: &str) -> Result<ScAddress> {
    let contract = Contract::from_string(text).with_context(|| text.to_owned())?;
    Ok(ScAddress::Contract(ContractId(Hash(contract.0))))
}
