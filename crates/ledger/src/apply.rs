//! One transaction on the ledger being built: fee, sequence number, operations, refund, meta.

mod meta;
mod operations;

use crate::{
    changes,
    classic::{self, fee_event},
    validity::{self, account_of, results, signatures::Signatures},
    Delta, Frame, NetworkConfig, Read, State, Writes,
};
use ballast_transaction::Network;
use meta::Meta;
use soroban_env_host::ModuleCache;
use stellar_xdr::curr::{
    AccountId, DiagnosticEvent, LedgerEntryChanges, LedgerEntryData, LedgerHeader, SignerKey,
    TransactionEventStage as Stage, TransactionMeta, TransactionResult,
    TransactionResultCode as Code, Uint256,
};

/// The ledger being built.
pub struct Context<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its configuration.
    pub config: &'a NetworkConfig,
    /// Sequence number, close time, base fee and reserve of the ledger being built; `fee_pool` and
    /// `id_pool` move as transactions apply.
    pub header: &'a mut LedgerHeader,
    /// Parsed code. Modules uploaded in this ledger are not in it.
    pub cache: &'a ModuleCache,
    /// Where the seeds of the transactions' random numbers come from.
    pub seed: [u8; 32],
    /// Keep the host's diagnostics of calls that succeed, too. They are always told of those that fail.
    pub diagnostics: bool,
    /// Are the changes of entries told? Without them metas hold events and return values only.
    pub changes: bool,
}

/// What a transaction used and was charged. Zero for what does not apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions, as validators count them.
    pub instructions: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Entries of the footprint that are only read.
    pub read_entries: u32,
    /// Entries of the footprint that may be written.
    pub write_entries: u32,
    /// Entries read from disk: classic ones and restored ones.
    pub disk_read_entries: u32,
    /// Bytes read from disk.
    pub disk_read_bytes: u32,
    /// Bytes written.
    pub write_bytes: u32,
    /// Bytes of events.
    pub event_bytes: u32,
    /// Bytes of the return value.
    pub return_bytes: u32,
    /// Bytes of the envelope.
    pub transaction_bytes: u32,
    /// Resource fee that is charged whatever happens, stroops.
    pub non_refundable_fee: i64,
    /// Charged for events and return value, stroops.
    pub refundable_fee: i64,
    /// Charged for rent, stroops.
    pub rent_fee: i64,
    /// Charged to be included, stroops.
    pub inclusion_fee: i64,
}

/// A transaction that was applied, with success or without.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Result, with the fee charged after the refund.
    pub result: TransactionResult,
    /// TransactionMetaV4.
    pub meta: TransactionMeta,
    /// What charging the fee changed.
    pub fee_changes: LedgerEntryChanges,
    /// What the refund changed.
    pub refund_changes: LedgerEntryChanges,
    /// What it used.
    pub cost: Cost,
    /// The host's diagnostics, which validators do not keep.
    pub diagnostics: Vec<DiagnosticEvent>,
}

impl Applied {
    /// Did the transaction do what it says?
    pub fn is_success(&self) -> bool {
        results::is_success(&self.result)
    }
}

/// Takes the fee before anything of the ledger is applied. `inclusion_fee` is what the set asks of this
/// transaction for its inclusion, all operations together; what it bids less is taken. The resource fee
/// comes on top. An account that cannot pay all of it pays what it has. Gives the fee and what changed.
pub fn charge_fee(
    state: &mut State,
    context: &mut Context<'_>,
    frame: &Frame,
    inclusion_fee: i64,
) -> (i64, LedgerEntryChanges) {
    let Some(mut account) = state.account(&account_of(frame.fee_source())) else {
        return (0, LedgerEntryChanges::default());
    };
    let fee = frame
        .resource_fee()
        .saturating_add(inclusion_fee.min(frame.inclusion_fee()))
        .min(account.balance);
    if fee <= 0 {
        return (0, LedgerEntryChanges::default());
    }
    // Reserves and liabilities do not protect it: that is seen when the transaction is applied.
    account.balance -= fee;
    context.header.fee_pool += fee;
    let mut delta = Delta::new(state);
    classic::put(
        &mut delta,
        context.header,
        LedgerEntryData::Account(account),
    );
    let writes = delta.into_writes();
    let told = tell(context, state, &writes);
    state.apply(writes);
    (fee, told)
}

/// Checks it again, uses its sequence number up, applies its operations; `index` is its place in the set,
/// from 0. Its refund is not paid yet.
pub fn apply(
    state: &mut State,
    context: &mut Context<'_>,
    frame: &Frame,
    fee_charged: i64,
    index: u64,
) -> Applied {
    let mut meta = Meta::new(frame);
    let mut cost = Cost {
        transaction_bytes: frame.bytes(),
        inclusion_fee: (fee_charged - frame.resource_fee()).max(0),
        ..Cost::default()
    };
    if fee_charged != 0 {
        let event = fee_event(
            context.network,
            &account_of(frame.fee_source()),
            fee_charged,
        );
        meta.event(Stage::BeforeAllTxs, event);
    }
    if frame.is_fee_bump() {
        // A signer that pre-authorised the bump is used up, whatever comes.
        let mut delta = Delta::new(state);
        let signer = SignerKey::PreAuthTx(Uint256(frame.hash()));
        let source = account_of(frame.fee_source());
        classic::remove_signer(&mut delta, context.header, &source, &signer);
        let writes = delta.into_writes();
        meta.before(tell(context, state, &writes));
        state.apply(writes);
    }
    if frame.is_soroban() {
        cost.non_refundable_fee = crate::soroban::non_refundable_fee(context.config, frame);
    }
    let mut signatures = Signatures::new(frame.inner_hash(), frame.inner_signatures());
    let mut delta = Delta::new(state);
    let begun = begin(&mut delta, context, frame, &mut signatures);
    let writes = delta.into_writes();
    meta.before(tell(context, state, &writes));
    state.apply(writes);

    let mut diagnostics = Vec::new();
    let (code, results) = match begun {
        Err(refused) => {
            if refused.0 == Code::TxSorobanInvalid {
                diagnostics.extend(validity::diagnose(context.config, frame));
            }
            refused
        }
        Ok(()) => {
            let mut ran = operations::run(state, context, frame, index);
            cost = ran.cost.with_fees(&cost);
            diagnostics.append(&mut ran.diagnostics);
            if ran.success {
                state.apply(ran.writes);
                meta.succeeded(ran.metas, ran.return_value);
                (Code::TxSuccess, ran.results)
            } else {
                // Nothing of it happened, so nothing of it is charged.
                cost.refundable_fee = 0;
                cost.rent_fee = 0;
                (Code::TxFailed, ran.results)
            }
        }
    };
    Applied {
        result: results::of(frame, fee_charged, code, results),
        meta: meta.finish(frame, &cost),
        fee_changes: LedgerEntryChanges::default(),
        refund_changes: LedgerEntryChanges::default(),
        cost,
        diagnostics,
    }
}

/// Pays the refund that [`apply`] found: what was declared for resources and neither used nor lost for
/// certain.
pub fn refund(state: &mut State, context: &mut Context<'_>, frame: &Frame, applied: &mut Applied) {
    let cost = &applied.cost;
    let kept = cost
        .non_refundable_fee
        .saturating_add(cost.refundable_fee)
        .saturating_add(cost.rent_fee);
    // No more than was paid, where there was not enough to pay it all.
    let refund = frame
        .resource_fee()
        .saturating_sub(kept)
        .min(applied.result.fee_charged);
    let source = account_of(frame.fee_source());
    let Some(mut account) = state.account(&source).filter(|_| refund > 0) else {
        return;
    };
    if !classic::add_balance(context.header, &mut account, refund) {
        // Its offers leave no room for so many lumens: it goes without.
        return;
    }
    context.header.fee_pool -= refund;
    applied.result.fee_charged -= refund;
    let mut delta = Delta::new(state);
    classic::put(
        &mut delta,
        context.header,
        LedgerEntryData::Account(account),
    );
    let writes = delta.into_writes();
    applied.refund_changes = tell(context, state, &writes);
    state.apply(writes);
    let event = fee_event(context.network, &source, -refund);
    meta::add_event(&mut applied.meta, Stage::AfterAllTxs, event);
}

/// What comes before the operations: the checks, the sequence number, signers that are used up. Fails with
/// the transaction's code and the results of its operations.
fn begin(
    delta: &mut Delta<'_>,
    context: &Context<'_>,
    frame: &Frame,
    signatures: &mut Signatures<'_>,
) -> Result<(), (Code, Vec<stellar_xdr::curr::OperationResult>)> {
    let header: &LedgerHeader = context.header;
    let valid = validity::check_common(delta, context.config, header, frame, signatures, true);
    let uses_sequence = valid.as_ref().map_or_else(|no| no.uses_sequence, |()| true);
    if uses_sequence {
        let source = account_of(frame.source());
        classic::use_sequence(delta, header, &source, frame.sequence());
    }
    if let Err(invalid) = valid {
        use_signers(delta, header, frame);
        return Err((invalid.code, Vec::new()));
    }
    let mut results = results::untouched(frame);
    let mut all_signed = true;
    for (operation, result) in frame.operations().iter().zip(&mut results) {
        if let Err(missing) = validity::check_signature(delta, frame, operation, signatures) {
            *result = missing;
            all_signed = false;
        }
    }
    use_signers(delta, header, frame);
    if !all_signed {
        return Err((Code::TxFailed, results));
    }
    if !signatures.all_used() {
        return Err((Code::TxBadAuthExtra, Vec::new()));
    }
    Ok(())
}

/// Signers that pre-authorised this very transaction are gone from every account that acts in it.
fn use_signers(delta: &mut Delta<'_>, header: &LedgerHeader, frame: &Frame) {
    let signer = SignerKey::PreAuthTx(Uint256(frame.inner_hash()));
    let mut accounts: Vec<AccountId> = vec![account_of(frame.source())];
    for operation in frame.operations() {
        accounts.push(account_of(validity::source_of(frame, operation)));
    }
    accounts.sort_unstable();
    accounts.dedup();
    for account in &accounts {
        classic::remove_signer(delta, header, account, &signer);
    }
}

fn tell(context: &Context<'_>, below: &dyn Read, writes: &Writes) -> LedgerEntryChanges {
    if context.changes {
        changes(below, writes, &[])
    } else {
        LedgerEntryChanges::default()
    }
}

impl Cost {
    /// These resources with the fees that were known before.
    fn with_fees(self, before: &Self) -> Self {
        Self {
            transaction_bytes: before.transaction_bytes,
            non_refundable_fee: before.non_refundable_fee,
            inclusion_fee: before.inclusion_fee,
            ..self
        }
    }
}
