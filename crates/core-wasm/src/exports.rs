//! The buffer and the functions that a page calls.
//!
//! Words are atomic so that a static may be written without unsafe code; on wasm32 without threads they
//! are plain loads and stores. What is left of the lint is the names of the functions: a symbol that is
//! not mangled could collide with another crate's, which the prefix prevents.
#![allow(unsafe_code)]

use core::sync::atomic::AtomicU64;

use crate::code::Code;
use crate::operations;
use crate::question::MOST_WORDS;

static BUFFER: [AtomicU64; MOST_WORDS] = [const { AtomicU64::new(0) }; MOST_WORDS];

/// Address of the buffer in the module's memory; a multiple of 8.
#[no_mangle]
pub extern "C" fn ballast_buffer() -> usize {
    BUFFER.as_ptr() as usize
}

/// Words of the buffer.
#[no_mangle]
pub extern "C" fn ballast_buffer_words() -> usize {
    MOST_WORDS
}

/// Version of the layout.
#[no_mangle]
pub extern "C" fn ballast_version() -> u32 {
    crate::VERSION as u32
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident $operation:ident)*) => {$(
        $(#[$doc])*
        #[no_mangle]
        pub extern "C" fn $name() -> u32 {
            match operations::$operation(&BUFFER) {
                Ok(()) => 0,
                Err(Code(code)) => code,
            }
        }
    )*};
}

operations! {
    /// Whether the vault takes a policy.
    ballast_validate validate
    /// The presets.
    ballast_presets presets
    /// How a vault stands.
    ballast_health health
    /// The cheapest step.
    ballast_quote quote
    /// What keepers do when a price moves.
    ballast_plan plan
    /// The open auction.
    ballast_auction auction
    /// The most that can be borrowed or withdrawn.
    ballast_most most
    /// The price at which a risk ratio is reached.
    ballast_price price
}
