//! The flash-loan receiver's trait.

use ballast_interfaces_macros::docs_off_chain;
use soroban_sdk::{contractclient, contracttype, Address, Bytes, Env};

/// What the receiver is to do with the next flash loan of a vault.
#[docs_off_chain]
#[cfg_attr(feature = "receiver", contracttype)]
#[cfg_attr(not(feature = "receiver"), contracttype(export = false))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArmedSwap {
    /// The Blend pool that lends; the only caller accepted.
    pub pool: Address,
    /// Token that is lent and sold.
    pub token_in: Address,
    /// Token that the vault is to receive.
    pub token_out: Address,
    /// Amount lent, smallest unit of `token_in`.
    pub amount_in: i128,
    /// Least proceeds, smallest unit of `token_out`.
    pub min_out: i128,
    /// Where to swap.
    pub adapter: Address,
    /// The adapter's route.
    pub route: Bytes,
}

/// Swaps flash-loaned collateral for a vault. A contract of its own because the host forbids the
/// pool to call back into the vault. Armed by the vault, consumed by `exec_op`, empty between
/// calls.
#[contractclient(name = "ReceiverClient")]
pub trait Receiver {
    /// Arms the receiver for the next flash loan of `vault`. Authorised by `vault`, which is its
    /// direct caller. Arming again replaces the swap.
    fn arm(env: Env, vault: Address, swap: ArmedSwap);

    /// Called by Blend's pool with the loan already transferred. Consumes what `caller` armed,
    /// pushes the loan to the adapter and lets it send the proceeds to `caller`.
    ///
    /// # Errors
    /// * `ReceiverError::NotArmed` - `caller` has armed nothing.
    /// * `ReceiverError::WrongLoan` - the loan is not the armed one.
    fn exec_op(env: Env, caller: Address, token: Address, amount: i128, fee: i128);
}
