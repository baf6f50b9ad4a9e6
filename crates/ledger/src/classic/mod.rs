//! Classic operations.

mod account;
mod change_trust;
mod clawback;
mod create_account;
mod events;
mod payment;
mod set_options;
mod set_trust_line_flags;
mod trust_line;

pub(crate) use account::{add_balance, available_balance, put, remove_signer, use_sequence};
pub(crate) use events::{fee as fee_event, Events};

use crate::Delta;
use stellar_xdr::curr::{
    AccountId, Asset, AssetCode12, AssetCode4, ChangeTrustAsset, LedgerHeader, MuxedAccount,
    OperationBody, OperationResult,
};

/// Index of a threshold in an account's four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threshold {
    Low = 1,
    Medium = 2,
    High = 3,
}

/// Where an operation runs.
pub(crate) struct Scope<'a> {
    pub header: &'a LedgerHeader,
    /// Whose operation it is.
    pub source: AccountId,
    /// The same as it was written.
    pub muxed: &'a MuxedAccount,
}

/// Is it one of those that this ledger applies? Shares of liquidity pools are not.
pub(crate) fn supports(body: &OperationBody) -> bool {
    match body {
        OperationBody::ChangeTrust(op) => !matches!(op.line, ChangeTrustAsset::PoolShare(_)),
        OperationBody::CreateAccount(_)
        | OperationBody::Payment(_)
        | OperationBody::SetOptions(_)
        | OperationBody::SetTrustLineFlags(_)
        | OperationBody::Clawback(_) => true,
        _ => false,
    }
}

/// What weight an operation asks for.
pub(crate) fn threshold(body: &OperationBody) -> Threshold {
    use OperationBody as B;
    match body {
        B::SetOptions(op) if set_options::asks_for_high(op) => Threshold::High,
        B::AccountMerge(_) => Threshold::High,
        B::AllowTrust(_)
        | B::SetTrustLineFlags(_)
        | B::Inflation
        | B::BumpSequence(_)
        | B::ClaimClaimableBalance(_)
        | B::ExtendFootprintTtl(_)
        | B::RestoreFootprint(_) => Threshold::Low,
        _ => Threshold::Medium,
    }
}

/// What can be told without the state.
pub(crate) fn check(source: &AccountId, body: &OperationBody) -> Result<(), OperationResult> {
    match body {
        OperationBody::CreateAccount(op) => create_account::check(source, op),
        OperationBody::Payment(op) => payment::check(op),
        OperationBody::ChangeTrust(op) => change_trust::check(source, op),
        OperationBody::SetOptions(op) => set_options::check(source, op),
        OperationBody::SetTrustLineFlags(op) => set_trust_line_flags::check(source, op),
        OperationBody::Clawback(op) => clawback::check(source, op),
        _ => Err(OperationResult::OpNotSupported),
    }
}

/// Applies an operation that [`check`] let pass and whose source exists. Changes of a failed one are to be
/// dropped.
pub(crate) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    events: &mut Events<'_>,
    body: &OperationBody,
) -> Result<(), OperationResult> {
    match body {
        OperationBody::CreateAccount(op) => create_account::apply(scope, delta, events, op),
        OperationBody::Payment(op) => payment::apply(scope, delta, events, op),
        OperationBody::ChangeTrust(op) => change_trust::apply(scope, delta, op),
        OperationBody::SetOptions(op) => set_options::apply(scope, delta, op),
        OperationBody::SetTrustLineFlags(op) => {
            set_trust_line_flags::apply(scope, delta, events, op)
        }
        OperationBody::Clawback(op) => clawback::apply(scope, delta, events, op),
        _ => Err(OperationResult::OpNotSupported),
    }
}

/// Are these the characters that an asset's code may have, and as many as its kind asks for?
fn is_valid_asset(asset: &Asset) -> bool {
    match asset {
        Asset::Native => true,
        Asset::CreditAlphanum4(asset) => {
            let AssetCode4(code) = &asset.asset_code;
            is_valid_code(code, 1)
        }
        Asset::CreditAlphanum12(asset) => {
            let AssetCode12(code) = &asset.asset_code;
            is_valid_code(code, 5)
        }
    }
}

fn is_valid_code(code: &[u8], least: usize) -> bool {
    let zero = code.iter().position(|byte| *byte == 0);
    let length = zero.unwrap_or(code.len());
    let (name, zeros) = code.split_at(length);
    length >= least
        && name.iter().all(u8::is_ascii_alphanumeric)
        && zeros.iter().all(|byte| *byte == 0)
}

/// Who issues it; nobody issues lumens.
fn issuer(asset: &Asset) -> Option<&AccountId> {
    match asset {
        Asset::Native => None,
        Asset::CreditAlphanum4(asset) => Some(&asset.issuer),
        Asset::CreditAlphanum12(asset) => Some(&asset.issuer),
    }
}

fn is_issuer(account: &AccountId, asset: &Asset) -> bool {
    issuer(asset) == Some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_assets() {
        assert!(is_valid_code(b"USDC", 1));
        assert!(is_valid_code(b"X\0\0\0", 1));
        assert!(!is_valid_code(b"\0\0\0\0", 1));
        assert!(!is_valid_code(b"X\0Y\0", 1));
        assert!(!is_valid_code(b"X-Y\0", 1));
        assert!(!is_valid_code(b"USDC\0\0\0\0\0\0\0\0", 5));
        assert!(is_valid_code(b"USDCX\0\0\0\0\0\0\0", 5));
    }
}
