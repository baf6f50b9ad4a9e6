//! `ballast vault`.

mod acts;
mod arguments;
mod assets;
mod close;
mod create;
mod forecast;
mod help;
mod keys;
mod policy;
mod report;
mod run;
mod session;
mod standing;
mod views;

pub use arguments::{parse_contract, Command};
pub use help::{AFTER_LONG_HELP, LONG_ABOUT};
pub use run::print_json;
pub use standing::percent;

use crate::Failure;

/// Runs the command.
pub fn run(command: &Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Create(arguments) => create::run(arguments).await,
            Command::Deposit(arguments) => acts::deposit(arguments).await,
            Command::Borrow(arguments) => acts::borrow(arguments).await,
            Command::Repay(arguments) => acts::repay(arguments).await,
            Command::Withdraw(arguments) => acts::withdraw(arguments).await,
            Command::Policy(arguments) => policy::run(arguments).await,
            Command::Health(arguments) => views::health(arguments).await,
            Command::Quote(arguments) => views::quote(arguments).await,
            Command::Close(arguments) => close::run(arguments).await,
            Command::List(arguments) => views::list(arguments).await,
        }
    })
}

fn misuse(words: impl Into<String>) -> Failure {
    Failure::Usage(anyhow::Error::msg(words.into()))
}
