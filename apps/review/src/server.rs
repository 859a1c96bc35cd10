//! Connections: accepts them, reads requests within limits, hands them to the routes, sends what they answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::desk::Desk;
use crate::guard;
use crate::http::{Call, Content, Query, Refusal, Reply, Sent};
use crate::limits::{
    BODY_SECONDS, CONNECTIONS_MAX, ENDING, HEADER_BYTES_MAX, HEADER_FIELDS_MAX, HEADER_SECONDS,
    URI_BYTES_MAX, WAITING_MAX, WORKING_MAX,
};
use crate::routes::{Led, Route, lead};
use crate::session::Visitor;

/// A server on its way.
pub(crate) struct Server {
    pub(crate) desk: Arc<Desk>,
    pub(crate) tls: Option<TlsAcceptor>,
    working: Semaphore,
    waiting: AtomicUsize,
}

impl Server {
    pub(crate) fn new(desk: Arc<Desk>, tls: Option<TlsAcceptor>) -> Self {
        Self {
            desk,
            tls,
            working: Semaphore::new(WORKING_MAX),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Serves until `ended` says so, then lets answers under way come to their end.
    pub(crate) async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        mut ended: watch::Receiver<bool>,
    ) {
        let open = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(permit) = Arc::clone(&open).acquire_owned().await else {
                break;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = ended.changed() => break,
            };
            let Ok((stream, address)) = accepted else {
                // Out of file descriptors, or a connection that was gone before it was taken.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let (server, ended) = (Arc::clone(&self), ended.clone());
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                match &server.tls {
                    None => server.connection(stream, address, ended).await,
                    Some(tls) => {
                        let shaken = tokio::time::timeout(HEADER_SECONDS, tls.accept(stream)).await;
                        if let Ok(Ok(stream)) = shaken {
                            server.connection(stream, address, ended).await;
                        }
                    }
                }
                drop(permit);
            });
        }
        let everyone = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(ENDING, open.acquire_many(everyone)).await;
    }

    async fn connection<S>(
        self: &Arc<Self>,
        stream: S,
        address: SocketAddr,
        mut ended: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|request| {
            let server = Arc::clone(self);
            async move { Ok::<_, Infallible>(server.answer(request, address).await) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADER_SECONDS)
            .max_buf_size(HEADER_BYTES_MAX)
            .max_headers(HEADER_FIELDS_MAX)
            .half_close(false);
        let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        let until_ended =
            async { while !*ended.borrow_and_update() && ended.changed().await.is_ok() {} };
        tokio::select! {
            // An error here is a connection that broke: there is nobody to tell.
            _ = connection.as_mut() => return,
            () = until_ended => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        address: SocketAddr,
    ) -> Response<Sent> {
        let (is_head, is_tls) = (request.method() == hyper::Method::HEAD, self.tls.is_some());
        let reply = match self.reply(request, address).await {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(),
        };
        sent(reply, is_head, is_tls)
    }

    async fn reply(
        self: Arc<Self>,
        request: Request<Incoming>,
        address: SocketAddr,
    ) -> Result<Reply, Refusal> {
        let (head, body) = request.into_parts();
        within_limits(&head)?;
        let (method, path) = (head.method.as_str(), head.uri.path());
        guard::admit(&self.desk, method, path, &head.headers)?;
        let (route, captured) = match lead(method, path) {
            Led::To(route, captured) => (route, captured),
            Led::OtherMethods(methods) => {
                return Ok(
                    Refusal::new(405, "bad-method", "this path does not know that method")
                        .reply()
                        .with("allow", methods.join(", ")),
                );
            }
            Led::Nowhere => return Err(Refusal::not_found("path")),
        };
        let visitor = Visitor {
            address: Some(address.ip()),
            session: guard::session(&self.desk, &head.headers),
        };
        guard::permit(&self.desk, route, &visitor, &head.headers)?;
        let query = Query::parse(head.uri.query().unwrap_or_default())?;
        let resume = ["last-event-id", "if-none-match"]
            .into_iter()
            .find_map(|name| head.headers.get(name));
        let resume = resume
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = self.body(route, &head.headers, body).await?;
        self.work(route, visitor, captured, query, body, resume)
            .await
    }

    async fn body(
        &self,
        route: &Route,
        headers: &hyper::HeaderMap,
        body: Incoming,
    ) -> Result<Bytes, Refusal> {
        let too_large = || {
            Refusal::new(
                413,
                "too-large",
                format!("the body may have {} bytes here", route.body_max),
            )
        };
        let has_length = headers.contains_key(CONTENT_LENGTH);
        if !has_length && !body.is_end_stream() {
            return Err(Refusal::new(
                411,
                "length-required",
                "a body must say its length (Content-Length)",
            ));
        }
        if body.size_hint().lower() > route.body_max {
            return Err(too_large());
        }
        let limit = usize::try_from(route.body_max).unwrap_or(usize::MAX);
        let read = tokio::time::timeout(BODY_SECONDS, Limited::new(body, limit).collect()).await;
        match read {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err(too_large()),
            Err(_) => Err(Refusal::new(400, "bad-request", "the body came too slowly")),
        }
    }

    /// Runs the route on a thread where it may wait for the disk.
    async fn work(
        self: Arc<Self>,
        route: &'static Route,
        visitor: Visitor,
        captured: Vec<String>,
        query: Query,
        body: Bytes,
        resume: Option<String>,
    ) -> Result<Reply, Refusal> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Refusal::new(
                429,
                "busy",
                "too many requests at once; try again",
            ));
        }
        let permit = self.working.acquire().await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let server = Arc::clone(&self);
        let worked = tokio::task::spawn_blocking(move || {
            let call = Call {
                visitor: &visitor,
                captured: &captured,
                query,
                body,
                resume,
            };
            let reply = (route.run)(&server.desk, &call)?;
            Ok(crate::redact::masked(&server.desk, &visitor, route, reply))
        });
        let reply = worked
            .await
            .unwrap_or_else(|panic| Err(Refusal::internal(&panic)));
        drop(permit);
        reply
    }
}

/// Refuses what is too long, or meant for another server.
fn within_limits(head: &hyper::http::request::Parts) -> Result<(), Refusal> {
    let target_length = head.uri.path().len() + head.uri.query().map_or(0, str::len);
    if target_length > URI_BYTES_MAX {
        return Err(Refusal::new(
            414,
            "uri-too-long",
            format!("path and query are longer than {URI_BYTES_MAX} bytes"),
        ));
    }
    let header_length: usize = head
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if header_length > HEADER_BYTES_MAX {
        return Err(Refusal::new(
            431,
            "headers-too-large",
            format!("the header is longer than {HEADER_BYTES_MAX} bytes"),
        ));
    }
    if head.uri.authority().is_some() {
        return Err(Refusal::new(400, "bad-request", "this is no proxy"));
    }
    Ok(())
}

/// An answer with the fields that every answer carries.
fn sent(reply: Reply, is_head: bool, is_tls: bool) -> Response<Sent> {
    let (media_type, body) = match reply.content {
        Content::Nothing => (None, Sent::Whole(None)),
        Content::Json(value) => (
            Some("application/json"),
            Sent::Whole(Some(Bytes::from(value.to_string()))),
        ),
        Content::Bytes(media_type, bytes) => (Some(media_type), Sent::Whole(Some(bytes))),
        Content::Events(events) => (Some("text/event-stream"), Sent::Events(events)),
    };
    let body = if is_head { Sent::Whole(None) } else { body };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    for (name, value) in guard::FIELDS {
        set(name, value);
    }
    if is_tls {
        set("strict-transport-security", "max-age=31536000");
    }
    if let Some(media_type) = media_type {
        set("content-type", media_type);
    }
    for (name, value) in &reply.fields {
        set(name, value);
    }
    response
}
