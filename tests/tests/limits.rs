//! A vault that uses as many reserves as it can.

use crate::support::{Scene, COLLATERAL, DEBT};
use ballast_chain::blend::{request, usdc_reserve, xlm_reserve};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Market, Oracle, PoolSetup, System, Token};
use ballast_core::health::MAX_LEGS;
use ballast_interfaces::error::VaultError;

const AMOUNT: i128 = 100 * ONE;

/// Alice's vault on a pool of XLM, USDC and as many more assets, each worth a dollar, as it takes to
/// have one reserve more than a vault uses.
fn crowded() -> (Scene, Vec<Token>) {
    let mut market = Market::standard();
    let chain = market.chain.clone();
    let others: Vec<Token> = (2..=MAX_LEGS)
        .map(|index| Token::issue(&chain, &format!("AST{index}")))
        .collect();
    let mut assets = vec![market.xlm.address(), market.usdc.address()];
    assets.extend(others.iter().map(Token::address));
    let oracle = Oracle::deploy(&chain, "oracle of many", &assets);
    let mut prices = vec![USD; assets.len()];
    prices[0] = USD * 36 / 100;
    oracle.set_prices(&prices);
    for asset in &assets[1..] {
        oracle.set_stable(asset, USD);
    }
    let reserves = assets.iter().enumerate().map(|(index, asset)| {
        let config = if index == 0 {
            xlm_reserve()
        } else {
            usdc_reserve()
        };
        ((*asset).clone(), config)
    });
    let setup = PoolSetup {
        max_positions: 20,
        ..PoolSetup::new(reserves.collect())
    };
    market.pool = market
        .blend
        .create_pool("pool of many", oracle.address(), &setup);
    for (token, amount) in [
        (&market.xlm, 10_000_000 * ONE),
        (&market.usdc, 5_000_000 * ONE),
    ] {
        token.fund(&market.lender, amount);
        market
            .pool
            .supply(&market.lender, token.address(), amount)
            .expect("the pool takes the supply");
    }
    market.oracle = oracle;
    let scene = Scene::on(
        System::new(market),
        |policy| policy.use_previous_round = false,
        COLLATERAL,
        DEBT,
    );
    for token in &others {
        token.fund(&scene.vault.owner, 10 * AMOUNT);
    }
    (scene, others)
}

#[test]
fn a_vault_works_with_ten_reserves_and_refuses_the_eleventh() {
    let (s, others) = crowded();
    let (one_too_many, usable) = others.split_last().unwrap();
    for token in usable {
        s.vault.deposit(token.address(), AMOUNT).unwrap();
    }
    assert_eq!(s.vault.position().unwrap().len(), MAX_LEGS);
    s.assert_refuses(VaultError::TooManyAssets, || {
        s.vault.deposit(one_too_many.address(), AMOUNT)
    });
    s.assert_refuses(VaultError::TooManyAssets, || {
        s.vault
            .borrow(one_too_many.address(), ONE, s.vault.owner.address())
    });

    // However it would come: a batch at the pool is undone.
    let idle = one_too_many.address();
    s.vault.fund_reserve(&s.vault.owner, idle, AMOUNT).unwrap();
    let requests = [request(request::SUPPLY_COLLATERAL, idle, ONE)];
    let requests = soroban_sdk::Vec::from_array(s.chain().env(), requests);
    s.assert_refuses(VaultError::TooManyAssets, || {
        s.vault.as_owner("owner_submit", (requests,))
    });

    // Every leg is read and summed, within the network's limits.
    let owner = s.vault.owner.address();
    s.vault
        .withdraw(usable[0].address(), AMOUNT / 2, owner)
        .unwrap();
    s.system.chain().advance_ledgers(60);
    s.system.market.oracle.set_prices(
        &[USD * 26 / 100]
            .into_iter()
            .chain([USD; MAX_LEGS])
            .collect::<Vec<_>>(),
    );
    let step = s.vault.quote_fill().unwrap().step;
    let filled = s
        .vault
        .fill(
            &s.keeper,
            &step.collateral,
            &step.debt,
            step.min_proceeds,
            step.sell,
        )
        .unwrap();
    assert_eq!(filled.sold, step.sell);
    assert!(filled.risk_after_e7 < filled.risk_before_e7);
}
