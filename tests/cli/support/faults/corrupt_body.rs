//! Responses with a body that no client can use, or hardly.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use crate::support::http_message::Message;

/// How much is sent at a time of a long body, in bytes.
const PIECE: usize = 64 * 1024;

/// How deep [`Corruption::DeepNesting`] goes.
const DEPTH: usize = 100_000;

/// An endless gzip stream (RFC 1951, RFC 1952) begins with this: the header, a stored block of one
/// zero byte, and the first byte of a block with the fixed codes whose matches, each of 258 zeros
/// and 13 bits long, repeat from then on.
const BOMB_HEAD: [u8; 17] = [
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0, 1, 0, 0xfe, 0xff, 0, 0x1b,
];

/// Eight of those matches: 13 bytes that stand for 2,064.
const BOMB_MATCHES: [u8; 13] = [
    0x05, 0xa3, 0x60, 0x14, 0x8c, 0x82, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x28, 0x18,
];

/// What becomes of a body.
#[derive(Clone, Copy)]
pub(super) enum Corruption {
    NoBody,
    /// The first half of it.
    Truncated,
    /// JSON of another kind.
    WrongJson,
    /// The known fields, with other types.
    WrongTypes,
    InvalidUtf8,
    /// Numbers beyond every integer and float.
    HugeNumbers,
    DeepNesting,
    /// One string of so many MiB.
    HugeBody(usize),
    /// A list of one profile with a name of so many MiB.
    HugeText(usize),
    /// A list of so many profiles that have an id and nothing else.
    BareProfiles(usize),
    /// One byte at a time, with a pause before each.
    Drip(Duration),
    /// It is compressed although no client asked for that.
    Compressed,
    /// A compressed body without end.
    Bomb,
}

impl Corruption {
    /// The kind of this name; `number` gives its value, or the default.
    pub(super) fn named(name: &str, number: impl FnOnce(usize) -> Option<usize>) -> Option<Self> {
        Some(match name {
            "no-body" => Self::NoBody,
            "truncated-json" => Self::Truncated,
            "wrong-json" => Self::WrongJson,
            "wrong-types" => Self::WrongTypes,
            "invalid-utf8" => Self::InvalidUtf8,
            "huge-numbers" => Self::HugeNumbers,
            "deep-nesting" => Self::DeepNesting,
            "huge-body" => Self::HugeBody(number(1024)?),
            "huge-text" => Self::HugeText(number(8)?),
            "bare-profiles" => Self::BareProfiles(number(1_800_000)?),
            "drip" => Self::Drip(Duration::from_millis(number(500)?.try_into().ok()?)),
            "compressed" => Self::Compressed,
            "bomb" => Self::Bomb,
            _ => return None,
        })
    }

    /// Sends what is left of the response.
    pub(super) fn send(self, mut response: Message, to: &mut impl Write) -> io::Result<()> {
        response.body = match self {
            Self::NoBody => Vec::new(),
            Self::Truncated => response.body[..response.body.len() / 2].to_vec(),
            Self::WrongJson => br#"["nothing","that",{"was":"asked for"},42]"#.to_vec(),
            Self::WrongTypes => {
                br#"{"User":7,"Profiles":"none","WasSuccessful":"yes","access_token":{}}"#.to_vec()
            }
            Self::InvalidUtf8 => {
                b"{\"User\":{\"FullName\":\"\xff\xfe\"},\"Profiles\":[],\"Message\":\"\xc0\"}"
                    .to_vec()
            }
            Self::HugeNumbers => {
                br#"{"User":{"Id":1e999},"Profiles":[{"Id":98765432109876543210987654321}],"WasSuccessful":1e999}"#
                    .to_vec()
            }
            Self::DeepNesting => {
                format!("{{\"Profiles\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH)).into_bytes()
            }
            Self::Compressed => {
                response = response.with_header("content-encoding", "gzip");
                stored(&response.body)
            }
            _ => return self.stream(response, to),
        };
        to.write_all(&response.bytes())
    }

    /// Sends a body that is too long, or comes too slowly, to be made first.
    fn stream(self, response: Message, to: &mut impl Write) -> io::Result<()> {
        let response = match self {
            Self::Bomb => response.with_header("content-encoding", "gzip"),
            _ => response,
        };
        to.write_all(&response.head("transfer-encoding: chunked\r\n"))?;
        match self {
            Self::HugeBody(mib) => repeat(to, "{\"Padding\":\"", b"x", mib << 20, "\"}")?,
            Self::HugeText(mib) => {
                let head = r#"{"User":{"Id":1},"Profiles":[{"Id":1,"Active":true,"FullName":""#;
                repeat(to, head, b"x", mib << 20, r#""}]}"#)?;
            }
            Self::BareProfiles(count) => {
                let head = r#"{"User":{"Id":1},"Profiles":[{"Id":1}"#;
                repeat(to, head, br#",{"Id":1}"#, count - 1, "]}")?;
            }
            Self::Bomb => repeat(to, BOMB_HEAD, &BOMB_MATCHES, usize::MAX, "")?,
            Self::Drip(pause) => {
                for byte in response.body {
                    thread::sleep(pause);
                    chunk(to, &[byte])?;
                }
            }
            _ => {}
        }
        to.write_all(b"0\r\n\r\n")
    }
}

/// A head, `unit` so many times, and a tail.
fn repeat(
    to: &mut impl Write,
    head: impl AsRef<[u8]>,
    unit: &[u8],
    times: usize,
    tail: &str,
) -> io::Result<()> {
    chunk(to, head.as_ref())?;
    let each = PIECE / unit.len();
    let piece = unit.repeat(each);
    for _ in 0..times / each {
        chunk(to, &piece)?;
    }
    chunk(to, &unit.repeat(times % each))?;
    chunk(to, tail.as_bytes())
}

fn chunk(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend(bytes);
    chunk.extend(b"\r\n");
    to.write_all(&chunk)
}

/// Gzip that compresses nothing (RFC 1952, with stored blocks of RFC 1951).
fn stored(content: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = content.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        gzip.push(u8::from(number == last));
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend(block);
    }
    gzip.extend(crc32(content).to_le_bytes());
    gzip.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    gzip
}

fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
