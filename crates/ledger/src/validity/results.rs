//! Results of transactions and of operations, in the shapes that the network gives them.

use crate::Frame;
use stellar_xdr::curr::{
    Hash, InnerTransactionResult, InnerTransactionResultExt, InnerTransactionResultPair,
    InnerTransactionResultResult as Inner, OperationBody, OperationResult, OperationResultTr as Tr,
    TransactionResult, TransactionResultCode as Code, TransactionResultExt,
    TransactionResultResult as Outer, VecM,
};

/// What became of the transaction itself: the result, or the result within a fee bump's.
pub(crate) fn of(
    frame: &Frame,
    fee_charged: i64,
    code: Code,
    operations: Vec<OperationResult>,
) -> TransactionResult {
    let operations = operations.try_into().unwrap_or_default();
    if !frame.is_fee_bump() {
        return with(fee_charged, outer(code, operations));
    }
    let pair = InnerTransactionResultPair {
        transaction_hash: Hash(frame.inner_hash()),
        result: InnerTransactionResult {
            // Who pays for all is the fee bump: from protocol 25 on the inner fee is told as nothing.
            fee_charged: 0,
            result: inner(code, operations),
            ext: InnerTransactionResultExt::V0,
        },
    };
    with(
        fee_charged,
        match code {
            Code::TxSuccess => Outer::TxFeeBumpInnerSuccess(pair),
            _ => Outer::TxFeeBumpInnerFailed(pair),
        },
    )
}

/// A refusal of the whole: of a fee bump, or of an envelope that is not read further.
pub(crate) fn of_whole(fee_charged: i64, code: Code) -> TransactionResult {
    with(fee_charged, outer(code, VecM::default()))
}

/// Did all of it succeed?
pub(crate) fn is_success(result: &TransactionResult) -> bool {
    matches!(
        result.result,
        Outer::TxSuccess(_) | Outer::TxFeeBumpInnerSuccess(_)
    )
}

fn with(fee_charged: i64, result: Outer) -> TransactionResult {
    TransactionResult {
        fee_charged,
        result,
        ext: TransactionResultExt::V0,
    }
}

fn outer(code: Code, operations: VecM<OperationResult>) -> Outer {
    match code {
        Code::TxSuccess => Outer::TxSuccess(operations),
        Code::TxFailed => Outer::TxFailed(operations),
        Code::TxTooEarly => Outer::TxTooEarly,
        Code::TxTooLate => Outer::TxTooLate,
        Code::TxMissingOperation => Outer::TxMissingOperation,
        Code::TxBadSeq => Outer::TxBadSeq,
        Code::TxBadAuth => Outer::TxBadAuth,
        Code::TxInsufficientBalance => Outer::TxInsufficientBalance,
        Code::TxNoAccount => Outer::TxNoAccount,
        Code::TxInsufficientFee => Outer::TxInsufficientFee,
        Code::TxBadAuthExtra => Outer::TxBadAuthExtra,
        Code::TxNotSupported => Outer::TxNotSupported,
        Code::TxBadSponsorship => Outer::TxBadSponsorship,
        Code::TxBadMinSeqAgeOrGap => Outer::TxBadMinSeqAgeOrGap,
        Code::TxMalformed => Outer::TxMalformed,
        Code::TxSorobanInvalid => Outer::TxSorobanInvalid,
        Code::TxInternalError | Code::TxFeeBumpInnerSuccess | Code::TxFeeBumpInnerFailed => {
            Outer::TxInternalError
        }
    }
}

fn inner(code: Code, operations: VecM<OperationResult>) -> Inner {
    match code {
        Code::TxSuccess => Inner::TxSuccess(operations),
        Code::TxFailed => Inner::TxFailed(operations),
        Code::TxTooEarly => Inner::TxTooEarly,
        Code::TxTooLate => Inner::TxTooLate,
        Code::TxMissingOperation => Inner::TxMissingOperation,
        Code::TxBadSeq => Inner::TxBadSeq,
        Code::TxBadAuth => Inner::TxBadAuth,
        Code::TxInsufficientBalance => Inner::TxInsufficientBalance,
        Code::TxNoAccount => Inner::TxNoAccount,
        Code::TxInsufficientFee => Inner::TxInsufficientFee,
        Code::TxBadAuthExtra => Inner::TxBadAuthExtra,
        Code::TxNotSupported => Inner::TxNotSupported,
        Code::TxBadSponsorship => Inner::TxBadSponsorship,
        Code::TxBadMinSeqAgeOrGap => Inner::TxBadMinSeqAgeOrGap,
        Code::TxMalformed => Inner::TxMalformed,
        Code::TxSorobanInvalid => Inner::TxSorobanInvalid,
        Code::TxInternalError | Code::TxFeeBumpInnerSuccess | Code::TxFeeBumpInnerFailed => {
            Inner::TxInternalError
        }
    }
}

/// Is this what a contract's operation that succeeded answers?
pub(crate) fn is_operation_success(result: &OperationResult) -> bool {
    use stellar_xdr::curr::{
        ExtendFootprintTtlResult, InvokeHostFunctionResult, RestoreFootprintResult,
    };
    matches!(
        result,
        OperationResult::OpInner(
            Tr::InvokeHostFunction(InvokeHostFunctionResult::Success(_))
                | Tr::ExtendFootprintTtl(ExtendFootprintTtlResult::Success)
                | Tr::RestoreFootprint(RestoreFootprintResult::Success)
        )
    )
}

/// Results of all operations before any ran: the network starts them as successes and overwrites one when
/// it fails, so a failed transaction tells success of the operations behind the one that stopped it.
pub(crate) fn untouched(frame: &Frame) -> Vec<OperationResult> {
    let operations = frame.operations().iter();
    operations
        .map(|operation| success(&operation.body))
        .collect()
}

/// Success of an operation that says nothing more.
pub(crate) fn success(body: &OperationBody) -> OperationResult {
    use OperationBody as B;
    // The first variant of each result, which the default is, is its success.
    OperationResult::OpInner(match body {
        B::CreateAccount(_) => Tr::CreateAccount(Default::default()),
        B::Payment(_) => Tr::Payment(Default::default()),
        B::PathPaymentStrictReceive(_) => Tr::PathPaymentStrictReceive(Default::default()),
        B::ManageSellOffer(_) => Tr::ManageSellOffer(Default::default()),
        B::CreatePassiveSellOffer(_) => Tr::CreatePassiveSellOffer(Default::default()),
        B::SetOptions(_) => Tr::SetOptions(Default::default()),
        B::ChangeTrust(_) => Tr::ChangeTrust(Default::default()),
        B::AllowTrust(_) => Tr::AllowTrust(Default::default()),
        B::AccountMerge(_) => Tr::AccountMerge(Default::default()),
        B::Inflation => Tr::Inflation(Default::default()),
        B::ManageData(_) => Tr::ManageData(Default::default()),
        B::BumpSequence(_) => Tr::BumpSequence(Default::default()),
        B::ManageBuyOffer(_) => Tr::ManageBuyOffer(Default::default()),
        B::PathPaymentStrictSend(_) => Tr::PathPaymentStrictSend(Default::default()),
        B::CreateClaimableBalance(_) => Tr::CreateClaimableBalance(Default::default()),
        B::ClaimClaimableBalance(_) => Tr::ClaimClaimableBalance(Default::default()),
        B::BeginSponsoringFutureReserves(_) => {
            Tr::BeginSponsoringFutureReserves(Default::default())
        }
        B::EndSponsoringFutureReserves => Tr::EndSponsoringFutureReserves(Default::default()),
        B::RevokeSponsorship(_) => Tr::RevokeSponsorship(Default::default()),
        B::Clawback(_) => Tr::Clawback(Default::default()),
        B::ClawbackClaimableBalance(_) => Tr::ClawbackClaimableBalance(Default::default()),
        B::SetTrustLineFlags(_) => Tr::SetTrustLineFlags(Default::default()),
        B::LiquidityPoolDeposit(_) => Tr::LiquidityPoolDeposit(Default::default()),
        B::LiquidityPoolWithdraw(_) => Tr::LiquidityPoolWithdraw(Default::default()),
        B::InvokeHostFunction(_) => Tr::InvokeHostFunction(Default::default()),
        B::ExtendFootprintTtl(_) => Tr::ExtendFootprintTtl(Default::default()),
        B::RestoreFootprint(_) => Tr::RestoreFootprint(Default::default()),
    })
}
