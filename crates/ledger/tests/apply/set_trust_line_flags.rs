use crate::bench::{usdc, Bench, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    AlphaNum4, Asset, AssetCode4, OperationBody, OperationResult as O, OperationResultTr as Tr,
    SetTrustLineFlagsOp, SetTrustLineFlagsResult as R,
};

#[test]
fn every_result() {
    let (issuer, holder) = (KeyPair::from_name("issuer"), KeyPair::from_name("holder"));
    let wrong = Asset::CreditAlphanum4(AlphaNum4 {
        asset_code: AssetCode4(*b"    "),
        issuer: issuer.account_id(),
    });
    let ours = usdc(&issuer);
    // Flags of the issuer's account and of the line, what is cleared and set, the result, flags after.
    #[rustfmt::skip]
    let rows = [
        ("authorised", &ours, &holder, (0, 0), (0, 1), R::Success, 1),
        ("kept liabilities", &ours, &holder, (2, 1), (1, 2), R::Success, 2),
        ("back again without revocable", &ours, &holder, (0, 2), (2, 1), R::Success, 1),
        ("revoked", &ours, &holder, (2, 1), (1, 0), R::Success, 0),
        ("not revocable", &ours, &holder, (0, 1), (1, 0), R::CantRevoke, 1),
        ("not even halfway", &ours, &holder, (0, 1), (1, 2), R::CantRevoke, 1),
        ("both ways at once", &ours, &holder, (2, 1), (0, 2), R::InvalidState, 1),
        ("clawback given up", &ours, &holder, (0, 1 | 4), (4, 0), R::Success, 1),
        ("nothing", &ours, &holder, (0, 1), (0, 0), R::Success, 1),
        ("clawback claimed", &ours, &holder, (2 | 8, 1), (0, 4), R::Malformed, 1),
        ("both set", &ours, &holder, (2, 0), (0, 3), R::Malformed, 0),
        ("set and cleared", &ours, &holder, (2, 1), (1, 1), R::Malformed, 1),
        ("unknown set", &ours, &holder, (2, 1), (0, 8), R::Malformed, 1),
        ("unknown cleared", &ours, &holder, (2, 1), (8, 0), R::Malformed, 1),
        ("lumens", &Asset::Native, &holder, (2, 1), (1, 0), R::Malformed, 1),
        ("wrong code", &wrong, &holder, (2, 1), (1, 0), R::Malformed, 1),
        ("another's asset", &usdc(&holder), &holder, (2, 1), (1, 0), R::Malformed, 1),
        ("itself", &ours, &issuer, (2, 1), (1, 0), R::Malformed, 1),
        ("no line", &ours, &KeyPair::from_name("nobody"), (2, 1), (1, 0), R::NoTrustLine, 1),
    ];
    for (name, asset, trustor, (account, line), (clear, set), expected, after) in rows {
        let mut bench = Bench::new();
        let (issuer, holder) = (
            bench.fund("issuer", 100 * XLM),
            bench.fund("holder", 100 * XLM),
        );
        bench.change(&issuer, |issuer| issuer.flags = account);
        bench.trust(&holder, &ours, 5, 100, line);
        let op = OperationBody::SetTrustLineFlags(SetTrustLineFlagsOp {
            trustor: trustor.account_id(),
            asset: asset.clone(),
            clear_flags: clear,
            set_flags: set,
        });
        let result = bench.operation(&issuer, op);
        assert_eq!(
            result,
            O::OpInner(Tr::SetTrustLineFlags(expected)),
            "{name}"
        );
        let line = bench.line(&holder, &ours).expect("a line");
        assert_eq!(line.flags, after, "{name}");
    }
}
