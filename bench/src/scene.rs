//! What is measured: one collateral and one debt, a step from a risk ratio of 94%, and the same with
//! a liquidation auction open. Every call is signed by an account whose signature the host verifies.

use crate::report::Row;
use ballast_chain::blend::request;
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Account, Asset, Chain, Cost, Frame, Oracle, System, Vault};
use ballast_core::volatility::VOLATILITY_ROUNDS;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, VaultPolicy};
use soroban_sdk::{Map, Vec as SorobanVec};

/// Collateral, smallest unit of XLM: about 50,000 USD at the first price.
const COLLATERAL: i128 = 139_000 * ONE;
/// Debt, smallest unit of USDC.
const DEBT: i128 = 26_000 * ONE;
/// Price of XLM above which no step is due, 0.0001 USD.
const CALM_PRICE: i128 = 3_600;
/// Price at which the risk ratio is 94%.
const SOFT_PRICE: i128 = 2_780;
/// Price at which it is 103%: liquidatable.
const DEEP_PRICE: i128 = 2_560;
/// Age at which the auction's lot is worth a filler's while.
const AUCTION_AGE: u32 = 185;
/// Percent of the position in the auction.
const AUCTION_PERCENT: u32 = 45;

/// Suffix of the calls with every price source on.
const EVERY_SOURCE: &str = "_every_source";
/// Suffix of the calls with thresholds that move with volatility.
const VOLATILITY: &str = "_volatility";

/// All figures.
pub struct Measured {
    /// One row per call.
    pub rows: Vec<Row>,
    /// Where the instructions of a step go.
    pub profiles: Vec<(String, Frame)>,
}

struct Scene {
    system: System,
    keeper: Account,
    bare: Account,
    liquidator: Account,
    arbitrageur: Account,
    /// One price source.
    vault: Vault,
    /// Every price source: previous round and second oracle.
    guarded: Vault,
    /// One price source, and thresholds that move with volatility.
    moving: Vault,
    second_oracle: Oracle,
}

/// Measures everything.
pub fn measure() -> Measured {
    let scene = Scene::new();
    let mut measured = Measured {
        rows: Vec::new(),
        profiles: Vec::new(),
    };
    scene.owner_calls(&mut measured);
    scene.steps(&mut measured);
    scene.rescues(&mut measured);
    measured
}

/// Runs `call` and takes its cost: as charged, and as executed.
fn cost_of(chain: &Chain, call: impl FnOnce()) -> (Cost, u64, Frame) {
    chain.set_profiling(true);
    call();
    let frame = chain.last_profile().expect("the call is profiled");
    chain.set_profiling(false);
    (chain.last_cost(), frame.instructions as u64, frame)
}

impl Measured {
    fn take(&mut self, name: &str, chain: &Chain, call: impl FnOnce()) {
        let (cost, executed, _) = cost_of(chain, call);
        self.rows.push(Row::sum(name, &[(cost, executed)]));
    }

    /// A step: also where its instructions go.
    fn take_step(&mut self, name: &str, chain: &Chain, call: impl FnOnce()) {
        let (cost, executed, frame) = cost_of(chain, call);
        self.rows.push(Row::sum(name, &[(cost, executed)]));
        if ![EVERY_SOURCE, VOLATILITY]
            .iter()
            .any(|suffix| name.ends_with(suffix))
        {
            self.profiles.push((name.into(), frame));
        }
    }
}

impl Scene {
    fn new() -> Self {
        let system = System::standard();
        let market = &system.market;
        let chain = &market.chain;
        let assets = [market.xlm.address(), market.usdc.address()];
        let second_oracle = Oracle::deploy(chain, "second oracle", &assets);
        second_oracle.set_stable(market.usdc.address(), USD);
        let one_source = VaultPolicy {
            use_previous_round: false,
            ..system.policy()
        };
        let mut names = Map::new(chain.env());
        for asset in assets {
            names.set(asset.clone(), Asset::Stellar(asset.clone()));
        }
        let every_source = VaultPolicy {
            second_oracle: SecondSource::Feed(SecondOracle {
                oracle: second_oracle.address().clone(),
                assets: names,
                required: true,
            }),
            ..system.policy()
        };
        let moves = VaultPolicy {
            volatility_z_e2: 2_00,
            volatility_shift_max_e7: 300_000,
            ..one_source.clone()
        };
        let wealth = 10_000_000 * ONE;
        let scene = Self {
            keeper: market.trader("keeper", wealth, wealth),
            bare: market.borrower("bare", COLLATERAL, DEBT),
            liquidator: market.trader("liquidator", wealth, wealth),
            arbitrageur: market.trader("arbitrageur", wealth, wealth),
            vault: system.vault_with_position("alice", &one_source, COLLATERAL, DEBT),
            guarded: system.vault_with_position("bob", &every_source, COLLATERAL, DEBT),
            moving: system.vault_with_position("carol", &moves, COLLATERAL, DEBT),
            second_oracle,
            system: system.clone(),
        };
        // What a filler needs to take over debt: collateral of its own.
        market
            .pool
            .deposit(&scene.liquidator, market.xlm.address(), 1_000_000 * ONE)
            .expect("the liquidator deposits");
        scene
    }

    fn chain(&self) -> &Chain {
        self.system.chain()
    }

    /// Oracles and AMM at this price, one round later.
    fn set_price(&self, dollars_e4: i128) {
        let price = USD * dollars_e4 / 10_000;
        self.chain().advance_ledgers(60);
        self.system.market.set_price(price);
        self.second_oracle.set_prices(&[price, USD]);
        self.system
            .market
            .amm
            .move_price(&self.arbitrageur, dollars_e4 as f64 / 10_000.0)
            .expect("the arbitrageur trades");
    }

    fn owner_calls(&self, measured: &mut Measured) {
        let (chain, market) = (self.chain(), &self.system.market);
        let (xlm, usdc) = (market.xlm.address(), market.usdc.address());
        let start = chain.snapshot();
        self.set_price(CALM_PRICE);
        let newcomer = chain.account("newcomer");
        let policy = self.system.policy();
        measured.take("create", chain, || {
            drop(self.system.create(&newcomer, &policy))
        });
        let owner = &self.vault.owner;
        market.xlm.fund(owner, 1_000 * ONE);
        measured.take("deposit", chain, || {
            self.vault.deposit(xlm, 1_000 * ONE).expect("deposits")
        });
        measured.take("withdraw", chain, || {
            self.vault
                .withdraw(xlm, 1_000 * ONE, owner.address())
                .expect("withdraws")
        });
        measured.take("borrow", chain, || {
            self.vault
                .borrow(usdc, 10 * ONE, owner.address())
                .expect("borrows")
        });
        measured.take("repay", chain, || {
            self.vault.repay(owner, usdc, 10 * ONE).expect("repays")
        });
        measured.take("health", chain, || {
            drop(self.vault.health().expect("answers"))
        });
        // Sells 20% more than the debt is worth, to close it whatever the AMM gives.
        let sell = DEBT * 10_000 / CALM_PRICE * 12 / 10;
        let leg = self.system.step(Path::Flash, sell, DEBT + ONE);
        let legs = SorobanVec::from_array(chain.env(), [leg]);
        measured.take("close", chain, || {
            self.vault
                .as_owner("close", (legs, owner.address()))
                .expect("closes");
        });
        chain.restore(&start);
    }

    fn steps(&self, measured: &mut Measured) {
        let (chain, market) = (self.chain(), &self.system.market);
        let (xlm, usdc) = (market.xlm.address(), market.usdc.address());
        let start = chain.snapshot();
        self.volatile_steps(measured);
        chain.restore(&start);
        // Twice: the floor with every source takes the higher of the last two rounds.
        self.set_price(SOFT_PRICE);
        self.set_price(SOFT_PRICE);
        let at_risk = chain.snapshot();

        // By hand: withdraw, swap, repay, of what a plain step does.
        let plain = self
            .system
            .quote_rebalance(&self.vault, Path::Plain)
            .expect("quotes")
            .step;
        let parts = [
            cost_of(chain, || {
                market
                    .pool
                    .withdraw(&self.bare, xlm, plain.sell)
                    .map(drop)
                    .expect("withdraws")
            }),
            cost_of(chain, || {
                market
                    .amm
                    .swap(&self.bare, xlm, plain.sell, 1)
                    .map(drop)
                    .expect("swaps")
            }),
            cost_of(chain, || {
                market
                    .pool
                    .repay(&self.bare, usdc, plain.min_proceeds)
                    .map(drop)
                    .expect("repays")
            }),
        ];
        let parts = parts.map(|(cost, executed, _)| (cost, executed));
        measured.rows.insert(0, Row::sum("bare_plain", &parts));

        for (suffix, vault) in [("", &self.vault), (EVERY_SOURCE, &self.guarded)] {
            for (name, path) in [
                ("rebalance_plain", Path::Plain),
                ("rebalance_flash", Path::Flash),
            ] {
                chain.restore(&at_risk);
                let step = self
                    .system
                    .quote_rebalance(vault, path)
                    .expect("quotes")
                    .step;
                measured.take_step(&format!("{name}{suffix}"), chain, || {
                    vault
                        .rebalance(&self.keeper, &step)
                        .map(drop)
                        .expect("steps")
                });
            }
            chain.restore(&at_risk);
            let quote = vault.quote_fill().expect("quotes").step;
            measured.take_step(&format!("fill{suffix}"), chain, || {
                vault
                    .fill(&self.keeper, xlm, usdc, quote.min_proceeds, quote.sell)
                    .map(drop)
                    .expect("fills")
            });
        }
        chain.restore(&at_risk);
        measured.take("quote_rebalance", chain, || {
            drop(
                self.system
                    .quote_rebalance(&self.vault, Path::Flash)
                    .expect("quotes"),
            )
        });
        chain.restore(&start);
    }

    /// Steps that read as many rounds as the vault looks back on.
    fn volatile_steps(&self, measured: &mut Measured) {
        let (chain, market, vault) = (self.chain(), &self.system.market, &self.moving);
        let (xlm, usdc) = (market.xlm.address(), market.usdc.address());
        for round in 0..VOLATILITY_ROUNDS as i128 {
            self.set_price(SOFT_PRICE + 10 * (round % 2));
        }
        let at_risk = chain.snapshot();
        let step = self
            .system
            .quote_rebalance(vault, Path::Flash)
            .expect("quotes")
            .step;
        measured.take_step(&format!("rebalance_flash{VOLATILITY}"), chain, || {
            vault
                .rebalance(&self.keeper, &step)
                .map(drop)
                .expect("steps")
        });
        chain.restore(&at_risk);
        let quote = vault.quote_fill().expect("quotes").step;
        measured.take_step(&format!("fill{VOLATILITY}"), chain, || {
            vault
                .fill(&self.keeper, xlm, usdc, quote.min_proceeds, quote.sell)
                .map(drop)
                .expect("fills")
        });
    }

    fn rescues(&self, measured: &mut Measured) {
        let (chain, market) = (self.chain(), &self.system.market);
        let (xlm, usdc) = (market.xlm.address(), market.usdc.address());
        self.set_price(DEEP_PRICE);
        measured.take("liquidation_new_auction", chain, || {
            market
                .pool
                .new_auction(self.bare.address(), &[usdc], &[xlm], AUCTION_PERCENT)
                .map(drop)
                .expect("opens")
        });
        market
            .pool
            .new_auction(&self.vault.address, &[usdc], &[xlm], AUCTION_PERCENT)
            .expect("opens");
        chain.advance_ledgers(AUCTION_AGE);
        market.set_price(USD * DEEP_PRICE / 10_000);
        let open = chain.snapshot();

        let fill = [
            request(request::REPAY, usdc, DEBT),
            request(request::WITHDRAW_COLLATERAL, xlm, 10_000 * ONE),
        ];
        measured.take("liquidation_fill", chain, || {
            market
                .pool
                .fill_auction(&self.liquidator, self.bare.address(), 100, &fill)
                .map(drop)
                .expect("fills")
        });
        chain.restore(&open);
        let step = self
            .system
            .quote_rebalance(&self.vault, Path::Flash)
            .expect("quotes")
            .step;
        measured.take("rebalance_flash_rescue", chain, || {
            self.vault
                .rebalance(&self.keeper, &step)
                .map(drop)
                .expect("rescues")
        });
        chain.restore(&open);
        let quote = self.vault.quote_fill().expect("quotes").step;
        measured.take("fill_rescue", chain, || {
            self.vault
                .fill(&self.keeper, xlm, usdc, quote.min_proceeds, quote.sell)
                .map(drop)
                .expect("rescues")
        });
    }
}
