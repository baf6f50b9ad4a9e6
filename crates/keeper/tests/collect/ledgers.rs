//! From ledger to ledger: what the collector holds is what the contracts say.

use crate::{
    scene::{settings, store, Scene},
    support::{units, Debt, NewVault, World},
};
use ballast_client::{
    token,
    value::{Address, PolicyField, VaultPolicy},
    vault,
};
use ballast_core::policy::Policy;
use ballast_keeper::collect::{Change, Collector, Notice, SyncStage};
use fastrand::Rng;
use std::time::Duration;

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "erin"];

/// Does something by chance; what it was.
async fn act(world: &World, vaults: &mut Vec<(&'static str, Address)>, random: &mut Rng) -> String {
    let who = PEOPLE[random.usize(..PEOPLE.len())];
    let keys = world.keys(who);
    let choice = random.u32(..12);
    let any = (!vaults.is_empty()).then(|| vaults[random.usize(..vaults.len())].clone());
    let amount = units("1") * i128::from(random.u32(1..500));
    match (choice, any) {
        (0, _) | (_, None) => {
            let risk = i128::from(random.u32(7_000_000..9_000_000));
            vaults.push((who, world.vault_at(who, units("2000"), risk).await));
            format!("{who} makes a vault")
        }
        (1 | 2, Some((owner, vault))) => {
            let call = vault::deposit(&vault, &world.asset("EURC"), amount);
            world.invoke(&world.keys(owner), &call).await;
            "deposit".to_owned()
        }
        (3, Some((owner, vault))) => {
            // May be refused, and then changes nothing.
            let to = world.keys(owner).sc_address();
            let call = vault::withdraw(&vault, &world.asset("XLM"), amount, &to);
            let done = world.try_invoke(&world.keys(owner), &call).await;
            format!("withdraw: {}", done.is_ok())
        }
        (4, Some((owner, vault))) => {
            let call = vault::repay(
                &vault,
                &keys.sc_address(),
                &world.asset("USDC"),
                amount / 10,
            );
            let done = world.try_invoke(&keys, &call).await;
            format!("repay for {owner}: {}", done.is_ok())
        }
        (5, Some((owner, vault))) => {
            let mut policy = VaultPolicy::from(Policy::BALANCED);
            policy.set(
                "soft_e7",
                PolicyField::Share(random.u32(9_000_000..9_700_000)),
            );
            let call = vault::set_policy(&vault, &policy);
            let done = world.try_invoke(&world.keys(owner), &call).await;
            format!("policy: {}", done.is_ok())
        }
        (6, Some((owner, vault))) => {
            let call = vault::set_automation(&vault, random.bool());
            let done = world.try_invoke(&world.keys(owner), &call).await;
            format!("automation: {}", done.is_ok())
        }
        (7, Some((owner, vault))) => {
            let keys = world.keys(owner);
            let asset = world.asset("USDC");
            let call = vault::fund_reserve(&vault, &keys.sc_address(), &asset, amount / 10);
            world.invoke(&keys, &call).await;
            // Somebody sends it something: no event of pool or vault tells.
            let call = token::transfer(&asset, &keys.sc_address(), &vault, amount / 20);
            world.invoke(&keys, &call).await;
            "reserve".to_owned()
        }
        (8, _) => {
            world
                .bare_position(who, ("XLM", amount * 10), ("USDC", amount / 2))
                .await;
            format!("{who} borrows without a vault")
        }
        (9, _) => {
            let price = format!("0.{:04}", random.u32(3_300..3_900));
            world.set_prices(&[("XLM", &price)]).await;
            format!("XLM at {price}")
        }
        _ => {
            let seconds = u64::from(random.u32(1..1_000_000));
            world.pass(seconds).await;
            // The clock moved further than a round: the oracle goes on from here.
            world
                .set_prices(&[("XLM", "0.36"), ("USDC", "1"), ("EURC", "1.08")])
                .await;
            format!("{seconds} s pass")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_collector_holds_what_the_contracts_say_after_anything() {
    let world = World::start().await;
    let mut vaults = Vec::new();
    // Some of it happens before the collector comes.
    let mut random = Rng::with_seed(5);
    for _ in 0..6 {
        act(&world, &mut vaults, &mut random).await;
    }
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    scene.agrees().await;
    for round in 0..40 {
        let what = act(&scene.world, &mut vaults, &mut random).await;
        let ticks = scene.follow().await;
        println!(
            "{round}: {what}: {:?}",
            ticks
                .iter()
                .map(|tick| tick.changes.len())
                .collect::<Vec<_>>()
        );
        scene.agrees().await;
        assert!(ticks.iter().all(|tick| !tick
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::CheckMended { .. }))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn next_tells_what_changed() {
    let mut scene = Scene::over(World::start().await).await;
    scene.follow().await;
    let changes = |ticks: Vec<ballast_keeper::collect::Tick>| -> Vec<Change> {
        ticks.into_iter().flat_map(|tick| tick.changes).collect()
    };
    let vault = scene
        .world
        .vault_at("alice", units("10000"), 0_9000000)
        .await;
    let pool = scene.world.pool();
    let told = changes(scene.follow().await);
    let new = Change::NewVault {
        vault: vault.clone(),
    };
    let position = Change::Position {
        pool: pool.clone(),
        borrower: vault.clone(),
    };
    assert!(told.contains(&new) && told.contains(&position), "{told:?}");

    scene.world.close(1).await;
    assert_eq!(changes(scene.follow().await), Vec::new());

    scene.world.set_prices(&[("XLM", "0.3")]).await;
    let told = changes(scene.follow().await);
    let price = Change::Price {
        pool: pool.clone(),
        asset: scene.world.asset("XLM"),
    };
    assert!(told.contains(&price), "{told:?}");

    scene.world.open_auction(&vault).await;
    let told = changes(scene.follow().await);
    let opened = Change::AuctionOpened {
        pool: pool.clone(),
        user: vault.clone(),
    };
    assert!(told.contains(&opened), "{told:?}");
    scene.agrees().await;

    let alice = scene.world.keys("alice");
    let usdc = scene.world.asset("USDC");
    let repay = vault::repay(&vault, &alice.sc_address(), &usdc, units("5000"));
    scene.world.invoke(&alice, &repay).await;
    let told = changes(scene.follow().await);
    let closed = Change::AuctionClosed {
        pool,
        user: vault.clone(),
    };
    assert!(
        told.contains(&closed) && told.contains(&position),
        "{told:?}"
    );

    let off = vault::set_automation(&vault, false);
    scene.world.invoke(&alice, &off).await;
    let told = changes(scene.follow().await);
    assert!(
        told.contains(&Change::Vault {
            vault: vault.clone()
        }),
        "{told:?}"
    );
    assert!(told
        .iter()
        .any(|change| matches!(change, Change::Stepped { .. })));
    scene.agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_from_the_database() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_9000000).await;
    world
        .bare_position("bob", ("XLM", units("1000")), ("USDC", units("100")))
        .await;
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    scene.collector.flush().await;
    let stood = scene.collector.now().0;
    assert_eq!(scene.store.cursor().await.unwrap().unwrap().ledger, stood);
    let Scene {
        world,
        endpoints,
        collector,
        store: old,
        directory,
    } = scene;
    drop(collector);
    old.close().await;
    drop(old);

    // While it is away.
    let other = world.vault_at("carol", units("3000"), 0_8000000).await;
    let alice = world.keys("alice");
    world
        .invoke(
            &alice,
            &vault::deposit(&vault, &world.asset("EURC"), units("7")),
        )
        .await;
    world.set_prices(&[("XLM", "0.3")]).await;
    world.open_auction(&vault).await;

    let store = store(&world, directory.path()).await;
    let mut collector = Collector::open(endpoints.clone(), store.clone(), settings(&world))
        .await
        .unwrap();
    let mut stages = Vec::new();
    collector
        .sync(&mut |progress| stages.push(progress.stage))
        .await
        .unwrap();
    // Nothing was enumerated again.
    assert_eq!(stages, Vec::<SyncStage>::new());
    assert!(collector.watch().vaults.contains_key(&other));
    let scene = Scene {
        world,
        endpoints,
        collector,
        store,
        directory,
    };
    scene.agrees().await;
}

/// Of a server that remembers 30 ledgers, a keeper that was away for longer reads everything again.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_leads_to_a_rebuild_and_not_to_a_hole() {
    let world = World::start_with(ballast_sandbox::Closing::Manual, 30).await;
    let vault = world.vault_at("alice", units("10000"), 0_9000000).await;
    world
        .bare_position("bob", ("XLM", units("1000")), ("USDC", units("100")))
        .await;
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    scene.collector.flush().await;
    let stood = scene.collector.now().0;
    let away = |world: World| async move {
        let alice = world.keys("alice");
        world.vault_at("carol", units("3000"), 0_8000000).await;
        world
            .invoke(
                &alice,
                &vault::deposit(&vault, &world.asset("EURC"), units("7")),
            )
            .await;
        world
            .bare_position("bob", ("XLM", units("10")), ("USDC", units("1")))
            .await;
        world.close(40).await;
        world
    };
    let Scene {
        world,
        endpoints,
        mut collector,
        store: old,
        directory,
    } = scene;
    let world = away(world).await;

    // While it runs: it did not get to ask for long.
    let tick = collector.next().await.unwrap();
    let rebuilt = |notices: &[Notice]| {
        let is =
            |notice: &&Notice| matches!(notice, Notice::Rebuilt { from, .. } if *from >= stood);
        notices.iter().filter(is).count()
    };
    assert_eq!(rebuilt(&tick.notices), 1, "{:?}", tick.notices);
    let scene = Scene {
        world,
        endpoints,
        collector,
        store: old,
        directory,
    };
    scene.agrees().await;
    scene.collector.flush().await;
    let Scene {
        world,
        endpoints,
        collector,
        store: old,
        directory,
    } = scene;
    drop(collector);
    old.close().await;
    drop(old);

    // And after a restart.
    world.vault_at("erin", units("3000"), 0_8000000).await;
    world.close(40).await;
    let store = store(&world, directory.path()).await;
    let mut collector = Collector::open(endpoints.clone(), store.clone(), settings(&world))
        .await
        .unwrap();
    collector.sync(&mut |_| ()).await.unwrap();
    let mut scene = Scene {
        world,
        endpoints,
        collector,
        store,
        directory,
    };
    scene.agrees().await;
    scene.world.close(1).await;
    let ticks = scene.follow().await;
    assert_eq!(rebuilt(&ticks[0].notices), 1, "{:?}", ticks[0].notices);
    scene.agrees().await;
}

/// What no event tells is found by the steady check. The server's events are made to lie.
#[tokio::test(flavor = "multi_thread")]
async fn the_steady_check_finds_what_no_event_told() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_9000000).await;
    let urls = [world.url.clone()];
    let mut scene = Scene::with(world, &urls, |settings| {
        settings.full_check = Duration::from_secs(30);
    })
    .await;
    scene.follow().await;
    scene.collector.flush().await;
    // A row that is not what the chain has, as after a restored backup.
    let pool = scene.world.pool();
    let mut positions = scene.store.positions(&pool).await.unwrap();
    positions[0].borrower.shares[0].b_tokens += 1;
    let batch = ballast_keeper::store::Batch {
        positions,
        ..Default::default()
    };
    scene.store.save(&batch).await.unwrap();
    let Scene {
        world,
        endpoints,
        collector,
        store: old,
        directory,
    } = scene;
    drop(collector);
    old.close().await;
    drop(old);
    let store = store(&world, directory.path()).await;
    let mut settings = settings(&world);
    settings.full_check = Duration::from_secs(30);
    let mut collector = Collector::open(endpoints.clone(), store.clone(), settings)
        .await
        .unwrap();
    collector.sync(&mut |_| ()).await.unwrap();
    let mut scene = Scene {
        world,
        endpoints,
        collector,
        store,
        directory,
    };
    let mut mended = 0;
    for _ in 0..6 {
        scene.world.pass(10).await;
        for tick in scene.follow().await {
            let is = |notice: &&Notice| matches!(notice, Notice::CheckMended { what } if what.contains(&vault.to_string()));
            mended += tick.notices.iter().filter(is).count();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(mended, 1);
    scene.agrees().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn venues_are_read_as_they_stand() {
    let mut scene = Scene::over(World::start().await).await;
    scene
        .world
        .vault(&NewVault {
            owner: "alice",
            policy: Policy::BALANCED.into(),
            collateral: &[("XLM", units("1000")), ("EURC", units("100"))],
            debt: &[
                Debt::Amount("USDC", units("20")),
                Debt::Risk("EURC", 0_8000000),
            ],
        })
        .await;
    scene.follow().await;
    scene.agrees().await;
    let market = &scene.collector.watch().pools[&scene.world.pool()].market;
    let venue = &market.venues[0];
    assert_eq!(venue.fee_e7, 0_0030000);
    let weights: i128 = venue.tokens.iter().map(|token| token.weight_e7).sum();
    assert_eq!((venue.tokens.len(), weights), (2, 1_0000000));
    for held in &venue.tokens {
        let balance = token::balance(&held.asset, &venue.contract);
        assert_eq!(
            held.balance,
            scene.world.client.view(&balance).await.unwrap()
        );
    }
}

/// Sandboxes have the same name and the same addresses; a database of an earlier one is not gone on from.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_network_of_the_same_name_leads_to_a_rebuild() {
    let before = World::start().await;
    let gone = before.vault_at("alice", units("10000"), 0_9000000).await;
    before.vault_at("bob", units("10000"), 0_9000000).await;
    let mut scene = Scene::over(before).await;
    scene.follow().await;
    scene.collector.flush().await;
    let stood = scene.collector.now().0;
    let Scene {
        collector,
        store: old,
        directory,
        ..
    } = scene;
    drop(collector);
    old.close().await;
    drop(old);
    let mut expected = vec!["another ledger", "knows ledger"];
    for ledgers in [stood + 10, 0] {
        let world = World::start().await;
        world.pass(77).await;
        world.vault_at("carol", units("10000"), 0_9000000).await;
        if ledgers > 0 {
            world.close(ledgers).await;
        }
        let urls = [world.url.clone()];
        let endpoints = crate::scene::connect(&urls).await;
        let store = store(&world, directory.path()).await;
        let mut collector = Collector::open(endpoints.clone(), store.clone(), settings(&world))
            .await
            .unwrap();
        collector.sync(&mut |_| ()).await.unwrap();
        assert!(!collector.watch().vaults.contains_key(&gone));
        let mut scene = Scene {
            world,
            endpoints,
            collector,
            store,
            directory: tempfile::tempdir().unwrap(),
        };
        scene.agrees().await;
        scene.world.close(1).await;
        let ticks = scene.follow().await;
        let word = expected.remove(0);
        let told = &ticks[0].notices;
        assert!(
            matches!(&told[..], [Notice::Rebuilt { why, .. }] if why.contains(word)),
            "{told:?}"
        );
        scene.collector.flush().await;
        let Scene {
            collector,
            store: old,
            ..
        } = scene;
        drop(collector);
        old.close().await;
    }
}
