//! The figures of the keeper's book.

use serde_json::Value;
use std::process::Command;

fn bench(vaults: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args([
            "keeper", "bench", "--json", "--runs", "7", "--vaults", vaults,
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn bench_finds_the_vaults_at_risk_among_a_million_in_a_tenth_of_a_second() {
    let number = |value: &Value| value.as_f64().unwrap();
    // A machine that is busy with something else gets three tries.
    let mut found = bench("1000000");
    for _ in 0..2 {
        if number(&found["evaluate_ms"]) > 100.0 {
            found = bench("1000000");
        }
    }
    assert_eq!(found["vaults"], 1_000_000);
    assert!(number(&found["evaluate_ms"]) <= 100.0, "{found}");
    assert!(number(&found["bytes_per_vault"]) <= 256.0, "{found}");
    let sizes: Vec<_> = found["sizes"].as_array().unwrap().iter().collect();
    assert_eq!(sizes.len(), 3);
    for (row, vaults) in sizes.iter().zip([10_000.0, 100_000.0, 1_000_000.0]) {
        assert_eq!(number(&row["vaults"]), vaults);
        assert!(number(&row["bytes_per_vault"]) <= 256.0, "{row}");
        let (small, crash) = (&row["small"], &row["crash"]);
        let share = |change: &Value| number(&change["at_risk"]) / vaults;
        assert!((0.001..0.01).contains(&share(small)), "{row}");
        assert!((0.1..0.2).contains(&share(crash)), "{row}");
    }
    // Linear, but for what fits into the caches of smaller ones.
    let per_vault = |row: &Value| number(&row["crash"]["evaluate_ms"]) / number(&row["vaults"]);
    assert!(per_vault(sizes[2]) < 4.0 * per_vault(sizes[0]), "{found}");
}
