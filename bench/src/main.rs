//! Costs of every call, measured on wasm under enforcing authorisation, at the main network's fees.
//!
//! `ballast-bench` prints the table and where a step's instructions go, and writes
//! `bench/costs.json`. `ballast-bench --check FILE` fails when a figure grew by more than 2%.

mod report;
mod scene;

use anyhow::{Context, Result};
use ballast_chain::Frame;
use clap::Parser;
use report::Report;
use std::{fs, path::PathBuf};

/// Measures what every call costs.
#[derive(Parser)]
struct Arguments {
    /// Compare with this file instead of writing one; fail when a figure grew by more than 2%.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Where to write the figures.
    #[arg(long, value_name = "FILE", default_value = "bench/costs.json")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let measured = scene::measure();
    let report = Report::new(measured.rows)?;
    report.print();
    if let Some(file) = arguments.check {
        let shown = file.display();
        let text = fs::read_to_string(&file).with_context(|| format!("{shown}"))?;
        let earlier: Report = serde_json::from_str(&text).with_context(|| format!("{shown}"))?;
        return report.check_against(&earlier);
    }
    for (name, frame) in &measured.profiles {
        println!(
            "\nwhere the executed instructions of {name} go (call, with its calls; of its own)"
        );
        print_frame(frame, 0);
    }
    let shown = arguments.out.display();
    let text = serde_json::to_string_pretty(&report)? + "\n";
    fs::write(&arguments.out, text).with_context(|| format!("{shown}"))?;
    println!("\nwritten: {shown}");
    Ok(())
}

fn print_frame(frame: &Frame, depth: usize) {
    // A frame without a function is the host's own, around a call that it makes.
    if frame.function.is_empty() {
        return frame.calls.iter().for_each(|call| print_frame(call, depth));
    }
    println!(
        "{:<44} {:>12} {:>12}",
        format!("{}{}", "  ".repeat(depth), frame.function),
        frame.instructions,
        frame.own_instructions()
    );
    for call in &frame.calls {
        print_frame(call, depth + 1);
    }
}
