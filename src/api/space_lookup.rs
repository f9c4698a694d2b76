//! Which space a web address belongs to, and whether a host has a portal's API.

use reqwest::{Method, StatusCode};

use super::client::Client;
use super::json::{self, object};
use super::profiles;
use super::request::Request;
use super::response::status_in_words;
use super::space::Space;
use crate::error::{Error, Result};

/// What messages call an entry of the directory of spaces.
const SUBJECT: &str = "the space's address";

/// What the directory of spaces knows about one.
#[derive(Debug)]
pub(crate) struct SpaceEntry {
    /// The number of the space at Nexudus, if the directory gives it.
    pub(crate) id: Option<u64>,
    /// Where its API is. This can be any address: see [`Space::is_given_by_nexudus`].
    pub(crate) space: Space,
}

impl Client {
    /// Looks up the space whose portal is at `host`; `None` if there is none. The client must be one of
    /// [`Space::directory`]; no token is sent.
    ///
    /// # Errors
    /// [`Error::InvalidResponse`] for a response that is no directory entry, [`Error::InvalidSpace`] for an
    /// entry without a valid address, and any network failure.
    pub(crate) async fn space_of(&self, host: &str) -> Result<Option<SpaceEntry>> {
        let host: String = url::form_urlencoded::byte_serialize(host.as_bytes()).collect();
        let path = format!("/api/sys/businesses/getByHost?host={host}");
        let request = Request::new(Method::GET, &path, SUBJECT);
        let response = self.send(&request).await?;
        match response.status {
            _ if response.is_html() => Err(request.unusable("it is a web page")),
            // Which of these means that there is no such space isn't documented.
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::NO_CONTENT => Ok(None),
            StatusCode::OK => SpaceEntry::from_json(&response.body),
            status => Err(request.unusable(status_in_words(status))),
        }
    }

    /// Requests the profile list without a token, to check that the host has an API.
    ///
    /// # Errors
    /// [`Error::NoSuchSpace`] if something else answers, and any network failure.
    pub(crate) async fn probe(&self) -> Result<()> {
        let response = self.send(&profiles::list_request(profiles::PATH)).await?;
        let answered = match response.status {
            _ if response.is_html() => "a web page".to_owned(),
            StatusCode::UNAUTHORIZED => return Ok(()),
            status => status_in_words(status),
        };
        Err(Error::NoSuchSpace {
            space: self.space().host(),
            found: format!("it answered with {answered}"),
        })
    }
}

impl SpaceEntry {
    /// Reads an entry of the directory; `None` if there is no such space.
    ///
    /// # Errors
    /// As [`Client::space_of`].
    pub(crate) fn from_json(body: &[u8]) -> Result<Option<Self>> {
        object! {
            struct Entry {
                id: Option<u64>,
                web_address: Option<String>,
            }
        }
        if matches!(body.trim_ascii(), b"" | b"null") {
            return Ok(None);
        }
        let entry: Entry = json::parse(body).map_err(|problem| Error::InvalidResponse {
            what: SUBJECT.to_owned(),
            problem,
        })?;
        let address = entry.web_address.unwrap_or_default();
        if address.trim().is_empty() {
            return Ok(None);
        }
        let space = address.parse()?;
        Ok(Some(Self {
            id: entry.id,
            space,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        match SpaceEntry::from_json(body.as_bytes()) {
            Ok(Some(SpaceEntry {
                id: Some(id),
                space,
            })) => format!("{id} {space}"),
            Ok(Some(entry)) => entry.space.to_string(),
            Ok(None) => "none".to_owned(),
            Err(error) => format!("{}: {error}", error.code().as_str()),
        }
    }

    #[test]
    fn an_entry_gives_the_host_of_the_space() {
        for (body, expected) in [
            (
                r#"{"Id":7,"WebAddress":"acme.spaces.nexudus.com"}"#,
                "7 https://acme.spaces.nexudus.com",
            ),
            (
                r#"{"webAddress":"old.example","WebAddress":"acme.example","id":1,"Id":7}"#,
                "7 https://acme.example",
            ),
            (r#"{"WebAddress":"evil.example"}"#, "https://evil.example"),
            (r#"{"Id":0,"WebAddress":null}"#, "none"),
            (r#"{"Id":0,"WebAddress":" "}"#, "none"),
            ("{}", "none"),
            ("null", "none"),
            ("", "none"),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }

    #[test]
    fn response_that_is_no_directory_entry_is_an_error() {
        for (body, expected) in [
            (r#"["acme.example"]"#, "failed"),
            ("<html>", "failed"),
            (r#"{"WebAddress":7}"#, "failed"),
            (r#"{"WebAddress":"http://acme.example"}"#, "usage"),
            (r#"{"WebAddress":"acme@evil.example"}"#, "usage"),
        ] {
            let said = read(body);
            assert!(said.starts_with(expected), "{body}: {said}");
        }
    }
}
