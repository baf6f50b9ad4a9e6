use crate::{sha256, to_xdr, KeyPair, Network};
use stellar_xdr::curr::{
    AccountId, AlphaNum12, AlphaNum4, Asset, AssetCode12, AssetCode4, ContractId,
    ContractIdPreimage, ContractIdPreimageFromAddress, FeeBumpTransaction,
    FeeBumpTransactionEnvelope, FeeBumpTransactionExt, FeeBumpTransactionInnerTx, Hash,
    HashIdPreimage, HashIdPreimageContractId, HostFunction, InvokeContractArgs,
    InvokeHostFunctionOp, Memo, MuxedAccount, Operation, OperationBody, Preconditions, ScAddress,
    ScVal, SequenceNumber, SorobanAuthorizationEntry, SorobanTransactionData, TimeBounds,
    TimePoint, Transaction, TransactionEnvelope, TransactionExt, TransactionV1Envelope, Uint256,
};

/// A transaction under construction.
#[derive(Clone, Debug)]
pub struct Builder {
    source: MuxedAccount,
    sequence: i64,
    inclusion_fee: u32,
    conditions: Preconditions,
    memo: Memo,
    operations: Vec<Operation>,
    soroban: Option<SorobanTransactionData>,
}

impl Builder {
    /// Of this source, with this sequence number (the account's plus one).
    pub fn new(source: MuxedAccount, sequence: i64) -> Self {
        Self {
            source,
            sequence,
            inclusion_fee: 100,
            conditions: Preconditions::None,
            memo: Memo::None,
            operations: Vec::new(),
            soroban: None,
        }
    }

    /// Bids this inclusion fee for all operations together, stroops (100 unless told). The resource fee
    /// comes on top.
    pub fn inclusion_fee(mut self, stroops: u32) -> Self {
        self.inclusion_fee = stroops;
        self
    }

    /// Sets the preconditions.
    pub fn conditions(mut self, conditions: Preconditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Good until this time, unix seconds.
    pub fn until(self, max_time: u64) -> Self {
        self.conditions(Preconditions::Time(TimeBounds {
            min_time: TimePoint(0),
            max_time: TimePoint(max_time),
        }))
    }

    /// Sets the memo.
    pub fn memo(mut self, memo: Memo) -> Self {
        self.memo = memo;
        self
    }

    /// Adds an operation of the transaction's source.
    pub fn operation(self, body: OperationBody) -> Self {
        self.operation_of(None, body)
    }

    /// Adds an operation of an account of its own.
    pub fn operation_of(
        mut self,
        source_account: Option<MuxedAccount>,
        body: OperationBody,
    ) -> Self {
        self.operations.push(Operation {
            source_account,
            body,
        });
        self
    }

    /// Adds a host function.
    pub fn host_function(
        self,
        host_function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
    ) -> Self {
        self.operation(OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function,
            auth: auth.try_into().expect("authorisations fit"),
        }))
    }

    /// Adds a call of a contract.
    pub fn invoke(
        self,
        contract: ScAddress,
        function: &str,
        args: Vec<ScVal>,
        auth: Vec<SorobanAuthorizationEntry>,
    ) -> Self {
        let call = InvokeContractArgs {
            contract_address: contract,
            function_name: crate::symbol(function),
            args: args.try_into().expect("arguments fit"),
        };
        self.host_function(HostFunction::InvokeContract(call), auth)
    }

    /// Sets footprint, resources and resource fee, as simulated.
    pub fn soroban(mut self, data: SorobanTransactionData) -> Self {
        self.soroban = Some(data);
        self
    }

    /// The transaction. Its fee is inclusion fee plus resource fee.
    ///
    /// # Panics
    /// With more than 100 operations.
    pub fn build(&self) -> Transaction {
        let resource_fee = self.soroban.as_ref().map_or(0, |data| data.resource_fee);
        let fee = i64::from(self.inclusion_fee).saturating_add(resource_fee);
        Transaction {
            source_account: self.source.clone(),
            fee: u32::try_from(fee).unwrap_or(u32::MAX),
            seq_num: SequenceNumber(self.sequence),
            cond: self.conditions.clone(),
            memo: self.memo.clone(),
            operations: self
                .operations
                .clone()
                .try_into()
                .expect("at most 100 operations"),
            ext: match &self.soroban {
                None => TransactionExt::V0,
                Some(data) => TransactionExt::V1(data.clone()),
            },
        }
    }

    /// The transaction with these signatures.
    pub fn sign(&self, network: &Network, keys: &[&KeyPair]) -> TransactionEnvelope {
        sign(network, self.build(), keys)
    }
}

/// Puts signatures on a transaction.
pub fn sign(network: &Network, tx: Transaction, keys: &[&KeyPair]) -> TransactionEnvelope {
    let hash = network.transaction_hash(&tx);
    let signatures: Vec<_> = keys.iter().map(|key| key.sign_hash(&hash)).collect();
    TransactionEnvelope::Tx(TransactionV1Envelope {
        tx,
        signatures: signatures.try_into().expect("at most 20 signatures"),
    })
}

/// Wraps a signed transaction into a fee bump: `source` pays `fee` stroops in all for it. An envelope that is
/// no plain transaction has no fee bump.
pub fn fee_bump(
    network: &Network,
    source: MuxedAccount,
    fee: i64,
    inner: TransactionEnvelope,
    keys: &[&KeyPair],
) -> Option<TransactionEnvelope> {
    let TransactionEnvelope::Tx(inner) = inner else {
        return None;
    };
    let tx = FeeBumpTransaction {
        fee_source: source,
        fee,
        inner_tx: FeeBumpTransactionInnerTx::Tx(inner),
        ext: FeeBumpTransactionExt::V0,
    };
    let hash = network.fee_bump_hash(&tx);
    let signatures: Vec<_> = keys.iter().map(|key| key.sign_hash(&hash)).collect();
    Some(TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope {
        tx,
        signatures: signatures.try_into().ok()?,
    }))
}

/// A classic asset of 1 to 12 characters.
///
/// # Panics
/// If the code has another length.
pub fn asset(code: &str, issuer: AccountId) -> Asset {
    let mut long = [0; 12];
    assert!(!code.is_empty() && code.len() <= 12, "1 to 12 characters");
    long[..code.len()].copy_from_slice(code.as_bytes());
    match code.len() {
        1..=4 => Asset::CreditAlphanum4(AlphaNum4 {
            asset_code: AssetCode4([long[0], long[1], long[2], long[3]]),
            issuer,
        }),
        _ => Asset::CreditAlphanum12(AlphaNum12 {
            asset_code: AssetCode12(long),
            issuer,
        }),
    }
}

/// Where a contract of this preimage lives.
pub fn contract_id(network: &Network, preimage: ContractIdPreimage) -> ContractId {
    let preimage = HashIdPreimage::ContractId(HashIdPreimageContractId {
        network_id: Hash(network.id()),
        contract_id_preimage: preimage,
    });
    ContractId(Hash(sha256(&to_xdr(&preimage))))
}

/// Where the Stellar asset contract of an asset lives.
pub fn asset_contract_id(network: &Network, asset: Asset) -> ContractId {
    contract_id(network, ContractIdPreimage::Asset(asset))
}

/// The preimage of a contract that an address deploys.
pub fn deployed_by(deployer: ScAddress, salt: [u8; 32]) -> ContractIdPreimage {
    ContractIdPreimage::Address(ContractIdPreimageFromAddress {
        address: deployer,
        salt: Uint256(salt),
    })
}
