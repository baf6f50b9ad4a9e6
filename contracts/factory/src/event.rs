use soroban_sdk::{contractevent, Address, BytesN};

/// A vault was deployed.
#[contractevent]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VaultCreated {
    /// Its owner.
    #[topic]
    pub owner: Address,
    /// The Blend pool that it borrows from.
    #[topic]
    pub pool: Address,
    /// Its address.
    pub vault: Address,
    /// Index of its version.
    pub version: u32,
    /// The owner's nonce.
    pub nonce: u32,
}

/// A version was listed.
#[contractevent]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VersionListed {
    /// Its index.
    #[topic]
    pub index: u32,
    /// Hash of the vault's wasm.
    pub wasm_hash: BytesN<32>,
    /// Its flash-loan receiver.
    pub receiver: Address,
}

/// Creation was paused or resumed.
#[contractevent]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreationPauseChanged {
    /// Whether it is paused now.
    pub paused: bool,
}

/// The admin proposed another.
#[contractevent]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminProposed {
    /// The admin.
    #[topic]
    pub admin: Address,
    /// The proposed admin.
    #[topic]
    pub new_admin: Address,
}

/// The proposed admin accepted.
#[contractevent]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminChanged {
    /// The admin until now.
    #[topic]
    pub old_admin: Address,
    /// The admin from now on.
    #[topic]
    pub new_admin: Address,
}
