//! The ConfigSetting entries of a new ledger.

use super::{costs, Limits};
use stellar_xdr::curr::{
    ConfigSettingContractBandwidthV0, ConfigSettingContractComputeV0,
    ConfigSettingContractEventsV0, ConfigSettingContractExecutionLanesV0,
    ConfigSettingContractHistoricalDataV0, ConfigSettingContractLedgerCostExtV0,
    ConfigSettingContractLedgerCostV0, ConfigSettingContractParallelComputeV0, ConfigSettingEntry,
    ConfigSettingId, ConfigSettingScpTiming, EvictionIterator as Iterator, StateArchivalSettings,
};

/// Instructions of an unlimited ledger: far from where sums of a few of them overflow.
const UNLIMITED_INSTRUCTIONS: i64 = 1 << 60;

/// Samples of the state's size that the price of rent is made of.
const SIZE_SAMPLES: u32 = 30;

/// Every setting, in the order of their ids.
pub(super) fn all(limits: Limits) -> Vec<ConfigSettingEntry> {
    ConfigSettingId::VARIANTS
        .iter()
        .map(|id| setting(*id, limits))
        .collect()
}

/// One setting.
///
/// The main network's are those of 2026-07-10. What those do not say, and the
/// test network's, are from what the test network's operators publish for upgrades: the same but for
/// shorter lives and a larger target of the state's size.
pub(super) fn setting(id: ConfigSettingId, limits: Limits) -> ConfigSettingEntry {
    use ConfigSettingEntry::*;
    // A limit that Unlimited does away with.
    let upto = |limit: u32| match limits {
        Limits::Unlimited => u32::MAX,
        Limits::Mainnet | Limits::Testnet => limit,
    };
    let instructions = |limit: i64, without: i64| match limits {
        Limits::Unlimited => without,
        Limits::Mainnet | Limits::Testnet => limit,
    };
    match id {
        ConfigSettingId::ContractMaxSizeBytes => ContractMaxSizeBytes(upto(131_072)),
        ConfigSettingId::ContractComputeV0 => ContractComputeV0(ConfigSettingContractComputeV0 {
            ledger_max_instructions: instructions(580_000_000, UNLIMITED_INSTRUCTIONS),
            tx_max_instructions: instructions(400_000_000, u32::MAX.into()),
            fee_rate_per_instructions_increment: 7,
            tx_memory_limit: upto(41_943_040),
        }),
        ConfigSettingId::ContractLedgerCostV0 => {
            ContractLedgerCostV0(ConfigSettingContractLedgerCostV0 {
                ledger_max_disk_read_entries: upto(1_000),
                ledger_max_disk_read_bytes: upto(400_000),
                ledger_max_write_ledger_entries: upto(1_000),
                ledger_max_write_bytes: upto(286_720),
                tx_max_disk_read_entries: upto(200),
                tx_max_disk_read_bytes: upto(200_000),
                tx_max_write_ledger_entries: upto(200),
                tx_max_write_bytes: upto(132_096),
                fee_disk_read_ledger_entry: 1_563,
                fee_write_ledger_entry: 2_500,
                fee_disk_read1_kb: 447,
                soroban_state_target_size_bytes: match limits {
                    Limits::Testnet => 4_000_000_000,
                    Limits::Mainnet | Limits::Unlimited => 3_000_000_000,
                },
                rent_fee1_kb_soroban_state_size_low: -17_000,
                rent_fee1_kb_soroban_state_size_high: 10_000,
                soroban_state_rent_fee_growth_factor: 5_000,
            })
        }
        ConfigSettingId::ContractHistoricalDataV0 => {
            ContractHistoricalDataV0(ConfigSettingContractHistoricalDataV0 {
                fee_historical1_kb: 4_059,
            })
        }
        ConfigSettingId::ContractEventsV0 => ContractEventsV0(ConfigSettingContractEventsV0 {
            tx_max_contract_events_size_bytes: upto(16_384),
            fee_contract_events1_kb: 5_000,
        }),
        ConfigSettingId::ContractBandwidthV0 => {
            ContractBandwidthV0(ConfigSettingContractBandwidthV0 {
                ledger_max_txs_size_bytes: upto(266_240),
                tx_max_size_bytes: upto(132_096),
                fee_tx_size1_kb: 406,
            })
        }
        ConfigSettingId::ContractCostParamsCpuInstructions => {
            ContractCostParamsCpuInstructions(costs::instructions())
        }
        ConfigSettingId::ContractCostParamsMemoryBytes => {
            ContractCostParamsMemoryBytes(costs::memory())
        }
        ConfigSettingId::ContractDataKeySizeBytes => ContractDataKeySizeBytes(upto(250)),
        ConfigSettingId::ContractDataEntrySizeBytes => ContractDataEntrySizeBytes(upto(65_536)),
        ConfigSettingId::StateArchival => StateArchival(StateArchivalSettings {
            max_entry_ttl: 3_110_400,
            min_temporary_ttl: if limits == Limits::Testnet {
                720
            } else {
                17_280
            },
            min_persistent_ttl: if limits == Limits::Testnet {
                120_960
            } else {
                2_073_600
            },
            persistent_rent_rate_denominator: 1_215,
            temp_rent_rate_denominator: 2_430,
            max_entries_to_archive: 1_000,
            live_soroban_state_size_window_sample_size: SIZE_SAMPLES,
            live_soroban_state_size_window_sample_period: 64,
            eviction_scan_size: 500_000,
            starting_eviction_scan_level: 7,
        }),
        ConfigSettingId::ContractExecutionLanes => {
            ContractExecutionLanes(ConfigSettingContractExecutionLanesV0 {
                ledger_max_tx_count: upto(2_000),
            })
        }
        // The state of a simulated ledger is so small that the price of rent stands at the protocol's floor.
        ConfigSettingId::LiveSorobanStateSizeWindow => LiveSorobanStateSizeWindow(
            vec![0; SIZE_SAMPLES as usize]
                .try_into()
                .unwrap_or_default(),
        ),
        ConfigSettingId::EvictionIterator => EvictionIterator(Iterator {
            bucket_list_level: 7,
            is_curr_bucket: true,
            bucket_file_offset: 0,
        }),
        ConfigSettingId::ContractParallelComputeV0 => {
            ContractParallelComputeV0(ConfigSettingContractParallelComputeV0 {
                ledger_max_dependent_tx_clusters: 2,
            })
        }
        ConfigSettingId::ContractLedgerCostExtV0 => {
            ContractLedgerCostExtV0(ConfigSettingContractLedgerCostExtV0 {
                tx_max_footprint_entries: upto(400),
                fee_write1_kb: 875,
            })
        }
        ConfigSettingId::ScpTiming => ScpTiming(ConfigSettingScpTiming {
            ledger_target_close_time_milliseconds: 5_000,
            nomination_timeout_initial_milliseconds: 1_000,
            nomination_timeout_increment_milliseconds: 1_000,
            ballot_timeout_initial_milliseconds: 1_000,
            ballot_timeout_increment_milliseconds: 1_000,
        }),
    }
}
