//! A network in a crash: a pool with vaults and their bare twins, prices of 2025-10-10, an arbitrageur who
//! keeps the venues at the market, and a liquidator who opens and fills every auction that pays. The keeper is
//! not here: it comes over the RPC.
//!
//! A bare twin is a vault whose automation is off: to the pool just a borrower. Both are the pool's own
//! contracts; the actors' transactions come first in every ledger, before what came over the RPC.

use crate::{
    borrowers::Borrower,
    bots,
    chances::{Chance, Chances},
};
use ballast_chain::{
    blend::{usdc_reserve, xlm_reserve, PoolSetup},
    market::{ONE, USD},
    Account, Amm, Blend, Chain, Market, Oracle, System, Token,
};
use ballast_client::value::{Event, VaultEvent};
use ballast_core::policy::Policy;
use ballast_interfaces::vault::VaultPolicy;
use ballast_ledger::{ClosedLedger, ClosedTransaction, Genesis, Ledger, Limits};
use ballast_risk::{
    bars::{Bars, Range},
    path::PricePath,
};
use ballast_sandbox::{Closing, Sandbox};
use ballast_transaction::{KeyPair, Network};
use std::{
    collections::BTreeMap,
    sync::{mpsc, Arc},
    thread::JoinHandle,
};
use stellar_xdr::curr::{
    HostFunction, OperationBody, ScAddress, TransactionEnvelope, TransactionMeta,
    TransactionResultResult,
};
use tokio::sync::oneshot;

/// Names of the accounts are made of this.
pub const NAMES: &str = "crash ";
/// 2025-10-10, 20:50 UTC.
pub const START: u64 = 1_760_129_400;
/// Seconds of a ledger, and of the oracle's rounds.
pub const LEDGER_SECONDS: u64 = 5;
const ROUND_SECONDS: u64 = 300;
/// What XLM, USDC and EURC cost at the start.
pub const FIRST_PRICES: [f64; 3] = [0.36239, 1.0, 1.16];
/// What the lender supplies, tokens.
const LENT: [i128; 3] = [60_000_000, 20_000_000, 20_000_000];
/// Value of each side of a venue, US dollars: what the largest one of the main network has.
const DEPTH: f64 = 1_700_000.0;
/// Its fee, 7 decimals.
const FEE: i128 = 0_0010000;
/// Accounts that send the keeper's transactions.
const CHANNELS: usize = 60;

/// A vault and its twin.
#[derive(Clone, Debug)]
pub struct Pair {
    pub borrower: Borrower,
    pub policy: &'static str,
    pub vault: ScAddress,
    pub twin: ScAddress,
}

/// What the keeper is told of the network.
#[derive(Clone, Debug)]
pub struct Info {
    pub factory: ScAddress,
    pub adapter: ScAddress,
    pub assets: [ScAddress; 3],
    /// Comet pools: XLM/USDC, EURC/USDC.
    pub venues: [ScAddress; 2],
    pub pairs: Vec<Pair>,
    pub keeper: KeyPair,
    /// What it may spend of XLM, USDC and EURC, tokens.
    pub means: [i128; 3],
    pub channels: Vec<KeyPair>,
}

/// A sale of one user's collateral: a keeper's step or a filled auction.
#[derive(Clone, Debug)]
pub struct Sale {
    pub user: ScAddress,
    pub ledger: u32,
    /// `fill`, `plain`, `flash`; `clear` where a keeper deleted an auction that was not deserved any more;
    /// `auction` where the liquidator filled one.
    pub way: &'static str,
    pub rescue: bool,
    /// Worth of what was sold and of what was repaid, US dollars: of a step at the oracle's prices, of an
    /// auction at the market's.
    pub sold_usd: f64,
    pub repaid_usd: f64,
}

/// A ledger that closed.
#[derive(Clone, Debug)]
pub struct Moment {
    pub ledger: u32,
    /// What keepers and liquidator did in it.
    pub sales: Vec<Sale>,
    /// Chances of keepers that nobody took.
    pub missed: Vec<Chance>,
    /// Risk ratios of the vaults when it had closed, 7 decimals.
    pub risks_e7: Vec<i128>,
    /// Transactions of keepers that failed.
    pub failed: usize,
}

/// The network, on a thread of its own: its values belong to one.
pub struct Town {
    commands: mpsc::Sender<oneshot::Sender<Moment>>,
    pub sandbox: Arc<Sandbox>,
    pub info: Info,
    _thread: JoinHandle<()>,
}

impl Town {
    /// Builds it, with so much of XLM, USDC and EURC for the keeper.
    pub async fn start(borrowers: Vec<Borrower>, means: [i128; 3]) -> Self {
        let (commands, asked) = mpsc::channel::<oneshot::Sender<Moment>>();
        let (ready, built) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                let mut stage = Stage::build(borrowers, means);
                let _ = ready.send((stage.sandbox.clone(), stage.info.clone()));
                while let Ok(answer) = asked.recv() {
                    let _ = answer.send(stage.next());
                }
            });
        let (sandbox, info) = built.await.expect("the network is built");
        Self {
            commands,
            sandbox,
            info,
            _thread: thread.expect("a thread starts"),
        }
    }

    /// Closes the next ledger.
    pub async fn next(&self) -> Moment {
        let (answer, moment) = oneshot::channel();
        self.commands.send(answer).expect("the network runs");
        moment.await.expect("the network runs")
    }
}

/// Handles on the contracts, on one chain.
pub struct Handles {
    pub system: System,
    pub eurc: Token,
    pub eurc_amm: Amm,
    pub liquidator: Account,
    pub arbitrageur: Account,
}

impl Handles {
    /// The same on another chain.
    pub fn on(&self, chain: &Chain) -> Self {
        Handles {
            system: self.system.on(chain),
            eurc: self.eurc.on(chain),
            eurc_amm: self.eurc_amm.on(chain),
            liquidator: chain.account(self.liquidator.name()),
            arbitrageur: chain.account(self.arbitrageur.name()),
        }
    }

    pub fn tokens(&self) -> [&Token; 3] {
        let market = &self.system.market;
        [&market.xlm, &market.usdc, &self.eurc]
    }
}

struct Stage {
    handles: Handles,
    sandbox: Arc<Sandbox>,
    info: Info,
    path: PricePath,
    bars: Bars,
    time: u64,
    oracle_usd: f64,
    liquidator: bots::Liquidator,
    chances: Chances,
}

impl Stage {
    fn build(borrowers: Vec<Borrower>, means: [i128; 3]) -> Self {
        let ledger = Ledger::genesis(Genesis {
            network: Network::default(),
            limits: Limits::Mainnet,
            sequence: 1_000,
            close_time: START - 60,
            history_ledgers: 20_000,
        });
        let chain = Chain::on(ledger, NAMES);
        let handles = deploy(&chain);
        let pairs = people(&chain, &handles, borrowers);
        let keeper = chain.account("keeper");
        for (token, amount) in handles.tokens().into_iter().zip(means) {
            token.fund(&keeper, amount * ONE);
        }
        let channels = (0..CHANNELS)
            .map(|index| chain.account_with(&format!("channel {index}"), 1_000_0000000));
        let system = &handles.system;
        let address = |of: &soroban_sdk::Address| ScAddress::from(of);
        let info = Info {
            factory: address(&system.factory),
            adapter: address(&system.adapter),
            assets: handles.tokens().map(|token| address(token.address())),
            venues: [&system.market.amm, &handles.eurc_amm].map(|amm| address(amm.address())),
            pairs,
            keeper: keeper.key().clone(),
            means,
            channels: channels.map(|account| account.key().clone()).collect(),
        };
        chain.close_ledger(START);
        let sandbox = Sandbox::new(
            chain.ledger(),
            ballast_sandbox::Options {
                closing: Closing::Manual,
                ..ballast_sandbox::Options::default()
            },
        );
        let bars = Bars::built_in(Range::default()).expect("they are built in");
        let pool = address(system.market.pool.address());
        let users = info
            .pairs
            .iter()
            .flat_map(|pair| [pair.vault.clone(), pair.twin.clone()]);
        Stage {
            liquidator: bots::Liquidator::new(pool.clone(), users.collect()),
            chances: Chances::new(
                pool,
                info.pairs
                    .iter()
                    .map(|pair| (pair.vault.clone(), policy(pair.policy)))
                    .collect(),
                keeper.name(),
            ),
            path: PricePath::new(&bars),
            bars,
            handles,
            sandbox,
            info,
            time: START,
            oracle_usd: FIRST_PRICES[0],
        }
    }

    /// One ledger: what the actors do, then what came over the RPC.
    fn next(&mut self) -> Moment {
        let time = self.time;
        let market_usd = self.path.price(time);
        let sandbox = self.sandbox.clone();
        let (closed, mut sales) = sandbox.change(|ledger| {
            let mut own = ledger.clone();
            own.jump(own.building().ledger_seq, time);
            let chain = Chain::on(own, NAMES);
            let on = self.handles.on(&chain);
            if time.is_multiple_of(ROUND_SECONDS) {
                self.publish(&on, time);
            }
            bots::arbitrage(&on, market_usd);
            let sales = self.liquidator.act(&on, market_usd, self.oracle_usd);
            let mut own = chain.ledger();
            drop((on, chain));
            let closed = own.close(time);
            own.jump(own.building().ledger_seq, time + LEDGER_SECONDS);
            *ledger = own;
            (closed, sales)
        });
        let failed = closed.transactions.iter();
        let failed = failed.filter(|transaction| is_keepers_and_failed(transaction));
        let failed = failed.count();
        let steps = steps(&closed);
        let missed = self.chances.after(
            &self.sandbox.view(),
            &self.handles,
            self.oracle_usd,
            &steps.iter().map(|sale| sale.user.clone()).collect(),
        );
        sales.extend(steps);
        self.time += LEDGER_SECONDS;
        Moment {
            ledger: closed.header.header.ledger_seq,
            sales,
            missed,
            risks_e7: self.chances.risks_e7.clone(),
            failed,
        }
    }

    /// The oracle's round: the close of the bar that has just ended.
    fn publish(&mut self, on: &Handles, time: u64) {
        let ended = self
            .bars
            .bars
            .iter()
            .find(|bar| bar.ts + ROUND_SECONDS == time);
        self.oracle_usd = ended.map_or(self.oracle_usd, |bar| bar.close);
        let xlm = (self.oracle_usd * USD as f64) as i128;
        let others = [1, 2].map(|leg: usize| Some((FIRST_PRICES[leg] * USD as f64) as i128));
        let oracle = &on.system.market.oracle;
        oracle.set_round(time, &[Some(xlm), others[0], others[1]]);
    }
}

fn deploy(chain: &Chain) -> Handles {
    let xlm = Token::native(chain);
    let usdc = Token::issue(chain, "USDC");
    let eurc = Token::issue(chain, "EURC");
    let tokens = [&xlm, &usdc, &eurc];
    let oracle = Oracle::deploy(chain, "oracle", &tokens.map(Token::address));
    let prices = FIRST_PRICES.map(|price| (price * USD as f64) as i128);
    for age in (0..13).rev() {
        let time = START / ROUND_SECONDS * ROUND_SECONDS - ROUND_SECONDS * (age + 1);
        oracle.set_round(time, &prices.map(Some));
    }
    let blend = Blend::deploy(chain, &usdc);
    let reserves = vec![
        (xlm.address().clone(), xlm_reserve()),
        (usdc.address().clone(), usdc_reserve()),
        (eurc.address().clone(), usdc_reserve()),
    ];
    let pool = blend.create_pool("pool", oracle.address(), &PoolSetup::new(reserves));
    let lender = chain.account("lender");
    for (token, amount) in tokens.into_iter().zip(LENT) {
        token.fund(&lender, amount * ONE);
        pool.supply(&lender, token.address(), amount * ONE)
            .expect("the pool takes it");
    }
    let depth = |leg: usize| (DEPTH / FIRST_PRICES[leg]) as i128 * ONE;
    let amm = |name: &str, leg: usize| {
        let reserves = [depth(leg), depth(1)];
        Amm::deploy_with_fee(chain, name, [tokens[leg], &usdc], reserves, FEE)
    };
    let (xlm_amm, eurc_amm) = (amm("XLM/USDC", 0), amm("EURC/USDC", 2));
    let (liquidator, arbitrageur) = (chain.account("liquidator"), chain.account("arbitrageur"));
    for account in [&liquidator, &arbitrageur] {
        for token in tokens {
            token.fund(account, 50_000_000 * ONE);
        }
    }
    let system = System::new(Market {
        chain: chain.clone(),
        xlm: xlm.clone(),
        usdc: usdc.clone(),
        oracle,
        blend,
        pool,
        amm: xlm_amm,
        lender,
    });
    Handles {
        system,
        eurc,
        eurc_amm,
        liquidator,
        arbitrageur,
    }
}

/// Vaults and twins with their positions. Every fourth vault is early, every fourth late.
fn people(chain: &Chain, handles: &Handles, borrowers: Vec<Borrower>) -> Vec<Pair> {
    let owner = chain.account("owner");
    let tokens = handles.tokens();
    for token in tokens {
        token.fund(&owner, 500_000_000 * ONE);
    }
    let mut pairs = vec![];
    for (index, borrower) in (0u32..).zip(borrowers) {
        let name = match index % 4 {
            0 => "early",
            1 => "late",
            _ => "balanced",
        };
        let [vault, twin] = [0, 1].map(|twin| {
            let rules = VaultPolicy::from_core(&policy(name));
            let created = handles.system.try_create(&owner, &rules, 2 * index + twin);
            let vault = created.expect("the factory creates it");
            if twin == 1 {
                vault
                    .as_owner("set_automation", (false,))
                    .expect("it is the owner's");
            }
            let amount = |tokens: f64| (tokens * ONE as f64) as i128;
            for (token, held) in tokens.iter().zip(borrower.collateral) {
                if held > 0.0 {
                    vault
                        .deposit(token.address(), amount(held))
                        .expect("it deposits");
                }
            }
            for (token, owed) in tokens.iter().zip(borrower.debt) {
                if owed > 0.0 {
                    let lent = vault.borrow(token.address(), amount(owed), owner.address());
                    lent.unwrap_or_else(|error| panic!("{borrower:?} borrows: {error}"));
                }
            }
            ScAddress::from(&vault.address)
        });
        pairs.push(Pair {
            borrower,
            policy: name,
            vault,
            twin,
        });
        if index % 10 == 9 {
            chain.close_ledger(chain.timestamp());
        }
    }
    pairs
}

/// A preset by its name.
fn policy(name: &str) -> Policy {
    match name {
        "early" => Policy::EARLY,
        "late" => Policy::LATE,
        _ => Policy::BALANCED,
    }
}

/// The liquidator's search for a percent fails on purpose, and is not counted.
fn is_keepers_and_failed(transaction: &ClosedTransaction) -> bool {
    let TransactionEnvelope::Tx(envelope) = &transaction.envelope else {
        return false;
    };
    let calls = envelope.tx.operations.iter().filter_map(|operation| {
        let OperationBody::InvokeHostFunction(invoked) = &operation.body else {
            return None;
        };
        let HostFunction::InvokeContract(args) = &invoked.host_function else {
            return None;
        };
        Some(args.function_name.to_utf8_string_lossy())
    });
    let mut calls =
        calls.filter(|name| ["fill", "rebalance", "clear_stale_auction"].contains(&name.as_str()));
    let succeeded = matches!(
        transaction.result.result,
        TransactionResultResult::TxSuccess(_)
    );
    calls.next().is_some() && !succeeded
}

/// The keepers' steps of a ledger, as an observer of the network reads them.
fn steps(closed: &ClosedLedger) -> Vec<Sale> {
    let mut sales = vec![];
    for transaction in &closed.transactions {
        let TransactionMeta::V4(meta) = &transaction.meta else {
            continue;
        };
        let events = meta
            .operations
            .iter()
            .flat_map(|operation| operation.events.iter());
        for event in events {
            if let Ok(Some(event)) = Event::decode(event) {
                sales.extend(sale(closed.header.header.ledger_seq, event));
            }
        }
    }
    sales
}

fn sale(ledger: u32, event: Event) -> Option<Sale> {
    let usd = |amount: i128, price: i128| amount as f64 / ONE as f64 * (price as f64 / USD as f64);
    let (way, rescue, sold_usd, repaid_usd) = match event.event {
        VaultEvent::StepExecuted {
            path,
            rescue,
            sold,
            repaid,
            collateral_price,
            debt_price,
            ..
        } => {
            let way = match path {
                None => "fill",
                Some(ballast_client::value::Path::Plain) => "plain",
                Some(ballast_client::value::Path::Flash) => "flash",
            };
            let sold_usd = usd(sold, collateral_price);
            (way, rescue, sold_usd, usd(repaid, debt_price))
        }
        VaultEvent::AuctionCleared { .. } => ("clear", true, 0.0, 0.0),
        _ => return None,
    };
    Some(Sale {
        user: event.contract,
        ledger,
        way,
        rescue,
        sold_usd,
        repaid_usd,
    })
}

/// Prices as numbers of the oracle's decimals, by asset.
pub fn oracle_prices(xlm_usd: f64) -> [i128; 3] {
    [xlm_usd, FIRST_PRICES[1], FIRST_PRICES[2]].map(|price| (price * USD as f64) as i128)
}

/// A map for looking up what belongs to whom.
pub type ByUser<T> = BTreeMap<ScAddress, T>;
