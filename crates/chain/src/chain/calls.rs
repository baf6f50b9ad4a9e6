//! Calls of contracts, and their deployment.

use super::{Chain, SIGNATURE_LEDGERS};
use crate::{auth::scvals, event::convert, Account, CallError, Invocation};
use ballast_ledger::RecordAuth;
use ballast_transaction::{contract_id, deployed_by, sha256, source_entry, symbol};
use soroban_sdk::{
    xdr::{
        Asset, BytesM, ContractExecutable, ContractIdPreimage, CreateContractArgs,
        CreateContractArgsV2, Hash, HostFunction, InvokeContractArgs, LedgerKey,
        LedgerKeyContractCode, ScAddress, SorobanAuthorizationEntry, SorobanAuthorizedFunction,
        SorobanAuthorizedInvocation, SorobanCredentials,
    },
    Address, Env, IntoVal, TryFromVal, Val, Vec,
};

impl Chain {
    /// Calls a contract in a transaction that carries these authorisations and whose source is an
    /// account that nobody knows.
    pub fn call(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        authorizations: &[SorobanAuthorizationEntry],
    ) -> Result<Val, CallError> {
        let call = self.invoke_args(contract, function, args);
        self.commit(
            &self.0.relayer,
            HostFunction::InvokeContract(call),
            authorizations.to_vec(),
        )
        .map(|value| convert(self.env(), &value))
    }

    /// As `account`: signs the call with the calls `below` it that need the account's authorisation
    /// too, and executes it at once.
    pub fn call_as(
        &self,
        account: &Account,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let tree = Invocation::new(contract, function, args.clone()).with_all(below.to_vec());
        let signed = account.sign(self, &tree, SIGNATURE_LEDGERS);
        self.call(contract, function, args, &[signed])
    }

    /// As [`Self::call_as`], with `account` as the operation's source: its signature on the
    /// transaction is its authorisation. No nonce, no signature to verify for the contract: cheaper.
    pub fn call_from(
        &self,
        account: &Account,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let tree = Invocation::new(contract, function, args.clone()).with_all(below.to_vec());
        let call = self.invoke_args(contract, function, args);
        self.commit(
            account,
            HostFunction::InvokeContract(call),
            vec![source_entry(tree.0)],
        )
        .map(|value| convert(self.env(), &value))
    }

    /// Simulates the call to learn what has to be authorised, has the accounts sign exactly that, and
    /// executes it: what wallets do. The call fails if somebody else had to sign too.
    pub fn call_recorded(
        &self,
        signers: &[&Account],
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let needed = self.record(contract, function, args.clone())?;
        let signed: std::vec::Vec<_> = needed
            .iter()
            .filter_map(|(address, tree)| {
                let signer = signers.iter().find(|signer| signer.address() == address)?;
                Some(signer.sign(self, tree, SIGNATURE_LEDGERS))
            })
            .collect();
        self.call(contract, function, args, &signed)
    }

    /// What would have to be authorised for this call to succeed now.
    pub fn record(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<std::vec::Vec<(Address, Invocation)>, CallError> {
        let call = self.invoke_args(contract, function, args);
        let function = HostFunction::InvokeContract(call);
        let recorded = self.run(self.0.relayer.id(), function, RecordAuth::Record);
        recorded.result?;
        let needed = recorded.auth.into_iter();
        Ok(needed
            .filter_map(|entry| match entry.credentials {
                SorobanCredentials::SourceAccount => None,
                SorobanCredentials::Address(credentials) => Some((
                    self.address(&credentials.address),
                    Invocation(entry.root_invocation),
                )),
            })
            .collect())
    }

    /// What the call returns now, without authorisation and without effect.
    pub fn view<T: TryFromVal<Env, Val>>(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<T, CallError> {
        self.simulate(contract, function, args, &[])
            .map(|val| self.from_val(val))
    }

    /// As [`Self::call`], without effect.
    pub fn simulate(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        authorizations: &[SorobanAuthorizationEntry],
    ) -> Result<Val, CallError> {
        let call = self.invoke_args(contract, function, args);
        let function = HostFunction::InvokeContract(call);
        self.look(function, authorizations.to_vec())
            .map(|value| convert(self.env(), &value))
    }

    /// A returned value as a type of the SDK or of a contract.
    ///
    /// # Panics
    /// If it has another type.
    pub fn from_val<T: TryFromVal<Env, Val>>(&self, val: Val) -> T {
        let name = std::any::type_name::<T>();
        T::try_from_val(self.env(), &val).unwrap_or_else(|_| panic!("not a {name}: {val:?}"))
    }

    // Contracts.

    /// Uploads a contract's code, unless it is there, and closes the ledger, in the same second: from the
    /// next one on validators have it parsed. Its hash.
    pub fn upload(&self, wasm: &[u8]) -> Result<[u8; 32], CallError> {
        let hash = sha256(wasm);
        let key = LedgerKey::ContractCode(LedgerKeyContractCode { hash: Hash(hash) });
        if self
            .live_until(&key)
            .is_some_and(|last| last >= self.sequence())
        {
            return Ok(hash);
        }
        let code = BytesM::try_from(wasm).map_err(|_| CallError::Limit("code bytes".into()))?;
        let function = HostFunction::UploadContractWasm(code);
        self.commit(&self.0.relayer, function, vec![])?;
        self.close_ledger(self.timestamp());
        Ok(hash)
    }

    /// Deploys uploaded code at [`Self::contract_address`] and runs its constructor. `below` is what
    /// the constructor needs from the deployer.
    pub fn deploy(
        &self,
        deployer: &Account,
        wasm_hash: [u8; 32],
        salt: [u8; 32],
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Address, CallError> {
        let args = CreateContractArgsV2 {
            contract_id_preimage: preimage(deployer.address(), salt),
            executable: ContractExecutable::Wasm(Hash(wasm_hash)),
            constructor_args: scvals(self.env(), args).try_into().expect("arguments fit"),
        };
        let tree = SorobanAuthorizedInvocation {
            function: SorobanAuthorizedFunction::CreateContractV2HostFn(args.clone()),
            sub_invocations: Default::default(),
        };
        let tree = Invocation(tree).with_all(below.to_vec());
        self.commit(
            deployer,
            HostFunction::CreateContractV2(args),
            vec![source_entry(tree.0)],
        )
        .map(|value| convert(self.env(), &value))
    }

    /// Where [`Self::deploy`] puts a contract.
    pub fn contract_address(&self, deployer: &Address, salt: [u8; 32]) -> Address {
        let id = contract_id(&self.network(), preimage(deployer, salt));
        self.address(&ScAddress::Contract(id))
    }

    /// Deploys the contract of a classic asset.
    pub(crate) fn deploy_asset(&self, asset: Asset) -> Result<Address, CallError> {
        let args = CreateContractArgs {
            contract_id_preimage: ContractIdPreimage::Asset(asset),
            executable: ContractExecutable::StellarAsset,
        };
        self.commit(&self.0.relayer, HostFunction::CreateContract(args), vec![])
            .map(|value| convert(self.env(), &value))
    }

    fn invoke_args(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> InvokeContractArgs {
        InvokeContractArgs {
            contract_address: contract.into(),
            function_name: symbol(function),
            args: scvals(self.env(), args)
                .try_into()
                .expect("arguments fit into a call"),
        }
    }
}

fn preimage(deployer: &Address, salt: [u8; 32]) -> ContractIdPreimage {
    deployed_by(deployer.into(), salt)
}
