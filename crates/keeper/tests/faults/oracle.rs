//! Oracles.

use crate::{
    stage::Stage,
    support::{units, Debt, NewVault, Override, World},
};
use ballast_client::value::{Asset, PriceData, SecondOracle, SecondSource, VaultPolicy};
use ballast_core::policy::Policy;
use ballast_keeper::tell::AlertKind;

/// No price, an old one, none that a price can be: nothing is sent, the operator is told, and the vault is stepped when
/// there is a price again.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_on_a_price_that_is_none() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
    let mut stage = Stage::set(world).await;
    stage.run(3).await;
    let fall = stage.world.price("XLM").await * 9 / 10;
    let now = stage.world.closed_at();
    let fixed = |price, timestamp| Override::Fixed(PriceData { price, timestamp });
    for (what, forced, kind) in [
        ("missing", Override::Absent, AlertKind::OracleMissing),
        ("old", fixed(fall, now - 7_200), AlertKind::OracleFrozen),
        ("negative", fixed(-fall, now), AlertKind::OracleMissing),
    ] {
        stage.world.override_price("XLM", &forced).await;
        stage.run(6).await;
        assert!(
            stage.alerts(kind),
            "{what}: {:?}",
            stage.keeper.alerts().active()
        );
        assert_eq!(
            stage.world.events(&vault, "step_executed").await,
            0,
            "{what}"
        );
        stage.world.override_price("XLM", &Override::Off).await;
        stage.world.set_prices(&[("XLM", "0.36")]).await;
        stage.run(3).await;
        assert!(
            !stage.alerts(kind),
            "{what}: {:?}",
            stage.keeper.alerts().active()
        );
    }
    stage.world.set_oracle_dead(true).await;
    stage.run(6).await;
    assert!(stage.alerts(AlertKind::OracleMissing));
    stage.world.set_oracle_dead(false).await;
    stage.crash("0.324").await;
    assert!(stage.is_stepped(&vault, 1).await);
    assert!(!stage.alerts(AlertKind::OracleMissing));
}

/// The owner's second source says something far away: the vault would refuse, so nothing is sent, and the operator is
/// told; another vault without one is stepped meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_for_a_vault_whose_sources_diverge() {
    let world = World::start().await;
    let (xlm, usdc, eurc) = (world.asset("XLM"), world.asset("USDC"), world.asset("EURC"));
    let mut policy = VaultPolicy::from(Policy::BALANCED);
    policy.second_oracle = SecondSource::Feed(SecondOracle {
        oracle: world.contract("oracle"),
        // As if XLM were worth a euro.
        assets: [
            (xlm, Asset::Stellar(eurc)),
            (usdc.clone(), Asset::Stellar(usdc)),
        ]
        .into(),
        required: false,
    });
    let doubtful = world
        .vault(&NewVault {
            owner: "alice",
            policy,
            collateral: &[("XLM", units("10000"))],
            debt: &[Debt::Risk("USDC", 0_8800000)],
        })
        .await;
    let other = world.vault_at("carol", units("10000"), 0_8800000).await;
    let mut stage = Stage::set(world).await;
    stage.run(3).await;
    stage.crash("0.324").await;
    assert!(stage.is_stepped(&other, 1).await);
    stage.run(5).await;
    assert_eq!(stage.world.events(&doubtful, "step_executed").await, 0);
    assert!(
        stage.alerts(AlertKind::OracleDiverging),
        "{:?}",
        stage.keeper.alerts().active()
    );
}
