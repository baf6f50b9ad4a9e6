//! The arguments of `ballast vault`.

use ballast_client::value::Address;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with a vault.
#[derive(Subcommand)]
pub enum Command {
    /// Deploy a vault of yours
    Create(Create),
    /// Supply collateral, or add to the reserve
    Deposit(Deposit),
    /// Borrow against the collateral
    Borrow(Move),
    /// Repay debt from your account
    Repay(Repay),
    /// Withdraw collateral, or from the reserve
    Withdraw(Withdraw),
    /// Show the policy, or change it
    Policy(ChangePolicy),
    /// Show position, health and reserve
    Health(View),
    /// Show the step that a keeper could make now
    Quote(Quote),
    /// Repay everything by selling collateral, and take out the rest
    Close(Close),
    /// List the vaults of the factory
    List(List),
}

/// Which network, and what is where.
#[derive(Args, Clone)]
pub struct Network {
    /// The Stellar RPC [default: that of --sandbox]
    #[arg(long, value_name = "URL")]
    pub rpc_url: Option<String>,
    /// Refuse any other network than this [default: that of --sandbox, else whatever the RPC serves]
    #[arg(long, value_name = "TEXT")]
    pub network_passphrase: Option<String>,
    /// What is deployed where: the sandbox.json of a sandbox, or the same of another network
    #[arg(long, value_name = "FILE", visible_alias = "network")]
    pub sandbox: Option<PathBuf>,
    /// Ballast's factory [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub factory: Option<Address>,
    /// Ballast's lens [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub lens: Option<Address>,
    /// The Blend pool [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub pool: Option<Address>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Who signs, and at what price.
#[derive(Args)]
pub struct Signing {
    /// File with the secret key (S...), which nobody else may read [default: the environment's BALLAST_SECRET_KEY]
    #[arg(long, value_name = "FILE", conflicts_with = "account")]
    pub key_file: Option<PathBuf>,
    /// An account of the sandbox, by its name in --sandbox
    #[arg(long, value_name = "NAME", requires = "sandbox")]
    pub account: Option<String>,
    /// Bid for the inclusion [default: what nine of ten paid lately, at most 100000]
    #[arg(long, value_name = "STROOPS", value_parser = clap::value_parser!(u32).range(100..))]
    pub fee: Option<u32>,
    /// How long to wait for the transaction's end
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub wait: u64,
    /// Simulate only: say what would happen, what it costs, and how the vault would stand
    #[arg(long)]
    pub dry_run: bool,
}

/// Which vault.
#[derive(Args)]
pub struct Which {
    /// The vault [default: your vault of that nonce on the pool]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub vault: Option<Address>,
    /// Which of your vaults on the pool
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "vault")]
    pub nonce: u32,
}

/// A policy: a preset or a file, and single fields.
#[derive(Args)]
pub struct PolicyChoice {
    /// early, balanced or late
    #[arg(long, value_enum, conflicts_with = "policy")]
    pub preset: Option<Preset>,
    /// A file as `ballast replay` takes it
    #[arg(long, value_name = "FILE.toml")]
    pub policy: Option<PathBuf>,
    /// A single field, as soft=94.5%, window_ledgers=120, reserve_first=false
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Preset {
    Early,
    Balanced,
    Late,
}

#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    pub policy: PolicyChoice,
    /// Tells several vaults of yours on one pool apart
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub nonce: u32,
    /// Version of the vault [default: the newest]
    #[arg(long = "vault-version", value_name = "N")]
    pub version: Option<u32>,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct Deposit {
    /// How much, as 12.5
    pub amount: String,
    /// XLM, USDC, or a token's address
    pub asset: String,
    /// To the reserve, not as collateral
    #[arg(long)]
    pub reserve: bool,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct Repay {
    /// How much, or max: the whole debt
    pub amount: String,
    /// XLM, USDC, or a token's address
    pub asset: String,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct Move {
    /// How much, as 12.5
    pub amount: String,
    /// XLM, USDC, or a token's address
    pub asset: String,
    /// Who gets it [default: you]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub to: Option<Address>,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct Withdraw {
    /// How much, or all
    pub amount: String,
    /// XLM, USDC, or a token's address
    pub asset: String,
    /// From the reserve, not of the collateral
    #[arg(long)]
    pub reserve: bool,
    /// Who gets it [default: you]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub to: Option<Address>,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct ChangePolicy {
    #[command(flatten)]
    pub choice: PolicyChoice,
    /// Switch fill and rebalance on or off
    #[arg(long, value_enum, conflicts_with_all = ["preset", "policy", "set"])]
    pub automation: Option<Switch>,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Args)]
pub struct View {
    /// The vault [default: that of --owner, or of your key, on the pool]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub vault: Option<Address>,
    /// Whose vault
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "vault")]
    pub owner: Option<Address>,
    /// Which of the owner's vaults on the pool
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "vault")]
    pub nonce: u32,
    /// File with the secret key, of which only the account is of interest here
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vault", "owner", "account"])]
    pub key_file: Option<PathBuf>,
    /// An account of the sandbox, by its name in --sandbox
    #[arg(long, value_name = "NAME", requires = "sandbox", conflicts_with_all = ["vault", "owner"])]
    pub account: Option<String>,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct Quote {
    /// fill: a keeper brings the debt asset. plain, flash: the vault sells at a venue
    #[arg(long, value_enum, default_value_t = Way::Fill)]
    pub path: Way,
    #[command(flatten)]
    pub venue: Venue,
    #[command(flatten)]
    pub view: View,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    Fill,
    Plain,
    Flash,
}

/// Where collateral is sold.
#[derive(Args)]
pub struct Venue {
    /// Swap adapter [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub adapter: Option<Address>,
    /// The Comet pool to sell at [default: one of --sandbox with both assets]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_contract)]
    pub comet: Option<Address>,
}

#[derive(Args)]
pub struct Close {
    /// Who gets what is left [default: you]
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub to: Option<Address>,
    /// The most to lose on a sale against the oracle's price, as 2%
    #[arg(long, value_name = "SHARE", default_value = "2%")]
    pub max_slippage: String,
    #[command(flatten)]
    pub venue: Venue,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args)]
pub struct List {
    /// Only vaults of this owner
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub owner: Option<Address>,
    #[command(flatten)]
    pub network: Network,
}

/// An account or a contract.
pub fn parse_address(text: &str) -> Result<Address, String> {
    match text.parse() {
        Ok(address @ (Address::Account(_) | Address::Contract(_))) => Ok(address),
        _ => Err("write an account (G...) or a contract (C...), 56 characters".into()),
    }
}

/// A contract.
pub fn parse_contract(text: &str) -> Result<Address, String> {
    match text.parse() {
        Ok(address @ Address::Contract(_)) => Ok(address),
        _ => Err("write a contract's address (C..., 56 characters)".into()),
    }
}
