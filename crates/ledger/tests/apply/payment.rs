use crate::bench::{muxed, usdc, Bench, RESERVE, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    AccountEntryExt, AccountEntryExtensionV1, AccountEntryExtensionV1Ext, AlphaNum4, Asset,
    AssetCode4, Liabilities, MuxedAccount, OperationBody, OperationResult as O,
    OperationResultTr as Tr, PaymentOp, PaymentResult as R,
};

const AUTHORIZED: u32 = 1;
const MAINTAIN: u32 = 2;

fn pay(destination: MuxedAccount, asset: Asset, amount: i64) -> OperationBody {
    OperationBody::Payment(PaymentOp {
        destination,
        asset,
        amount,
    })
}

struct Cast {
    bench: Bench,
    issuer: KeyPair,
    from: KeyPair,
    to: KeyPair,
}

fn cast() -> Cast {
    let mut bench = Bench::new();
    let issuer = bench.fund("issuer", 100 * XLM);
    let from = bench.fund("from", 100 * XLM);
    let to = bench.fund("to", 100 * XLM);
    let asset = usdc(&issuer);
    bench.trust(&from, &asset, 50 * XLM, 100 * XLM, AUTHORIZED);
    bench.trust(&to, &asset, 50 * XLM, 100 * XLM, AUTHORIZED);
    Cast {
        bench,
        issuer,
        from,
        to,
    }
}

fn expect(mut cast: Cast, body: OperationBody, expected: R, name: &str) -> Cast {
    let before = cast.bench.lumens();
    let from = cast.from.clone();
    let result = cast.bench.operation(&from, body);
    assert_eq!(result, O::OpInner(Tr::Payment(expected)), "{name}");
    assert_eq!(cast.bench.lumens(), before, "{name}");
    cast
}

#[test]
fn every_result_of_lumens() {
    let nobody = KeyPair::from_name("nobody").muxed();
    let spendable = 100 * XLM - 3 * RESERVE - 100;
    let to = cast().to.muxed();
    let rows = [
        ("nothing", to.clone(), 0, R::Malformed),
        ("less than nothing", to.clone(), -1, R::Malformed),
        ("to nobody", nobody, 1, R::NoDestination),
        (
            "more than there is",
            to.clone(),
            spendable + 1,
            R::Underfunded,
        ),
        ("all that is not reserved", to, spendable, R::Success),
        (
            "to itself, more than there is",
            cast().from.muxed(),
            i64::MAX,
            R::Success,
        ),
    ];
    for (name, destination, amount, expected) in rows {
        expect(
            cast(),
            pay(destination, Asset::Native, amount),
            expected,
            name,
        );
    }
    let mut full = cast();
    full.bench.change(&full.to.clone(), |account| {
        account.ext = AccountEntryExt::V1(AccountEntryExtensionV1 {
            liabilities: Liabilities {
                buying: i64::MAX - account.balance,
                selling: 0,
            },
            ext: AccountEntryExtensionV1Ext::V0,
        });
    });
    let to = full.to.muxed();
    expect(
        full,
        pay(to, Asset::Native, 1),
        R::LineFull,
        "what its offers may buy",
    );
}

#[test]
fn every_result_of_an_issued_asset() {
    let prepared = |change: fn(&mut Cast)| {
        let mut cast = cast();
        change(&mut cast);
        cast
    };
    type Prepare = fn(&mut Cast);
    let rows: [(&str, Prepare, &str, i64, R); 9] = [
        ("paid", |_| {}, "to", 50 * XLM, R::Success),
        (
            "more than there is",
            |_| {},
            "to",
            50 * XLM + 1,
            R::LineFull,
        ),
        (
            "more than there is, room enough",
            |cast| {
                let (to, asset) = (cast.to.clone(), usdc(&cast.issuer));
                cast.bench.trust(&to, &asset, 0, i64::MAX, AUTHORIZED);
            },
            "to",
            50 * XLM + 1,
            R::Underfunded,
        ),
        (
            "no room",
            |cast| {
                let (to, asset) = (cast.to.clone(), usdc(&cast.issuer));
                cast.bench
                    .trust(&to, &asset, 50 * XLM, 50 * XLM, AUTHORIZED);
            },
            "to",
            1,
            R::LineFull,
        ),
        ("to nobody", |_| {}, "nobody", 1, R::NoDestination),
        (
            "no trust",
            |cast| {
                cast.bench.fund("stranger", 10 * XLM);
            },
            "stranger",
            1,
            R::NoTrust,
        ),
        (
            "not authorised",
            |cast| {
                let (to, asset) = (cast.to.clone(), usdc(&cast.issuer));
                cast.bench.trust(&to, &asset, 0, 100, MAINTAIN);
            },
            "to",
            1,
            R::NotAuthorized,
        ),
        (
            "sender not authorised",
            |cast| {
                let (from, asset) = (cast.from.clone(), usdc(&cast.issuer));
                cast.bench.trust(&from, &asset, 50, 100, MAINTAIN);
            },
            "to",
            1,
            R::SrcNotAuthorized,
        ),
        ("back to the issuer", |_| {}, "issuer", 50 * XLM, R::Success),
    ];
    for (name, prepare, to, amount, expected) in rows {
        let cast = prepared(prepare);
        let asset = usdc(&cast.issuer);
        let to = KeyPair::from_name(to).muxed();
        expect(cast, pay(to, asset, amount), expected, name);
    }
    let mut cast = cast();
    cast.from = cast.bench.fund("stranger", 100 * XLM);
    let (to, asset) = (cast.to.muxed(), usdc(&cast.issuer));
    expect(
        cast,
        pay(to, asset, 1),
        R::SrcNoTrust,
        "sender without trust",
    );
}

#[test]
fn an_asset_with_a_wrong_code_is_malformed() {
    let cast = cast();
    let wrong = Asset::CreditAlphanum4(AlphaNum4 {
        asset_code: AssetCode4(*b"U\0DC"),
        issuer: cast.issuer.account_id(),
    });
    let to = cast.to.muxed();
    expect(cast, pay(to, wrong, 1), R::Malformed, "a hole in the code");
}

#[test]
fn balances_move() {
    let cast = cast();
    let (to, from, issuer) = (cast.to.clone(), cast.from.clone(), cast.issuer.clone());
    let asset = usdc(&issuer);
    let numbered = muxed(&to, 7);
    let mut cast = expect(
        cast,
        pay(numbered, asset.clone(), 20),
        R::Success,
        "to a number",
    );
    let balance = |bench: &Bench, key| bench.line(key, &asset).map(|line| line.balance);
    assert_eq!(balance(&cast.bench, &from), Some(50 * XLM - 20));
    assert_eq!(balance(&cast.bench, &to), Some(50 * XLM + 20));
    // The issuer makes it of nothing, and it ends where it came from.
    let minted = cast
        .bench
        .operation(&issuer, pay(to.muxed(), asset.clone(), 5));
    assert_eq!(minted, O::OpInner(Tr::Payment(R::Success)));
    assert_eq!(balance(&cast.bench, &to), Some(50 * XLM + 25));
    // Even where the issuer's account is not there.
    let gone = KeyPair::from_name("gone");
    let asset = usdc(&gone);
    cast.bench.trust(&from, &asset, 10, 10, AUTHORIZED);
    let burnt = cast
        .bench
        .operation(&from, pay(gone.muxed(), asset.clone(), 10));
    assert_eq!(burnt, O::OpInner(Tr::Payment(R::Success)));
    assert_eq!(
        cast.bench.line(&from, &asset).map(|line| line.balance),
        Some(0)
    );
}
