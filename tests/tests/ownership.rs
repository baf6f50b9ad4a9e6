//! `propose_owner`, `accept_owner`.

use crate::support::{assert_unauthorized, Scene};
use ballast_chain::{Account, CallError};
use ballast_interfaces::error::VaultError;
use soroban_sdk::{Address, Val};

fn propose(s: &Scene, signer: &Account, new_owner: &Account) -> Result<Val, CallError> {
    let args = (new_owner.address(),);
    s.chain()
        .call_as(signer, &s.vault.address, "propose_owner", args, &[])
}

fn accept(s: &Scene, signer: &Account) -> Result<Val, CallError> {
    s.chain()
        .call_as(signer, &s.vault.address, "accept_owner", (), &[])
}

#[test]
fn ownership_moves_when_the_proposed_owner_accepts() {
    let s = Scene::new();
    let (alice, bob) = (s.vault.owner.clone(), s.stranger("bob"));
    propose(&s, &alice, &bob).unwrap();
    s.assert_authorized_by(alice.address(), "propose_owner", (bob.address(),));
    let event = s.event("owner_proposed");
    assert_eq!(&event.topic::<Address>(1), alice.address());
    assert_eq!(&event.field::<Address>("proposed"), bob.address());
    // Nothing has moved yet.
    assert_eq!(&s.vault.state().owner, alice.address());
    s.vault.as_owner("set_automation", (true,)).unwrap();

    accept(&s, &bob).unwrap();
    s.assert_authorized_by(bob.address(), "accept_owner", ());
    let event = s.event("owner_changed");
    assert_eq!(&event.topic::<Address>(1), alice.address());
    assert_eq!(&event.topic::<Address>(2), bob.address());
    let owner: Address = s.chain().view(&s.vault.address, "owner", ()).unwrap();
    assert_eq!(&owner, bob.address());

    // The old owner is nobody now, the new one may act.
    assert_unauthorized(s.vault.as_owner("set_automation", (true,)));
    let vault = s.system.vault(&s.vault.address, &bob);
    vault.as_owner("set_automation", (true,)).unwrap();
}

#[test]
fn accept_owner_fails_when_nobody_was_proposed_or_twice() {
    let s = Scene::new();
    let bob = s.stranger("bob");
    s.assert_refuses(VaultError::NoProposal, || accept(&s, &bob));
    propose(&s, &s.vault.owner, &bob).unwrap();
    accept(&s, &bob).unwrap();
    s.assert_refuses(VaultError::NoProposal, || accept(&s, &bob));
}

#[test]
fn accept_owner_fails_when_the_proposal_was_replaced() {
    let s = Scene::new();
    let (bob, carol) = (s.stranger("bob"), s.stranger("carol"));
    propose(&s, &s.vault.owner, &bob).unwrap();
    propose(&s, &s.vault.owner, &carol).unwrap();
    assert_unauthorized(accept(&s, &bob));
    accept(&s, &carol).unwrap();
    assert_eq!(&s.vault.state().owner, carol.address());
}

#[test]
fn propose_owner_fails_when_anybody_else_signs() {
    let s = Scene::new();
    assert_unauthorized(propose(&s, &s.thief, &s.thief));
    let bob = s.stranger("bob");
    propose(&s, &s.vault.owner, &bob).unwrap();
    // Being proposed gives no right but to accept.
    assert_unauthorized(propose(&s, &bob, &s.thief));
    assert_unauthorized(accept(&s, &s.thief));
    assert_unauthorized(accept(&s, &s.vault.owner));
}

#[test]
fn ownership_moves_when_an_auction_is_open_and_the_oracle_dead() {
    let s = Scene::new();
    s.fall_into_auction();
    s.kill_oracle();
    let bob = s.stranger("bob");
    propose(&s, &s.vault.owner, &bob).unwrap();
    accept(&s, &bob).unwrap();
    assert_eq!(&s.vault.state().owner, bob.address());
}
