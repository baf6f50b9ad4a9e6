//! Every struct of the client through the contracts' own type and back.

use ballast_client::value::{self, Address, Bytes, Value};
use ballast_core::policy::Policy;
use ballast_interfaces::{blend, factory, lens, oracle, pool, vault};
use soroban_sdk::{Env, IntoVal, TryFromVal, TryIntoVal, Val};
use std::collections::BTreeMap;
use stellar_xdr::curr::ScVal;

/// The contracts' type takes what the client writes; the client reads what the contracts' type writes.
fn round_trip<C, K>(ours: &C)
where
    C: Value + PartialEq + std::fmt::Debug,
    K: TryFromVal<Env, Val> + IntoVal<Env, Val>,
{
    let env = Env::default();
    let written: Val = ours
        .to_value()
        .try_into_val(&env)
        .expect("the host takes it");
    let Ok(theirs) = K::try_from_val(&env, &written) else {
        panic!("the contract does not take {ours:?}");
    };
    let back = ScVal::try_from_val(&env, &theirs.into_val(&env)).unwrap();
    assert_eq!(back, ours.to_value(), "{ours:?}");
    assert_eq!(&C::from_value(&back).unwrap(), ours);
}

fn contract(number: u8) -> Address {
    let id = stellar_xdr::curr::Hash([number; 32]);
    Address::Contract(stellar_xdr::curr::ContractId(id))
}

fn account() -> Address {
    ballast_transaction::KeyPair::from_name("value").sc_address()
}

fn policy() -> value::VaultPolicy {
    // Every number another one: a field in the wrong place shows.
    let mut policy = value::VaultPolicy::from(Policy::BALANCED);
    for (index, (name, field)) in policy.fields().into_iter().enumerate() {
        let number = 1_000 + index as u32;
        let other = match field {
            value::PolicyField::Share(_) => value::PolicyField::Share(number),
            value::PolicyField::Count(_) => value::PolicyField::Count(number.into()),
            value::PolicyField::Flag(_) => value::PolicyField::Flag(index % 2 == 0),
        };
        assert!(policy.set(name, other), "{name}");
    }
    policy
}

fn step(path: value::Path) -> value::Step {
    value::Step {
        path,
        collateral: contract(1),
        debt: contract(2),
        sell: i128::MAX,
        min_proceeds: 7,
        adapter: contract(3),
        route: Bytes(vec![1, 2, 3]),
    }
}

fn second_oracle() -> value::SecondSource {
    let assets = BTreeMap::from([
        (contract(9), value::Asset::Other("XLM".into())),
        (contract(1), value::Asset::Stellar(contract(4))),
        (account(), value::Asset::Stellar(account())),
    ]);
    value::SecondSource::Feed(value::SecondOracle {
        oracle: contract(5),
        assets,
        required: true,
    })
}

#[test]
fn types_of_the_vault() {
    round_trip::<_, vault::Path>(&value::Path::Plain);
    round_trip::<_, vault::Path>(&value::Path::Flash);
    round_trip::<_, vault::Step>(&step(value::Path::Plain));
    round_trip::<_, vault::Step>(&step(value::Path::Flash));
    round_trip::<_, vault::SecondSource>(&value::SecondSource::None);
    round_trip::<_, vault::SecondSource>(&second_oracle());
    round_trip::<_, vault::VaultPolicy>(&policy());
    let with_feed = value::VaultPolicy {
        second_oracle: second_oracle(),
        ..policy()
    };
    round_trip::<_, vault::VaultPolicy>(&with_feed);
    let links = value::Links {
        pool: contract(1),
        oracle: contract(2),
        price_scalar: 10_000_000,
        resolution_seconds: 300,
        receiver: contract(3),
        factory: contract(4),
    };
    round_trip::<_, vault::Links>(&links);
    let entry = value::AssetEntry {
        asset: contract(6),
        accepted_collateral_e7: 1,
        accepted_liability_e7: 2,
    };
    round_trip::<_, vault::AssetEntry>(&entry);
    let window = value::BudgetWindow {
        start_ledger: 3,
        budget_value: -4,
        sold_value: i128::MIN,
    };
    round_trip::<_, vault::BudgetWindow>(&window);
    round_trip::<_, vault::VaultState>(&value::VaultState {
        owner: account(),
        links,
        policy: with_feed,
        automation: true,
        window,
        assets: BTreeMap::from([(1, entry.clone()), (0, entry)]),
    });
    round_trip::<_, vault::StepReport>(&value::StepReport {
        sold: 1,
        repaid: 2,
        proceeds: 3,
        reward: 4,
        reserve_spent: 5,
        risk_before_e7: 6,
        risk_after_e7: 7,
    });
}

#[test]
fn types_of_the_lens_the_factory_and_the_pool() {
    let leg = value::PositionLeg {
        asset: contract(1),
        collateral: 1,
        debt: 2,
        reserve: 3,
    };
    round_trip::<Vec<value::PositionLeg>, soroban_sdk::Vec<lens::PositionLeg>>(&vec![
        leg.clone(),
        leg,
    ]);
    let change = value::FactorChange {
        asset: contract(2),
        accepted_collateral_e7: 1,
        collateral_e7: 2,
        accepted_liability_e7: 3,
        liability_e7: 4,
    };
    let health = value::Health {
        risk_ratio_e7: 1,
        nominal_ltv_e7: 2,
        liquidation_ltv_e7: 3,
        soft_e7: 4,
        target_e7: 5,
        collateral_value: 6,
        debt_value: 7,
        liquidation_price: Some(8),
        auction_start_ledger: Some(9),
        changed_factors: vec![change],
    };
    round_trip::<_, lens::Health>(&health);
    round_trip::<_, lens::Health>(&value::Health {
        liquidation_price: None,
        auction_start_ledger: None,
        changed_factors: Vec::new(),
        ..health
    });
    round_trip::<_, lens::StepQuote>(&value::StepQuote {
        step: step(value::Path::Flash),
        floor: 1,
        largest_reward: 2,
        reserve_spent: 3,
        budget_left: 4,
        risk_after_e7: 5,
        rescue: true,
    });
    round_trip::<_, factory::Version>(&value::Version {
        wasm_hash: [7; 32],
        receiver: contract(1),
    });
    round_trip::<_, blend::Request>(&value::Request {
        address: contract(1),
        amount: 2,
        request_type: 3,
    });
    round_trip::<_, oracle::PriceData>(&value::PriceData {
        price: 1,
        timestamp: u64::MAX,
    });
    round_trip::<_, oracle::Asset>(&value::Asset::Stellar(contract(1)));
    round_trip::<_, oracle::Asset>(&value::Asset::Other("BTC".into()));
}

/// Against the types of Blend's published wasm.
#[test]
fn types_that_the_pool_stores() {
    round_trip::<_, pool::PoolConfig>(&value::PoolConfig {
        oracle: contract(1),
        min_collateral: 2,
        bstop_rate: 3,
        status: 4,
        max_positions: 5,
    });
    round_trip::<_, pool::ReserveConfig>(&value::ReserveConfig {
        index: 1,
        decimals: 2,
        c_factor: 3,
        l_factor: 4,
        util: 5,
        max_util: 6,
        r_base: 7,
        r_one: 8,
        r_two: 9,
        r_three: 10,
        reactivity: 11,
        supply_cap: 12,
        enabled: true,
    });
    round_trip::<_, pool::ReserveData>(&value::ReserveData {
        d_rate: 1,
        b_rate: 2,
        ir_mod: 3,
        b_supply: 4,
        d_supply: 5,
        backstop_credit: 6,
        last_time: 7,
    });
    round_trip::<_, pool::Positions>(&value::Positions {
        liabilities: BTreeMap::from([(1, 2)]),
        collateral: BTreeMap::from([(3, 4), (5, 6)]),
        supply: BTreeMap::new(),
    });
    round_trip::<_, pool::AuctionData>(&value::AuctionData {
        bid: BTreeMap::from([(contract(1), 2)]),
        lot: BTreeMap::from([(contract(3), 4)]),
        block: 5,
    });
}

#[test]
fn a_value_of_another_type_says_where() {
    let health = |field: &'static str, other: ScVal| {
        let whole = value::Health {
            risk_ratio_e7: 1,
            nominal_ltv_e7: 2,
            liquidation_ltv_e7: 3,
            soft_e7: 4,
            target_e7: 5,
            collateral_value: 6,
            debt_value: 7,
            liquidation_price: None,
            auction_start_ledger: None,
            changed_factors: Vec::new(),
        };
        let ScVal::Map(Some(mut map)) = whole.to_value() else {
            panic!("a map");
        };
        let entries = std::mem::take(&mut map.0);
        let entries: Vec<_> = entries
            .into_vec()
            .into_iter()
            .map(|mut entry| {
                if entry.key == value::Symbol::from(field).to_value() {
                    entry.val = other.clone();
                }
                entry
            })
            .collect();
        map.0 = entries.try_into().unwrap();
        value::Health::from_value(&ScVal::Map(Some(map)))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        health("soft_e7", ScVal::U64(1)),
        "Health.soft_e7: expected u32, found U64"
    );
    let empty = ScVal::Map(Some(Default::default()));
    assert_eq!(
        health("changed_factors", vec![empty].to_value()),
        "Health.changed_factors[0].FactorChange.asset: expected a field, found none"
    );
    assert_eq!(
        value::Step::from_value(&ScVal::Void)
            .unwrap_err()
            .to_string(),
        "Step: expected a struct, found Void"
    );
}

/// Names of all types, events and fields of the contracts, as their specifications have them.
#[test]
fn nothing_of_the_contracts_is_missing() {
    let golden = include_str!("../../../tests/goldens/events.txt");
    let mut expected = BTreeMap::new();
    let mut current = String::new();
    for line in golden.lines() {
        let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let field = |line: &str| {
            line.split_whitespace()
                .nth(1)
                .unwrap()
                .trim_end_matches(':')
                .to_owned()
        };
        match line.trim_start() {
            line if line.starts_with("topic \"") => {
                current = quoted(line);
                expected.insert(current.clone(), (Vec::new(), Vec::new()));
            }
            line if line.starts_with("topic ") => {
                expected.get_mut(&current).unwrap().0.push(field(line))
            }
            line if line.starts_with("data ") => {
                expected.get_mut(&current).unwrap().1.push(field(line))
            }
            _ => {}
        }
    }
    let strings = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let actual: BTreeMap<_, _> = value::VaultEvent::SCHEMA
        .iter()
        .map(|(name, topics, data)| ((*name).to_owned(), (strings(topics), strings(data))))
        .collect();
    assert_eq!(actual, expected);
}
