use ballast_client::value::Address;
use stellar_xdr::curr::{AccountId, ContractId, Hash, PublicKey, Uint256};

/// An account or a contract in 33 bytes, where XDR's union takes 48. Ordered as the union is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    contract: bool,
    id: [u8; 32],
}

impl Key {
    /// `None` for what holds no position: contracts only ever see accounts and contracts.
    pub fn of(address: &Address) -> Option<Self> {
        let (contract, id) = match address {
            Address::Account(AccountId(PublicKey::PublicKeyTypeEd25519(key))) => (false, key.0),
            Address::Contract(ContractId(Hash(id))) => (true, *id),
            _ => return None,
        };
        Some(Self { contract, id })
    }

    pub fn address(&self) -> Address {
        if self.contract {
            return Address::Contract(ContractId(Hash(self.id)));
        }
        let key = PublicKey::PublicKeyTypeEd25519(Uint256(self.id));
        Address::Account(AccountId(key))
    }
}
