//! ChangeTrust, of issued assets. Shares of liquidity pools are refused before they come here.

use super::{
    account::{self, NoRoom},
    is_issuer, is_valid_asset, issuer,
    trust_line::{self, AUTHORIZED, CLAWBACK},
    Scope,
};
use crate::{Delta, Read};
use stellar_xdr::curr::{
    AccountFlags, AccountId, Asset, ChangeTrustAsset, ChangeTrustOp, ChangeTrustResult,
    LedgerEntryData, OperationResult, OperationResultTr, TrustLineEntry, TrustLineEntryExt,
};

pub(super) fn check(source: &AccountId, op: &ChangeTrustOp) -> Result<(), OperationResult> {
    let asset = asset_of(op)?;
    let malformed = op.limit < 0
        || !is_valid_asset(&asset)
        || asset == Asset::Native
        || is_issuer(source, &asset);
    if malformed {
        return Err(failed(ChangeTrustResult::Malformed));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    op: &ChangeTrustOp,
) -> Result<(), OperationResult> {
    let asset = asset_of(op)?;
    match trust_line::line(delta, &scope.source, &asset) {
        Some(line) if op.limit < trust_line::minimum_limit(&line) => {
            Err(failed(ChangeTrustResult::InvalidLimit))
        }
        Some(line) if op.limit == 0 => delete(scope, delta, &asset, &line),
        Some(mut line) => {
            if !issuer(&asset).is_some_and(|issuer| account::exists(delta, issuer)) {
                return Err(failed(ChangeTrustResult::NoIssuer));
            }
            line.limit = op.limit;
            account::put(delta, scope.header, LedgerEntryData::Trustline(line));
            Ok(())
        }
        None if op.limit == 0 => Err(failed(ChangeTrustResult::InvalidLimit)),
        None => create(scope, delta, &asset, op.limit),
    }
}

fn create(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    asset: &Asset,
    limit: i64,
) -> Result<(), OperationResult> {
    let Some(issuer) = issuer(asset).and_then(|issuer| delta.account(issuer)) else {
        return Err(failed(ChangeTrustResult::NoIssuer));
    };
    let mut flags = 0;
    if issuer.flags & AccountFlags::RequiredFlag as u32 == 0 {
        flags |= AUTHORIZED;
    }
    if issuer.flags & AccountFlags::ClawbackEnabledFlag as u32 != 0 {
        flags |= CLAWBACK;
    }
    let source = delta.account(&scope.source);
    let mut source = source.ok_or(OperationResult::OpNoAccount)?;
    account::add_sub_entry(scope.header, &mut source).map_err(|no| match no {
        NoRoom::LowReserve => failed(ChangeTrustResult::LowReserve),
        NoRoom::TooMany => OperationResult::OpTooManySubentries,
    })?;
    account::put_account(delta, scope.header, source);
    let line = TrustLineEntry {
        account_id: scope.source.clone(),
        asset: trust_line::line_asset(asset),
        balance: 0,
        limit,
        flags,
        ext: TrustLineEntryExt::V0,
    };
    account::put(delta, scope.header, LedgerEntryData::Trustline(line));
    Ok(())
}

fn delete(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    asset: &Asset,
    line: &TrustLineEntry,
) -> Result<(), OperationResult> {
    if trust_line::is_used_by_pools(line) {
        return Err(failed(ChangeTrustResult::CannotDelete));
    }
    let key = trust_line::line_key(&scope.source, asset);
    let sponsor = delta
        .get(&key)
        .and_then(|entry| account::sponsor_of(&entry.entry));
    let source = delta.account(&scope.source);
    let mut source = source.ok_or(OperationResult::OpNoAccount)?;
    account::drop_sub_entry(&mut source, sponsor.is_some());
    account::put_account(delta, scope.header, source);
    account::release_sponsor(delta, scope.header, sponsor);
    delta.remove(key);
    Ok(())
}

fn asset_of(op: &ChangeTrustOp) -> Result<Asset, OperationResult> {
    match &op.line {
        ChangeTrustAsset::Native => Ok(Asset::Native),
        ChangeTrustAsset::CreditAlphanum4(asset) => Ok(Asset::CreditAlphanum4(asset.clone())),
        ChangeTrustAsset::CreditAlphanum12(asset) => Ok(Asset::CreditAlphanum12(asset.clone())),
        ChangeTrustAsset::PoolShare(_) => Err(OperationResult::OpNotSupported),
    }
}

fn failed(code: ChangeTrustResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::ChangeTrust(code))
}
