use crate::bench::{line_asset, usdc, Bench, RESERVE, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    AlphaNum4, Asset, AssetCode4, ChangeTrustAsset, ChangeTrustOp, ChangeTrustResult as R,
    LedgerEntryData, Liabilities, LiquidityPoolConstantProductParameters, LiquidityPoolParameters,
    OperationBody, OperationResult as O, OperationResultTr as Tr, TrustLineEntry,
    TrustLineEntryExt, TrustLineEntryExtensionV2, TrustLineEntryExtensionV2Ext, TrustLineEntryV1,
    TrustLineEntryV1Ext,
};

fn trust(asset: &Asset, limit: i64) -> OperationBody {
    let line = match asset {
        Asset::Native => ChangeTrustAsset::Native,
        Asset::CreditAlphanum4(asset) => ChangeTrustAsset::CreditAlphanum4(asset.clone()),
        Asset::CreditAlphanum12(asset) => ChangeTrustAsset::CreditAlphanum12(asset.clone()),
    };
    OperationBody::ChangeTrust(ChangeTrustOp { line, limit })
}

fn result(result: R) -> O {
    O::OpInner(Tr::ChangeTrust(result))
}

fn set_out() -> (Bench, KeyPair, KeyPair) {
    let mut bench = Bench::new();
    let issuer = bench.fund("issuer", 100 * XLM);
    let holder = bench.fund("holder", 100 * XLM);
    (bench, issuer, holder)
}

#[test]
fn every_result_of_a_new_line() {
    let (_, issuer, holder) = set_out();
    let wrong = Asset::CreditAlphanum4(AlphaNum4 {
        asset_code: AssetCode4(*b"US-C"),
        issuer: issuer.account_id(),
    });
    let rows = [
        ("opened", usdc(&issuer), 1, R::Success),
        ("negative limit", usdc(&issuer), -1, R::Malformed),
        ("no limit at all", usdc(&issuer), 0, R::InvalidLimit),
        ("lumens", Asset::Native, 1, R::Malformed),
        ("wrong code", wrong, 1, R::Malformed),
        ("of its own", usdc(&holder), 1, R::Malformed),
        (
            "no issuer",
            usdc(&KeyPair::from_name("nobody")),
            1,
            R::NoIssuer,
        ),
    ];
    for (name, asset, limit, expected) in rows {
        let (mut bench, _, holder) = set_out();
        assert_eq!(
            bench.operation(&holder, trust(&asset, limit)),
            result(expected),
            "{name}"
        );
    }
}

#[test]
fn reserves_and_counts() {
    let (mut bench, issuer, _) = set_out();
    let poor = bench.fund("poor", 3 * RESERVE + 99);
    assert_eq!(
        bench.operation(&poor, trust(&usdc(&issuer), 1)),
        result(R::LowReserve)
    );
    let just = bench.fund("just", 3 * RESERVE + 100);
    assert_eq!(
        bench.operation(&just, trust(&usdc(&issuer), 1)),
        result(R::Success)
    );
    assert_eq!(bench.account(&just).num_sub_entries, 1);
    let rich = bench.fund("rich", 10_000 * XLM);
    bench.change(&rich, |account| account.num_sub_entries = 1000);
    assert_eq!(
        bench.operation(&rich, trust(&usdc(&issuer), 1)),
        O::OpTooManySubentries
    );
}

#[test]
fn flags_follow_the_issuer() {
    for (issuer_flags, line_flags) in [(0, 1), (1, 0), (2 | 8, 1 | 4), (1 | 2 | 8, 4)] {
        let (mut bench, issuer, holder) = set_out();
        bench.change(&issuer, |account| account.flags = issuer_flags);
        bench.operation(&holder, trust(&usdc(&issuer), 1));
        let line = bench.line(&holder, &usdc(&issuer)).expect("a line");
        assert_eq!(line.flags, line_flags, "issuer {issuer_flags}");
    }
}

#[test]
fn every_result_of_a_line_that_is_there() {
    let (mut bench, issuer, holder) = set_out();
    let asset = usdc(&issuer);
    bench.trust(&holder, &asset, 50, 100, 1);
    for (limit, expected) in [
        (49, R::InvalidLimit),
        (0, R::InvalidLimit),
        (50, R::Success),
        (i64::MAX, R::Success),
    ] {
        assert_eq!(
            bench.operation(&holder, trust(&asset, limit)),
            result(expected),
            "{limit}"
        );
    }
    assert_eq!(
        bench.line(&holder, &asset).map(|line| line.limit),
        Some(i64::MAX)
    );
    bench.trust(&holder, &asset, 0, 100, 1);
    bench.change(&holder, |account| account.num_sub_entries = 1);
    assert_eq!(
        bench.operation(&holder, trust(&asset, 0)),
        result(R::Success)
    );
    assert_eq!(bench.line(&holder, &asset), None);
    assert_eq!(bench.account(&holder).num_sub_entries, 0);
}

#[test]
fn a_line_of_an_issuer_that_is_gone_can_only_be_closed() {
    let (mut bench, _, holder) = set_out();
    let asset = usdc(&KeyPair::from_name("gone"));
    bench.trust(&holder, &asset, 0, 100, 1);
    assert_eq!(
        bench.operation(&holder, trust(&asset, 200)),
        result(R::NoIssuer)
    );
    assert_eq!(
        bench.operation(&holder, trust(&asset, 0)),
        result(R::Success)
    );
}

#[test]
fn a_line_that_a_pool_uses_stays() {
    let (mut bench, issuer, holder) = set_out();
    let asset = usdc(&issuer);
    bench.change(&holder, |account| account.num_sub_entries = 1);
    let line = TrustLineEntry {
        account_id: holder.account_id(),
        asset: line_asset(&asset),
        balance: 0,
        limit: 100,
        flags: 1,
        ext: TrustLineEntryExt::V1(TrustLineEntryV1 {
            liabilities: Liabilities {
                buying: 0,
                selling: 0,
            },
            ext: TrustLineEntryV1Ext::V2(TrustLineEntryExtensionV2 {
                liquidity_pool_use_count: 1,
                ext: TrustLineEntryExtensionV2Ext::V0,
            }),
        }),
    };
    let data = LedgerEntryData::Trustline(line);
    bench.state.put(ballast_ledger::Entry::classic(data, 999));
    assert_eq!(
        bench.operation(&holder, trust(&asset, 0)),
        result(R::CannotDelete)
    );
}

#[test]
fn shares_of_pools_are_not_supported() {
    let (mut bench, issuer, holder) = set_out();
    let pool = LiquidityPoolParameters::LiquidityPoolConstantProduct(
        LiquidityPoolConstantProductParameters {
            asset_a: Asset::Native,
            asset_b: usdc(&issuer),
            fee: 30,
        },
    );
    let body = OperationBody::ChangeTrust(ChangeTrustOp {
        line: ChangeTrustAsset::PoolShare(pool),
        limit: 1,
    });
    assert_eq!(bench.operation(&holder, body), O::OpNotSupported);
}
