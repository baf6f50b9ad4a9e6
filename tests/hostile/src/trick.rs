use soroban_sdk::{contracttype, Address, Symbol, Val, Vec};

/// What a hostile adapter or receiver does instead of a swap.
#[contracttype]
#[derive(Clone)]
pub enum Trick {
    /// Sends the first amount of the token asked for, out of its own balance, and returns the second.
    Pay(i128, i128),
    /// Traps.
    Trap,
    /// Makes a call in its own name, publishes whether it succeeded, and pays what was asked for.
    TryThenPay(Call),
    /// Pulls an amount of a token out of an allowance and pays what was asked for; fails with it.
    Seize(Address, Address, i128),
}

/// A call, and what the contract authorises below it.
#[contracttype]
#[derive(Clone)]
pub struct Call {
    /// The contract called.
    pub contract: Address,
    /// The function called.
    pub function: Symbol,
    /// Its arguments.
    pub args: Vec<Val>,
    /// Calls below it that need the contract's authorisation.
    pub nested: Vec<Nested>,
}

/// A call that the contract authorises.
#[contracttype]
#[derive(Clone)]
pub struct Nested {
    /// The contract called.
    pub contract: Address,
    /// The function called.
    pub function: Symbol,
    /// Its arguments.
    pub args: Vec<Val>,
}
