//! The race of the crowd, with few vaults.

use serde_json::Value;
use std::process::Command;

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn crowd_accounts_for_every_vault_and_every_dollar() {
    let folder = std::env::temp_dir().join(format!("ballast-crowd-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let (out, markdown) = (file("crowd.json"), file("crowd.md"));
    let output = Command::new(env!("CARGO_BIN_EXE_ballast-bench-crowd"))
        .args(["--vaults", "40", "--ledgers", "230", "--seed", "3"])
        .args(["--out", &out, "--markdown", &markdown])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let found: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let table = std::fs::read_to_string(&markdown).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();

    let orders = found["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 3);
    for order in orders {
        let count = |name: &str| number(&order[name]);
        assert!(table.contains(order["name"].as_str().unwrap()), "{table}");
        let ends = count("saved") + count("filled") + count("left");
        assert_eq!(count("at_risk"), ends, "{order}");
        assert!(
            count("at_risk") > 20.0 && count("auctions_opened") > 10.0,
            "{order}"
        );
        let lost = count("lost_to_steps_usd") + count("lost_to_fills_usd");
        assert!(
            (count("lost_usd") - lost).abs() < 0.01 && lost > 0.0,
            "{order}"
        );
        // A ledger has room for all of so few: nobody is left to the fillers, in whatever order.
        assert_eq!((count("filled"), count("left")), (0.0, 0.0), "{order}");
        assert_eq!((count("failed"), count("expired")), (0.0, 0.0), "{order}");
        // What the strategy plans on its reading of a ledger is what the contracts accept of it.
        assert_eq!(count("refused_in_simulation"), 0.0, "{order}");
        // Every step costs an owner less than its discount's cap on all that is owed.
        assert!(lost < 0.03 * number(&found["debt_usd"]), "{order}");
    }
}
