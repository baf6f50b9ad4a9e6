//! Limits and fees of the network, and the ConfigSetting entries that hold them.

mod costs;
mod settings;

use crate::{Entry, Read, State};
use soroban_env_host::{
    budget::Budget,
    fees::{
        compute_rent_write_fee_per_1kb, FeeConfiguration, RentFeeConfiguration,
        RentWriteFeeConfiguration,
    },
    HostError, LedgerInfo,
};
use std::sync::Arc;
use stellar_xdr::curr::{
    ConfigSettingEntry, ConfigSettingId, ContractCostParams, LedgerEntryData, LedgerHeader,
    LedgerKey, LedgerKeyConfigSetting,
};

/// Protocol whose rules and host these are.
pub const PROTOCOL: u32 = 25;

/// Which network's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// The main network's of 2026-07-10.
    #[default]
    Mainnet,
    /// The test network's.
    Testnet,
    /// As high as the protocol's arithmetic allows. Fees and lives are the main network's.
    Unlimited,
}

/// The network's configuration as it stands in the state. Base fee and reserve are in the header.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Instructions of a transaction.
    pub tx_max_instructions: u32,
    /// Memory of a transaction, bytes.
    pub tx_max_memory_bytes: u32,
    /// Entries that a transaction reads from disk: classic ones and restored ones.
    pub tx_max_disk_read_entries: u32,
    /// Bytes that a transaction reads from disk.
    pub tx_max_disk_read_bytes: u32,
    /// Entries that a transaction may write.
    pub tx_max_write_entries: u32,
    /// Bytes that a transaction writes.
    pub tx_max_write_bytes: u32,
    /// Entries of a transaction's footprint.
    pub tx_max_footprint_entries: u32,
    /// Size of a transaction's envelope, bytes.
    pub tx_max_bytes: u32,
    /// Size of a transaction's events and return value together, bytes.
    pub tx_max_event_bytes: u32,
    /// Size of a key of the footprint, bytes.
    pub max_key_bytes: u32,
    /// Size of an entry of contract data, bytes.
    pub max_entry_bytes: u32,
    /// Size of a contract's code, bytes.
    pub max_code_bytes: u32,

    /// Instructions of each cluster of a ledger.
    pub ledger_max_instructions: i64,
    /// Clusters of a ledger.
    pub ledger_max_clusters: u32,
    /// Entries that a ledger reads from disk.
    pub ledger_max_disk_read_entries: u32,
    /// Bytes that a ledger reads from disk.
    pub ledger_max_disk_read_bytes: u32,
    /// Entries that a ledger's transactions may write.
    pub ledger_max_write_entries: u32,
    /// Bytes that a ledger's transactions write.
    pub ledger_max_write_bytes: u32,
    /// Size of a ledger's transactions that run contracts, bytes.
    pub ledger_max_tx_bytes: u32,
    /// Number of a ledger's transactions that run contracts.
    pub ledger_max_tx_count: u32,

    /// Ledgers that a new or restored persistent entry lives at least.
    pub min_persistent_ttl: u32,
    /// Ledgers that a new temporary entry lives at least.
    pub min_temporary_ttl: u32,
    /// Ledgers that any entry lives at most.
    pub max_ttl: u32,

    /// Resource fees.
    pub fees: Arc<FeeConfiguration>,
    /// Fees of rent. The price of a kilobyte follows from the size of the state by the protocol's
    /// formula; a simulated state is so small that the protocol's floor applies, 1,000 stroops.
    pub rent_fees: Arc<RentFeeConfiguration>,

    cpu_costs: Arc<ContractCostParams>,
    memory_costs: Arc<ContractCostParams>,
}

/// Reads one setting. A state from elsewhere (a snapshot) may lack it: then the main network's stands in.
macro_rules! read {
    ($state:expr, $variant:ident) => {
        match stored($state, ConfigSettingId::$variant) {
            Some(ConfigSettingEntry::$variant(setting)) => setting,
            _ => match settings::setting(ConfigSettingId::$variant, Limits::Mainnet) {
                ConfigSettingEntry::$variant(setting) => setting,
                _ => Default::default(),
            },
        }
    };
}

impl NetworkConfig {
    /// Puts every ConfigSetting entry into a new state.
    pub fn install(limits: Limits, state: &mut State) {
        for setting in settings::all(limits) {
            state.put(Entry::classic(LedgerEntryData::ConfigSetting(setting), 1));
        }
    }

    /// Puts those that the state lacks: one loaded from a snapshot has none.
    pub fn complete(limits: Limits, state: &mut State) {
        for setting in settings::all(limits) {
            if state.get(&setting_key(setting.discriminant())).is_none() {
                state.put(Entry::classic(LedgerEntryData::ConfigSetting(setting), 1));
            }
        }
    }

    /// Reads the ConfigSetting entries.
    pub fn load(state: &State) -> Self {
        let compute = read!(state, ContractComputeV0);
        let ledger = read!(state, ContractLedgerCostV0);
        let ledger_ext = read!(state, ContractLedgerCostExtV0);
        let history = read!(state, ContractHistoricalDataV0);
        let events = read!(state, ContractEventsV0);
        let bandwidth = read!(state, ContractBandwidthV0);
        let archival = read!(state, StateArchival);
        let window = read!(state, LiveSorobanStateSizeWindow);
        let size = window
            .iter()
            .fold(0, |sum: u64, size| sum.saturating_add(*size))
            / (window.len() as u64).max(1);
        let rent_price = compute_rent_write_fee_per_1kb(
            i64::try_from(size).unwrap_or(i64::MAX),
            &RentWriteFeeConfiguration {
                state_target_size_bytes: ledger.soroban_state_target_size_bytes,
                rent_fee_1kb_state_size_low: ledger.rent_fee1_kb_soroban_state_size_low,
                rent_fee_1kb_state_size_high: ledger.rent_fee1_kb_soroban_state_size_high,
                state_size_rent_fee_growth_factor: ledger.soroban_state_rent_fee_growth_factor,
            },
        );
        Self {
            tx_max_instructions: u32::try_from(compute.tx_max_instructions).unwrap_or(u32::MAX),
            tx_max_memory_bytes: compute.tx_memory_limit,
            tx_max_disk_read_entries: ledger.tx_max_disk_read_entries,
            tx_max_disk_read_bytes: ledger.tx_max_disk_read_bytes,
            tx_max_write_entries: ledger.tx_max_write_ledger_entries,
            tx_max_write_bytes: ledger.tx_max_write_bytes,
            tx_max_footprint_entries: ledger_ext.tx_max_footprint_entries,
            tx_max_bytes: bandwidth.tx_max_size_bytes,
            tx_max_event_bytes: events.tx_max_contract_events_size_bytes,
            max_key_bytes: read!(state, ContractDataKeySizeBytes),
            max_entry_bytes: read!(state, ContractDataEntrySizeBytes),
            max_code_bytes: read!(state, ContractMaxSizeBytes),
            ledger_max_instructions: compute.ledger_max_instructions,
            ledger_max_clusters: read!(state, ContractParallelComputeV0)
                .ledger_max_dependent_tx_clusters,
            ledger_max_disk_read_entries: ledger.ledger_max_disk_read_entries,
            ledger_max_disk_read_bytes: ledger.ledger_max_disk_read_bytes,
            ledger_max_write_entries: ledger.ledger_max_write_ledger_entries,
            ledger_max_write_bytes: ledger.ledger_max_write_bytes,
            ledger_max_tx_bytes: bandwidth.ledger_max_txs_size_bytes,
            ledger_max_tx_count: read!(state, ContractExecutionLanes).ledger_max_tx_count,
            min_persistent_ttl: archival.min_persistent_ttl,
            min_temporary_ttl: archival.min_temporary_ttl,
            max_ttl: archival.max_entry_ttl,
            fees: Arc::new(FeeConfiguration {
                fee_per_instruction_increment: compute.fee_rate_per_instructions_increment,
                fee_per_disk_read_entry: ledger.fee_disk_read_ledger_entry,
                fee_per_write_entry: ledger.fee_write_ledger_entry,
                fee_per_disk_read_1kb: ledger.fee_disk_read1_kb,
                fee_per_write_1kb: ledger_ext.fee_write1_kb,
                fee_per_historical_1kb: history.fee_historical1_kb,
                fee_per_contract_event_1kb: events.fee_contract_events1_kb,
                fee_per_transaction_size_1kb: bandwidth.fee_tx_size1_kb,
            }),
            rent_fees: Arc::new(RentFeeConfiguration {
                fee_per_write_1kb: ledger_ext.fee_write1_kb,
                fee_per_rent_1kb: rent_price,
                fee_per_write_entry: ledger.fee_write_ledger_entry,
                persistent_rent_rate_denominator: archival.persistent_rent_rate_denominator,
                temporary_rent_rate_denominator: archival.temp_rent_rate_denominator,
            }),
            cpu_costs: Arc::new(read!(state, ContractCostParamsCpuInstructions)),
            memory_costs: Arc::new(read!(state, ContractCostParamsMemoryBytes)),
        }
    }

    /// The host's view of the ledger being built.
    pub fn ledger_info(&self, header: &LedgerHeader, network_id: [u8; 32]) -> LedgerInfo {
        LedgerInfo {
            protocol_version: PROTOCOL,
            sequence_number: header.ledger_seq,
            timestamp: header.scp_value.close_time.0,
            network_id,
            base_reserve: header.base_reserve,
            min_temp_entry_ttl: self.min_temporary_ttl,
            min_persistent_entry_ttl: self.min_persistent_ttl,
            max_entry_ttl: self.max_ttl,
        }
    }

    /// A budget of so many instructions and of the memory of a transaction.
    ///
    /// # Errors
    /// Where the state's cost parameters are none that the host takes.
    pub fn budget(&self, instructions: u32) -> Result<Budget, HostError> {
        Budget::try_from_configs(
            instructions.into(),
            self.tx_max_memory_bytes.into(),
            self.cpu_costs.as_ref().clone(),
            self.memory_costs.as_ref().clone(),
        )
    }

    /// The same configuration as the simulation's crate takes it.
    pub(crate) fn for_simulation(&self) -> soroban_simulation::NetworkConfig {
        let (fees, rent) = (&self.fees, &self.rent_fees);
        soroban_simulation::NetworkConfig {
            fee_configuration: FeeConfiguration {
                fee_per_instruction_increment: fees.fee_per_instruction_increment,
                fee_per_disk_read_entry: fees.fee_per_disk_read_entry,
                fee_per_write_entry: fees.fee_per_write_entry,
                fee_per_disk_read_1kb: fees.fee_per_disk_read_1kb,
                fee_per_write_1kb: fees.fee_per_write_1kb,
                fee_per_historical_1kb: fees.fee_per_historical_1kb,
                fee_per_contract_event_1kb: fees.fee_per_contract_event_1kb,
                fee_per_transaction_size_1kb: fees.fee_per_transaction_size_1kb,
            },
            rent_fee_configuration: RentFeeConfiguration {
                fee_per_write_1kb: rent.fee_per_write_1kb,
                fee_per_rent_1kb: rent.fee_per_rent_1kb,
                fee_per_write_entry: rent.fee_per_write_entry,
                persistent_rent_rate_denominator: rent.persistent_rent_rate_denominator,
                temporary_rent_rate_denominator: rent.temporary_rent_rate_denominator,
            },
            tx_max_instructions: self.tx_max_instructions.into(),
            tx_memory_limit: self.tx_max_memory_bytes,
            cpu_cost_params: self.cpu_costs.as_ref().clone(),
            memory_cost_params: self.memory_costs.as_ref().clone(),
            min_temp_entry_ttl: self.min_temporary_ttl,
            min_persistent_entry_ttl: self.min_persistent_ttl,
            max_entry_ttl: self.max_ttl,
        }
    }
}

fn setting_key(config_setting_id: ConfigSettingId) -> LedgerKey {
    LedgerKey::ConfigSetting(LedgerKeyConfigSetting { config_setting_id })
}

fn stored(state: &State, id: ConfigSettingId) -> Option<ConfigSettingEntry> {
    match &state.get(&setting_key(id))?.entry.data {
        LedgerEntryData::ConfigSetting(setting) => Some(setting.clone()),
        _ => None,
    }
}
