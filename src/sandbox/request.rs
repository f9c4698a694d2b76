//! A request, as the handlers read it.

use http::header::AUTHORIZATION;
use http::request::Parts;
use hyper::body::Bytes;
use url::form_urlencoded;

use super::faults::Effect;

/// A request, with its whole body.
pub(super) struct Request {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    /// What the active faults do to it.
    pub(super) effects: Vec<Effect>,
}

impl Request {
    pub(super) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// A field of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        field(self.parts.uri.query()?.as_bytes(), name)
    }

    /// A field of the form in the body; empty if it is missing.
    pub(super) fn form(&self, name: &str) -> String {
        field(&self.body, name).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The access token, valid or not; empty if there is none.
    pub(super) fn bearer(&self) -> &str {
        let header = self.header(AUTHORIZATION.as_str()).unwrap_or_default();
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => "",
        }
    }

    pub(super) fn has(&self, effect: &Effect) -> bool {
        self.effects.contains(effect)
    }
}

fn field(encoded: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(encoded);
    let (_, value) = fields.find(|(known, _)| known == name)?;
    Some(value.into_owned())
}
