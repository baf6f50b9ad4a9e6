use ballast_chain::{Account, Chain, Invocation, Token};

const AMOUNT: i128 = 5_0000000;

struct Fixture {
    chain: Chain,
    token: Token,
    alice: Account,
    bob: Account,
}

impl Fixture {
    fn new() -> Self {
        let chain = Chain::new();
        let token = Token::issue(&chain, "USDC");
        let (alice, bob) = (chain.account("alice"), chain.account("bob"));
        token.fund(&alice, 100 * AMOUNT);
        token.trust(&bob);
        Self {
            chain,
            token,
            alice,
            bob,
        }
    }

    fn transfer_tree(&self) -> Invocation {
        self.token
            .transfer_invocation(self.alice.address(), self.bob.address(), AMOUNT)
    }

    fn transfer(
        &self,
        signed: soroban_sdk::xdr::SorobanAuthorizationEntry,
    ) -> Result<(), ballast_chain::CallError> {
        let args = (self.alice.address(), self.bob.address(), AMOUNT);
        self.chain
            .call(self.token.address(), "transfer", args, &[signed])
            .map(drop)
    }

    fn assert_refused(&self, signed: soroban_sdk::xdr::SorobanAuthorizationEntry) {
        let before = self.chain.state_hash();
        let error = self.transfer(signed).unwrap_err();
        assert!(error.is_auth(), "{error:?}");
        assert_eq!(self.chain.state_hash(), before);
        assert!(self.chain.last_events().is_empty());
    }
}

#[test]
fn signed_call_succeeds_and_is_recorded() {
    let fixture = Fixture::new();
    let tree = fixture.transfer_tree();
    let signed = fixture.alice.sign(&fixture.chain, &tree, 12);
    fixture.transfer(signed).unwrap();
    assert_eq!(fixture.token.balance(fixture.bob.address()), AMOUNT);
    assert_eq!(
        fixture.chain.last_authorizations(),
        [(fixture.alice.address().clone(), tree)]
    );
    let [event] = &fixture.chain.last_events_named("transfer")[..] else {
        panic!("one event")
    };
    assert_eq!(event.data::<i128>(), AMOUNT);
}

#[test]
fn unsigned_call_fails() {
    let fixture = Fixture::new();
    let args = (fixture.alice.address(), fixture.bob.address(), AMOUNT);
    let error = fixture
        .chain
        .call(fixture.token.address(), "transfer", args, &[])
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
}

#[test]
fn signature_of_another_key_fails() {
    let fixture = Fixture::new();
    let signed = fixture.bob.sign_for(
        &fixture.chain,
        fixture.alice.address().into(),
        &fixture.transfer_tree(),
        12,
        1_000,
    );
    fixture.assert_refused(signed);
}

#[test]
fn signature_of_another_amount_fails() {
    let fixture = Fixture::new();
    let (alice, bob) = (fixture.alice.address(), fixture.bob.address());
    let tree = fixture.token.transfer_invocation(alice, bob, AMOUNT + 1);
    fixture.assert_refused(fixture.alice.sign(&fixture.chain, &tree, 12));
}

#[test]
fn signature_holds_until_its_last_ledger() {
    let fixture = Fixture::new();
    let tree = fixture.transfer_tree();
    let (first, second) = (
        fixture.alice.sign(&fixture.chain, &tree, 12),
        fixture.alice.sign(&fixture.chain, &tree, 12),
    );
    fixture.chain.advance_ledgers(12);
    fixture.transfer(first).unwrap();
    fixture.chain.advance_ledgers(1);
    fixture.assert_refused(second);
}

#[test]
fn signature_is_good_for_one_use() {
    let fixture = Fixture::new();
    let signed = fixture
        .alice
        .sign(&fixture.chain, &fixture.transfer_tree(), 12);
    fixture.transfer(signed.clone()).unwrap();
    fixture.assert_refused(signed);
}

#[test]
fn threshold_above_the_weight_of_the_signers_fails() {
    let fixture = Fixture::new();
    fixture
        .chain
        .change_account(&fixture.alice.id(), |entry| entry.thresholds.0[2] = 2);
    fixture.assert_refused(
        fixture
            .alice
            .sign(&fixture.chain, &fixture.transfer_tree(), 12),
    );
}

#[test]
fn source_authorises_for_itself_only() {
    let fixture = Fixture::new();
    let (chain, token) = (&fixture.chain, fixture.token.address());
    let args = (fixture.alice.address(), fixture.bob.address(), AMOUNT);
    let error = chain
        .call_from(&fixture.bob, token, "transfer", args, &[])
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    chain
        .call_from(&fixture.alice, token, "transfer", args, &[])
        .unwrap();
}

#[test]
fn failed_call_changes_nothing() {
    let fixture = Fixture::new();
    let before = fixture.chain.state_hash();
    let too_much = 101 * AMOUNT;
    let error = fixture
        .token
        .transfer(&fixture.alice, fixture.bob.address(), too_much)
        .unwrap_err();
    // The asset contract's BalanceError.
    assert_eq!(error.code(), Some(10));
    assert_eq!(fixture.chain.state_hash(), before);
    assert!(fixture.chain.last_cost().instructions > 0);
}

#[test]
fn fork_and_restore_leave_each_other_alone() {
    let fixture = Fixture::new();
    let chain = &fixture.chain;
    let snapshot = chain.snapshot();
    let before = chain.state_hash();
    let fork = chain.fork();
    let token = fixture.token.on(&fork);
    let (alice, bob) = (fork.account("alice"), fork.account("bob"));
    token.transfer(&alice, bob.address(), AMOUNT).unwrap();
    assert_eq!(chain.state_hash(), before);
    assert_ne!(fork.state_hash(), before);
    fixture
        .token
        .transfer(&fixture.alice, fixture.bob.address(), AMOUNT)
        .unwrap();
    assert_eq!(chain.state_hash(), fork.state_hash());
    chain.restore(&snapshot);
    assert_eq!(chain.state_hash(), before);
    assert_eq!(Chain::from_snapshot(&snapshot).state_hash(), before);
}
