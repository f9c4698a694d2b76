//! Which space a web address belongs to, and whether a host answers as a portal's API.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::client::Client;
use super::json;
use super::profiles;
use super::request::{Request, RequestBody};
use super::response::Response;
use super::space::Space;
use crate::error::{Error, Result};

/// What a host answers to a request for the profile list without a token.
#[derive(Debug, PartialEq, Eq)]
pub enum ApiProbe {
    /// As a portal's API: it wants a token.
    Api,
    /// In another way.
    Else {
        /// How, as in "a web page".
        answered: String,
    },
}

impl Client {
    /// Looks up the space whose portal is at `host`; `None` where there is none.
    ///
    /// This goes to [`Space::directory`], and carries no token. What comes back may be any
    /// address at all: see [`Space::is_given_by_nexudus`].
    ///
    /// # Errors
    /// [`Error::InvalidResponse`] where the answer is none of a directory, [`Error::InvalidSpace`] where
    /// it names what is no address, and whatever keeps requests from arriving.
    pub async fn space_of(&self, host: &str) -> Result<Option<Space>> {
        let host: String = url::form_urlencoded::byte_serialize(host.as_bytes()).collect();
        let path = format!("/api/sys/businesses/getByHost?host={host}");
        read_entry(&self.ask_anonymously(&path).await?)
    }

    /// Asks for the profile list without a token, to see what answers.
    ///
    /// # Errors
    /// Whatever keeps requests from arriving.
    pub async fn probe(&self) -> Result<ApiProbe> {
        let answer = self.ask_anonymously(profiles::PATH).await?;
        Ok(match answer.status {
            _ if answer.is_html() => ApiProbe::Else {
                answered: "a web page".to_owned(),
            },
            StatusCode::UNAUTHORIZED => ApiProbe::Api,
            status => ApiProbe::Else {
                answered: format!("HTTP {status}"),
            },
        })
    }

    async fn ask_anonymously(&self, path: &str) -> Result<Response> {
        let request = Request {
            method: Method::GET,
            path,
            body: RequestBody::Anonymous,
        };
        self.send(&request).await
    }
}

impl Space {
    /// Reads an entry of the directory; `None` where it says that there is no such space.
    ///
    /// # Errors
    /// As [`Client::space_of`].
    pub fn from_entry(body: &[u8]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            web_address: Option<String>,
        }
        if matches!(body.trim_ascii(), b"" | b"null") {
            return Ok(None);
        }
        json::object::<Entry>(body)
            .map_err(|problem| unusable(&problem))?
            .web_address
            .filter(|address| !address.trim().is_empty())
            .map(|address| address.parse())
            .transpose()
    }
}

fn unusable(problem: &str) -> Error {
    Error::InvalidResponse {
        what: "the space's address".to_owned(),
        problem: problem.to_owned(),
    }
}

fn read_entry(answer: &Response) -> Result<Option<Space>> {
    if answer.is_html() {
        return Err(unusable("it is a web page"));
    }
    match answer.status {
        // It isn't documented which of these says that there is no such space.
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::NO_CONTENT => Ok(None),
        StatusCode::OK => Space::from_entry(&answer.body),
        status => Err(unusable(&format!("HTTP {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn read(status: u16, body: &str) -> String {
        let answer = Response {
            status: StatusCode::from_u16(status).unwrap(),
            media_type: Some("application/json".to_owned()),
            redirection: None,
            body: Zeroizing::new(body.as_bytes().to_vec()),
        };
        match read_entry(&answer) {
            Ok(Some(space)) => space.to_string(),
            Ok(None) => "none".to_owned(),
            Err(error) => format!("{}: {error}", error.code().as_str()),
        }
    }

    #[test]
    fn an_entry_gives_the_host_of_the_space() {
        for (body, expected) in [
            (
                r#"{"Id":7,"WebAddress":"acme.spaces.nexudus.com"}"#,
                "https://acme.spaces.nexudus.com",
            ),
            (r#"{"WebAddress":"evil.example"}"#, "https://evil.example"),
            (r#"{"Id":0,"WebAddress":null}"#, "none"),
            (r#"{"Id":0,"WebAddress":" "}"#, "none"),
            ("{}", "none"),
            ("null", "none"),
            ("", "none"),
        ] {
            assert_eq!(read(200, body), expected, "{body}");
        }
        for status in [204, 400, 404] {
            assert_eq!(read(status, ""), "none", "{status}");
        }
    }

    #[test]
    fn whatever_no_directory_answers_is_said_to_be_unusable() {
        for (status, body, expected) in [
            (200, "<html>", "failed"),
            (200, r#"["acme.example"]"#, "failed"),
            (404, "<html>", "failed"),
            (200, r#"{"WebAddress":7}"#, "failed"),
            (403, "", "failed"),
            (200, r#"{"WebAddress":"http://acme.example"}"#, "usage"),
            (200, r#"{"WebAddress":"acme@evil.example"}"#, "usage"),
        ] {
            let said = read(status, body);
            assert!(said.starts_with(expected), "{status} {body}: {said}");
        }
    }
}
