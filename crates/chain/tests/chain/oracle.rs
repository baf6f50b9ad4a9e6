use ballast_chain::{oracle::RESOLUTION_SECONDS, Chain, Oracle, Override, Price, PriceData, Token};
use soroban_sdk::Address;

const RESOLUTION: u64 = RESOLUTION_SECONDS as u64;
const DEAD: Option<u32> = Some(400);

struct Fixture {
    chain: Chain,
    oracle: Oracle,
    xlm: Address,
    usdc: Address,
    start: u64,
}

impl Fixture {
    fn new() -> Self {
        let chain = Chain::new();
        let xlm = Token::native(&chain).address().clone();
        let usdc = Token::issue(&chain, "USDC").address().clone();
        let oracle = Oracle::deploy(&chain, "oracle", &[&xlm, &usdc]);
        let start = chain.timestamp();
        assert_eq!(start % RESOLUTION, 0);
        Self {
            chain,
            oracle,
            xlm,
            usdc,
            start,
        }
    }

    fn last(&self, asset: &Address) -> Option<(i128, u64)> {
        self.oracle.last_price(asset).unwrap().map(parts)
    }

    fn prices(&self, asset: &Address, records: u32) -> Vec<(i128, u64)> {
        self.oracle
            .prices(asset, records)
            .unwrap()
            .into_iter()
            .map(parts)
            .collect()
    }
}

fn parts(data: Price) -> (i128, u64) {
    (data.price, data.timestamp)
}

#[test]
fn last_price_ends_when_the_round_is_two_resolutions_old() {
    let fixture = Fixture::new();
    assert_eq!(fixture.last(&fixture.xlm), None);
    fixture.oracle.set_prices(&[36, 100]);
    for (age, served) in [
        (0, true),
        (RESOLUTION, true),
        (2 * RESOLUTION - 1, true),
        (2 * RESOLUTION, false),
    ] {
        fixture.chain.advance_to(fixture.start + age);
        assert_eq!(
            fixture.last(&fixture.xlm),
            served.then_some((36, fixture.start)),
            "{age}"
        );
    }
    // The history stays.
    assert_eq!(fixture.prices(&fixture.usdc, 2), [(100, fixture.start)]);
}

#[test]
fn missed_round_has_no_last_price_but_leaves_the_history() {
    let fixture = Fixture::new();
    fixture.oracle.set_prices(&[36, 100]);
    fixture.chain.advance_seconds(RESOLUTION);
    let second = fixture.chain.timestamp();
    fixture.oracle.set_round(second, &[None, Some(101)]);
    assert_eq!(fixture.last(&fixture.xlm), None);
    assert_eq!(fixture.last(&fixture.usdc), Some((101, second)));
    assert_eq!(fixture.prices(&fixture.xlm, 2), [(36, fixture.start)]);
    assert_eq!(fixture.prices(&fixture.xlm, 1), []);
    assert_eq!(
        fixture.prices(&fixture.usdc, 2),
        [(101, second), (100, fixture.start)]
    );
}

#[test]
fn history_serves_at_most_twenty_rounds_within_the_records_asked_for() {
    let fixture = Fixture::new();
    for round in 0..25 {
        fixture.oracle.set_prices(&[round, 100]);
        fixture.chain.advance_seconds(RESOLUTION);
    }
    let served = fixture.prices(&fixture.xlm, 100);
    assert_eq!(served.len(), 20);
    assert_eq!(served[0], (24, fixture.start + 24 * RESOLUTION));
    assert_eq!(served[19], (5, fixture.start + 5 * RESOLUTION));
    // After a gap of rounds that never came, they count towards the records.
    fixture.chain.advance_seconds(2 * RESOLUTION);
    fixture.oracle.set_prices(&[99, 100]);
    let now = fixture.chain.timestamp();
    assert_eq!(fixture.prices(&fixture.xlm, 3), [(99, now)]);
    assert_eq!(
        fixture.prices(&fixture.xlm, 4),
        [(99, now), (24, now - 3 * RESOLUTION)]
    );
}

#[test]
fn price_finds_the_round_of_a_time() {
    let fixture = Fixture::new();
    fixture.oracle.set_prices(&[36, 100]);
    fixture.chain.advance_seconds(RESOLUTION);
    fixture
        .oracle
        .set_round(fixture.chain.timestamp(), &[None, Some(101)]);
    let asset = ballast_chain::Asset::Stellar(fixture.xlm.clone());
    for (timestamp, expected) in [
        (fixture.start, Some(36)),
        (fixture.start + RESOLUTION - 1, Some(36)),
        (fixture.start + RESOLUTION, None),
        (fixture.start - 1, None),
    ] {
        let found: Option<PriceData> = fixture
            .chain
            .view(
                fixture.oracle.address(),
                "price",
                (asset.clone(), timestamp),
            )
            .unwrap();
        assert_eq!(found.map(|data| data.price), expected, "{timestamp}");
    }
}

#[test]
fn same_timestamp_replaces_the_round_and_earlier_fails() {
    let fixture = Fixture::new();
    fixture.oracle.set_prices(&[36, 100]);
    fixture.oracle.set_prices(&[-5, 0]);
    assert_eq!(fixture.last(&fixture.xlm), Some((-5, fixture.start)));
    assert_eq!(fixture.prices(&fixture.usdc, 20), [(0, fixture.start)]);
    let refused = |timestamp, prices: &[Option<i128>]| {
        fixture
            .oracle
            .try_set_round(timestamp, prices)
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(fixture.start - 1, &[None, None]), Some(402));
    assert_eq!(refused(fixture.start, &[None]), Some(401));
}

#[test]
fn override_wins_until_it_is_off() {
    let fixture = Fixture::new();
    fixture.oracle.set_prices(&[36, 100]);
    fixture.chain.advance_seconds(RESOLUTION);
    let now = fixture.chain.timestamp();
    let future = PriceData {
        price: 7,
        timestamp: now + 1_000_000,
    };
    let at = |price: i128, seconds: u64| PriceData {
        price,
        timestamp: now + seconds,
    };
    for (value, last, history) in [
        (Override::Absent, None, vec![]),
        (
            Override::Fixed(future),
            Some((7, now + 1_000_000)),
            vec![(7, now + 1_000_000)],
        ),
        (
            Override::Stable(8),
            Some((8, now)),
            vec![(8, now), (8, now - RESOLUTION)],
        ),
        (
            Override::Rounds(soroban_sdk::vec![
                fixture.chain.env(),
                at(5, 9),
                at(7, 1),
                at(6, 2)
            ]),
            Some((5, now + 9)),
            vec![(5, now + 9), (7, now + 1), (6, now + 2)],
        ),
        (
            Override::Off,
            Some((36, fixture.start)),
            vec![(36, fixture.start)],
        ),
    ] {
        fixture.oracle.set_override(&fixture.xlm, value);
        assert_eq!(fixture.last(&fixture.xlm), last);
        assert_eq!(fixture.prices(&fixture.xlm, 2), history);
    }
    // A stable price never ages, and a round does not end it.
    fixture.oracle.set_stable(&fixture.usdc, 100);
    fixture.chain.advance_seconds(100 * RESOLUTION);
    fixture.oracle.set_prices(&[36, 99]);
    fixture.chain.advance_seconds(100 * RESOLUTION);
    assert_eq!(
        fixture.last(&fixture.usdc),
        Some((100, fixture.chain.timestamp()))
    );
}

#[test]
fn dead_oracle_traps_and_comes_back() {
    let fixture = Fixture::new();
    fixture.oracle.set_prices(&[36, 100]);
    fixture.oracle.set_dead(true);
    assert_eq!(
        fixture.oracle.last_price(&fixture.xlm).unwrap_err().code(),
        DEAD
    );
    assert_eq!(
        fixture.oracle.prices(&fixture.xlm, 2).unwrap_err().code(),
        DEAD
    );
    // A round while dead is not lost.
    fixture.oracle.set_prices(&[37, 100]);
    assert_eq!(
        fixture.oracle.last_price(&fixture.xlm).unwrap_err().code(),
        DEAD
    );
    fixture.oracle.set_dead(false);
    assert_eq!(fixture.last(&fixture.xlm), Some((37, fixture.start)));
}

#[test]
fn asset_joins_once_and_has_missed_what_came_before() {
    let fixture = Fixture::new();
    let other = Token::issue(&fixture.chain, "EURC").address().clone();
    fixture.oracle.set_prices(&[36, 100]);
    assert_eq!(fixture.last(&other), None);
    fixture.oracle.add_asset(&other).unwrap();
    assert_eq!(
        fixture.oracle.add_asset(&other).unwrap_err().code(),
        Some(403)
    );
    assert_eq!(fixture.last(&other), None);
    assert_eq!(fixture.prices(&other, 20), []);
    fixture.oracle.set_prices(&[36, 100, 110]);
    assert_eq!(fixture.last(&other), Some((110, fixture.start)));
}

#[test]
fn script_needs_the_admin() {
    let fixture = Fixture::new();
    let thief = fixture.chain.account("thief");
    let address = fixture.oracle.address();
    let error = fixture
        .chain
        .call_as(&thief, address, "set_dead", (true,), &[])
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
}

#[test]
fn other_decimals_and_resolution() {
    let chain = Chain::new();
    let xlm = Token::native(&chain).address().clone();
    let oracle = Oracle::deploy_with(&chain, "oracle", &[&xlm], 8, 60);
    assert_eq!(
        chain.view::<u32>(oracle.address(), "decimals", ()).unwrap(),
        8
    );
    assert_eq!(
        chain
            .view::<u32>(oracle.address(), "resolution", ())
            .unwrap(),
        60
    );
    oracle.set_prices(&[36]);
    chain.advance_seconds(119);
    assert!(oracle.last_price(&xlm).unwrap().is_some());
    chain.advance_seconds(1);
    assert!(oracle.last_price(&xlm).unwrap().is_none());
}
