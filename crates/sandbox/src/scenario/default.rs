//! Assets, Blend with a pool, Comet, an oracle, Ballast and funded accounts, all by ordinary transactions.

use super::Options;
use crate::directory::{
    Directory, DirectoryAccount, DirectoryAsset, DirectoryComet, DirectoryOracle,
};
use ballast_chain::{
    blend::{usdc_reserve, xlm_reserve, PoolSetup},
    market::{ONE, USD},
    oracle::{PRICE_DECIMALS, RESOLUTION_SECONDS},
    Account, Amm, Blend, Chain, Market, Oracle, Pool, System, Token,
};
use ballast_ledger::{Genesis, Ledger};
use ballast_transaction::Network;
use soroban_sdk::Address;

/// Prices, US dollars in the oracle's decimals: XLM as in the demo, EURC about the euro's.
const XLM_PRICE: i128 = USD * 36 / 100;
const EURC_PRICE: i128 = USD * 108 / 100;
/// What the prices of the oracle's history differ from the last one, basis points, oldest first: one
/// cycle, so that a chart of them is not a line.
const HISTORY_BPS: [i128; 12] = [-18, -9, 4, 12, 21, 9, -3, -12, -6, 3, 7, 0];

/// What the lender supplies to the pool, smallest units.
const LENT: [i128; 3] = [10_000_000 * ONE, 5_000_000 * ONE, 2_000_000 * ONE];
/// Value of each side of the Comet pools, US dollars.
const XLM_DEPTH: i128 = 750_000;
const EURC_DEPTH: i128 = 500_000;
/// Fees of the Comet pools, 7 decimals.
const XLM_FEE: i128 = 0_0030000;
const EURC_FEE: i128 = 0_0005000;

/// Accounts for whoever tries something, and what each of them has, smallest units.
const PEOPLE: [&str; 10] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy",
];
const PERSONAL: [i128; 3] = [100_000 * ONE, 20_000 * ONE, 20_000 * ONE];
/// What the faucet hands out from, smallest units.
const FAUCET: [i128; 3] = [100_000_000 * ONE, 50_000_000 * ONE, 50_000_000 * ONE];

pub(super) fn build(options: Options) -> anyhow::Result<(Ledger, Directory)> {
    let ledger = Ledger::genesis(Genesis {
        network: Network::default(),
        limits: options.limits,
        sequence: 1,
        close_time: options.now,
        history_ledgers: options.history_ledgers,
    });
    let chain = Chain::on(ledger, &format!("ballast sandbox {} ", options.seed));
    let directory = Deployed::new(&chain, options.now)?.directory();
    chain.close_ledger(options.now);
    Ok((chain.ledger(), directory))
}

struct Deployed {
    system: System,
    eurc: Token,
    eurc_amm: Amm,
    issuer: Account,
    faucet: Account,
    people: Vec<Account>,
}

impl Deployed {
    fn new(chain: &Chain, now: u64) -> anyhow::Result<Self> {
        let xlm = Token::native(chain);
        let issuer = chain.account("issuer");
        let usdc = Token::issue_by(chain, "USDC", &issuer);
        let eurc = Token::issue_by(chain, "EURC", &issuer);
        let tokens = [&xlm, &usdc, &eurc];
        let close = || chain.close_ledger(now);
        close();

        let oracle = oracle(chain, tokens.map(Token::address), now)?;
        close();
        let blend = Blend::deploy(chain, &usdc);
        close();
        let pool = pool(&blend, &oracle, tokens);
        close();
        let lender = chain.account("lender");
        for (token, amount) in tokens.into_iter().zip(LENT) {
            token.fund(&lender, amount);
            pool.supply(&lender, token.address(), amount)?;
        }
        let depth = |dollars: i128, price: i128| dollars * ONE * USD / price;
        let amm = Amm::deploy_with_fee(
            chain,
            "comet XLM/USDC",
            [&xlm, &usdc],
            [depth(XLM_DEPTH, XLM_PRICE), depth(XLM_DEPTH, USD)],
            XLM_FEE,
        );
        let eurc_amm = Amm::deploy_with_fee(
            chain,
            "comet EURC/USDC",
            [&eurc, &usdc],
            [depth(EURC_DEPTH, EURC_PRICE), depth(EURC_DEPTH, USD)],
            EURC_FEE,
        );
        close();

        let faucet = chain.account("faucet");
        let people: Vec<_> = PEOPLE.map(|name| chain.account(name)).into();
        for (account, amounts) in std::iter::once((&faucet, FAUCET))
            .chain(people.iter().map(|account| (account, PERSONAL)))
        {
            for (token, amount) in tokens.into_iter().zip(amounts) {
                token.fund(account, amount);
            }
        }
        close();
        let system = System::new(Market {
            chain: chain.clone(),
            xlm,
            usdc,
            oracle,
            blend,
            pool,
            amm,
            lender,
        });
        Ok(Self {
            system,
            eurc,
            eurc_amm,
            issuer,
            faucet,
            people,
        })
    }

    fn directory(&self) -> Directory {
        let System {
            market,
            admin,
            factory,
            receiver,
            adapter,
            lens,
        } = &self.system;
        let blend = &market.blend;
        let contracts = [
            ("factory", factory),
            ("lens", lens),
            ("receiver", receiver),
            ("adapter", adapter),
            ("pool", market.pool.address()),
            ("poolFactory", blend.pool_factory()),
            ("backstop", blend.backstop()),
            ("oracle", market.oracle.address()),
        ];
        let tokens = [&market.xlm, &market.usdc, &self.eurc];
        let named = |name: &str, account: &Account| DirectoryAccount::new(name, account.key());
        let others = [
            ("issuer", &self.issuer),
            ("faucet", &self.faucet),
            ("lender", &market.lender),
            ("poolAdmin", blend.admin()),
            ("factoryAdmin", admin),
        ];
        Directory {
            contracts: contracts
                .map(|(name, address)| (name.to_owned(), text(address)))
                .into(),
            assets: tokens
                .map(|token| DirectoryAsset {
                    code: token.code().into(),
                    issuer: token.issuer().map(|issuer| issuer.key().address()),
                    contract: text(token.address()),
                    decimals: 7,
                })
                .into(),
            comet: [(&market.amm, "XLM"), (&self.eurc_amm, "EURC")]
                .map(|(amm, code)| DirectoryComet {
                    contract: text(amm.address()),
                    assets: vec![code.into(), "USDC".into()],
                })
                .into(),
            oracle: Some(DirectoryOracle {
                contract: text(market.oracle.address()),
                admin: named("oracleAdmin", market.oracle.admin()),
                assets: tokens.map(|token| token.code().to_owned()).into(),
                decimals: PRICE_DECIMALS,
                resolution_seconds: RESOLUTION_SECONDS,
            }),
            accounts: self
                .people
                .iter()
                .map(|account| named(account.name(), account))
                .chain(others.map(|(name, account)| named(name, account)))
                .collect(),
        }
    }
}

/// An oracle of the three tokens, with rounds up to the one that the clock is in.
fn oracle(chain: &Chain, tokens: [&Address; 3], now: u64) -> anyhow::Result<Oracle> {
    let oracle = Oracle::deploy(chain, "oracle", &tokens);
    let resolution = u64::from(RESOLUTION_SECONDS);
    let last = now / resolution * resolution;
    for (age, bps) in (0..HISTORY_BPS.len() as u64).rev().zip(HISTORY_BPS) {
        let xlm = XLM_PRICE + XLM_PRICE * bps / 10_000;
        let prices = [Some(xlm), Some(USD), Some(EURC_PRICE)];
        oracle.try_set_round(last.saturating_sub(age * resolution), &prices)?;
    }
    Ok(oracle)
}

/// The pool at the main network's parameters. EURC has USDC's.
fn pool(blend: &Blend, oracle: &Oracle, [xlm, usdc, eurc]: [&Token; 3]) -> Pool {
    let reserves = vec![
        (xlm.address().clone(), xlm_reserve()),
        (usdc.address().clone(), usdc_reserve()),
        (eurc.address().clone(), usdc_reserve()),
    ];
    blend.create_pool("pool", oracle.address(), &PoolSetup::new(reserves))
}

/// The text form `C...` or `G...`.
fn text(address: &Address) -> String {
    let address = address.to_string();
    let mut bytes = vec![0; address.len() as usize];
    address.copy_into_slice(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
