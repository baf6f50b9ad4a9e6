//! A collector over a world, and what the contracts say to compare it with.

use crate::support::World;
use ballast_client::{
    lens, pool, token,
    value::{Address, Asset, AuctionData, Bytes, Positions, PriceData, Value},
    vault, Call,
};
use ballast_keeper::{
    collect::{CollectSettings, Collector, EndpointOptions, Endpoints, Tick, VenueSettings},
    model::{position, Shares, Vault},
    store::{Identity, Store},
};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use stellar_xdr::curr::{Limits, ScVal, WriteXdr};
use tempfile::TempDir;

pub struct Scene {
    pub world: World,
    pub endpoints: Arc<Endpoints>,
    pub collector: Collector,
    pub store: Store,
    pub directory: TempDir,
}

pub fn settings(world: &World) -> CollectSettings {
    let comet = &world.deployment.comet[0].contract;
    CollectSettings {
        poll: Duration::from_millis(5),
        stall: Duration::from_secs(5),
        venues: vec![VenueSettings {
            adapter: world.contract("adapter"),
            route: Bytes(comet.to_value().to_xdr(Limits::none()).unwrap()),
            contract: comet.clone(),
        }],
        ..CollectSettings::new(world.contract("factory"))
    }
}

pub async fn connect(urls: &[String]) -> Arc<Endpoints> {
    let options = EndpointOptions {
        timeout: Duration::from_secs(2),
        patience: Duration::from_secs(4),
        ..EndpointOptions::default()
    };
    Arc::new(Endpoints::connect(urls, None, options).await.unwrap())
}

pub async fn store(world: &World, directory: &Path) -> Store {
    let identity = Identity {
        passphrase: world.client.network().passphrase().to_owned(),
        factory: world.contract("factory"),
    };
    let opened = Store::open(&directory.join("keeper.db"), &identity).await;
    opened.unwrap().store
}

impl Scene {
    /// Synchronised, with the world's own server as the only one.
    pub async fn over(world: World) -> Self {
        let urls = [world.url.clone()];
        Self::with(world, &urls, |_| ()).await
    }

    pub async fn with(
        world: World,
        urls: &[String],
        change: impl FnOnce(&mut CollectSettings),
    ) -> Self {
        let endpoints = connect(urls).await;
        let directory = tempfile::tempdir().unwrap();
        let store = store(&world, directory.path()).await;
        let mut settings = settings(&world);
        change(&mut settings);
        let collector = Collector::open(endpoints.clone(), store.clone(), settings).await;
        let mut collector = collector.unwrap();
        collector.sync(&mut |_| ()).await.unwrap();
        Self {
            world,
            endpoints,
            collector,
            store,
            directory,
        }
    }

    /// Ticks until the collector is at the world's last ledger.
    pub async fn follow(&mut self) -> Vec<Tick> {
        let mut ticks = Vec::new();
        while self.collector.now().0 < self.world.ledger() {
            ticks.push(self.collector.next().await.unwrap());
        }
        ticks
    }

    async fn view<T: Value>(&self, call: &Call<T>) -> T {
        self.world.client.view(call).await.unwrap()
    }

    /// Everything that the collector holds is what the contracts say at the same ledger.
    pub async fn agrees(&self) {
        let (ledger, closed_at) = self.collector.now();
        assert_eq!(
            (ledger, closed_at),
            (self.world.ledger(), self.world.closed_at())
        );
        let watch = self.collector.watch();
        let count = self.world.vault_count().await;
        assert_eq!(watch.vaults.len(), count as usize);
        for (pool, watch) in &watch.pools {
            self.market_agrees(pool, &watch.market).await;
            let known: BTreeSet<Address> = watch.book.addresses().collect();
            for name in [
                "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy",
            ] {
                let user = self.world.keys(name).sc_address();
                self.position_agrees(pool, &user).await;
            }
            for user in &known {
                self.position_agrees(pool, user).await;
            }
        }
        for (address, brief) in &watch.vaults {
            let read = self
                .collector
                .details(&brief.pool, std::slice::from_ref(address))
                .await;
            self.vault_agrees(&read.unwrap()[0]).await;
            let state = self.view(&vault::state(address)).await;
            assert_eq!(brief.owner, state.owner);
            assert_eq!(brief.thresholds.soft_e7, state.policy.core.soft_e7);
            assert_eq!(brief.thresholds.automation, state.automation);
            let held = watch.pools[&brief.pool].book.shares(address);
            assert!(held.is_some(), "{address} is not in the book");
        }
    }

    async fn market_agrees(&self, pool: &Address, market: &ballast_keeper::model::Market) {
        assert_eq!((market.ledger, market.closed_at), self.collector.now());
        let list = self.view(&pool::reserve_list(pool)).await;
        assert_eq!(market.reserves.len(), list.len());
        for (index, (asset, reserve)) in list.iter().zip(&market.reserves).enumerate() {
            assert_eq!((asset, index as u32), (&reserve.asset, reserve.index));
            let call = Call::<ScVal>::new(pool, "get_reserve", vec![asset.to_value()]);
            let says = self.view(&call).await;
            let field = |path: &[&str]| {
                path.iter()
                    .fold(says.clone(), |value, name| get(&value, name))
            };
            let number = |path: &[&str]| i128::from_value(&field(path)).unwrap();
            assert_eq!(number(&["data", "b_rate"]), reserve.b_rate_e12, "{index}");
            assert_eq!(number(&["data", "d_rate"]), reserve.d_rate_e12, "{index}");
            assert_eq!(number(&["data", "b_supply"]), reserve.b_supply);
            assert_eq!(number(&["data", "d_supply"]), reserve.d_supply);
            assert_eq!(number(&["scalar"]), reserve.asset_scalar);
            let factor = |name| u32::from_value(&field(&["config", name])).unwrap();
            assert_eq!(factor("c_factor"), reserve.collateral_factor_e7);
            assert_eq!(factor("l_factor"), reserve.liability_factor_e7);
            assert_eq!(factor("max_util"), reserve.max_utilization_e7);
            let named = Asset::Stellar(asset.clone());
            let last = self.view(&pool::last_price(&market.oracle, &named)).await;
            let pair = |data: &PriceData| (data.price, data.timestamp);
            assert_eq!(
                last.as_ref().map(pair),
                reserve
                    .feed
                    .last
                    .map(|round| (round.price, round.timestamp))
            );
            let rounds = self.view(&pool::prices(&market.oracle, &named, 13)).await;
            let rounds: Vec<_> = rounds.unwrap_or_default().iter().map(pair).collect();
            let held = reserve.feed.rounds.iter();
            let held: Vec<_> = held.map(|round| (round.price, round.timestamp)).collect();
            assert_eq!(rounds, held);
        }
    }

    async fn position_agrees(&self, pool: &Address, user: &Address) {
        let positions = self.view(&pool::positions(pool, user)).await;
        let watch = &self.collector.watch().pools[pool];
        let held = watch.book.shares(user).unwrap_or_default();
        assert_eq!(held, shares(&positions), "{user}");
        let auction = self.world.client.view(&pool::auction(pool, user)).await;
        same_auction(auction.ok(), watch.auctions.get(user));
    }

    async fn vault_agrees(&self, read: &Vault) {
        let (world, address) = (&self.world, &read.address);
        assert_eq!(read.ledger, world.ledger());
        assert_eq!(read.state, self.view(&vault::state(address)).await);
        let pool = &read.state.links.pool;
        let positions = self.view(&pool::positions(pool, address)).await;
        assert_eq!(read.shares, shares(&positions));
        let auction = world.client.view(&pool::auction(pool, address)).await;
        same_auction(auction.ok(), read.auction.as_ref());
        for (asset, amount) in &read.idle {
            assert_eq!(*amount, self.view(&token::balance(asset, address)).await);
        }
        let market = &self.collector.watch().pools[pool].market;
        let lens = world.contract("lens");
        let position = position(market, &read.shares).unwrap();
        // The lens values nothing that has no price, or an old one; what was read of it is compared nevertheless.
        let legs = world.client.view(&lens::position(&lens, address)).await;
        let legs = legs.unwrap_or_default();
        for leg in &position.legs {
            assert!(leg.b_tokens != 0 || leg.d_tokens != 0);
        }
        for leg in &legs {
            let reserve = market.reserve_of(&leg.asset).unwrap();
            let shares = read
                .shares
                .iter()
                .find(|shares| shares.index == reserve.index);
            let Some(shares) = shares else {
                assert_eq!((leg.collateral, leg.debt), (0, 0));
                continue;
            };
            let of = ballast_keeper::model::leg(reserve, shares);
            assert_eq!(leg.collateral, of.collateral_floor().unwrap());
            assert_eq!(leg.debt, of.debt_ceil().unwrap());
            if shares.d_tokens != 0 {
                assert_eq!(read.idle[&leg.asset], leg.reserve);
            }
        }
        // The lens refuses what the policy calls stale.
        let most = read.state.policy.core.max_price_age_seconds;
        let is_fresh = read.shares.iter().all(|shares| {
            let last = market.reserves[shares.index as usize].feed.last;
            last.is_some_and(|last| {
                last.price > 0 && market.closed_at - last.timestamp.min(market.closed_at) <= most
            })
        });
        if is_fresh && position.legs.iter().any(|leg| leg.d_tokens != 0) {
            let health = world.health(address).await;
            let totals = position.totals().unwrap();
            assert_eq!(health.risk_ratio_e7, totals.risk_ratio_e7_ceil());
            assert_eq!(health.collateral_value, totals.collateral_value);
            assert_eq!(health.debt_value, totals.debt_value);
        }
    }
}

fn get(value: &ScVal, name: &str) -> ScVal {
    let ScVal::Map(Some(map)) = value else {
        panic!("no struct");
    };
    let found = map.0.iter().find(
        |entry| matches!(&entry.key, ScVal::Symbol(key) if key.0.to_utf8_string_lossy() == name),
    );
    found.unwrap_or_else(|| panic!("no {name}")).val.clone()
}

fn shares(positions: &Positions) -> Vec<Shares> {
    let indices: BTreeSet<_> = positions
        .collateral
        .keys()
        .chain(positions.liabilities.keys())
        .collect();
    let of = |index: &&u32| Shares {
        index: **index,
        b_tokens: positions.collateral.get(*index).copied().unwrap_or(0),
        d_tokens: positions.liabilities.get(*index).copied().unwrap_or(0),
    };
    indices.iter().map(of).collect()
}

fn same_auction(says: Option<AuctionData>, held: Option<&ballast_keeper::model::OpenAuction>) {
    let says = says.map(|data| (data.block, data.lot, data.bid));
    let held = held.map(|held| (held.start_ledger, held.lot.clone(), held.bid.clone()));
    assert_eq!(says, held);
}
