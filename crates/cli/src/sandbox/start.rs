//! A sandbox that starts, serves and stops.

use super::{arguments::Start, table};
use crate::{
    output::{check_publishable, print, publish, withdraw},
    Failure,
};
use anyhow::Context;
use ballast_sandbox::{
    control::Controls,
    persist::{self, Beginning, Opening, Settings, Store},
    scenario, serve, Directory, Ledger, Network, Options, Sandbox,
};
use serde::Serialize;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// What programs read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    rpc_url: &'a str,
    friendbot_url: &'a str,
    network_passphrase: &'a str,
    #[serde(flatten)]
    directory: &'a Directory,
}

/// Where a sandbox begins.
struct Begun {
    ledger: Ledger,
    settings: Settings,
    directory: Directory,
    state: Option<(Store, persist::Marks, i64)>,
    /// How it came about, for people.
    told: String,
}

/// Runs it until it is stopped.
pub fn run(start: &Start) -> Result<(), Failure> {
    let began = Instant::now();
    // What may fail at once comes before what takes a while.
    let (listener, address) = listen(start)?;
    check_publishable(&start.output)?;
    if let Some(folder) = &start.page {
        if !folder.join("index.html").is_file() {
            let folder = folder.display();
            let why = format!("--page {folder}: there is no index.html in it (make page builds it in target/web/page)");
            return Err(Failure::Failed(anyhow::Error::msg(why)));
        }
    }
    let begun = begin(start)?;
    withdraw(&start.output)?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    let _entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener).context("the port")?;
    let url = format!("http://{}", reachable(address));
    let friendbot_url = format!("{url}/friendbot");
    let options = Options {
        closing: start.ledger_ms,
        friendbot_url: Some(friendbot_url.clone()),
        page: start.page.clone(),
        ..Options::default()
    };
    let network = begun.ledger.network().clone();
    let sandbox = Sandbox::new(begun.ledger, options);
    sandbox.controls().set_directory(begun.directory.clone());
    if let Some((store, marks, clock)) = begun.state {
        Controls::keep(&sandbox, store, marks, clock);
    }

    let document = Document {
        rpc_url: &url,
        friendbot_url: &friendbot_url,
        network_passphrase: network.passphrase(),
        directory: &begun.directory,
    };
    let mut json = serde_json::to_string_pretty(&document)?;
    json.push('\n');
    publish(&start.output, &json)?;
    let page = match start.page.is_some() || ballast_sandbox::page::is_embedded() {
        true => format!("wallet page: {url}/\n"),
        false => "the wallet page is not part of this program: make sandbox builds it\n".into(),
    };
    print(&table::directory(&begun.directory))?;
    print(&format!(
        "\nscenario {}, limits {}, seed {}; {}\n{page}ready after {:.1} s: {url}, friendbot {friendbot_url}\n\
         network \"{}\"; addresses and keys: {}\nCtrl-C stops it.\n",
        begun.settings.scenario.name(),
        persist::limits_name(begun.settings.limits),
        begun.settings.seed,
        begun.told,
        began.elapsed().as_secs_f64(),
        network.passphrase(),
        start.output.display(),
    ))?;
    if !address.ip().is_loopback() {
        eprintln!(
            "warning: {address} can be reached from elsewhere: whoever does can move every account here, \
             whose keys are public, and every control"
        );
    }
    runtime.block_on(serve(sandbox.clone(), listener, crate::signal::stop()))?;
    sandbox
        .controls()
        .sync()
        .context("the state file cannot be written")?;
    print("stopped\n")?;
    Ok(())
}

fn listen(start: &Start) -> Result<(TcpListener, SocketAddr), Failure> {
    let ip = start.bind.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let address = SocketAddr::new(ip, start.port);
    let listen = || -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let hint = |error: &io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => ": another program has it; --port chooses another one",
        io::ErrorKind::AddrNotAvailable => ": this machine has no such address",
        io::ErrorKind::PermissionDenied => ": ports below 1024 are the system's",
        _ => "",
    };
    listen().map_err(|error| {
        let words = format!("cannot serve on {address}{}", hint(&error));
        Failure::Failed(anyhow::Error::new(error).context(words))
    })
}

/// The address by which this machine reaches what listens there.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port())
        }
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port())
        }
        _ => address,
    }
}

/// From the state file, or from nothing.
fn begin(start: &Start) -> Result<Begun, Failure> {
    let wanted = start.wanted();
    let network = Network::default();
    let place = match &start.state {
        None => None,
        Some(file) => match Store::open(file, &network, start.history_ledgers, &wanted)? {
            Opening::Restored(restored) => return Ok(restore(*restored)),
            Opening::New(place) => Some(place),
        },
    };
    let settings = persist::settings(&wanted);
    let (ledger, directory) = settings.scenario.build(scenario::Options {
        limits: settings.limits,
        seed: settings.seed,
        history_ledgers: start.history_ledgers,
        now: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    })?;
    let mut told = "in memory only".to_string();
    let mut state = None;
    if let Some(place) = place {
        let beginning = Beginning {
            settings,
            directory: directory.clone(),
        };
        let store =
            Store::begin(place, &beginning, &ledger).context("the state file cannot be written")?;
        told = format!("kept in {}", store.path().display());
        state = Some((store, persist::Marks::new(), 0));
    }
    Ok(Begun {
        ledger,
        settings,
        directory,
        state,
        told,
    })
}

fn restore(restored: persist::Restored) -> Begun {
    let torn = match restored.found.torn_bytes {
        0 => String::new(),
        bytes => format!("; the last {bytes} bytes were of an unfinished record and are dropped"),
    };
    let told = format!(
        "at ledger {} of {}{torn}",
        restored.ledger.header().ledger_seq,
        restored.store.path().display(),
    );
    Begun {
        ledger: restored.ledger,
        settings: restored.beginning.settings,
        directory: restored.beginning.directory,
        state: Some((restored.store, restored.marks, restored.clock)),
        told,
    }
}
