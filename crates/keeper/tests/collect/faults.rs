//! What a collector does when servers, clock and oracle fail.

use crate::{
    scene::Scene,
    support::{proxy, units, Debt, NewVault, Override, World},
};
use ballast_client::{
    entry,
    value::{Address, Asset, PriceData, SecondOracle, SecondSource, VaultPolicy},
    vault,
};
use ballast_core::policy::Policy;
use ballast_keeper::collect::{CollectError, Notice, Tick};
use ballast_sandbox::faults::{Form, Kind};
use fastrand::Rng;
use serde_json::{json, Value as Json};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use stellar_xdr::curr::{
    ContractDataEntry, ExtensionPoint, LedgerEntryData, LedgerKey, Limits, ScVal, WriteXdr,
};

fn notices(ticks: &[Tick]) -> Vec<Notice> {
    ticks.iter().flat_map(|tick| tick.notices.clone()).collect()
}

/// Something that the collector must not miss.
async fn deposit(world: &World, vault: &Address) {
    let alice = world.keys("alice");
    let call = vault::deposit(vault, &world.asset("EURC"), units("1"));
    world.invoke(&alice, &call).await;
}

/// The first of two servers fails in every way; prices and positions come through the second, the operator is told
/// once, and once again when it serves.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_costs_nothing_while_another_serves() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let node = world.node().await;
    let urls = [node.url.clone(), world.url.clone()];
    let mut scene = Scene::with(world, &urls, |_| ()).await;
    scene.follow().await;
    let http = |status| Kind::Http { status };
    let garbage = |form| Kind::Garbage { form: Some(form) };
    for kind in [
        Kind::Drop,
        http(500),
        http(403),
        Kind::RateLimit { per_second: 0 },
        Kind::RateLimit { per_second: 5 },
        Kind::Error {
            code: -32603,
            message: "internal".into(),
        },
        garbage(Form::Bytes),
        garbage(Form::Truncated),
        garbage(Form::Html),
        garbage(Form::Empty),
        garbage(Form::Shape),
        Kind::Latency {
            ms: 30_000,
            jitter_ms: 0,
        },
    ] {
        node.fail(kind.clone(), None);
        let mut ticks = Vec::new();
        for price in ["0.35", "0.37"] {
            scene.world.set_prices(&[("XLM", price)]).await;
            let begun = Instant::now();
            ticks.extend(scene.follow().await);
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(2), "{kind:?}: {took:?}");
            scene.agrees().await;
            deposit(&scene.world, &vault).await;
            ticks.extend(scene.follow().await);
            scene.agrees().await;
        }
        let told = notices(&ticks);
        // One that only takes long is waited for by nobody, and answers in the end.
        let told_of = told
            .iter()
            .any(|notice| matches!(notice, Notice::EndpointFailed { .. }));
        assert!(
            told_of
                || matches!(
                    kind,
                    Kind::Latency { .. } | Kind::RateLimit { per_second: 5 }
                ),
            "{kind:?}: {told:?}"
        );
        node.mend();
        // It is looked at again, and told of when it serves.
        let mut told = Vec::new();
        let until = Instant::now() + Duration::from_secs(40);
        while Instant::now() < until && !scene.endpoints.standing()[0].healthy {
            tokio::time::sleep(Duration::from_millis(200)).await;
            scene.world.close(1).await;
            told.extend(notices(&scene.follow().await));
        }
        scene.world.close(1).await;
        told.extend(notices(&scene.follow().await));
        let serves = told
            .iter()
            .any(|notice| matches!(notice, Notice::EndpointServes { .. }));
        assert_eq!(
            serves,
            told_of,
            "{kind:?}: {told:?} {:?}",
            scene.endpoints.standing()
        );
    }
}

/// The only server fails: `next` says so, nothing is lost, and the collector goes on when it serves again.
#[tokio::test(flavor = "multi_thread")]
async fn next_fails_when_the_only_server_does_and_misses_nothing() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    for (kind, method) in [
        (Kind::Drop, None),
        (Kind::Http { status: 503 }, Some("getEvents")),
        (Kind::Garbage { form: None }, Some("getLedgerEntries")),
        (
            Kind::Error {
                code: -32603,
                message: "internal".into(),
            },
            Some("simulateTransaction"),
        ),
    ] {
        let before = scene.collector.now();
        deposit(&scene.world, &vault).await;
        scene.world.fail(kind.clone(), method);
        let error = scene.collector.next().await.unwrap_err();
        assert!(matches!(error, CollectError::Rpc(_)), "{kind:?}: {error}");
        assert_eq!(scene.collector.now(), before);
        scene.world.mend();
        scene.follow().await;
        scene.agrees().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn next_fails_when_no_ledger_closes_and_goes_on_when_one_does() {
    let world = World::start().await;
    world.vault_at("alice", units("10000"), 0_8000000).await;
    let urls = [world.url.clone()];
    let mut scene = Scene::with(world, &urls, |settings| {
        settings.stall = Duration::from_millis(300);
    })
    .await;
    scene.follow().await;
    let error = scene.collector.next().await.unwrap_err();
    assert!(matches!(error, CollectError::Stalled { .. }), "{error}");
    scene.world.close(1).await;
    scene.follow().await;
    scene.agrees().await;
}

/// The first server stays behind: it is told of, and the newest ledger comes from the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lags_is_told_of_and_not_believed() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let node = world.node().await;
    let urls = [node.url.clone(), world.url.clone()];
    let mut scene = Scene::with(world, &urls, |_| ()).await;
    scene.follow().await;
    node.fail(Kind::Stale { ledgers: 10 }, None);
    let mut told = Vec::new();
    for _ in 0..4 {
        deposit(&scene.world, &vault).await;
        scene.world.close(3).await;
        let begun = Instant::now();
        told.extend(notices(&scene.follow().await));
        // Others are looked at once a second.
        assert!(begun.elapsed() < Duration::from_secs(3));
        scene.agrees().await;
    }
    let lags =
        |notice: &Notice| matches!(notice, Notice::EndpointLags { ledgers, .. } if *ledgers > 2);
    assert_eq!(
        told.iter().filter(|notice| lags(notice)).count(),
        1,
        "{told:?}"
    );
    // Both behind: no ledger comes, and none is made up.
    scene.world.fail(Kind::Stale { ledgers: 10 }, None);
    let before = scene.collector.now();
    scene.world.close(1).await;
    let error = scene.collector.next().await.unwrap_err();
    assert!(matches!(error, CollectError::Stalled { .. }), "{error}");
    assert_eq!(scene.collector.now(), before);
}

/// Events twice, in another order, of ledgers long past, and strangers that speak like vaults.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_twice_or_make_no_sense_do_no_harm() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let mut random = Rng::with_seed(7);
    let mut old: Vec<Json> = Vec::new();
    let url = proxy::proxy(&world.url, move |method, result| {
        if method != "getEvents" {
            return;
        }
        let Some(events) = result["events"].as_array_mut() else {
            return;
        };
        old.extend(events.iter().cloned());
        let mut more: Vec<_> = events.iter().chain(&old).cloned().collect();
        more.truncate(300);
        random.shuffle(&mut more);
        for event in &mut more {
            match random.u32(..8) {
                0 => event["id"] = json!("another"),
                1 => event["value"] = json!("AAAAAQ=="),
                2 => event["topic"] = json!([]),
                3 => {
                    event["contractId"] =
                        json!("CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD2KM")
                }
                _ => {}
            }
        }
        events.extend(more);
    })
    .await;
    let mut scene = Scene::with(world, &[url], |_| ()).await;
    for round in 0..12 {
        deposit(&scene.world, &vault).await;
        if round % 4 == 0 {
            scene.world.vault_at("bob", units("1000"), 0_7000000).await;
        }
        scene.follow().await;
        scene.agrees().await;
    }
}

/// A server that loses events: what they told of is found by the steady check.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_lost_are_made_up_for_by_the_steady_check() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let lossy = Arc::new(AtomicBool::new(false));
    let loses = lossy.clone();
    let url = proxy::proxy(&world.url, move |method, result| {
        if method == "getEvents" && loses.load(Ordering::Relaxed) {
            result["events"] = json!([]);
        }
    })
    .await;
    let mut scene = Scene::with(world, &[url], |settings| {
        settings.full_check = Duration::from_secs(60);
    })
    .await;
    scene.follow().await;
    lossy.store(true, Ordering::Relaxed);
    deposit(&scene.world, &vault).await;
    let alice = scene.world.keys("alice");
    scene
        .world
        .invoke(&alice, &vault::set_automation(&vault, false))
        .await;
    let mut told = Vec::new();
    for _ in 0..10 {
        scene.world.pass(30).await;
        told.extend(notices(&scene.follow().await));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let mended = told
        .iter()
        .filter(|notice| matches!(notice, Notice::CheckMended { .. }));
    assert_eq!(mended.count(), 2, "{told:?}");
    scene.agrees().await;
    // A vault of whose making no event told.
    scene
        .world
        .vault_at("carol", units("2000"), 0_7000000)
        .await;
    for _ in 0..10 {
        scene.world.pass(30).await;
        scene.follow().await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    scene.agrees().await;
}

/// Answers of which any part may be anything: the collector may fail, but neither fall over nor be wrong afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_damaged_anywhere_do_no_harm() {
    let world = World::start().await;
    let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
    let damaged = Arc::new(AtomicBool::new(false));
    let damages = damaged.clone();
    let mut random = Rng::with_seed(11);
    let url = proxy::proxy(&world.url, move |_, result| {
        if damages.load(Ordering::Relaxed) && random.u32(..3) == 0 {
            damage(result, &mut random);
        }
    })
    .await;
    let mut scene = Scene::with(world, &[url], |settings| {
        settings.stall = Duration::from_millis(200);
        settings.full_check = Duration::from_secs(20);
    })
    .await;
    scene.follow().await;
    damaged.store(true, Ordering::Relaxed);
    let (mut read, mut failed) = (0, 0);
    for _ in 0..60 {
        deposit(&scene.world, &vault).await;
        match tokio::time::timeout(Duration::from_millis(700), scene.collector.next()).await {
            Ok(Ok(_)) => read += 1,
            _ => failed += 1,
        }
    }
    println!("{read} read, {failed} failed");
    assert!(read > 0 && failed > 0);
    damaged.store(false, Ordering::Relaxed);
    for _ in 0..8 {
        scene.world.pass(10).await;
        let _ = tokio::time::timeout(Duration::from_secs(10), scene.follow()).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    scene.agrees().await;
}

/// Changes one place: a number, a text, or takes something away. Numbers stay below what is there: a server that
/// names a ledger of the future is believed until it answers again.
fn damage(value: &mut Json, random: &mut Rng) {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            let name = fields
                .keys()
                .nth(random.usize(..fields.len()))
                .unwrap()
                .clone();
            match random.u32(..6) {
                0 => {
                    fields.remove(&name);
                }
                _ => damage(&mut fields[&name], random),
            }
        }
        Json::Array(items) if !items.is_empty() => {
            let place = random.usize(..items.len());
            damage(&mut items[place], random);
        }
        Json::String(text) => {
            let mut bytes = text.clone().into_bytes();
            if !bytes.is_empty() {
                let place = random.usize(..bytes.len());
                bytes[place] = b"AZ09+/=- "[random.usize(..9)];
            }
            *text = String::from_utf8(bytes).unwrap_or_default();
        }
        Json::Number(number) => {
            let below = number.as_u64().unwrap_or(1).max(1);
            *value = json!(random.u64(..below));
        }
        other => *other = json!({ "damaged": true }),
    }
}

/// One vault's entries are something else: it is told of, what is known of it stands, and the others go on.
#[tokio::test(flavor = "multi_thread")]
async fn entries_that_make_no_sense_do_not_stop_the_others() {
    let world = World::start().await;
    let strange = world.vault_at("alice", units("10000"), 0_8000000).await;
    let other = world.vault_at("alice", units("5000"), 0_8000000).await;
    let pool = world.pool();
    let void = |key: &LedgerKey| {
        let LedgerKey::ContractData(key) = key.clone() else {
            panic!("a contract's");
        };
        LedgerEntryData::ContractData(ContractDataEntry {
            ext: ExtensionPoint::V0,
            contract: key.contract,
            key: key.key,
            durability: key.durability,
            val: ScVal::Void,
        })
    };
    let base64 = |value: &LedgerEntryData| value.to_xdr_base64(Limits::none()).unwrap();
    let spoilt: Vec<(String, String)> = [
        entry::instance(&strange),
        entry::pool::positions(&pool, &strange),
    ]
    .iter()
    .map(|key| {
        (
            key.to_xdr_base64(Limits::none()).unwrap(),
            base64(&void(key)),
        )
    })
    .collect();
    let spoils = Arc::new(AtomicBool::new(false));
    let on = spoils.clone();
    let url = proxy::proxy(&world.url, move |method, result| {
        if method != "getLedgerEntries" || !on.load(Ordering::Relaxed) {
            return;
        }
        for entry in result["entries"].as_array_mut().into_iter().flatten() {
            let key = entry["key"].as_str().unwrap_or_default();
            if let Some((_, xdr)) = spoilt.iter().find(|(spoilt, _)| spoilt == key) {
                entry["xdr"] = json!(xdr);
            }
        }
    })
    .await;
    let mut scene = Scene::with(world, &[url], |_| ()).await;
    scene.follow().await;
    spoils.store(true, Ordering::Relaxed);
    let mut told = Vec::new();
    let pool_of = scene.collector.watch().pools[&pool].book.clone();
    for _ in 0..3 {
        deposit(&scene.world, &strange).await;
        deposit(&scene.world, &other).await;
        told.extend(notices(&scene.follow().await));
    }
    assert!(
        matches!(&told[..], [Notice::Unreadable { address, .. }] if *address == strange),
        "{told:?}"
    );
    let book = &scene.collector.watch().pools[&pool].book;
    assert_eq!(book.shares(&strange), pool_of.shares(&strange));
    assert_ne!(book.shares(&other), pool_of.shares(&other));
    let vaults = [strange.clone(), other.clone()];
    let read = scene.collector.details(&pool, &vaults).await.unwrap();
    assert_eq!(
        read.iter().map(|vault| &vault.address).collect::<Vec<_>>(),
        [&other]
    );
    spoils.store(false, Ordering::Relaxed);
    scene.world.close(1).await;
    let told = notices(&scene.follow().await);
    assert_eq!(told, [Notice::Readable { address: strange }]);
    scene.agrees().await;
}

/// The network's clock is an hour ahead of this machine's, or behind: only the network's counts.
#[tokio::test(flavor = "multi_thread")]
async fn the_machines_clock_does_not_matter() {
    for seconds in [3_600, -3_600] {
        let world = World::start().await;
        let vault = world.vault_at("alice", units("10000"), 0_8000000).await;
        world.sandbox.shift_clock(seconds);
        let mut scene = Scene::over(world).await;
        scene.world.set_prices(&[("XLM", "0.35")]).await;
        deposit(&scene.world, &vault).await;
        let told = notices(&scene.follow().await);
        assert_eq!(told, Vec::new(), "{seconds}");
        scene.agrees().await;
    }
}

/// Frozen, missing, dead, wrong: the prices are those that the contracts see, and the operator is told when it begins
/// and when it ends.
#[tokio::test(flavor = "multi_thread")]
async fn an_oracle_that_fails_is_told_of_once_until_it_serves() {
    let world = World::start().await;
    world.vault_at("alice", units("10000"), 0_8000000).await;
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    let (pool, asset) = (scene.world.pool(), scene.world.asset("XLM"));
    let hour_ago = scene.world.closed_at() - 3_600;
    let price = scene.world.price("XLM").await;
    let round = |price: i128, timestamp: u64| PriceData { price, timestamp };
    let now = scene.world.closed_at();
    for (what, forced) in [
        ("frozen", Override::Fixed(round(price, hour_ago))),
        ("missing", Override::Absent),
        ("negative", Override::Fixed(round(-1, now))),
        ("zero", Override::Fixed(round(0, now))),
    ] {
        scene.world.override_price("XLM", &forced).await;
        let mut told = Vec::new();
        for _ in 0..3 {
            told.extend(notices(&scene.follow().await));
            scene.agrees().await;
            scene.world.close(1).await;
        }
        let (pool_of, asset_of) = match &told[..] {
            [Notice::OracleFrozen {
                pool,
                asset,
                age_seconds,
            }] if what == "frozen" => {
                assert!((3_600..3_700).contains(age_seconds), "{age_seconds}");
                (pool, asset)
            }
            [Notice::OracleMissing { pool, asset }] if what == "missing" => (pool, asset),
            [Notice::OracleInvalid { pool, asset, price }] if *price <= 0 => (pool, asset),
            other => panic!("{what}: {other:?}"),
        };
        assert_eq!((pool_of, asset_of), (&pool, &asset), "{what}");
        scene.world.override_price("XLM", &Override::Off).await;
        scene.world.set_prices(&[("XLM", "0.36")]).await;
        let serves = Notice::OracleServes {
            pool: pool.clone(),
            asset: asset.clone(),
        };
        assert_eq!(notices(&scene.follow().await), [serves], "{what}");
        scene.agrees().await;
    }
    // The whole oracle traps.
    scene.world.set_oracle_dead(true).await;
    let told = notices(&scene.follow().await);
    let missing = |notice: &Notice| matches!(notice, Notice::OracleMissing { .. });
    assert_eq!(
        told.iter().filter(|notice| missing(notice)).count(),
        3,
        "{told:?}"
    );
    scene.world.set_oracle_dead(false).await;
    let told = notices(&scene.follow().await);
    let serves = |notice: &Notice| matches!(notice, Notice::OracleServes { .. });
    assert_eq!(
        told.iter().filter(|notice| serves(notice)).count(),
        3,
        "{told:?}"
    );
    scene.agrees().await;
}

/// The second oracle is the same contract under another asset's name: far from what the pool's says.
#[tokio::test(flavor = "multi_thread")]
async fn second_prices_are_read_as_the_policy_names_them() {
    let world = World::start().await;
    let oracle = world.contract("oracle");
    let (xlm, usdc, eurc) = (world.asset("XLM"), world.asset("USDC"), world.asset("EURC"));
    let second = |xlm_as: Asset| {
        let mut policy = VaultPolicy::from(Policy::BALANCED);
        policy.second_oracle = SecondSource::Feed(SecondOracle {
            oracle: oracle.clone(),
            assets: [
                (xlm.clone(), xlm_as),
                (usdc.clone(), Asset::Stellar(usdc.clone())),
            ]
            .into(),
            required: false,
        });
        policy
    };
    let mut vaults = Vec::new();
    for name in [Asset::Stellar(eurc.clone()), Asset::Other("NOBODY".into())] {
        let new = NewVault {
            owner: "alice",
            policy: second(name),
            collateral: &[("XLM", units("1000"))],
            debt: &[Debt::Risk("USDC", 0_8000000)],
        };
        vaults.push(world.vault(&new).await);
    }
    let mut scene = Scene::over(world).await;
    scene.follow().await;
    let pool = scene.world.pool();
    let read = scene.collector.details(&pool, &vaults).await.unwrap();
    let prices = scene.collector.second_prices(&read).await;
    let of = |asset: Asset| {
        prices[&(oracle.clone(), asset)]
            .as_ref()
            .map(|data| data.price)
    };
    assert_eq!(
        of(Asset::Stellar(eurc)),
        Some(scene.world.price("EURC").await)
    );
    assert_eq!(
        of(Asset::Stellar(usdc)),
        Some(scene.world.price("USDC").await)
    );
    assert_eq!(of(Asset::Other("NOBODY".into())), None);
    assert_eq!(prices.len(), 3);
    // A dead second oracle has none, and stops nothing.
    scene.world.set_oracle_dead(true).await;
    scene.follow().await;
    let prices = scene.collector.second_prices(&read).await;
    assert!(prices.len() == 3 && prices.values().all(Option::is_none));
}
