//! `nxp api`: sends a request that the user writes, and passes the response body on.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use reqwest::Method;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap,
    HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use serde_json::{Map, Value};

use super::app::App;
use super::profiles::acting::session_as;
use crate::api::{self, ApiRequest, RequestPath};
use crate::args::{ApiArgs, Format};
use crate::command_output::CommandOutput;
use crate::error::{Error, Result};
use crate::output::Blocking;

/// The largest request body, in bytes: it is kept in memory for retries.
const LARGEST_INPUT: u64 = 16 * 1024 * 1024;

/// The headers that nxp sets itself. The token can't be redacted in a compressed response.
const RESERVED: [HeaderName; 6] = [
    AUTHORIZATION,
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    COOKIE,
    ACCEPT_ENCODING,
];

pub(super) async fn run(
    app: &mut App,
    args: &ApiArgs,
    format: Option<Format>,
) -> Result<CommandOutput> {
    if format.is_some_and(|format| format != Format::Json) {
        return Err(Error::usage(
            "`api` prints the response as it is",
            "leave out `-o`; `-o json` is for errors",
        ));
    }
    let request = request(args)?;
    let (session, _) = session_as(app, args.act_as.as_deref()).await?;
    let mut response = session.pass_through(&request).await?;
    let mut body = app.console.body();
    while let Some(chunk) = response.chunk().await? {
        if !body.write(&chunk)? {
            break;
        }
    }
    body.finish()?;
    if response.is_web_page() && !request.headers.contains_key(ACCEPT) {
        let page = format!("{} is a web page, not an API", request.path.without_query());
        app.console.warn(&page);
    }
    response.outcome().map(|()| CommandOutput::Nothing)
}

fn request(args: &ApiArgs) -> Result<ApiRequest> {
    let method = args.method();
    let mut path = path(&args.path)?;
    refuse(&method, &path)?;
    let mut headers = headers(&args.headers)?;
    let fields = fields(&args.fields)?;
    // With --input, as in a GET, fields are query parameters.
    let in_query = args.input.is_some() || matches!(method, Method::GET | Method::HEAD);
    let body = match &args.input {
        Some(file) => Some(input(file)?),
        None if fields.is_empty() || in_query => None,
        None => Some(json(&fields)?),
    };
    if in_query {
        for (key, value) in fields {
            path.add_parameter(key, value);
        }
    }
    if body.is_some() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(ApiRequest {
        method,
        path,
        headers,
        body,
    })
}

/// Refuses requests that have a command of their own, in any spelling of their path.
fn refuse(method: &Method, path: &RequestPath) -> Result<()> {
    let names = path.names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (request, hint) = match names[..] {
        ["current", "profiles", ..] if *method == Method::PUT => {
            ("PUT …/profiles/current", USE_SWITCH)
        }
        ["setcurrentprofile", "coworker", ..] | [_, "setcurrentprofile", "coworker", ..] => {
            ("…/coworker/setCurrentProfile", USE_SWITCH)
        }
        ["impersonate", ..] => (
            "…/impersonate",
            "use `--as PROFILE`, which checks which profile the token acts as",
        ),
        ["token", "api"] | ["exchange", "users", ..] => (
            path.without_query(),
            "its response has tokens: sign in with `nxp login`, or print one with `nxp token`",
        ),
        _ => return Ok(()),
    };
    Err(Error::usage(format!("{request} is refused"), hint))
}

const USE_SWITCH: &str =
    "use `nxp profiles switch`, which waits for other switches and verifies the result";

fn path(given: &str) -> Result<RequestPath> {
    // A folder of Windows: Git Bash puts its own in front of a path.
    if let [drive, b':', b'/' | b'\\', ..] = given.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        return Err(Error::usage(
            "PATH has become a file name: Git Bash replaces a leading /",
            "set MSYS_NO_PATHCONV=1 in Git Bash, and run it again",
        ));
    }
    RequestPath::parse(given).map_err(|problem| {
        let given = api::redact_address(given);
        Error::usage(
            format!("invalid PATH \"{given}\": {problem}"),
            "give the path alone, such as /api/public/coworkers/profiles; --space chooses the host",
        )
    })
}

/// No value appears in an error: it may be a secret.
fn headers(given: &[String]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in given {
        let Some((name, value)) = header(line) else {
            return Err(Error::usage(
                "invalid -H: expected NAME: VALUE on one line",
                "separate name and value with a colon, such as -H 'Accept: text/csv'",
            ));
        };
        if RESERVED.contains(&name) {
            return Err(Error::usage(
                format!("-H can't set {name}"),
                "leave it out; nxp sets what the request needs",
            ));
        }
        headers.append(name, value);
    }
    Ok(headers)
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

fn fields(given: &[String]) -> Result<Vec<(&str, &str)>> {
    let fields = given.iter().map(|field| match field.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
        _ => Err(Error::usage(
            "invalid -f: expected KEY=VALUE",
            "separate key and value with =, such as -f Name=Ana",
        )),
    });
    fields.collect()
}

fn json(fields: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut object = Map::new();
    for (key, value) in fields {
        if object.insert((*key).to_owned(), (*value).into()).is_some() {
            return Err(Error::usage(
                format!("-f gives {key} twice"),
                "give each field once, or the whole body with --input",
            ));
        }
    }
    Ok(Value::Object(object).to_string().into_bytes())
}

/// Reads a file, or standard input for `-`.
fn input(file: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: io::Error| {
        Error::usage(
            format!("can't read {}: {error}", file.display()),
            "give a file with --input, or - for standard input",
        )
    };
    let mut body = Vec::new();
    let limit = LARGEST_INPUT + 1;
    let read = if file == Path::new("-") {
        Blocking(io::stdin()).take(limit).read_to_end(&mut body)
    } else {
        File::open(file).and_then(|file| file.take(limit).read_to_end(&mut body))
    };
    if read.map_err(unreadable)? as u64 > LARGEST_INPUT {
        return Err(Error::usage(
            format!("{} is larger than 16 MiB", file.display()),
            "send less at a time",
        ));
    }
    Ok(body)
}
