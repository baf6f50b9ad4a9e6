use super::*;

fn channels(count: usize) -> Arc<Channels> {
    let key = |number| KeyPair::from_name(&format!("channel {number}"));
    let channels = Channels::new((0..count).map(key).collect());
    for key in channels.keys() {
        assert_eq!(channels.read(&key.sc_address(), Some((10, 5_000))), None);
    }
    channels
}

fn flight(lease: &Lease, hash: u8) -> Flight {
    Flight {
        hash: [hash; 32],
        sequence: lease.sequence,
        last_ledger: 7,
        claim: lease.claim(),
        decision: None,
        is_old: false,
        refusal: None,
    }
}

fn vault(number: usize) -> Address {
    KeyPair::from_name(&format!("vault {number}")).sc_address()
}

#[test]
fn lease_gives_each_channel_once_and_each_vault_once() {
    let channels = channels(2);
    let first = channels.lease(Some(&vault(1))).unwrap();
    assert!(channels.lease(Some(&vault(1))).is_none());
    let second = channels.lease(Some(&vault(2))).unwrap();
    assert_ne!(first.address(), second.address());
    assert!(channels.lease(Some(&vault(3))).is_none());
    assert_eq!(channels.vaults(), [vault(1), vault(2)].into());
    drop(first);
    assert!(channels.lease(Some(&vault(3))).is_some());
}

#[test]
fn a_lease_that_is_dropped_with_something_out_waits_for_its_end() {
    let channels = channels(1);
    let mut lease = channels.lease(Some(&vault(1))).unwrap();
    assert_eq!(lease.sequence, 11);
    let out = flight(&lease, 1);
    lease.departs(out);
    drop(lease);
    assert!(channels.lease(None).is_none());
    assert_eq!(channels.vaults(), [vault(1)].into());
    // What the account says meanwhile is of no matter: the end counts.
    let address = channels.keys()[0].sc_address();
    assert_eq!(channels.read(&address, Some((11, 5_000))), None);
    assert!(channels.lease(None).is_none());
    channels.settled(&[1; 32], true, None);
    assert_eq!(channels.lease(None).unwrap().sequence, 12);
}

#[test]
fn a_number_is_used_again_only_when_nothing_used_it() {
    let channels = channels(1);
    let mut lease = channels.lease(None).unwrap();
    let out = flight(&lease, 1);
    lease.departs(out);
    lease.applied();
    drop(lease);
    let mut lease = channels.lease(None).unwrap();
    assert_eq!(lease.sequence, 12);
    let out = flight(&lease, 2);
    lease.departs(out);
    lease.expired(Some(11));
    drop(lease);
    assert_eq!(channels.lease(None).unwrap().sequence, 12);
    // Two in a row of one lease, as a restoration and its step.
    let mut lease = channels.lease(None).unwrap();
    let out = flight(&lease, 3);
    lease.departs(out);
    lease.applied();
    assert_eq!(lease.sequence, 13);
    let out = flight(&lease, 4);
    lease.departs(out);
    lease.applied();
    drop(lease);
    assert_eq!(channels.lease(None).unwrap().sequence, 14);
}

#[test]
fn a_refused_envelope_frees_the_vault_and_not_the_channel() {
    let channels = channels(2);
    let mut lease = channels.lease(Some(&vault(1))).unwrap();
    let out = flight(&lease, 1);
    lease.departs(out);
    lease.refused("txINSUFFICIENT_FEE");
    drop(lease);
    assert_eq!(channels.free(), 1);
    assert!(channels.vaults().is_empty());
    assert!(channels.lease(Some(&vault(1))).is_some());
}

#[test]
fn read_tells_of_numbers_that_others_used_and_not_of_servers_that_lag() {
    let channels = channels(1);
    let address = channels.keys()[0].sc_address();
    assert_eq!(channels.read(&address, Some((9, 5_000))), None);
    assert_eq!(channels.lease(None).unwrap().sequence, 11);
    let used = UsedElsewhere {
        expected: 10,
        found: 13,
    };
    assert_eq!(channels.read(&address, Some((13, 5_000))), Some(used));
    assert_eq!(channels.lease(None).unwrap().sequence, 14);
}

#[test]
fn a_channel_that_could_not_pay_rests_until_it_has_more() {
    let channels = channels(1);
    let address = channels.keys()[0].sc_address();
    let mut lease = channels.lease(None).unwrap();
    let out = flight(&lease, 1);
    lease.departs(out);
    lease.is_poor();
    lease.refused("txINSUFFICIENT_BALANCE");
    drop(lease);
    channels.settled(&[1; 32], false, Some(10));
    assert_eq!(channels.free(), 0);
    channels.read(&address, Some((10, 5_000)));
    assert_eq!(channels.free(), 0);
    channels.read(&address, Some((10, 6_000)));
    assert_eq!(channels.lease(None).unwrap().sequence, 11);
}

#[test]
fn commit_counts_what_is_out_of_all_channels() {
    let channels = channels(3);
    let (usdc, eurc) = (vault(8), vault(9));
    let mut first = channels.lease(Some(&vault(1))).unwrap();
    let mut second = channels.lease(Some(&vault(2))).unwrap();
    assert!(first.commit(Some((usdc.clone(), 70)), 100));
    assert!(!second.commit(Some((usdc.clone(), 31)), 100));
    assert!(second.commit(Some((eurc.clone(), 100)), 100));
    assert!(second.commit(Some((usdc.clone(), 30)), 100));
    assert_eq!(channels.committed(), [(usdc.clone(), 100)].into());
    let out = flight(&first, 1);
    first.departs(out);
    drop(first);
    assert_eq!(channels.committed()[&usdc], 100);
    channels.settled(&[1; 32], true, None);
    assert_eq!(channels.committed()[&usdc], 30);
}

#[test]
fn what_an_earlier_run_left_keeps_vaults_and_channels() {
    let channels = channels(2);
    let mine = channels.keys()[0].sc_address();
    let mut old = flight(&channels.lease(None).unwrap(), 1);
    old.claim.vault = Some(vault(1));
    channels.wait_for(&mine, old.clone());
    // Of a channel that is not configured any more.
    let stray = Flight {
        hash: [2; 32],
        claim: Claim {
            vault: Some(vault(2)),
            spends: None,
        },
        ..old
    };
    channels.wait_for(&vault(77), stray);
    assert_eq!(channels.free(), 1);
    assert!(channels.lease(Some(&vault(1))).is_none());
    assert!(channels.lease(Some(&vault(2))).is_none());
    assert_eq!(channels.waiting().len(), 2);
    channels.settled(&[1; 32], false, Some(10));
    channels.settled(&[2; 32], true, None);
    assert!(!channels.any_waiting());
    assert_eq!(channels.free(), 2);
}
