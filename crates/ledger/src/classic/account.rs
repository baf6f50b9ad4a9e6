//! Accounts: reserves, liabilities, balances, signers, sequence numbers.

use crate::{account_key, key_of, Delta, Entry, Read};
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1, AccountEntryExtensionV1Ext,
    AccountEntryExtensionV2, AccountEntryExtensionV2Ext, AccountEntryExtensionV3, AccountId,
    ExtensionPoint, LedgerEntry, LedgerEntryData, LedgerEntryExt, LedgerHeader, Liabilities,
    SequenceNumber, Signer, SignerKey, SponsorshipDescriptor, Thresholds, VecM,
};

/// Sub-entries that an account may have.
const SUB_ENTRIES: u32 = 1000;

/// Why an account cannot have one more sub-entry.
pub(super) enum NoRoom {
    /// Its balance does not cover the reserve.
    LowReserve,
    /// It has as many as it may.
    TooMany,
}

/// Puts an account, trust line or other classic entry, modified in this ledger; who sponsors it stays.
pub(crate) fn put(delta: &mut Delta<'_>, header: &LedgerHeader, data: LedgerEntryData) {
    let mut entry = LedgerEntry {
        last_modified_ledger_seq: header.ledger_seq,
        data,
        ext: LedgerEntryExt::V0,
    };
    if let Some(before) = delta.get(&key_of(&entry)) {
        entry.ext = before.entry.ext.clone();
    }
    delta.put(Entry::new(entry, None));
}

/// Puts an account.
pub(super) fn put_account(delta: &mut Delta<'_>, header: &LedgerHeader, account: AccountEntry) {
    put(delta, header, LedgerEntryData::Account(account));
}

/// The least that an account of these sub-entries and sponsorships holds.
pub(super) fn minimum_balance(header: &LedgerHeader, account: &AccountEntry) -> i64 {
    let (sponsoring, sponsored) = second(account).map_or((0, 0), |second| {
        (second.num_sponsoring, second.num_sponsored)
    });
    let entries =
        2 + i64::from(account.num_sub_entries) + i64::from(sponsoring) - i64::from(sponsored);
    entries
        .max(0)
        .saturating_mul(i64::from(header.base_reserve))
}

/// What it may spend: balance less reserves and less what its offers sell. May be negative.
pub(crate) fn available_balance(header: &LedgerHeader, account: &AccountEntry) -> i64 {
    account
        .balance
        .saturating_sub(minimum_balance(header, account))
        .saturating_sub(liabilities(account).selling)
}

/// Adds to the balance or takes from it; false, and nothing changes, where reserves or liabilities forbid
/// it.
#[must_use]
pub(crate) fn add_balance(header: &LedgerHeader, account: &mut AccountEntry, delta: i64) -> bool {
    if delta == 0 {
        return true;
    }
    if delta < 0 && available_balance(header, account).saturating_add(delta) < 0 {
        return false;
    }
    match account.balance.checked_add(delta) {
        Some(balance) if (0..=i64::MAX - liabilities(account).buying).contains(&balance) => {
            account.balance = balance;
            true
        }
        _ => false,
    }
}

/// Counts one more sub-entry, if the account has room for it and covers its reserve.
pub(super) fn add_sub_entry(
    header: &LedgerHeader,
    account: &mut AccountEntry,
) -> Result<(), NoRoom> {
    if account.num_sub_entries >= SUB_ENTRIES {
        return Err(NoRoom::TooMany);
    }
    if available_balance(header, account) < i64::from(header.base_reserve) {
        return Err(NoRoom::LowReserve);
    }
    account.num_sub_entries += 1;
    Ok(())
}

/// One sub-entry less; it was sponsored if `sponsored`.
pub(super) fn drop_sub_entry(account: &mut AccountEntry, sponsored: bool) {
    account.num_sub_entries = account.num_sub_entries.saturating_sub(1);
    if let (true, Some(second)) = (sponsored, second_mut(account)) {
        second.num_sponsored = second.num_sponsored.saturating_sub(1);
    }
}

/// A new account.
pub(super) fn new_account(header: &LedgerHeader, id: AccountId, balance: i64) -> AccountEntry {
    AccountEntry {
        account_id: id,
        balance,
        seq_num: SequenceNumber(i64::from(header.ledger_seq) << 32),
        num_sub_entries: 0,
        inflation_dest: None,
        flags: 0,
        home_domain: Default::default(),
        thresholds: Thresholds([1, 0, 0, 0]),
        signers: VecM::default(),
        ext: AccountEntryExt::V0,
    }
}

/// Uses a sequence number up and remembers when.
pub(crate) fn use_sequence(
    delta: &mut Delta<'_>,
    header: &LedgerHeader,
    id: &AccountId,
    sequence: i64,
) {
    let Some(mut account) = delta.account(id) else {
        return;
    };
    account.seq_num = SequenceNumber(sequence);
    let mut newer = second(&account).cloned().unwrap_or_else(|| {
        let nobody = vec![SponsorshipDescriptor(None); account.signers.len()];
        AccountEntryExtensionV2 {
            num_sponsored: 0,
            num_sponsoring: 0,
            signer_sponsoring_i_ds: nobody.try_into().unwrap_or_default(),
            ext: AccountEntryExtensionV2Ext::V0,
        }
    });
    newer.ext = AccountEntryExtensionV2Ext::V3(AccountEntryExtensionV3 {
        ext: ExtensionPoint::V0,
        seq_ledger: header.ledger_seq,
        seq_time: header.scp_value.close_time.clone(),
    });
    account.ext = AccountEntryExt::V1(AccountEntryExtensionV1 {
        liabilities: liabilities(&account),
        ext: AccountEntryExtensionV1Ext::V2(newer),
    });
    put_account(delta, header, account);
}

/// Adds a signer to an account that had not this key; false if it has as many as it may.
#[must_use]
pub(super) fn insert_signer(account: &mut AccountEntry, place: usize, signer: Signer) -> bool {
    let mut signers = account.signers.to_vec();
    signers.insert(place.min(signers.len()), signer);
    let Ok(signers) = signers.try_into() else {
        return false;
    };
    account.signers = signers;
    if let Some(second) = second_mut(account) {
        let mut sponsors = second.signer_sponsoring_i_ds.to_vec();
        sponsors.insert(place.min(sponsors.len()), SponsorshipDescriptor(None));
        second.signer_sponsoring_i_ds = sponsors.try_into().unwrap_or_default();
    }
    true
}

/// Takes a signer and its reserve out of the account; gives who sponsored it, whom the caller releases.
pub(super) fn take_signer(account: &mut AccountEntry, place: usize) -> Option<AccountId> {
    let mut signers = account.signers.to_vec();
    if place >= signers.len() {
        return None;
    }
    signers.remove(place);
    account.signers = signers.try_into().unwrap_or_default();
    account.num_sub_entries = account.num_sub_entries.saturating_sub(1);
    let second = second_mut(account)?;
    let mut sponsors = second.signer_sponsoring_i_ds.to_vec();
    if place >= sponsors.len() {
        return None;
    }
    let sponsor = sponsors.remove(place).0;
    second.signer_sponsoring_i_ds = sponsors.try_into().unwrap_or_default();
    if sponsor.is_some() {
        second.num_sponsored = second.num_sponsored.saturating_sub(1);
    }
    sponsor
}

/// Removes a signer, if the account exists and has it.
pub(crate) fn remove_signer(
    delta: &mut Delta<'_>,
    header: &LedgerHeader,
    id: &AccountId,
    key: &SignerKey,
) {
    let Some(mut account) = delta.account(id) else {
        return;
    };
    let place = account.signers.iter().position(|signer| signer.key == *key);
    let Some(place) = place else {
        return;
    };
    let sponsor = take_signer(&mut account, place);
    put_account(delta, header, account);
    release_sponsor(delta, header, sponsor);
}

/// The sponsor, if there is one, has an entry less to pay the reserve of.
pub(super) fn release_sponsor(
    delta: &mut Delta<'_>,
    header: &LedgerHeader,
    sponsor: Option<AccountId>,
) {
    let Some(mut account) = sponsor.and_then(|sponsor| delta.account(&sponsor)) else {
        return;
    };
    if let Some(second) = second_mut(&mut account) {
        second.num_sponsoring = second.num_sponsoring.saturating_sub(1);
        put_account(delta, header, account);
    }
}

/// Who sponsors this entry.
pub(super) fn sponsor_of(entry: &LedgerEntry) -> Option<AccountId> {
    match &entry.ext {
        LedgerEntryExt::V0 => None,
        LedgerEntryExt::V1(first) => first.sponsoring_id.0.clone(),
    }
}

/// Does the account exist?
pub(super) fn exists(state: &dyn Read, id: &AccountId) -> bool {
    state.get(&account_key(id)).is_some()
}

fn liabilities(account: &AccountEntry) -> Liabilities {
    match &account.ext {
        AccountEntryExt::V0 => Liabilities::default(),
        AccountEntryExt::V1(first) => first.liabilities.clone(),
    }
}

fn second(account: &AccountEntry) -> Option<&AccountEntryExtensionV2> {
    match &account.ext {
        AccountEntryExt::V0 => None,
        AccountEntryExt::V1(first) => match &first.ext {
            AccountEntryExtensionV1Ext::V0 => None,
            AccountEntryExtensionV1Ext::V2(second) => Some(second),
        },
    }
}

fn second_mut(account: &mut AccountEntry) -> Option<&mut AccountEntryExtensionV2> {
    match &mut account.ext {
        AccountEntryExt::V0 => None,
        AccountEntryExt::V1(first) => match &mut first.ext {
            AccountEntryExtensionV1Ext::V0 => None,
            AccountEntryExtensionV1Ext::V2(second) => Some(second),
        },
    }
}
