//! Snapshots: what is saved loads; real ones of the main network load and run.

use crate::world::*;
use ballast_ledger::{Genesis, Harness, HarnessError, Ledger, Limits, Read, SnapshotError};
use ballast_transaction::{account_id, asset, Network};
use flate2::read::GzDecoder;
use std::{fs::File, path::PathBuf};
use stellar_xdr::curr::{
    Asset, ChangeTrustAsset, ChangeTrustOp, ContractId, Hash, LedgerEntryData, LedgerKey,
    LedgerKeyTrustLine, OperationBody, ScAddress, ScVal, ScVec, TrustLineAsset, UInt128Parts,
};

#[test]
fn what_is_saved_loads() {
    let mut harness = harness(Limits::Testnet);
    native(&mut harness);
    accounts(&mut harness, 3);
    let mut json = Vec::new();
    harness.ledger.save_snapshot(&mut json).unwrap();
    let genesis = || Genesis {
        limits: Limits::Mainnet,
        ..Genesis::default()
    };
    let loaded = Ledger::load_snapshot(&json[..], genesis()).unwrap();
    let (header, before) = (loaded.header(), harness.ledger.header());
    assert_eq!(header.ledger_seq, before.ledger_seq);
    assert_eq!(header.scp_value.close_time, before.scp_value.close_time);
    let state = |ledger: &Ledger| -> Vec<_> {
        let entries = ledger.state().iter();
        let entries =
            entries.map(|(_, entry)| (entry.entry.clone(), entry.ttl.map(|ttl| ttl.live_until)));
        entries.collect()
    };
    assert_eq!(state(&loaded), state(&harness.ledger));
    // The settings come with it.
    let limits = |ledger: &Ledger| format!("{:?}", ledger.config());
    assert_eq!(limits(&loaded), limits(&harness.ledger));

    let other = Genesis {
        network: Network::new(Network::TESTNET),
        ..genesis()
    };
    assert!(matches!(
        Ledger::load_snapshot(&json[..], other),
        Err(SnapshotError::Network)
    ));
    for broken in [&b"{}"[..], b"", b"[1]", &json[..json.len() / 2]] {
        let refused = Ledger::load_snapshot(broken, genesis());
        assert!(matches!(refused, Err(SnapshotError::Format(_))));
    }
}

/// A snapshot of the main network, if the data are there.
fn mainnet(name: &str) -> Option<Harness> {
    let data = std::env::var_os("BALLAST_DATA").map(PathBuf::from);
    let path = data.map(|data| data.join("ledger").join(name));
    let Some(path) = path.filter(|path| path.exists()) else {
        eprintln!("SKIPPED: {name} is not there (BALLAST_DATA names the folder of the data)");
        return None;
    };
    let json = GzDecoder::new(File::open(path).unwrap());
    let genesis = Genesis {
        network: Network::new(Network::PUBLIC),
        ..Genesis::default()
    };
    Some(Harness::of(Ledger::load_snapshot(json, genesis).unwrap()))
}

#[test]
fn a_snapshot_of_protocol_22_loads() {
    let Some(mut harness) = mainnet("mainnet-55261759.json.gz") else {
        return;
    };
    assert_eq!(harness.ledger.header().ledger_seq, 55_261_759);
    assert_eq!(harness.ledger.header().ledger_version, 25);
    assert!(harness.ledger.state().len() > 830);
    // A lumen's real balances and the root account's rest are all there are.
    assert_eq!(all_lumens(&harness), 100_000_000_000_0000000);
    accounts(&mut harness, 1);
    assert_eq!(all_lumens(&harness), 100_000_000_000_0000000);
}

const ISSUER: &str = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";
const POOL: &str = "CA6PUJLBYKZKUEKLZJMKBZLEKP2OTHANDEOWSFF44FTSYLKQPIICCJBE";

fn contract(text: &str) -> ScAddress {
    let id: stellar_strkey::Contract = text.parse().unwrap();
    ScAddress::Contract(ContractId(Hash(id.0)))
}

fn u128_value(value: u128) -> ScVal {
    ScVal::U128(UInt128Parts {
        hi: (value >> 64) as u64,
        lo: value as u64,
    })
}

fn u128_of(value: &ScVal) -> u128 {
    match value {
        ScVal::U128(parts) => (u128::from(parts.hi) << 64) | u128::from(parts.lo),
        other => panic!("{other:?}"),
    }
}

fn reserves(harness: &mut Harness) -> [u128; 2] {
    let value = harness
        .view(&contract(POOL), "get_reserves", vec![])
        .unwrap();
    let ScVal::Vec(Some(ScVec(values))) = value else {
        panic!("{value:?}");
    };
    [u128_of(&values[0]), u128_of(&values[1])]
}

/// What a constant-product pool gives whose fee of 10 in 10,000 is taken of what is sold.
fn out(reserves: [u128; 2], sold: u128) -> u128 {
    let net = sold - (sold * 10).div_ceil(10_000);
    net * reserves[1] / (reserves[0] + net)
}

#[test]
fn the_aquarius_pool_of_the_main_network_answers_and_swaps() {
    let Some(mut harness) = mainnet("mainnet-63600296-aquarius.json.gz") else {
        return;
    };
    let pool = contract(POOL);
    let before = reserves(&mut harness);
    for sold in [1, 1_000, 1_0000000, 50_000_0000000, 1_000_000_0000000] {
        let args = vec![ScVal::U32(0), ScVal::U32(1), u128_value(sold)];
        let told = harness.view(&pool, "estimate_swap", args).unwrap();
        assert_eq!(u128_of(&told), out(before, sold), "{sold}");
    }

    // An ordinary account buys USDC of Circle with lumens.
    let user = harness.account("user", 60_000 * XLM).unwrap();
    let issuer: stellar_strkey::ed25519::PublicKey = ISSUER.parse().unwrap();
    let usdc = asset("USDC", account_id(issuer.0));
    let Asset::CreditAlphanum4(code) = usdc else {
        panic!("four letters");
    };
    let trust = OperationBody::ChangeTrust(ChangeTrustOp {
        line: ChangeTrustAsset::CreditAlphanum4(code.clone()),
        limit: i64::MAX,
    });
    harness.operate(&user, vec![trust]).unwrap();
    let (lumens, sold) = (harness.balance(&user), 50_000_0000000);
    let args = |least: u128| {
        vec![
            ScVal::Address(user.sc_address()),
            ScVal::U32(0),
            ScVal::U32(1),
            u128_value(sold),
            u128_value(least),
        ]
    };
    let bought = out(before, sold);
    let greedy = harness.invoke(&user, &pool, "swap", args(bought + 1), &[]);
    assert!(matches!(greedy, Err(HarnessError::Fails { .. })));
    let swap = harness
        .invoke(&user, &pool, "swap", args(bought), &[])
        .unwrap();
    assert_eq!(swap.value.as_ref().map(u128_of), Some(bought));

    let line = LedgerKey::Trustline(LedgerKeyTrustLine {
        account_id: user.account_id(),
        asset: TrustLineAsset::CreditAlphanum4(code),
    });
    let entry = harness.ledger.state().get(&line).unwrap();
    let LedgerEntryData::Trustline(line) = &entry.entry.data else {
        panic!("a trust line");
    };
    assert_eq!(line.balance as u128, bought);
    assert_eq!(harness.balance(&user), lumens - sold as i64 - swap.fee());
    // Half of the fee is the protocol's and not in the reserves.
    let fee = (sold * 10).div_ceil(10_000);
    let expected = [before[0] + sold - fee / 2, before[1] - bought];
    assert_eq!(reserves(&mut harness), expected);
    assert_eq!(all_lumens(&harness), 100_000_000_000_0000000);
    let closed = harness.close_ledger();
    assert_eq!(closed.transactions.len(), 3);
}
