//! HTTP/1.1 requests and responses as plain data, for servers and proxies of the tests' own.

use std::io::{self, BufRead, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

/// A request or a response.
#[derive(Clone)]
pub(crate) struct Message {
    /// The request line or the status line.
    pub(crate) start: String,
    /// Names in lower case, and values, in their order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The next message, read as a whole; `None` at the end of the connection.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let start = line(from)?;
        if start.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut message = Self {
            start,
            headers,
            body: Vec::new(),
        };
        message.body = match message.header("content-length") {
            Some(length) => {
                let mut body = vec![0; length.parse().map_err(|_| ErrorKind::InvalidData)?];
                from.read_exact(&mut body)?;
                body
            }
            None if message.header("transfer-encoding").is_some() => chunks(from)?,
            None => Vec::new(),
        };
        Ok(Some(message))
    }

    /// Sends it to a server, and reads the response.
    pub(super) fn forward(&self, server: &mut BufReader<TcpStream>) -> io::Result<Self> {
        server.get_mut().write_all(&self.bytes())?;
        Self::read(server)?.ok_or_else(|| ErrorKind::ConnectionReset.into())
    }

    /// A response with this body and no header.
    pub(crate) fn response(status: u16, body: Vec<u8>) -> Self {
        Self {
            start: format!("HTTP/1.1 {status} Status"),
            headers: Vec::new(),
            body,
        }
    }

    /// Sets a header, in place of one with the same name.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first header of this name, which is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Everything before the body, with this header for its length.
    pub(crate) fn head(&self, framing: &str) -> Vec<u8> {
        let headers = self.headers.iter().filter(|(name, _)| !is_framing(name));
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("{}\r\n{headers}{framing}\r\n", self.start).into_bytes()
    }

    /// All of it, as it is sent. A chunked body was joined when it was read, and gets a length. A
    /// request without a length is sent without one.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let told = self.headers.iter().any(|(name, _)| is_framing(name));
        let length = match told || self.start.starts_with("HTTP/") {
            true => format!("content-length: {}\r\n", self.body.len()),
            false => String::new(),
        };
        let mut bytes = self.head(&length);
        bytes.extend(&self.body);
        bytes
    }

    /// One of the three words of the start line, such as the method or the status.
    pub(crate) fn word(&self, number: usize) -> &str {
        self.start.split(' ').nth(number).unwrap_or_default()
    }
}

fn is_framing(header: &str) -> bool {
    matches!(header, "content-length" | "transfer-encoding")
}

/// The next line without its end; empty at the end of the connection.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// A chunked body without its framing.
fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(from)?;
        let size = u64::from_str_radix(&size, 16).map_err(|_| ErrorKind::InvalidData)?;
        from.by_ref().take(size).read_to_end(&mut body)?;
        line(from)?;
        if size == 0 {
            return Ok(body);
        }
    }
}
