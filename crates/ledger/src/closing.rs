//! Closes the ledger being built.

use crate::{
    apply::{apply, charge_fee, refund},
    header::{digest, results_hash, seal, skip},
    modules::code_of,
    set::{hash_of, select, Selection},
    state::ttl_key,
    ClosedLedger, ClosedTransaction, Context, Ledger, NetworkConfig, Writes,
};
use std::sync::Arc;
use stellar_xdr::curr::{Hash, LedgerKey};

impl Ledger {
    /// Closes the ledger being built: what was executed in it, then what the queue has, as far as the
    /// limits allow. Its close time is at least the last one's, or the time that was executed under.
    pub fn close(&mut self, close_time: u64) -> Arc<ClosedLedger> {
        let least = match self.executed.is_empty() {
            true => self.last.header.scp_value.close_time.0,
            false => self.building.scp_value.close_time.0,
        };
        self.building.scp_value.close_time.0 = close_time.max(least);

        let waiting = self.valid_waiting();
        let selection = select(waiting, &self.config, &self.building);
        let base_fee = i64::from(self.building.base_fee);
        let shape = selection.shape(&self.executed, base_fee);
        let set = {
            let executed = self.executed.iter().map(|tx| (tx.hash, &tx.envelope));
            let selected = selection.frames();
            let selected = selected.map(|frame| (frame.hash(), frame.envelope()));
            let previous = self.building.previous_ledger_hash.clone();
            shape.set(previous, &executed.chain(selected).collect())
        };
        let set_hash = hash_of(&set);
        let executed = std::mem::take(&mut self.executed).into_iter();
        let mut transactions = executed.map(Arc::unwrap_or_clone).collect();
        self.apply_selected(&selection, set_hash, &mut transactions);
        let evicted = self.evict();

        let pairs = transactions.iter().map(ClosedTransaction::result_pair);
        let writes = self.state.changed();
        let header = &mut self.building;
        header.scp_value.tx_set_hash = Hash(set_hash);
        header.tx_set_result_hash = results_hash(pairs.collect());
        header.bucket_list_hash = digest(&header.bucket_list_hash, &writes);
        skip(header);
        self.last = seal(header.clone());

        self.follow(&writes);
        let closed = Arc::new(ClosedLedger {
            header: self.last.clone(),
            transactions,
            writes,
            evicted,
            shape,
            soroban_state_bytes: self.expiry.bytes(),
            write_fee_per_kb: self.config.rent_fees.fee_per_rent_1kb,
        });
        self.settle(&closed);
        closed
    }

    /// Charges, applies and refunds what was chosen.
    fn apply_selected(
        &mut self,
        selection: &Selection,
        set_hash: [u8; 32],
        transactions: &mut Vec<ClosedTransaction>,
    ) {
        let ordered = selection.in_order(&set_hash);
        let keeps = self.history.window() > 0;
        let state = &mut self.state;
        let mut context = Context {
            network: &self.network,
            config: &self.config,
            header: &mut self.building,
            cache: self.modules.cache(state),
            seed: set_hash,
            changes: keeps,
            diagnostics: keeps,
        };
        // Every fee is charged before anything is applied, every refund paid after everything is.
        let charged: Vec<_> = ordered
            .iter()
            .map(|(frame, asked)| charge_fee(state, &mut context, frame, *asked))
            .collect();
        let first = transactions.len();
        let mut applied = Vec::with_capacity(ordered.len());
        for (place, ((frame, _), (fee, changes))) in ordered.iter().zip(charged).enumerate() {
            let index = (first + place) as u64;
            let mut done = apply(state, &mut context, frame, fee, index);
            done.fee_changes = changes;
            applied.push(done);
        }
        for ((frame, _), mut applied) in ordered.iter().zip(applied) {
            refund(state, &mut context, frame, &mut applied);
            let index = transactions.len() as u32 + 1;
            transactions.push(ClosedTransaction::applied(frame, applied, index));
        }
    }

    /// Drops temporary entries whose time is over. Archived persistent entries stay where they are.
    fn evict(&mut self) -> Vec<LedgerKey> {
        let mut evicted = Vec::new();
        for key in self.expiry.expired(self.building.ledger_seq) {
            // It may have been written again in this very ledger.
            let entry = crate::Read::get(&self.state, &key);
            if entry.is_some_and(|entry| !entry.is_live(self.building.ledger_seq)) {
                evicted.extend([key.as_ref().clone(), ttl_key(&key)]);
                self.state.remove(key.as_ref().clone());
            }
        }
        evicted
    }

    /// What else depends on the state follows its changes.
    pub(crate) fn follow(&mut self, writes: &Writes) {
        self.expiry.follow(self.state.before(), writes);
        let codes = writes.iter().filter_map(|(key, entry)| code_of(key, entry));
        let codes: Vec<_> = codes.collect();
        self.modules
            .update(&self.state, self.last.header.ledger_seq, &codes);
        let setting = |key: &Arc<LedgerKey>| matches!(key.as_ref(), LedgerKey::ConfigSetting(_));
        if writes.keys().any(setting) {
            self.config = Arc::new(NetworkConfig::load(&self.state));
        }
    }

    /// Takes the closed ledger into history and begins the next one.
    pub(crate) fn settle(&mut self, closed: &Arc<ClosedLedger>) {
        self.state.settle();
        let applied = closed.transactions.iter();
        self.queue
            .closed(applied.map(|tx| (tx.source.clone(), tx.sequence, tx.hash)));
        Arc::make_mut(&mut self.history).push(closed.clone());
        self.begin();
    }

    /// Closes the first ledger, which has no transactions.
    pub(crate) fn seal_first(&mut self) {
        let writes = self.state.changed();
        self.building.bucket_list_hash = digest(&Hash::default(), &writes);
        self.last = seal(self.building.clone());
        self.follow(&writes);
        let closed = Arc::new(ClosedLedger {
            header: self.last.clone(),
            transactions: Vec::new(),
            writes,
            evicted: Vec::new(),
            shape: Default::default(),
            soroban_state_bytes: self.expiry.bytes(),
            write_fee_per_kb: self.config.rent_fees.fee_per_rent_1kb,
        });
        self.settle(&closed);
    }
}
