//! Which space a web address belongs to, and whether a host has a portal's API.

use reqwest::{Method, StatusCode};

use super::client::Client;
use super::http::{Request, status_in_words};
use super::json::{self, object};
use super::profiles;
use super::space::Space;
use crate::error::{Error, Result};

/// What messages call an entry of the directory of spaces.
const SUBJECT: &str = "the space's address";

/// What the directory of spaces knows about one.
pub(crate) struct SpaceEntry {
    /// The number of the space at Nexudus, if the directory gives it.
    pub(crate) id: Option<u64>,
    /// Where its API is, as the directory writes it. This can be anything.
    pub(crate) address: String,
}

impl Client {
    /// Looks up the space whose portal is at `host`; `None` if there is none. The client must be one of
    /// [`Space::directory`]; no token is sent.
    ///
    /// # Errors
    /// For a response that is no directory entry, and any network failure.
    pub(crate) async fn space_of(&self, host: &str) -> Result<Option<SpaceEntry>> {
        let host: String = url::form_urlencoded::byte_serialize(host.as_bytes()).collect();
        let path = format!("/api/sys/businesses/getByHost?host={host}");
        let request = Request::new(Method::GET, &path, SUBJECT);
        let response = self.send(&request).await?;
        match response.status {
            _ if response.is_html() => Err(request.unusable("it is a web page")),
            // Which of these means that there is no such space isn't documented.
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::NO_CONTENT => Ok(None),
            StatusCode::OK => {
                SpaceEntry::from_json(&response.body).map_err(|problem| request.unusable(problem))
            }
            status => Err(request.unusable(status_in_words(status))),
        }
    }

    /// Requests the profile list without a token, to check that the host has an API.
    ///
    /// # Errors
    /// As [`Error::no_such_space`] if something else answers, and any network failure.
    pub(crate) async fn probe(&self) -> Result<()> {
        let response = self.send(&profiles::list_request(profiles::PATH)).await?;
        let answered = match response.status {
            _ if response.is_html() => "a web page".to_owned(),
            StatusCode::UNAUTHORIZED => return Ok(()),
            status => status_in_words(status),
        };
        let host = self.space().host();
        Err(Error::no_such_space(
            &host,
            format!("it answered with {answered}"),
        ))
    }
}

impl SpaceEntry {
    /// Reads an entry of the directory; `None` if there is no such space.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn from_json(body: &[u8]) -> Result<Option<Self>, String> {
        object! {
            struct Entry {
                id: Option<u64>,
                web_address: Option<String>,
            }
        }
        if matches!(body.trim_ascii(), b"" | b"null") {
            return Ok(None);
        }
        let Entry { id, web_address } = json::parse(body)?;
        let address = web_address.filter(|address| !address.trim().is_empty());
        Ok(address.map(|address| Self { id, address }))
    }

    /// Its space, if the address is one that Nexudus gives.
    pub(crate) fn space(&self) -> Option<Space> {
        let space = self.address.parse().ok();
        space.filter(Space::is_given_by_nexudus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        match SpaceEntry::from_json(body.as_bytes()) {
            Ok(Some(entry)) => match (entry.id, entry.space()) {
                (Some(id), Some(space)) => format!("{id} {space}"),
                (_, space) => format!("{space:?}"),
            },
            Ok(None) => "none".to_owned(),
            Err(problem) => problem,
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
                r#"{"webAddress":"old.example","WebAddress":"acme.spaces.nexudus.com","id":1,"Id":7}"#,
                "7 https://acme.spaces.nexudus.com",
            ),
            (r#"{"WebAddress":"evil.example"}"#, "None"),
            (r#"{"WebAddress":"http://acme.spaces.nexudus.com"}"#, "None"),
            (
                r#"{"WebAddress":"acme.spaces.nexudus.com@evil.example"}"#,
                "None",
            ),
            (r#"{"Id":0,"WebAddress":null}"#, "none"),
            (r#"{"Id":0,"WebAddress":" "}"#, "none"),
            ("{}", "none"),
            ("null", "none"),
            ("", "none"),
            (r#"["acme.example"]"#, "not a JSON object"),
            ("<html>", "not JSON"),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }
}
