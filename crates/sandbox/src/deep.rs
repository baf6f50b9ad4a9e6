//! Work that may nest deeply.

use std::{any::Any, thread};

/// Contracts call contracts and values hold values: hosts are run on stacks of this size. It is reserved,
/// not used.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Runs something on a large stack and waits for it.
///
/// # Errors
/// If it panicked: the panic's text.
pub(crate) fn deep<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, String> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("host".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| error.to_string())?
            .join()
            .map_err(text)
    })
}

fn text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .unwrap_or(&"unknown cause")
            .to_string(),
    }
}
