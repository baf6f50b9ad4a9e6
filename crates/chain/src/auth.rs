//! What an account signs: a tree of calls, valid until a ledger.

use crate::{Account, Chain};
use ballast_transaction::{sign_entry, symbol, AuthorizationPreimage};
use soroban_sdk::{
    xdr::{
        InvokeContractArgs, ScAddress, ScSymbol, ScVal, SorobanAuthorizationEntry,
        SorobanAuthorizedFunction, SorobanAuthorizedInvocation,
    },
    Address, Env, IntoVal, TryFromVal, Val, Vec,
};

/// A call and the calls below it that the same signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation(pub SorobanAuthorizedInvocation);

impl Invocation {
    /// The call `contract.function(args)`, with nothing below it.
    pub fn new(contract: &Address, function: &str, args: impl IntoVal<Env, Vec<Val>>) -> Self {
        let env = contract.env();
        Self(SorobanAuthorizedInvocation {
            function: SorobanAuthorizedFunction::ContractFn(InvokeContractArgs {
                contract_address: contract.into(),
                function_name: symbol(function),
                args: scvals(env, args)
                    .try_into()
                    .expect("arguments fit into a call"),
            }),
            sub_invocations: Default::default(),
        })
    }

    /// The same with one more call directly below it.
    pub fn with(self, nested: Invocation) -> Self {
        self.with_all([nested])
    }

    /// The same with more calls directly below it.
    pub fn with_all(mut self, nested: impl IntoIterator<Item = Invocation>) -> Self {
        let mut calls = self.0.sub_invocations.into_vec();
        calls.extend(nested.into_iter().map(|call| call.0));
        self.0.sub_invocations = calls.try_into().expect("nested calls fit into a tree");
        self
    }

    /// `token.transfer(from, to, amount)`.
    pub fn transfer(token: &Address, from: &Address, to: &Address, amount: i128) -> Self {
        Self::new(token, "transfer", (from, to, amount))
    }

    /// Does the tree call this function anywhere?
    pub fn calls(&self, function: &str) -> bool {
        fn found(invocation: &SorobanAuthorizedInvocation, name: &ScSymbol) -> bool {
            let here = match &invocation.function {
                SorobanAuthorizedFunction::ContractFn(call) => call.function_name == *name,
                _ => false,
            };
            here || invocation
                .sub_invocations
                .iter()
                .any(|nested| found(nested, name))
        }
        found(&self.0, &symbol(function))
    }
}

impl From<SorobanAuthorizedInvocation> for Invocation {
    fn from(invocation: SorobanAuthorizedInvocation) -> Self {
        Self(invocation)
    }
}

impl Account {
    /// Signs the tree as it stands: good from now until `valid_for_ledgers` ledgers later, inclusive,
    /// for one use, on this chain only.
    pub fn sign(
        &self,
        chain: &Chain,
        invocation: &Invocation,
        valid_for_ledgers: u32,
    ) -> SorobanAuthorizationEntry {
        self.sign_with_nonce(chain, invocation, valid_for_ledgers, chain.next_nonce())
    }

    /// As [`Self::sign`], with a nonce of the caller's.
    pub fn sign_with_nonce(
        &self,
        chain: &Chain,
        invocation: &Invocation,
        valid_for_ledgers: u32,
        nonce: i64,
    ) -> SorobanAuthorizationEntry {
        let address = ScAddress::from(self.address());
        self.sign_for(chain, address, invocation, valid_for_ledgers, nonce)
    }

    /// Signs with this account's key in the name of any address: what a thief would hand in.
    pub fn sign_for(
        &self,
        chain: &Chain,
        address: ScAddress,
        invocation: &Invocation,
        valid_for_ledgers: u32,
        nonce: i64,
    ) -> SorobanAuthorizationEntry {
        let preimage = AuthorizationPreimage {
            nonce,
            expiration_ledger: chain.sequence() + valid_for_ledgers,
        };
        let network = chain.network();
        sign_entry(&network, self.key(), address, &invocation.0, preimage)
    }
}

pub(crate) fn scvals(env: &Env, args: impl IntoVal<Env, Vec<Val>>) -> std::vec::Vec<ScVal> {
    args.into_val(env)
        .iter()
        .map(|arg| ScVal::try_from_val(env, &arg).expect("values of an Env have an XDR form"))
        .collect()
}
