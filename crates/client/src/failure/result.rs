//! Result codes as the network names them.

use std::fmt;
use stellar_xdr::curr::{
    InnerTransactionResultResult, OperationResult, OperationResultTr, TransactionResult,
    TransactionResultResult,
};

/// What the network's result codes mean, of those that a client of Ballast may meet.
pub const RESULTS: &[(&str, &str)] = &[
    ("txTOO_EARLY", "it is not good yet"),
    ("txTOO_LATE", "it is not good any more"),
    ("txMISSING_OPERATION", "it has no operation"),
    ("txBAD_SEQ", "another transaction of its account came first"),
    (
        "txBAD_AUTH",
        "its signature does not belong to the account, or is for another network",
    ),
    ("txINSUFFICIENT_BALANCE", "its account cannot pay the fee"),
    ("txNO_ACCOUNT", "its account does not exist"),
    ("txINSUFFICIENT_FEE", "the network asks a higher fee"),
    (
        "txBAD_AUTH_EXTRA",
        "it has a signature that nobody asked for",
    ),
    ("txINTERNAL_ERROR", "an error of the network"),
    (
        "txSOROBAN_INVALID",
        "its resources or their fee break a rule of the network",
    ),
    ("INVOKE_HOST_FUNCTION_TRAPPED", "the contract refused"),
    (
        "INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED",
        "it took more than was declared; the state has changed since it was simulated",
    ),
    (
        "INVOKE_HOST_FUNCTION_ENTRY_ARCHIVED",
        "an entry must be restored first",
    ),
    (
        "INVOKE_HOST_FUNCTION_INSUFFICIENT_REFUNDABLE_FEE",
        "rent and events cost more than was declared",
    ),
    ("PAYMENT_UNDERFUNDED", "the account does not hold so much"),
    (
        "PAYMENT_NO_TRUST",
        "the receiver has no trustline for the asset",
    ),
    ("PAYMENT_NO_DESTINATION", "the receiver does not exist"),
    (
        "CHANGE_TRUST_LOW_RESERVE",
        "the account has too few lumens to hold one more asset",
    ),
    (
        "CHANGE_TRUST_NO_ISSUER",
        "the asset's issuer does not exist",
    ),
    (
        "CHANGE_TRUST_INVALID_LIMIT",
        "the limit is below what the account holds",
    ),
    ("opNO_ACCOUNT", "its account does not exist"),
    (
        "opTOO_MANY_SUBENTRIES",
        "its account has as many entries as it can",
    ),
];

/// Why a transaction was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `txBAD_SEQ`.
    pub transaction: String,
    /// `INVOKE_HOST_FUNCTION_TRAPPED`, of the operations that failed.
    pub operations: Vec<String>,
}

impl Refusal {
    /// Of a result.
    pub fn of(result: &TransactionResult) -> Self {
        let (code, operations) = match &result.result {
            TransactionResultResult::TxFeeBumpInnerFailed(inner)
            | TransactionResultResult::TxFeeBumpInnerSuccess(inner) => {
                let operations: &[_] = match &inner.result.result {
                    InnerTransactionResultResult::TxFailed(operations) => operations,
                    _ => &[],
                };
                (inner.result.result.name(), operations)
            }
            TransactionResultResult::TxFailed(operations) => {
                (result.result.name(), operations.as_slice())
            }
            other => (other.name(), &[][..]),
        };
        Self {
            transaction: format!("tx{}", shout(code.trim_start_matches("Tx"))),
            operations: operations.iter().filter_map(operation).collect(),
        }
    }

    /// That there is none to tell.
    pub(crate) fn unknown() -> Self {
        Self {
            transaction: "no result".into(),
            operations: Vec::new(),
        }
    }

    fn words(&self) -> Option<&'static str> {
        let code = match self.operations.first() {
            Some(operation) => operation.as_str(),
            None => self.transaction.as_str(),
        };
        let entry = RESULTS.iter().find(|(name, _)| *name == code);
        entry.map(|(_, words)| *words)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.transaction)?;
        if !self.operations.is_empty() {
            write!(formatter, " ({})", self.operations.join(", "))?;
        }
        match self.words() {
            Some(words) => write!(formatter, ", {words}"),
            None => Ok(()),
        }
    }
}

/// The code of an operation that failed.
fn operation(result: &OperationResult) -> Option<String> {
    use OperationResultTr as Of;
    let OperationResult::OpInner(inner) = result else {
        return Some(format!(
            "op{}",
            shout(result.name().trim_start_matches("Op"))
        ));
    };
    let code = match inner {
        Of::CreateAccount(result) => result.name(),
        Of::Payment(result) => result.name(),
        Of::ChangeTrust(result) => result.name(),
        Of::SetOptions(result) => result.name(),
        Of::SetTrustLineFlags(result) => result.name(),
        Of::Clawback(result) => result.name(),
        Of::InvokeHostFunction(result) => result.name(),
        Of::ExtendFootprintTtl(result) => result.name(),
        Of::RestoreFootprint(result) => result.name(),
        _ => "failed",
    };
    (code != "Success").then(|| format!("{}_{}", shout(inner.name()), shout(code)))
}

/// `BadSeq` as `BAD_SEQ`.
fn shout(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellar_xdr::curr::{InvokeHostFunctionResult, PaymentResult, TransactionResultExt};

    fn of(result: TransactionResultResult) -> String {
        Refusal::of(&TransactionResult {
            fee_charged: 100,
            result,
            ext: TransactionResultExt::V0,
        })
        .to_string()
    }

    #[test]
    fn codes_are_the_networks() {
        for (result, text) in [
            (
                TransactionResultResult::TxBadSeq,
                "txBAD_SEQ, another transaction of its account came first",
            ),
            (
                TransactionResultResult::TxBadAuthExtra,
                "txBAD_AUTH_EXTRA, it has a signature that nobody asked for",
            ),
            (
                TransactionResultResult::TxBadMinSeqAgeOrGap,
                "txBAD_MIN_SEQ_AGE_OR_GAP",
            ),
        ] {
            assert_eq!(of(result), text);
        }
        let operations = vec![
            OperationResult::OpInner(OperationResultTr::Payment(PaymentResult::Success)),
            OperationResult::OpInner(OperationResultTr::InvokeHostFunction(
                InvokeHostFunctionResult::InsufficientRefundableFee,
            )),
            OperationResult::OpNoAccount,
        ];
        assert_eq!(
            of(TransactionResultResult::TxFailed(operations.try_into().unwrap())),
            "txFAILED (INVOKE_HOST_FUNCTION_INSUFFICIENT_REFUNDABLE_FEE, opNO_ACCOUNT), rent and events cost \
             more than was declared"
        );
    }
}
