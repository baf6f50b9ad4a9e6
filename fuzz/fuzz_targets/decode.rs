//! Any value as an argument of the vault, the way the host hands it over: XDR to a host value to a
//! policy or a step. What does not fit is refused by the host; what fits is the same when encoded
//! again; validation answers for every policy, and a valid one computes for every risk ratio.
#![no_main]

use ballast_fuzz::cases::any_policy;
use ballast_fuzz::scene::POLICY;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, Step, VaultPolicy};
use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
// Deprecated in favour of a contract's `try_` functions, which do not tell a trap of the host from a
// panic.
#[allow(deprecated)]
use soroban_sdk::testutils::arbitrary::fuzz_catch_panic;
use soroban_sdk::testutils::EnvTestConfig;
use soroban_sdk::xdr::{ContractId, Hash, Limits, ReadXdr, ScAddress, ScVal, WriteXdr};
use soroban_sdk::{Address, Bytes, ConversionError, Env, IntoVal, Map, TryFromVal, Val};

/// Deeper values are no arguments of a transaction.
const DEPTH: u32 = 50;
/// Length of the pool oracle's rounds, seconds.
const RESOLUTION_SECONDS: u32 = 300;

/// Where an argument starts from, before its bytes are changed.
#[derive(Arbitrary, Debug)]
enum Start<'a> {
    /// Nothing: any XDR.
    Bytes(&'a [u8]),
    /// A policy with these numbers, or a valid one made of these bytes.
    Policy {
        valid: Option<[u8; 80]>,
        numbers: [u32; 15],
        max_price_age_seconds: u64,
        switches: [bool; 3],
    },
    /// A step.
    Step {
        path: bool,
        sell: i128,
        min_proceeds: i128,
        route: &'a [u8],
    },
}

#[derive(Arbitrary, Debug)]
struct Argument<'a> {
    /// Bytes written over the encoded value.
    edits: [Option<(u16, u8)>; 3],
    start: Start<'a>,
}

fn contract(env: &Env, number: u8) -> Address {
    let id = ScAddress::Contract(ContractId(Hash([number; 32])));
    Address::try_from_val(env, &id).expect("any 32 bytes are a contract's address")
}

fn policy(env: &Env, numbers: [u32; 15], seconds: u64, switches: [bool; 3]) -> VaultPolicy {
    let mut policy = VaultPolicy::from_core(&POLICY);
    policy.soft_e7 = numbers[0];
    policy.target_e7 = numbers[1];
    policy.hard_e7 = numbers[2];
    policy.step_min_e7 = numbers[3];
    policy.step_max_e7 = numbers[4];
    policy.discount_min_e7 = numbers[5];
    policy.discount_max_e7 = numbers[6];
    policy.sold_budget_e7 = numbers[7];
    policy.window_ledgers = numbers[8];
    policy.max_cost_of_equity_e7 = numbers[9];
    policy.max_price_age_seconds = seconds;
    policy.max_price_deviation_e7 = numbers[10];
    policy.use_previous_round = switches[0];
    policy.reserve_first = switches[1];
    policy.dust_reserve_e7 = numbers[11];
    policy.rescue_target_e7 = numbers[12];
    policy.rescue_window_ledgers = numbers[13];
    if switches[2] {
        let mut assets = Map::new(env);
        for number in 0..(numbers[14] % 4) as u8 {
            let asset = contract(env, number);
            assets.set(asset.clone(), sep_40_oracle::Asset::Stellar(asset));
        }
        policy.second_oracle = SecondSource::Feed(SecondOracle {
            oracle: contract(env, 9),
            assets,
            required: switches[0],
        });
    }
    policy
}

impl Argument<'_> {
    fn encoded(&self, env: &Env) -> Option<Vec<u8>> {
        let val: Val = match &self.start {
            Start::Bytes(bytes) => return Some(bytes.to_vec()),
            Start::Policy {
                valid: Some(bytes), ..
            } => {
                let core = any_policy(&mut Unstructured::new(bytes)).ok()?;
                VaultPolicy::from_core(&core).into_val(env)
            }
            Start::Policy {
                numbers,
                max_price_age_seconds,
                switches,
                ..
            } => policy(env, *numbers, *max_price_age_seconds, *switches).into_val(env),
            Start::Step {
                path,
                sell,
                min_proceeds,
                route,
            } => Step {
                path: if *path { Path::Flash } else { Path::Plain },
                collateral: contract(env, 1),
                debt: contract(env, 2),
                sell: *sell,
                min_proceeds: *min_proceeds,
                adapter: contract(env, 3),
                route: Bytes::from_slice(env, route),
            }
            .into_val(env),
        };
        let value = ScVal::try_from_val(env, &val).expect("contract types are encodable");
        let mut bytes = value.to_xdr(Limits::none()).expect("it fits");
        for (at, byte) in self.edits.iter().flatten() {
            let length = bytes.len();
            bytes[usize::from(*at) % length] = *byte;
        }
        Some(bytes)
    }
}

/// The argument as a type of the vault, or `None` where the host refuses it: as a conversion that
/// fails, or as a trap by one of the host's own functions. Anything else panics.
fn decode<T: TryFromVal<Env, Val, Error = ConversionError>>(env: &Env, val: &Val) -> Option<T> {
    #[allow(deprecated)]
    let caught = fuzz_catch_panic(|| T::try_from_val(env, val));
    let payload = match caught {
        Ok(converted) => return converted.ok(),
        Err(payload) => payload,
    };
    let message = payload.downcast_ref::<String>().map_or("", String::as_str);
    assert!(message.contains("HostError: Error("), "{message:?}");
    None
}

fn assert_encodes_again<T: IntoVal<Env, Val>>(env: &Env, decoded: &T, argument: &ScVal) {
    let val = decoded.into_val(env);
    let again = ScVal::try_from_val(env, &val).expect("contract types are encodable");
    assert_eq!(&again, argument);
}

fuzz_target!(|argument: Argument<'_>| {
    let env = Env::new_with_config(EnvTestConfig {
        capture_snapshot_at_drop: false,
    });
    let Some(bytes) = argument.encoded(&env) else {
        return;
    };
    let limits = Limits {
        depth: DEPTH,
        len: bytes.len(),
    };
    let Ok(argument) = ScVal::from_xdr(&bytes, limits) else {
        return;
    };
    let Ok(val) = Val::try_from_val(&env, &argument) else {
        return;
    };
    if let Some(step) = decode::<Step>(&env, &val) {
        assert_encodes_again(&env, &step, &argument);
    }
    let Some(policy) = decode::<VaultPolicy>(&env, &val) else {
        return;
    };
    assert_encodes_again(&env, &policy, &argument);
    let core = policy.to_core();
    assert_eq!(VaultPolicy::from_core(&core).to_core(), core);
    if core.validate(RESOLUTION_SECONDS).is_err() {
        return;
    }
    for risk_e7 in [0, 1, i128::from(core.soft_e7), 10_000_000, i128::MAX] {
        let ramp_e7 = core.ramp_e7(risk_e7);
        assert!((0..=10_000_000).contains(&ramp_e7));
        let steps = i128::from(core.step_min_e7)..=i128::from(core.step_max_e7);
        assert!(steps.contains(&core.step_cap_e7(risk_e7)));
        let discounts = i128::from(core.discount_min_e7)..=i128::from(core.discount_max_e7);
        assert!(discounts.contains(&core.discount_at_e7(ramp_e7)));
    }
});
