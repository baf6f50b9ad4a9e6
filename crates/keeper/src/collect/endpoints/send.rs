//! Handing transactions in.

use super::{judged, saw, Endpoints, Final, NOBODY};
use ballast_client::{
    rpc::{RpcError, SendStatus, SentTransaction},
    Error,
};
use stellar_xdr::curr::TransactionEnvelope;
use tokio::{sync::mpsc, time::Instant};

impl Endpoints {
    /// Hands a transaction to every endpoint at once. The first that takes it is believed; only when none does, a
    /// refusal is: a server that lags refuses what is good. [`SendStatus::Error`] and [`SendStatus::TryAgainLater`]
    /// are returned only if no server has the transaction.
    ///
    /// # Errors
    /// Of the RPC, if a server did not answer and none took it: it may have the transaction nevertheless, unless
    /// the error is [`RpcError::Call`], [`RpcError::Address`] or an HTTP status from 400 to 499.
    pub async fn send_everywhere(
        &self,
        envelope: &TransactionEnvelope,
    ) -> Result<SentTransaction, Error> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let now = Instant::now();
        let closed = |until: Option<Instant>| until.is_some_and(|until| until > now);
        let everybody_closed = self.all.iter().all(|one| closed(one.closed_until()));
        for endpoint in &self.all {
            // A server that wants to be left alone is, unless there is no other.
            if closed(endpoint.closed_until()) && !everybody_closed {
                continue;
            }
            let (endpoint, envelope, tell) = (endpoint.clone(), envelope.clone(), tell.clone());
            let passphrase = self.network.passphrase().to_owned();
            let (options, all) = (self.options, self.all.clone());
            // A task each: those that come second go on, so that the transaction spreads.
            tokio::spawn(async move {
                let asked = Instant::now();
                let sent = async {
                    let client = endpoint
                        .client(Some(&passphrase), options.timeout, options.client)
                        .await?;
                    Ok::<_, Error>(client.rpc().send(&envelope).await?)
                };
                let sent = match sent.await {
                    Ok(sent) => {
                        endpoint.answered(asked.elapsed());
                        saw(&all, &endpoint, sent.latest_ledger);
                        Ok(sent)
                    }
                    Err(error) => match judged(&endpoint, error, asked) {
                        Final::Yes(error) | Final::No(error) => Err(error),
                    },
                };
                // Nobody listens any more: the answer has come from another.
                let _ = tell.send(sent);
            });
        }
        drop(tell);
        let mut best: Option<Result<SentTransaction, Error>> = None;
        while let Some(sent) = told.recv().await {
            if rank(&sent) == TAKEN {
                return sent;
            }
            if best.as_ref().is_none_or(|best| rank(&sent) > rank(best)) {
                best = Some(sent);
            }
        }
        best.unwrap_or(Err(Error::Nonsense(NOBODY)))
    }
}

const TAKEN: u8 = 4;

/// What an answer says of the whole: one that may have been taken outweighs every refusal.
fn rank(sent: &Result<SentTransaction, Error>) -> u8 {
    match sent {
        Ok(sent) => match sent.status {
            SendStatus::Pending | SendStatus::Duplicate => TAKEN,
            SendStatus::TryAgainLater => 2,
            SendStatus::Error => 1,
        },
        Err(error) if may_have_arrived(error) => 3,
        Err(_) => 0,
    }
}

/// Whether the server may have the transaction although it did not say so.
fn may_have_arrived(error: &Error) -> bool {
    match error {
        Error::Rpc(RpcError::Call { .. } | RpcError::Address { .. }) => false,
        // Refused before it was read: by rate, or by whoever stands in front of the server.
        Error::Rpc(RpcError::Status { status, .. }) => !(400..500).contains(status),
        Error::Rpc(_) => true,
        _ => false,
    }
}
