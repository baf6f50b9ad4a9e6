//! What is on a sandbox, for people.

use ballast_sandbox::Directory;
use comfy_table::{presets::UTF8_FULL_CONDENSED, Table};

/// Assets, contracts and accounts.
pub fn directory(directory: &Directory) -> String {
    let mut text = String::new();
    let mut assets = table(["asset", "contract", "issuer"]);
    for asset in &directory.assets {
        let issuer = asset.issuer.as_deref().unwrap_or("-");
        assets.add_row([&asset.code, &asset.contract, issuer]);
    }
    text += &format!("{assets}\n");
    let mut contracts = table(["contract", "address"]);
    for (name, address) in &directory.contracts {
        contracts.add_row([name, address]);
    }
    for comet in &directory.comet {
        contracts.add_row([
            &format!("comet {}", comet.assets.join("/")),
            &comet.contract,
        ]);
    }
    if contracts.row_count() > 0 {
        text += &format!("{contracts}\n");
    }
    let mut accounts = table(["account", "public key", "secret key"]);
    for account in &directory.accounts {
        accounts.add_row([&account.name, &account.public_key, &account.secret_key]);
    }
    text + &format!("{accounts}\n")
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}
