//! `nxp api` and `nxp token`, as clap reads them.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use http::Method;

pub(super) const API_HELP: &str = "\
The response body goes to standard output, unchanged but for the access token, which is replaced by
[redacted]. On a terminal JSON is indented. Exit code 1 also where a JSON object in a 200 response
says no: `WasSuccessful: false`, or a `Status` of 400 or more.

PATH is on the space's own host; redirects are not followed. Only GET and rate-limited requests are
retried. To switch, use `nxp profiles switch`.

Examples (observed endpoints, which Nexudus does not document and may change):
  List the bookings between two days:
    nxp api '/en/bookings/fullCalendarBookings?start=YYYY-MM-DD&end=YYYY-MM-DD'
  Book; booking.json is described in `nxp help scripting`, an empty response is success:
    nxp api --input booking.json '/en/basket/CreateInvoice?createZeroValueInvoice=true'
  Cancel the booking with this id:
    echo '{}' | nxp api --input - /en/bookings/deletejson/1370000";

pub(super) const TOKEN_HELP: &str = "\
The token is as good as your password until it expires: don't print it to a log, and don't give it
as an argument to a program that others can see. `nxp profiles exec --with-token` gives it to one
command only, and `nxp api` sends a request without showing it.

Examples:
  curl -H \"Authorization: Bearer $(nxp token)\" https://acme.spaces.nexudus.com/api/public/coworkers/profiles
  nxp token -o json                          with its expiry, space and account";

/// What to send.
#[derive(Args, Debug)]
pub struct ApiArgs {
    /// HTTP method [default: GET; POST with -f or --input]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    pub method: Option<Method>,
    /// Add a request header; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Add a string field to the JSON body, or to the query of a GET; repeatable
    #[arg(short = 'f', long = "field", value_name = "KEY=VALUE")]
    pub fields: Vec<String>,
    /// Send this file as the body; - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Option<PathBuf>,
    /// The path on the space's host, such as /api/public/coworkers/profiles
    #[arg(value_name = "PATH")]
    pub path: String,
}

/// CONNECT and TRACE make no request of an API.
fn method(given: &str) -> Result<Method, String> {
    let upper = given.to_ascii_uppercase();
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .contains(&upper.as_str())
        .then(|| upper.parse().ok())
        .flatten()
        .ok_or_else(|| "expected GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS".to_owned())
}
