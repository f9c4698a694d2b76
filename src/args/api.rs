//! `nxp api` and `nxp token`, as clap parses them.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use reqwest::Method;

#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// Print a token that acts as this profile; don't switch
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) act_as: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ApiArgs {
    /// Send the request as this profile; don't switch
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) act_as: Option<String>,
    /// HTTP method [default: GET; POST with -f or --input]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    pub(crate) method: Option<Method>,
    /// Header to add; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// String field of the JSON body or GET query; repeatable
    #[arg(short = 'f', long = "field", value_name = "KEY=VALUE")]
    pub(crate) fields: Vec<String>,
    /// File to send as the body; - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input: Option<PathBuf>,
    /// Path on the host of the space, beginning with /
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
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

impl ApiArgs {
    /// The method of the request.
    pub(crate) fn method(&self) -> Method {
        let sends = self.input.is_some() || !self.fields.is_empty();
        match &self.method {
            Some(method) => method.clone(),
            None if sends => Method::POST,
            None => Method::GET,
        }
    }
}
