//! What `ballast vault --help` says around the commands.

/// Above them.
pub const LONG_ABOUT: &str = "\
Vaults over any Stellar RPC: a sandbox of `ballast sandbox`, the test network, the main network.

Every call is simulated first; what would fail is not sent, and says why in the contract's own words. Nothing
is sent with --dry-run.";

/// Below them.
pub const AFTER_LONG_HELP: &str = "\
KEYS
  The secret key (S...) comes from the environment (BALLAST_SECRET_KEY) or from --key-file, a file that nobody
  else may read; on the command line everybody on the machine would see it. --account names an account of a
  sandbox.

AMOUNTS
  In the asset's own unit with a decimal point: 1000, 0.5. No more decimals than the asset has.

EXAMPLES
  ballast vault create --preset early --sandbox sandbox.json --account alice
  ballast vault deposit 20000 XLM --sandbox sandbox.json --account alice
  ballast vault borrow 1500 USDC --dry-run --sandbox sandbox.json --account alice
  ballast vault health --sandbox sandbox.json --account alice --json
  ballast vault policy --set soft=94% --set target=92% --sandbox sandbox.json --account alice

EXIT CODES
  0 done (or would be, with --dry-run), 1 failed: nothing but a fee may be gone, 2 wrong arguments,
  3 sent, and it is not known yet whether it is applied: look again after the ledger that is named";
