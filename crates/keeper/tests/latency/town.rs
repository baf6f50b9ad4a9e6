//! A pool with many vaults whose risks are spread, so that every fall of the price endangers some of them.

use ballast_chain::{
    blend::{usdc_reserve, xlm_reserve, PoolSetup},
    market::{ONE, USD},
    Amm, Blend, Chain, Market, Oracle, System, Token,
};
use ballast_core::policy::Policy;
use ballast_interfaces::vault::VaultPolicy;
use ballast_ledger::{Genesis, Ledger, Limits};
use ballast_sandbox::{Closing, Sandbox};
use ballast_transaction::{KeyPair, Network};
use std::{
    sync::{mpsc, Arc},
    time::Instant,
};
use stellar_xdr::curr::ScAddress;
use tokio::sync::oneshot;

const NAMES: &str = "latency ";
const START: u64 = 1_760_129_400;
const ROUND_SECONDS: u64 = 300;
const LEDGER_SECONDS: u64 = 5;
/// What XLM costs at the start, the oracle's decimals.
const XLM: i128 = USD * 36 / 100;
/// What a round takes from it, basis points.
const FALL_BPS: i128 = 15;
/// Collateral of a vault, XLM.
const COLLATERAL: i128 = 1_000;
/// Risk ratio of the riskiest vault at the start, and how far the next one is below it, 7 decimals: a round's fall
/// endangers about eight.
const RISKIEST: i128 = 0_9550000;
const APART: i128 = 1_750;
const CHANNELS: usize = 60;

/// What the keeper is told of the network.
#[derive(Clone, Debug)]
pub struct Info {
    pub factory: ScAddress,
    pub adapter: ScAddress,
    pub venue: ScAddress,
    pub usdc: ScAddress,
    pub keeper: KeyPair,
    pub channels: Vec<KeyPair>,
}

/// What the next ledger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A round of the oracle, with a lower price.
    Fall,
    /// What came over the RPC alone.
    Quiet,
}

/// The network, on a thread of its own: its values belong to one.
pub struct Town {
    commands: mpsc::Sender<(Next, oneshot::Sender<(u32, Instant)>)>,
    pub sandbox: Arc<Sandbox>,
    pub info: Info,
}

impl Town {
    /// Builds it, which takes a while.
    pub async fn start(vaults: u32) -> Self {
        let (commands, asked) = mpsc::channel::<(Next, oneshot::Sender<_>)>();
        let (ready, built) = oneshot::channel();
        std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                let mut stage = Stage::build(vaults);
                let _ = ready.send((stage.sandbox.clone(), stage.info.clone()));
                while let Ok((next, answer)) = asked.recv() {
                    let _ = answer.send(stage.next(next));
                }
            })
            .unwrap();
        let (sandbox, info) = built.await.unwrap();
        Self {
            commands,
            sandbox,
            info,
        }
    }

    /// Closes the next ledger: its number, and when everybody could see it.
    pub async fn next(&self, next: Next) -> (u32, Instant) {
        let (answer, closed) = oneshot::channel();
        self.commands.send((next, answer)).unwrap();
        closed.await.unwrap()
    }
}

struct Stage {
    oracle: Oracle,
    sandbox: Arc<Sandbox>,
    info: Info,
    time: u64,
    price: i128,
}

impl Stage {
    fn build(vaults: u32) -> Self {
        let ledger = Ledger::genesis(Genesis {
            network: Network::default(),
            limits: Limits::Mainnet,
            sequence: 1_000,
            close_time: START - 60,
            history_ledgers: 20_000,
        });
        let chain = Chain::on(ledger, NAMES);
        let system = deploy(&chain);
        people(&chain, &system, vaults);
        let keeper = chain.account("keeper");
        system.market.usdc.fund(&keeper, 1_000_000 * ONE);
        let channels = (0..CHANNELS)
            .map(|index| chain.account_with(&format!("channel {index}"), 1_000_0000000));
        let address = |of: &soroban_sdk::Address| ScAddress::from(of);
        let info = Info {
            factory: address(&system.factory),
            adapter: address(&system.adapter),
            venue: address(system.market.amm.address()),
            usdc: address(system.market.usdc.address()),
            keeper: keeper.key().clone(),
            channels: channels.map(|account| account.key().clone()).collect(),
        };
        chain.close_ledger(START);
        let options = ballast_sandbox::Options {
            closing: Closing::Manual,
            ..ballast_sandbox::Options::default()
        };
        Stage {
            sandbox: Sandbox::new(chain.ledger(), options),
            oracle: system.market.oracle,
            info,
            time: START,
            price: XLM,
        }
    }

    fn next(&mut self, next: Next) -> (u32, Instant) {
        let sandbox = self.sandbox.clone();
        let closed = sandbox.change(|ledger| {
            let mut own = ledger.clone();
            self.time = match next {
                Next::Fall => (self.time / ROUND_SECONDS + 1) * ROUND_SECONDS,
                Next::Quiet => self.time + LEDGER_SECONDS,
            };
            own.jump(own.building().ledger_seq, self.time);
            let chain = Chain::on(own, NAMES);
            if next == Next::Fall {
                self.price -= self.price * FALL_BPS / 10_000;
                let oracle = self.oracle.on(&chain);
                oracle.set_round(self.time, &[Some(self.price), Some(USD)]);
            }
            let mut own = chain.ledger();
            drop(chain);
            let closed = own.close(self.time);
            *ledger = own;
            closed.header.header.ledger_seq
        });
        (closed, Instant::now())
    }
}

fn deploy(chain: &Chain) -> System {
    let xlm = Token::native(chain);
    let usdc = Token::issue(chain, "USDC");
    let tokens = [&xlm, &usdc];
    let oracle = Oracle::deploy(chain, "oracle", &tokens.map(Token::address));
    for age in (0..13).rev() {
        let time = START / ROUND_SECONDS * ROUND_SECONDS - ROUND_SECONDS * (age + 1);
        oracle.set_round(time, &[Some(XLM), Some(USD)]);
    }
    let blend = Blend::deploy(chain, &usdc);
    let reserves = vec![
        (xlm.address().clone(), xlm_reserve()),
        (usdc.address().clone(), usdc_reserve()),
    ];
    let pool = blend.create_pool("pool", oracle.address(), &PoolSetup::new(reserves));
    let lender = chain.account("lender");
    for token in tokens {
        token.fund(&lender, 20_000_000 * ONE);
        pool.supply(&lender, token.address(), 20_000_000 * ONE)
            .unwrap();
    }
    let depth = 2_000_000 * ONE;
    let amm = Amm::deploy_with_fee(
        chain,
        "XLM/USDC",
        [&xlm, &usdc],
        [depth * USD / XLM, depth],
        0_0010000,
    );
    System::new(Market {
        chain: chain.clone(),
        xlm: xlm.clone(),
        usdc: usdc.clone(),
        oracle,
        blend,
        pool,
        amm,
        lender,
    })
}

fn people(chain: &Chain, system: &System, vaults: u32) {
    let owner = chain.account("owner");
    let (xlm, usdc) = (&system.market.xlm, &system.market.usdc);
    xlm.fund(&owner, i128::from(vaults + 10) * COLLATERAL * ONE);
    usdc.fund(&owner, ONE);
    let rules = VaultPolicy::from_core(&Policy::BALANCED);
    for index in 0..vaults {
        let vault = system.try_create(&owner, &rules, index).unwrap();
        vault.deposit(xlm.address(), COLLATERAL * ONE).unwrap();
        let risk = RISKIEST - APART * i128::from(index);
        // Collateral factor 75%, liability factor 95%.
        let lent = COLLATERAL * ONE * XLM / USD * 75 / 100 * 95 / 100 * risk / 1_0000000;
        let lent = vault.borrow(usdc.address(), lent, owner.address());
        lent.unwrap_or_else(|error| panic!("vault {index} borrows: {error}"));
        if index % 10 == 9 {
            chain.close_ledger(chain.timestamp());
        }
    }
}
