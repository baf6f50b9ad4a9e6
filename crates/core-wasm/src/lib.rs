//! The arithmetic of `contracts/core` for the wallet page: what the lens says of a vault, and what it
//! would say at other prices, amounts and policies.
//!
//! It is wasm without imports, but no contract: it is never deployed. A caller writes a question into a
//! buffer of 64-bit words in the module's memory, calls one function and reads the answer from the same
//! buffer. A function returns 0, or why there is no answer: a number of the vault's error list (100 and
//! beyond), or one of [`code`] for a question that cannot be read. No question makes it trap.
//!
//! # Layout, version 1
//!
//! Unsigned numbers and flags (0 or 1) take a word; amounts, values, prices and rates two, the lower half
//! first, in two's complement where they are signed. A question begins with [`VERSION`] and its length in
//! words; an answer with its length.
//!
//! | function | question after its two words | answer after its word |
//! |---|---|---|
//! | `ballast_validate` | resolution in seconds, policy | |
//! | `ballast_presets` | | three policies: early, balanced, late |
//! | `ballast_health` | state | health |
//! | `ballast_quote` | state; `path` 0 fill, 1 plain, 2 flash | quote |
//! | `ballast_plan` | state; `reserve` moves to `amount`, `mode` 1 in one round | plan |
//! | `ballast_auction` | state; `ledger` is the newest one known | auction |
//! | `ballast_most` | state; `reserve`, `mode` 0 to borrow, 1 to withdraw | amount |
//! | `ballast_price` | state; `reserve`, `amount` is the risk ratio | flag, price |
//!
//! The fields of each are where they are read and written: [`question`], [`answer`].
#![cfg_attr(target_family = "wasm", no_std)]

pub mod answer;
pub mod code;
pub mod exports;
pub mod limits;
pub mod operations;
pub mod plan;
pub mod question;
pub mod view;
pub mod words;

/// Version of the layout.
pub const VERSION: u64 = 1;

/// Nothing here panics; if something did, the caller would see a trap.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
