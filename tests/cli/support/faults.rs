//! Faults that only tests need, for the sandbox's server. They are written as the sandbox's own are:
//! `[ENDPOINT[+CALLS]:]NAME[=VALUE,…]`, where `+CALLS` skips that many calls of the endpoint. What
//! each does is in [`answer`], or in [`body`] where the response can't be used.

use std::io::{self, ErrorKind};
use std::iter::{once, repeat_n};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame};
use hyper::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use hyper::http::{HeaderValue, StatusCode};
use nxp::sandbox::{CarryOut, Effect, Fault, Request, Responding, Response, response};
use serde_json::{Value, json};
use tokio::time::{Sleep, sleep};

use super::{Portal, SWITCH, is_secret};
use crate::people::{ANAS_OWN, CERAMICS};

const WHY: &str = "This profile can't be switched to.";
const DEAD_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkZWFkIn0.bm8tc2lnbmF0dXJl";
const PAGE: &str = "<!doctype html>\n<html><body><h1>Harbour Works</h1></body></html>\n";

/// Reads a fault: one of these, or of the sandbox's own.
pub(super) fn fault(text: &str) -> Fault {
    Fault::parse(text, effect).unwrap()
}

/// What the fault of this name does, and how often.
fn effect(name: &str, values: &[&str]) -> Option<(Effect, u32)> {
    let times = |index: usize| values.get(index).map(|times| times.parse().unwrap());
    let times = match name {
        "applied-then" | "not-applied-then" => times(1).unwrap_or(u32::MAX),
        "reset-before" | "reset-midway" => times(0).unwrap_or(1),
        "applied-refused" | "not-applied" | "refuse-with" | "apply-after" | "answer-after"
        | "ignore-shape" | "email-as-client" | "no-token" | "dead-token" | "conflict"
        | "web-page" | "firewall" | "redirect" | "delay" | "text" => u32::MAX,
        _ => body(name, None, Bytes::new()).map(|_| u32::MAX)?,
    };
    let fault = Arc::new((name.to_owned(), values.join(",")));
    let respond = move |request, carry_out| -> Responding {
        let fault = Arc::clone(&fault);
        Box::pin(async move { answer(&fault.0, &fault.1, request, carry_out).await })
    };
    Some((Effect::Custom(Arc::new(respond)), times))
}

async fn answer(
    name: &str,
    values: &str,
    mut request: Request,
    carry_out: CarryOut,
) -> io::Result<Response> {
    let mut values = values.split(',').filter(|value| !value.is_empty());
    let first = values.next();
    let number = first.and_then(|value| value.parse::<u64>().ok());
    let delay = Duration::from_millis(number.unwrap_or_default());
    Ok(match name {
        // STATUS[,TIMES[,MS]]: it is answered with STATUS after MS.
        "applied-then" | "not-applied-then" => {
            if name == "applied-then" {
                carry_out(request);
            }
            let delay = values.nth(1).map_or(0, |delay| delay.parse().unwrap());
            sleep(Duration::from_millis(delay)).await;
            let status = StatusCode::from_u16(number.unwrap().try_into().unwrap()).unwrap();
            let body = json!({ "Message": format!("Answered with {status}.") });
            // 401 has no body, as seen in the wild.
            match status {
                StatusCode::UNAUTHORIZED => response(status, None, ""),
                _ => in_json(status, &body),
            }
        }
        "applied-refused" => {
            carry_out(request);
            confirmation(false, &json!(WHY))
        }
        "not-applied" => confirmation(true, &Value::Null),
        // The shape of `Errors`: null, text, object, or escapes (text with escape sequences).
        "refuse-with" => {
            let escapes = format!("\u{1b}]0;owned\u{7}\u{1b}[31m{WHY}\u{202e}");
            let errors =
                json!({ "text": WHY, "object": { "coworkerId": [WHY] }, "escapes": escapes });
            confirmation(false, &errors[first.unwrap()])
        }
        // MS[,hang]: a switch is confirmed at once, or never, and carried out after MS.
        "apply-after" => {
            tokio::spawn(async move {
                sleep(delay).await;
                carry_out(request);
            });
            if values.next() == Some("hang") {
                std::future::pending::<()>().await;
            }
            confirmation(true, &Value::Null)
        }
        // MS: it is carried out at once.
        "answer-after" => {
            let response = carry_out(request);
            sleep(delay).await;
            response
        }
        // MIN-MAX: the request reaches the server, and the response the client, after random times in
        // milliseconds. It is carried out even if its client is gone.
        "delay" => {
            let (min, max) = first.unwrap().split_once('-').unwrap();
            let range = min.parse::<u64>().unwrap()..=max.parse().unwrap();
            let delays = [(); 2].map(|()| Duration::from_millis(fastrand::u64(range.clone())));
            let response = tokio::spawn(async move {
                sleep(delays[0]).await;
                let response = carry_out(request);
                sleep(delays[1]).await;
                response
            });
            response.await?
        }
        "ignore-shape" => {
            request.parts.uri = request.parts.uri.path().parse().unwrap();
            carry_out(request)
        }
        // A sign-in as if there were no `client_id`.
        "email-as-client" => {
            request.parts.headers.remove("client_id");
            carry_out(request)
        }
        // An impersonation gives no token, or one that is not valid.
        "no-token" | "dead-token" if request.parts.uri.path().ends_with("/impersonate") => {
            is_secret(DEAD_TOKEN);
            let token = json!({ "token": DEAD_TOKEN });
            let body = if name == "no-token" { json!({}) } else { token };
            in_json(StatusCode::OK, &body)
        }
        "no-token" | "dead-token" => carry_out(request),
        "conflict" => {
            let body = json!({ "Message": "This user is being changed right now." });
            in_json(StatusCode::CONFLICT, &body)
        }
        // TEXT: it is the body.
        "text" => response(
            StatusCode::OK,
            Some("text/plain"),
            first.unwrap().to_owned(),
        ),
        "web-page" => response(StatusCode::OK, Some("text/html"), PAGE),
        "firewall" => response(StatusCode::FORBIDDEN, Some("text/html"), PAGE),
        // [PORT]: to a port of this machine, or to another host.
        "redirect" => {
            let here = number.map(|port| format!("http://127.0.0.1:{port}"));
            let host = here.unwrap_or_else(|| "https://elsewhere.example".to_owned());
            let place = format!("{host}/api/public/coworkers/profiles?from=here");
            let response = response(StatusCode::TEMPORARY_REDIRECT, None, "");
            with_header(response, LOCATION, &place)
        }
        "reset-before" => return Err(ErrorKind::ConnectionReset.into()),
        _ => {
            let (mut parts, whole) = carry_out(request).into_parts();
            let whole = whole.collect().await?.to_bytes();
            if name == "reset-midway" {
                parts.headers.insert(CONTENT_LENGTH, whole.len().into());
            }
            let is_gzip = matches!(name, "compressed" | "bomb");
            let gzip = is_gzip.then(|| (CONTENT_ENCODING, HeaderValue::from_static("gzip")));
            parts.headers.extend(gzip);
            let number = number.map(|number| number.try_into().unwrap());
            let pieces = body(name, number, whole).unwrap();
            Response::from_parts(parts, pieces.boxed())
        }
    })
}

/// A body that no client can use, or hardly, in place of the whole one.
fn body(name: &str, number: Option<usize>, whole: Bytes) -> Option<Pieces> {
    let number = |default| number.unwrap_or(default);
    let half = whole.slice(..whole.len() / 2);
    let pieces = |pieces: &'static [u8]| Pieces::of(once(Bytes::from_static(pieces)));
    Some(match name {
        "no-body" => Pieces::of(None),
        "truncated-json" => Pieces::of(Some(half)),
        "wrong-json" => pieces(br#"["nothing","that",{"was":"asked for"},42]"#),
        "wrong-types" => pieces(br#"{"User":7,"Profiles":"none","WasSuccessful":"yes","access_token":{}}"#),
        "invalid-utf8" => {
            pieces(b"{\"User\":{\"FullName\":\"\xff\xfe\"},\"Profiles\":[],\"Message\":\"\xc0\"}")
        }
        "huge-numbers" => pieces(
            br#"{"User":{"Id":1e999},"Profiles":[{"Id":98765432109876543210987654321}],"WasSuccessful":1e999}"#,
        ),
        // 100,000 levels.
        "deep-nesting" => repeated("{\"Profiles\":", b"[", 100_000, &("]".repeat(100_000) + "}")),
        // One string of so many MiB.
        "huge-body" => repeated("{\"Padding\":\"", b"x", number(1024) << 20, "\"}"),
        // A list of one profile with a name of so many MiB.
        "huge-text" => {
            let head = r#"{"User":{"Id":1},"Profiles":[{"Id":1,"Active":true,"FullName":""#;
            repeated(head, b"x", number(8) << 20, r#""}]}"#)
        }
        // A list of so many profiles that have an id and nothing else.
        "bare-profiles" => {
            let head = r#"{"User":{"Id":1},"Profiles":[{"Id":1}"#;
            repeated(head, br#",{"Id":1}"#, number(1_800_000) - 1, "]}")
        }
        // One byte at a time, with so many milliseconds before each.
        "drip" => Pieces {
            pause: Duration::from_millis(number(500).try_into().ok()?),
            ..Pieces::of((0..whole.len()).map(move |index| whole.slice(index..=index)))
        },
        // `{}`, although no client asked for gzip.
        "compressed" => pieces(b"\x1f\x8b\x08\0\0\0\0\0\x02\xff\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0"),
        // A gzip stream (RFC 1951, RFC 1952) without end: the header, a stored block of one zero byte, and
        // the first byte of a block with the fixed codes whose matches, each of 258 zeros and 13 bits long,
        // repeat from then on. Eight of those are 13 bytes that stand for 2,064.
        "bomb" => {
            let head = Bytes::from_static(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\0\x01\0\xfe\xff\0\x1b");
            let matches = b"\x05\xa3\x60\x14\x8c\x82\x51\x30\x0a\x46\xc1\x28\x18";
            let matches = Bytes::from(matches.repeat(5_000));
            Pieces::of(once(head).chain(std::iter::repeat(matches)))
        }
        "reset-midway" => Pieces {
            pieces: Box::new([Ok(half), Err(ErrorKind::ConnectionReset.into())].into_iter()),
            // The client takes in what came before the reset.
            pause: Duration::from_millis(50),
            sleep: None,
        },
        _ => return None,
    })
}

/// A body in pieces, with a pause before each. An error resets the connection.
struct Pieces {
    pieces: Box<dyn Iterator<Item = io::Result<Bytes>> + Send + Sync>,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pieces {
    fn of<I>(pieces: I) -> Self
    where
        I: IntoIterator<Item = Bytes, IntoIter: Send + Sync + 'static>,
    {
        Self {
            pieces: Box::new(pieces.into_iter().map(Ok)),
            pause: Duration::ZERO,
            sleep: None,
        }
    }
}

/// A head, `unit` so many times, and a tail.
fn repeated(head: &str, unit: &[u8], times: usize, tail: &str) -> Pieces {
    let each = 64 * 1024 / unit.len();
    let piece = repeat_n(Bytes::from(unit.repeat(each)), times / each);
    let rest = [unit.repeat(times % each), tail.into()].map(Bytes::from);
    Pieces::of(once(Bytes::from(head.to_owned())).chain(piece).chain(rest))
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let pause = self.pause;
        if !pause.is_zero() {
            let paused = self.sleep.get_or_insert_with(|| Box::pin(sleep(pause)));
            ready!(paused.as_mut().poll(context));
            self.sleep = None;
        }
        Poll::Ready(self.pieces.next().map(|piece| piece.map(Frame::data)))
    }
}

fn with_header(mut response: Response, name: hyper::http::HeaderName, value: &str) -> Response {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

fn in_json(status: StatusCode, body: &Value) -> Response {
    response(status, Some("application/json"), body.to_string())
}

fn confirmation(is_successful: bool, errors: &Value) -> Response {
    let mut body = json!({ "Value": null, "Status": 200, "Message": null, "Errors": errors });
    body["WasSuccessful"] = is_successful.into();
    in_json(StatusCode::OK, &body)
}

#[test]
fn a_switch_is_carried_out_or_not() {
    for (fault, status, current) in [
        ("switch+1:not-applied", 200, CERAMICS),
        ("switch:applied-then=404", 404, CERAMICS),
        ("switch:not-applied-then=404", 404, ANAS_OWN),
        ("switch:applied-refused", 200, CERAMICS),
        ("switch:refuse-with=text", 200, ANAS_OWN),
        ("switch:not-applied", 200, ANAS_OWN),
        ("switch:firewall", 403, ANAS_OWN),
        ("switch:no-body", 200, CERAMICS),
    ] {
        let portal = Portal::with_faults([fault]);
        let bearer = format!("Authorization: Bearer {}", portal.token());
        let request = format!("{SWITCH}?coworkerId={CERAMICS}");
        let (answered, _) = portal.exchange(&request, &[&bearer], "");
        assert_eq!((answered, portal.current()), (status, current), "{fault}");
    }
}
