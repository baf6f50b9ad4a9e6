use crate::bench::{muxed, usdc, Bench, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    Asset, ClawbackOp, ClawbackResult as R, OperationBody, OperationResult as O,
    OperationResultTr as Tr,
};

#[test]
fn every_result() {
    let (issuer, holder) = (KeyPair::from_name("issuer"), KeyPair::from_name("holder"));
    let nobody = KeyPair::from_name("nobody");
    let ours = usdc(&issuer);
    // Flags of the line, from whom, what, how much, the result, what is left of 50.
    #[rustfmt::skip]
    let rows = [
        ("taken", 5, holder.muxed(), &ours, 20, R::Success, 30),
        ("all of it, from a number", 5, muxed(&holder, 3), &ours, 50, R::Success, 0),
        ("even if not authorised", 4, holder.muxed(), &ours, 50, R::Success, 0),
        ("too much", 5, holder.muxed(), &ours, 51, R::Underfunded, 50),
        ("not enabled", 1, holder.muxed(), &ours, 1, R::NotClawbackEnabled, 50),
        ("no line", 5, nobody.muxed(), &ours, 1, R::NoTrust, 50),
        ("nothing", 5, holder.muxed(), &ours, 0, R::Malformed, 50),
        ("lumens", 5, holder.muxed(), &Asset::Native, 1, R::Malformed, 50),
        ("another's", 5, holder.muxed(), &usdc(&holder), 1, R::Malformed, 50),
        ("from itself", 5, issuer.muxed(), &ours, 1, R::Malformed, 50),
    ];
    for (name, flags, from, asset, amount, expected, left) in rows {
        let mut bench = Bench::new();
        let (issuer, holder) = (
            bench.fund("issuer", 100 * XLM),
            bench.fund("holder", 100 * XLM),
        );
        bench.trust(&holder, &ours, 50, 100, flags);
        let op = OperationBody::Clawback(ClawbackOp {
            asset: asset.clone(),
            from,
            amount,
        });
        let result = bench.operation(&issuer, op);
        assert_eq!(result, O::OpInner(Tr::Clawback(expected)), "{name}");
        let line = bench.line(&holder, &ours).expect("a line");
        assert_eq!(line.balance, left, "{name}");
    }
}
