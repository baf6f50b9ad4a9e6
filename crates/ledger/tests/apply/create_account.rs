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
    let new = KeyPair::from_name("new");
    let [itself, there] = ["source", "there"].map(KeyPair::from_name);
    let rows = [
        ("negative", &new, -1, R::Malformed),
        ("itself", &itself, 10 * XLM, R::Malformed),
        ("exists", &there, 10 * XLM, R::AlreadyExist),
        ("below the reserve", &new, 2 * RESERVE - 1, R::LowReserve),
        ("nothing, unsponsored", &new, 0, R::LowReserve),
        ("more than there is", &new, 100 * XLM, R::Underfunded),
        ("just the reserve", &new, 2 * RESERVE, R::Success),
    ];
    for (name, destination, balance, expected) in rows {
        let mut bench = Bench::new();
        let source = bench.fund("source", 100 * XLM);
        bench.fund("there", 10 * XLM);
        let result = bench.operation(&source, create(destination, balance));
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
