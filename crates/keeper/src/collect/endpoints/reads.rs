//! What is read, with the ledger that it is as of.

use super::{first_of, Endpoints, Final, NOBODY};
use ballast_client::{
    rpc::{EventPage, EventQuery, FoundEntry, LatestLedger, RpcError},
    value::Value,
    Call, Error,
};
use serde_json::{json, Value as Json};
use stellar_xdr::curr::LedgerKey;

/// Entries of one request.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// Those that exist.
    pub found: Vec<FoundEntry>,
    /// As of this ledger.
    pub ledger: u32,
}

impl Endpoints {
    /// The newest ledger that the best endpoint knows, and when it closed.
    ///
    /// # Errors
    /// Of the RPC.
    pub async fn latest(&self) -> Result<LatestLedger, Error> {
        self.latest_after(0).await
    }

    /// As [`Endpoints::latest`], of an endpoint that is known to have a ledger after this one, if there is one.
    pub(in crate::collect) async fn latest_after(
        &self,
        ledger: u32,
    ) -> Result<LatestLedger, Error> {
        self.ask_of(ledger.saturating_add(1), 0, |client| async move {
            let mut latest = client.rpc().latest_ledger().await?;
            if latest.close_time == 0 {
                // Older servers tell the time elsewhere.
                latest.close_time = close_time(client.rpc(), latest.sequence).await?;
            }
            Ok((Some(latest.sequence), latest))
        })
        .await
    }

    /// When a ledger closed, of a server that still has it.
    ///
    /// # Errors
    /// Of the RPC; [`RpcError::Call`] where no endpoint has the ledger.
    pub(in crate::collect) async fn close_time_of(&self, ledger: u32) -> Result<u64, Error> {
        self.ask_from(0, |client| async move {
            Ok((None, close_time(client.rpc(), ledger).await?))
        })
        .await
    }

    /// Asks every endpoint but the best for its newest ledger: what tells which of them lag. Answers are
    /// remembered, see [`Endpoints::standing`].
    pub async fn look_around(&self) {
        let others = self.order(0).into_iter().skip(1);
        let what = |client: std::sync::Arc<ballast_client::Client>| async move {
            let latest = client.rpc().latest_ledger().await?;
            Ok::<_, Error>((Some(latest.sequence), ()))
        };
        let mut asked: Vec<_> = others
            .map(|endpoint| Box::pin(self.attempt(endpoint, 0, &what)))
            .collect();
        while !asked.is_empty() {
            // Failures are remembered, too.
            let _ = first_of(&mut asked).await;
        }
    }

    /// Up to 200 entries, as of a ledger that is not older than `at_least`.
    ///
    /// # Errors
    /// Of the RPC.
    pub async fn entries(&self, keys: &[LedgerKey], at_least: u32) -> Result<Entries, Error> {
        self.ask_from(at_least, |client| async move {
            let found = client.rpc().ledger_entries(keys).await?;
            let entries = Entries {
                found: found.entries,
                ledger: found.latest_ledger,
            };
            Ok((Some(entries.ledger), entries))
        })
        .await
    }

    /// What a call returns, as of a ledger that is not older than `at_least`, and that ledger.
    ///
    /// # Errors
    /// Of the call and of the RPC.
    pub async fn view<T: Value>(&self, call: &Call<T>, at_least: u32) -> Result<(T, u32), Error> {
        self.ask_from(at_least, |client| async move {
            let (value, ledger) = client.view_at(call).await?;
            Ok((Some(ledger), (value, ledger)))
        })
        .await
    }

    /// A page of events, of a server that knows the ledger `at_least`.
    ///
    /// # Errors
    /// Of the RPC; [`RpcError::Call`] where no endpoint has the ledgers that are asked for any more.
    pub async fn events(&self, query: &EventQuery, at_least: u32) -> Result<EventPage, Error> {
        self.ask_from(at_least, |client| async move {
            let page = client.rpc().events(query).await?;
            Ok((Some(page.latest_ledger), page))
        })
        .await
    }

    /// The first ledger that an endpoint still has, of the endpoint that goes back the furthest.
    ///
    /// # Errors
    /// Of the RPC, if none answers.
    pub async fn oldest(&self) -> Result<u32, Error> {
        let mut oldest = None;
        let mut last = None;
        for endpoint in self.order(0) {
            let what = |client: std::sync::Arc<ballast_client::Client>| async move {
                let health = client.rpc().health().await?;
                Ok::<_, Error>((Some(health.latest_ledger), health.oldest_ledger))
            };
            match self.attempt(endpoint, 0, &what).await {
                Ok(ledger) => oldest = Some(oldest.map_or(ledger, |known: u32| known.min(ledger))),
                Err(Final::Yes(error) | Final::No(error)) => last = Some(error),
            }
        }
        oldest.ok_or_else(|| last.unwrap_or(Error::Nonsense(NOBODY)))
    }
}

/// When a ledger closed.
async fn close_time(rpc: &ballast_client::rpc::Rpc, sequence: u32) -> Result<u64, RpcError> {
    const METHOD: &str = "getLedgers";
    let params = json!({ "startLedger": sequence, "pagination": { "limit": 1 } });
    let answer = rpc.call(METHOD, params).await?;
    let time = &answer["ledgers"][0]["ledgerCloseTime"];
    let time = match time {
        Json::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    time.ok_or(RpcError::Malformed {
        method: METHOD,
        reason: "a ledger without a time".into(),
    })
}
