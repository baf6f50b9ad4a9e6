use crate::bench::{Bench, LEDGER, RESERVE, XLM};
use ballast_transaction::KeyPair;
use stellar_xdr::curr::{
    CreateAccountOp, CreateAccountResult as R, OperationBody, OperationResult as O,
    OperationResultTr as Tr,
};

fn create(destination: &KeyPair, starting_balance: i64) -> OperationBody {
    OperationBody::CreateAccount(CreateAccountOp {
        destination: destination.account_id(),
        starting_balance,
    })
}

#[test]
fn every_result() {
    let (new, there) = (KeyPair::from_name("new"), "there");
    let rows: [(&str, fn() -> (KeyPair, i64), R); 7] = [
        ("negative", || (KeyPair::from_name("new"), -1), R::Malformed),
        (
            "itself",
            || (KeyPair::from_name("source"), 10 * XLM),
            R::Malformed,
        ),
        (
            "exists",
            || (KeyPair::from_name("there"), 10 * XLM),
            R::AlreadyExist,
        ),
        (
            "below the reserve",
            || (KeyPair::from_name("new"), 2 * RESERVE - 1),
            R::LowReserve,
        ),
        (
            "nothing, unsponsored",
            || (KeyPair::from_name("new"), 0),
            R::LowReserve,
        ),
        (
            "more than there is",
            || (KeyPair::from_name("new"), 100 * XLM),
            R::Underfunded,
        ),
        (
            "just the reserve",
            || (KeyPair::from_name("new"), 2 * RESERVE),
            R::Success,
        ),
    ];
    for (name, row, expected) in rows {
        let mut bench = Bench::new();
        let source = bench.fund("source", 100 * XLM);
        bench.fund(there, 10 * XLM);
        let (destination, balance) = row();
        let result = bench.operation(&source, create(&destination, balance));
        assert_eq!(result, O::OpInner(Tr::CreateAccount(expected)), "{name}");
    }
    let mut bench = Bench::new();
    let source = bench.fund("source", 100 * XLM);
    bench.operation(&source, create(&new, 10 * XLM));
    let created = bench.account(&new);
    assert_eq!(created.balance, 10 * XLM);
    assert_eq!(created.seq_num.0, i64::from(LEDGER) << 32);
    assert_eq!(created.thresholds.0, [1, 0, 0, 0]);
    assert_eq!(bench.account(&source).balance, 90 * XLM - 100);
}

#[test]
fn everything_but_reserve_and_fee_can_be_given() {
    for (less, expected) in [(0, R::Success), (-1, R::Underfunded)] {
        let mut bench = Bench::new();
        let source = bench.fund("source", 100 * XLM);
        let all = 100 * XLM - 2 * RESERVE - 100;
        let new = KeyPair::from_name("new");
        let result = bench.operation(&source, create(&new, all - less));
        assert_eq!(result, O::OpInner(Tr::CreateAccount(expected)));
    }
}
