//! `ballast sandbox fail`.

use super::control::Target;
use crate::{output::print, Failure};
use ballast_sandbox::faults::{Fault, Form, Kind};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{json, Value};

#[derive(Args)]
pub struct Fail {
    #[command(subcommand)]
    how: How,
}

#[derive(Subcommand)]
enum How {
    /// Answers come late
    Latency {
        /// At least so late
        #[arg(value_name = "MS")]
        ms: u64,
        /// And up to so much later, by chance
        #[arg(long, value_name = "MS", default_value_t = 0)]
        jitter: u64,
        #[command(flatten)]
        which: Which,
    },
    /// Answers are errors of JSON-RPC
    Error {
        /// Its code
        #[arg(long, value_name = "N", default_value_t = -32603, allow_negative_numbers = true)]
        code: i32,
        /// Its text
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "internal error (asked for)"
        )]
        message: String,
        #[command(flatten)]
        which: Which,
    },
    /// Answers are an HTTP status without a body
    Http {
        /// 400 to 599
        #[arg(value_name = "STATUS", default_value_t = 503)]
        #[arg(value_parser = clap::value_parser!(u16).range(400..=599))]
        status: u16,
        #[command(flatten)]
        which: Which,
    },
    /// HTTP status 429 above so many requests a second
    RateLimit {
        /// 0: every request
        #[arg(value_name = "PER_SECOND", default_value_t = 0)]
        per_second: u32,
        #[command(flatten)]
        which: Which,
    },
    /// Answers come from an older ledger: the node falls back and stays so far behind
    Stale {
        /// How many ledgers
        #[arg(value_name = "LEDGERS", default_value_t = 5)]
        ledgers: u32,
        #[command(flatten)]
        which: Which,
    },
    /// Bodies are no answers
    Garbage {
        /// What they are [default: by chance]
        #[arg(value_enum)]
        form: Option<FormName>,
        #[command(flatten)]
        which: Which,
    },
    /// Connections are closed without an answer
    Drop {
        #[command(flatten)]
        which: Which,
    },
    /// Print the faults in force
    List(Target),
    /// End one fault, or all
    Clear {
        /// Its number, as list prints it
        #[arg(value_name = "ID")]
        id: Option<u64>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Args)]
struct Which {
    /// Of this method only; friendbot is one
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// So many requests, then it ends [default: until it is cleared]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Share of the requests that it hits, a decimal above 0 and up to 1 [default: 1]
    #[arg(long, value_name = "SHARE")]
    rate: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormName {
    Bytes,
    Truncated,
    Html,
    Empty,
    Shape,
}

pub fn run(arguments: &Fail) -> Result<(), Failure> {
    let (kind, which) = match &arguments.how {
        How::Latency { ms, jitter, which } => (
            Kind::Latency {
                ms: *ms,
                jitter_ms: *jitter,
            },
            which,
        ),
        How::Error {
            code,
            message,
            which,
        } => (
            Kind::Error {
                code: *code,
                message: message.clone(),
            },
            which,
        ),
        How::Http { status, which } => (Kind::Http { status: *status }, which),
        How::RateLimit { per_second, which } => (
            Kind::RateLimit {
                per_second: *per_second,
            },
            which,
        ),
        How::Stale { ledgers, which } => (Kind::Stale { ledgers: *ledgers }, which),
        How::Garbage { form, which } => (
            Kind::Garbage {
                form: form.map(|form| match form {
                    FormName::Bytes => Form::Bytes,
                    FormName::Truncated => Form::Truncated,
                    FormName::Html => Form::Html,
                    FormName::Empty => Form::Empty,
                    FormName::Shape => Form::Shape,
                }),
            },
            which,
        ),
        How::Drop { which } => (Kind::Drop, which),
        How::List(target) => return list(target),
        How::Clear { id, target } => {
            let cleared = target.call("ballast_clearFaults", json!({ "id": id }))?;
            return Ok(print(&format!("{} faults cleared\n", cleared["cleared"]))?);
        }
    };
    let fault = Fault {
        kind,
        method: which.method.clone(),
        requests: which.requests,
        rate: which.rate.clone(),
    };
    let added = which
        .target
        .call("ballast_fail", serde_json::to_value(&fault)?)?;
    let id = &added["id"];
    Ok(print(&format!(
        "fault {id} is in force; `ballast sandbox fail clear {id}` ends it\n"
    ))?)
}

fn list(target: &Target) -> Result<(), Failure> {
    let status = target.call("ballast_status", Value::Null)?;
    let mut text = String::new();
    for fault in status["faults"].as_array().into_iter().flatten() {
        text += &format!("{fault}\n");
    }
    if text.is_empty() {
        text = "no faults are in force\n".into();
    }
    Ok(print(&text)?)
}
