use ballast_chain::{Chain, Token};

const AMOUNT: i128 = 5_0000000;

#[test]
fn balances_of_accounts_and_contracts_agree_with_the_contract() {
    let chain = Chain::new();
    let alice = chain.account("alice");
    let contract = chain.contract_address(alice.address(), [7; 32]);
    for token in [Token::native(&chain), Token::issue(&chain, "USDC")] {
        let before = token.balance(alice.address());
        token.fund(&alice, AMOUNT);
        token.mint(&contract, AMOUNT);
        assert_eq!(
            token.balance(alice.address()),
            before + AMOUNT,
            "{}",
            token.code()
        );
        for holder in [alice.address(), &contract] {
            let viewed: i128 = chain.view(token.address(), "balance", (holder,)).unwrap();
            assert_eq!(token.balance(holder), viewed, "{}", token.code());
        }
    }
}

#[test]
fn frozen_holder_neither_sends_nor_receives() {
    let chain = Chain::new();
    let token = Token::issue(&chain, "USDC");
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    token.fund(&alice, 2 * AMOUNT);
    token.trust(&bob);
    for frozen in [&alice, &bob] {
        token.freeze(frozen.address());
        // The asset contract's BalanceDeauthorizedError.
        let error = token.transfer(&alice, bob.address(), AMOUNT).unwrap_err();
        assert_eq!(error.code(), Some(11), "{frozen:?}");
        token.unfreeze(frozen.address());
    }
    token.transfer(&alice, bob.address(), AMOUNT).unwrap();
    token.claw_back(bob.address(), AMOUNT);
    assert_eq!(token.balance(bob.address()), 0);
}

#[test]
fn transfer_fails_without_trustline_and_over_its_limit() {
    let chain = Chain::new();
    let token = Token::issue(&chain, "USDC");
    let (alice, bob, carol) = (
        chain.account("alice"),
        chain.account("bob"),
        chain.account("carol"),
    );
    token.fund(&alice, 2 * AMOUNT);
    // TrustlineMissingError.
    let error = token.transfer(&alice, bob.address(), AMOUNT).unwrap_err();
    assert_eq!(error.code(), Some(13));
    token.trust_up_to(&carol, 1);
    assert!(token.transfer(&alice, carol.address(), AMOUNT).is_err());
}
