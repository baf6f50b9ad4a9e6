//! The system over the dimensions that a pool may have: decimals of tokens and oracles, several
//! collaterals and debts, the pool's limits on positions and collateral, extreme prices and amounts.

mod extremes;
mod field;
mod minimum;
mod pairs;
mod positions;
