//! HTTP.

use crate::{
    control,
    faults::{self, Decision, Outcome},
    friendbot, page, rpc, CloseError, RpcError, Sandbox,
};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Query, Request, State},
    http::{header, HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{any, MethodRouter},
    Router,
};
use std::{
    collections::HashMap,
    future::{poll_fn, Future, IntoFuture},
    io,
    pin::{pin, Pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// What is read of a body that is refused, so that its sender comes to read the refusal.
const DRAINED_BYTES: usize = 64 * 1024 * 1024;
/// How long requests that are being answered may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// A control may bring along a table of prices.
const CONTROL_BYTES: usize = 8 * 1024 * 1024;

/// Serves a sandbox until `shutdown` is ready, and closes its ledgers meanwhile.
///
/// # Errors
/// If the listener fails, or a ledger could not be written down.
pub async fn serve(
    sandbox: Arc<Sandbox>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    sandbox.set_default_friendbot_url(format!("http://{address}/friendbot"));

    let stop = watch::Sender::new(false);
    let stopping = async |mut stop: watch::Receiver<bool>| {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let closing = tokio::spawn(sandbox.clone().keep_closing());
    let server = axum::serve(listener, router(sandbox.clone()))
        .with_graceful_shutdown(stopping(stop.subscribe()));
    let server = tokio::spawn(server.into_future());

    let failure = until_over(&sandbox, shutdown).await;
    closing.abort();
    stop.send_replace(true);
    let ended = tokio::time::timeout(GRACE, server).await;
    match (failure, ended) {
        (Some(error), _) => Err(error.into()),
        (None, Ok(ended)) => Ok(ended??),
        // Somebody keeps a connection busy; the program need not wait for that.
        (None, Err(_)) => Ok(()),
    }
}

/// Waits for the end, wanted or not.
async fn until_over(
    sandbox: &Sandbox,
    shutdown: impl Future<Output = ()> + Send,
) -> Option<CloseError> {
    let mut failed = sandbox.failed();
    let mut failure = pin!(failed.wait_for(Option::is_some));
    let mut shutdown = pin!(shutdown);
    poll_fn(|context| {
        if shutdown.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        match failure.as_mut().poll(context) {
            Poll::Ready(Ok(failure)) => Poll::Ready(failure.clone()),
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn router(sandbox: Arc<Sandbox>) -> Router {
    let methods = [
        Method::GET,
        Method::PUT,
        Method::POST,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    // Any page may ask, as with the real server: there is nothing here that a page must not know.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .allow_methods(methods);
    Router::new()
        .route("/", json_rpc().get(root))
        .route("/rpc", json_rpc())
        .route("/soroban/rpc", json_rpc())
        .route("/friendbot", any(ask_friendbot))
        .layer(cors)
        .fallback(page_file)
        .with_state(sandbox)
}

fn json_rpc() -> MethodRouter<Arc<Sandbox>> {
    axum::routing::post(answer).fallback(|| async {
        (
            StatusCode::METHOD_NOT_ALLOWED,
            [("accept-post", "application/json"), ("allow", "POST")],
        )
    })
}

async fn root(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap) -> Response {
    page::root(sandbox, &headers).await
}

async fn page_file(
    State(sandbox): State<Arc<Sandbox>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    page::file(sandbox, method, uri.path(), &headers).await
}

async fn answer(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    if let Some(refusal) = refuse_type(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal).into_response();
    }
    let mut asked = rpc::Asked {
        no_controls: control::refusal(request.headers()),
        ..rpc::Asked::default()
    };
    let limit = sandbox.body_bytes();
    let body = match read_body(request.into_body(), limit.max(CONTROL_BYTES)).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let method = rpc::first_method(&body).unwrap_or_default();
    if !method.starts_with(control::PREFIX) {
        if body.len() > limit {
            return too_long();
        }
        match suffer(&sandbox, &method).await {
            Ok(source) => asked.source = source,
            Err(response) => return response,
        }
    }
    let Ok(turn) = sandbox.turns.clone().acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        rpc::answer(&sandbox, &body, &asked)
    });
    match work.await {
        Ok(Some(answer)) => json(StatusCode::OK, answer),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        // It panicked. That is a defect; the server goes on.
        Err(_) => {
            let error = serde_json::json!(RpcError::internal("internal error"));
            let body = format!(r#"{{"jsonrpc":"2.0","id":null,"error":{error}}}"#);
            json(StatusCode::OK, body)
        }
    }
}

async fn ask_friendbot(
    State(sandbox): State<Arc<Sandbox>>,
    method: Method,
    uri: Uri,
    request: Request,
) -> Response {
    if let Err(response) = suffer(&sandbox, faults::FRIENDBOT).await {
        return response;
    }
    let mut address = parameter(&uri, "addr");
    if method == Method::POST {
        let body = match read_body(request.into_body(), sandbox.body_bytes()).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        // A form is written as a query is.
        let form = std::str::from_utf8(&body).map(|form| format!("/?{form}"));
        let form = form.ok().and_then(|form| form.parse::<Uri>().ok());
        address = form.and_then(|form| parameter(&form, "addr")).or(address);
    } else if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let (status, body) = friendbot::fund(&sandbox, &address.unwrap_or_default()).await;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, body.to_string())
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let Query(mut all) = Query::<HashMap<String, String>>::try_from_uri(uri).ok()?;
    all.remove(name)
}

/// Lets the fault happen that is due; where there is none, says what calls are answered from.
async fn suffer(sandbox: &Sandbox, method: &str) -> Result<rpc::Source, Response> {
    let Decision { delay, outcome } = sandbox.faults().decide(method);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    Err(match outcome {
        Outcome::Serve => return Ok(rpc::Source::Newest),
        Outcome::Stale(ledger) => return Ok(rpc::Source::Stale(ledger)),
        Outcome::Error { code, message } => {
            return Ok(rpc::Source::Failing(RpcError::new(code, message)));
        }
        Outcome::Http {
            status,
            retry_after,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let mut response = status.into_response();
            if let Some(seconds) = retry_after {
                let seconds = HeaderValue::from(seconds);
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
        Outcome::Garbage(bytes) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::OK, kind, bytes).into_response()
        }
        Outcome::Drop => Response::new(Body::new(Broken)),
    })
}

fn json(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, body).into_response()
}

/// Refuses a body that is not said to be JSON.
fn refuse_type(headers: &HeaderMap) -> Option<&'static str> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    if parts.next() != Some("application/json") {
        return Some("content-type must be application/json\n");
    }
    let is_utf8 = |charset: &str| matches!(charset.trim_matches('"'), "utf-8" | "utf8");
    let mut charsets = parts.filter_map(|part| part.strip_prefix("charset="));
    (!charsets.all(is_utf8)).then_some("invalid content-type charset\n")
}

/// Reads a body. One that is too long is read to its end all the same, within reason, and dropped: who
/// sends it would otherwise find the connection broken instead of the refusal.
async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Response> {
    let mut bytes = Vec::new();
    let mut length = 0usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else {
            return Err(StatusCode::BAD_REQUEST.into_response());
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > DRAINED_BYTES {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    if length > limit {
        return Err(too_long());
    }
    Ok(bytes.into())
}

fn too_long() -> Response {
    let text = "http: request body too large\n";
    (StatusCode::PAYLOAD_TOO_LARGE, text).into_response()
}

/// A body that breaks the connection off.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}
