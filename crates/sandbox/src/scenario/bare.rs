use super::Options;
use crate::directory::{Directory, DirectoryAccount, DirectoryAsset};
use ballast_ledger::{Genesis, Ledger};
use ballast_transaction::{asset_contract_id, KeyPair, Network};
use stellar_xdr::curr::Asset;

/// The root account and nothing else. As on any new network lumens have no contract yet; the address is
/// the one that theirs will have.
pub(super) fn build(options: Options) -> (Ledger, Directory) {
    let network = Network::default();
    let root = KeyPair::from_seed(network.id());
    let lumens = asset_contract_id(&network, Asset::Native);
    let directory = Directory {
        assets: vec![DirectoryAsset {
            code: "XLM".into(),
            issuer: None,
            contract: stellar_strkey::Contract(lumens.0 .0)
                .to_string()
                .as_str()
                .into(),
            decimals: 7,
        }],
        accounts: vec![DirectoryAccount::new("root", &root)],
        ..Directory::default()
    };
    let ledger = Ledger::genesis(Genesis {
        network,
        limits: options.limits,
        sequence: 1,
        close_time: options.now,
        history_ledgers: options.history_ledgers,
    });
    (ledger, directory)
}
