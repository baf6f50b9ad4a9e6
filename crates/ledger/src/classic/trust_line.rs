//! Trust lines: flags, limits, liabilities, balances.

use super::{account::put, is_issuer};
use crate::{Delta, Read};
use stellar_xdr::curr::{
    AccountId, Asset, LedgerEntryData, LedgerHeader, LedgerKey, LedgerKeyTrustLine, Liabilities,
    TrustLineAsset, TrustLineEntry, TrustLineEntryExt, TrustLineEntryV1Ext, TrustLineFlags,
};

pub(super) const AUTHORIZED: u32 = TrustLineFlags::AuthorizedFlag as u32;
pub(super) const MAINTAIN: u32 = TrustLineFlags::AuthorizedToMaintainLiabilitiesFlag as u32;
pub(super) const CLAWBACK: u32 = TrustLineFlags::TrustlineClawbackEnabledFlag as u32;

/// The asset as trust lines name it.
pub(super) fn line_asset(asset: &Asset) -> TrustLineAsset {
    match asset {
        Asset::Native => TrustLineAsset::Native,
        Asset::CreditAlphanum4(asset) => TrustLineAsset::CreditAlphanum4(asset.clone()),
        Asset::CreditAlphanum12(asset) => TrustLineAsset::CreditAlphanum12(asset.clone()),
    }
}

/// Key of a trust line.
pub(super) fn line_key(id: &AccountId, asset: &Asset) -> LedgerKey {
    LedgerKey::Trustline(LedgerKeyTrustLine {
        account_id: id.clone(),
        asset: line_asset(asset),
    })
}

/// The trust line of an account.
pub(super) fn line(state: &dyn Read, id: &AccountId, asset: &Asset) -> Option<TrustLineEntry> {
    match &state.get(&line_key(id, asset))?.entry.data {
        LedgerEntryData::Trustline(line) => Some(line.clone()),
        _ => None,
    }
}

/// Why a balance of an asset cannot change.
pub(super) enum Stuck {
    /// There is no trust line.
    NoLine,
    /// It is not authorised.
    NotAuthorized,
    /// Under nothing or liabilities, or over the limit.
    OutOfBounds,
}

/// Adds to an account's balance of an issued asset, or takes from it. Its issuer has no end of it.
pub(super) fn move_balance(
    delta: &mut Delta<'_>,
    header: &LedgerHeader,
    id: &AccountId,
    asset: &Asset,
    amount: i64,
) -> Result<(), Stuck> {
    if is_issuer(id, asset) {
        return Ok(());
    }
    let mut line = line(delta, id, asset).ok_or(Stuck::NoLine)?;
    if line.flags & AUTHORIZED == 0 {
        return Err(Stuck::NotAuthorized);
    }
    if !add_balance(&mut line, amount) {
        return Err(Stuck::OutOfBounds);
    }
    put(delta, header, LedgerEntryData::Trustline(line));
    Ok(())
}

/// Adds to a line's balance or takes from it, authorised or not; false, and nothing changes, where limit
/// or liabilities forbid it.
#[must_use]
pub(super) fn add_balance(line: &mut TrustLineEntry, amount: i64) -> bool {
    let Liabilities { buying, selling } = liabilities(line);
    match line.balance.checked_add(amount) {
        Some(balance) if balance >= selling && balance <= line.limit - buying => {
            line.balance = balance;
            true
        }
        _ => false,
    }
}

/// The lowest limit that it may be given.
pub(super) fn minimum_limit(line: &TrustLineEntry) -> i64 {
    line.balance.saturating_add(liabilities(line).buying)
}

/// Is it a side of a liquidity pool that its account has a share of?
pub(super) fn is_used_by_pools(line: &TrustLineEntry) -> bool {
    match &line.ext {
        TrustLineEntryExt::V0 => false,
        TrustLineEntryExt::V1(first) => match &first.ext {
            TrustLineEntryV1Ext::V0 => false,
            TrustLineEntryV1Ext::V2(second) => second.liquidity_pool_use_count != 0,
        },
    }
}

fn liabilities(line: &TrustLineEntry) -> Liabilities {
    match &line.ext {
        TrustLineEntryExt::V0 => Liabilities::default(),
        TrustLineEntryExt::V1(first) => first.liabilities.clone(),
    }
}
