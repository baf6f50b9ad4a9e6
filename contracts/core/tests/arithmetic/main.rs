//! Tests of the core: exact examples, and properties against big integers.

mod auction;
mod check;
mod completeness;
mod fixed;
mod health;
mod interest;
mod plan;
mod policy;
mod price;
mod promises;
mod random;
mod rational;
mod reserve;
mod scene;
mod soundness;
mod splitting;
mod totals;
mod vectors;
mod volatility;
mod window;
