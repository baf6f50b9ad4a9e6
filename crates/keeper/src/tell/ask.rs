//! Asks a running keeper: the program's other commands do. Plain HTTP to the address that the configuration has the
//! keeper serve at, so that no TLS and no proxy of the environment is in between.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const MOST_BYTES: u64 = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody is there.
    #[error("nobody answers at http://{0}: {1}")]
    Nobody(SocketAddr, io::Error),
    /// It takes too long.
    #[error("no answer from http://{0} within {seconds} s", seconds = PATIENCE.as_secs())]
    Slow(SocketAddr),
    /// Something else than a keeper.
    #[error("what answers at http://{0} is no keeper")]
    Stranger(SocketAddr),
    /// The keeper refuses, and says why.
    #[error("{0}")]
    Refused(String),
}

/// What the keeper that serves at `bind` says of a path.
///
/// # Errors
/// [`AskError`].
pub async fn ask(bind: SocketAddr, path: &str) -> Result<String, AskError> {
    let address = reachable(bind);
    let answer = tokio::time::timeout(PATIENCE, get(address, path));
    let answer = answer.await.map_err(|_| AskError::Slow(address))?;
    let answer = answer.map_err(|error| AskError::Nobody(address, error))?;
    let answer = String::from_utf8(answer).map_err(|_| AskError::Stranger(address))?;
    let stranger = || AskError::Stranger(address);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(stranger)?;
    let mut words = head.split(' ');
    let http = words
        .next()
        .is_some_and(|version| version.starts_with("HTTP/1."));
    match words.next() {
        Some("200") if http => Ok(body.to_owned()),
        Some("400" | "503") if http => Err(AskError::Refused(body.trim().to_owned())),
        _ => Err(stranger()),
    }
}

/// All of the answer: HTTP/1.0 has neither chunks nor a connection that stays open.
async fn get(address: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The address by which this machine reaches what listens there.
fn reachable(bind: SocketAddr) -> SocketAddr {
    match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, bind.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, bind.port()).into(),
        _ => bind,
    }
}
