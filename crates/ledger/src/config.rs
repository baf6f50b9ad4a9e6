//! Limits and fees of the network, and the ConfigSetting entries that hold them.

use crate::State;
use soroban_env_host::LedgerInfo;
use stellar_xdr::curr::LedgerHeader;

/// Which network's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// The main network's of 2026-07-10.
    #[default]
    Mainnet,
    /// The test network's.
    Testnet,
    /// As high as the protocol's arithmetic allows.
    Unlimited,
}

/// The network's configuration as it stands in the state.
pub struct NetworkConfig {}

impl NetworkConfig {
    /// Puts every ConfigSetting entry into a new state.
    pub fn install(_limits: Limits, _state: &mut State) {
        todo!()
    }

    /// Reads the ConfigSetting entries.
    pub fn load(_state: &State) -> Self {
        todo!()
    }

    /// The host's view of the ledger being built.
    pub fn ledger_info(&self, _header: &LedgerHeader, _network_id: [u8; 32]) -> LedgerInfo {
        todo!()
    }
}
