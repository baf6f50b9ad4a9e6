//! Events of a call, as an observer of the network reads them.

use ballast_transaction::symbol;
use soroban_sdk::{
    xdr::{ContractEvent, ContractEventBody, ScAddress, ScVal},
    Address, Env, TryFromVal, Val,
};

/// A contract event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The contract that published it.
    pub contract: Address,
    /// Its topics.
    pub topics: Vec<ScVal>,
    /// Its data.
    pub data: ScVal,
}

impl Event {
    pub(crate) fn new(env: &Env, event: ContractEvent) -> Option<Self> {
        let ContractEventBody::V0(body) = event.body;
        let contract = ScAddress::Contract(event.contract_id?);
        Some(Self {
            contract: Address::try_from_val(env, &contract).ok()?,
            topics: body.topics.into_vec(),
            data: body.data,
        })
    }

    /// Its first topic, where that is a symbol.
    pub fn name(&self) -> Option<String> {
        match self.topics.first()? {
            ScVal::Symbol(name) => Some(name.to_utf8_string_lossy()),
            _ => None,
        }
    }

    /// A topic as a value of the SDK.
    ///
    /// # Panics
    /// Without such a topic, or if it has another type.
    pub fn topic<T: TryFromVal<Env, Val>>(&self, index: usize) -> T {
        convert(self.contract.env(), &self.topics[index])
    }

    /// The data as a value of the SDK.
    ///
    /// # Panics
    /// If it has another type.
    pub fn data<T: TryFromVal<Env, Val>>(&self) -> T {
        convert(self.contract.env(), &self.data)
    }

    /// A field of data that are a map.
    ///
    /// # Panics
    /// Without such a field, or if it has another type.
    pub fn field<T: TryFromVal<Env, Val>>(&self, name: &str) -> T {
        let key = ScVal::Symbol(symbol(name));
        let ScVal::Map(Some(map)) = &self.data else {
            panic!("the data are no map: {self:?}")
        };
        let found = map.iter().find(|entry| entry.key == key);
        let entry = found.unwrap_or_else(|| panic!("no field {name}: {self:?}"));
        convert(self.contract.env(), &entry.val)
    }
}

pub(crate) fn convert<T: TryFromVal<Env, Val>>(env: &Env, value: &ScVal) -> T {
    let val = Val::try_from_val(env, value).unwrap_or_else(|_| panic!("no host value: {value:?}"));
    T::try_from_val(env, &val)
        .unwrap_or_else(|_| panic!("not a {}: {value:?}", std::any::type_name::<T>()))
}
