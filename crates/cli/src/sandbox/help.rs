//! What `ballast sandbox --help` says around the options.

/// Above them.
pub const LONG_ABOUT: &str = "\
Start a Stellar network in this process: Stellar RPC and a friendbot over a simulated ledger.

The default scenario has XLM, USDC and EURC with their contracts, an issuer and a faucet, Blend v2 with a
funded pool at the main network's parameters, Comet pools, a scripted oracle with history, Ballast's
contracts and ten funded accounts. It is printed as a table and written as JSON for programs.

With a command it controls a sandbox that runs: see the commands.";

/// Below them.
pub const AFTER_LONG_HELP: &str = "\
FILES
  --state     Everything is in it, written before any client sees it: a sandbox that was killed starts
              where it was. Beside it lies FILE.lock. What waited in the queue and faults are not kept.
              Scenario, limits and seed are the file's; --ledger-ms and --history-ledgers may change.
  --output    {rpcUrl, friendbotUrl, networkPassphrase, contracts, assets, comet, oracle, accounts}, with
              the secret keys of all accounts: of a sandbox they are no secret.

The network's passphrase is \"Standalone Network ; February 2017\". Ctrl-C stops it.

EXIT CODES
  0 stopped, 1 failed, 2 wrong arguments";
