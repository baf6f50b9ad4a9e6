//! That PostgreSQL takes the schema and every statement, unchanged.

use ballast_keeper::store::Store;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Prepares everything on the database that BALLAST_POSTGRES names, and leaves nothing behind.
#[test]
#[ignore = "needs a PostgreSQL: BALLAST_POSTGRES=postgresql://... cargo test ... -- --ignored"]
fn postgresql_takes_the_schema_and_every_statement() {
    let url = std::env::var("BALLAST_POSTGRES").unwrap();
    let mut script = format!("BEGIN;\n{}", Store::schema());
    for (number, statement) in Store::statements().into_iter().enumerate() {
        script.push_str(&format!("PREPARE statement_{number} AS {statement};\n"));
    }
    script.push_str("ROLLBACK;\n");
    let mut psql = Command::new("psql")
        .args([url.as_str(), "-v", "ON_ERROR_STOP=1", "-q", "-f", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = psql.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert!(Store::statements().len() > 25);
}
