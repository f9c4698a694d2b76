//! The server as a client sees it, over a plain socket.

mod bookings;
mod faults;
mod grants;
mod impersonation;
mod links;
mod mail;
mod serving;
mod strictness;
mod switching;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::*;

const PROFILES: &str = "/api/public/coworkers/profiles";
const BENEFITS: &str = "/api/public/coworkers/profiles/current/benefits";

fn switch_to(id: u64) -> String {
    format!("{PROFILES}/current?coworkerId={id}")
}

fn started() -> Server {
    Server::start(Options::default()).unwrap()
}

fn faulty(fault: &str) -> Server {
    let server = started();
    fail(&server, fault);
    server
}

fn fail(server: &Server, fault: &str) {
    let fault = Fault::parse(fault, |_, _| None).unwrap();
    server.update(|data| data.push_fault(fault)).unwrap();
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// One connection, kept alive from call to call.
struct Client {
    stream: BufReader<TcpStream>,
    bearer: String,
}

impl Client {
    fn of(server: &Server) -> Self {
        let address = server.base_url().strip_prefix("http://").unwrap();
        Self {
            stream: BufReader::new(TcpStream::connect(address).unwrap()),
            bearer: String::new(),
        }
    }

    /// A client with a token of the main user.
    fn signed_in(server: &Server) -> Self {
        Self {
            bearer: format!(
                "Bearer {}",
                server.update(|data| data.issue_token(MAIN)).unwrap()
            ),
            ..Self::of(server)
        }
    }

    fn get(&mut self, target: &str) -> Answer {
        self.call("GET", target, "", "")
    }

    fn put(&mut self, target: &str) -> Answer {
        self.call("PUT", target, "Content-Length: 0\r\n", "")
    }

    fn form(&mut self, client_id: Option<&str>, form: &str) -> Answer {
        let client_id = client_id.map_or(String::new(), |id| format!("client_id: {id}\r\n"));
        let length = form.len();
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n{client_id}"
        );
        self.call("POST", "/api/token", &headers, form)
    }

    fn call(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        self.send(method, target, headers, body);
        self.answer()
    }

    fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) {
        let bearer = match self.bearer.as_str() {
            "" => String::new(),
            bearer => format!("Authorization: {bearer}\r\n"),
        };
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{bearer}{headers}\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn answer(&mut self) -> Answer {
        let status = self.line();
        let status = status
            .split(' ')
            .nth(1)
            .expect("an answer")
            .parse()
            .unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    /// The id that the list marks as current.
    fn current(&mut self) -> Option<u64> {
        let list = self.get(PROFILES).json();
        let items = list["Profiles"].as_array().unwrap();
        let current = items.iter().find(|item| item["IsDefaultProfile"] == true);
        current.map(|item| item["Id"].as_u64().unwrap())
    }
}
