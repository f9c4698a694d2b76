//! Answers that are nonsense: the call was worked on, and this is what comes
//! back in place of its answer.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::response::Response;

use super::pour::Pour;

/// How much is sent at a time of an answer that is made up, in bytes.
const PIECE: usize = 64 * 1024;

/// How deep [`Garble::DeepNesting`] goes.
const DEPTH: usize = 100_000;

/// An endless gzip stream (RFC 1951, RFC 1952) begins with this: the header, a
/// stored block of one zero byte, and the first byte of a block with the fixed
/// codes whose matches, each of 258 zeros and 13 bits long, repeat from then on.
const BOMB_HEAD: [u8; 17] = [
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0, 1, 0, 0xfe, 0xff, 0, 0x1b,
];

/// Eight of those matches: 13 bytes that stand for 2,064.
const BOMB_MATCHES: [u8; 13] = [
    0x05, 0xa3, 0x60, 0x14, 0x8c, 0x82, 0x51, 0x30, 0x0a, 0x46, 0xc1, 0x28, 0x18,
];

/// A kind of nonsense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garble {
    /// No body.
    NoBody,
    /// The first half of the true body.
    TruncatedJson,
    /// JSON of another kind.
    WrongJson,
    /// The known fields, with other types.
    WrongTypes,
    /// Bytes that are no text.
    InvalidUtf8,
    /// Numbers beyond every integer and float.
    HugeNumbers,
    /// Arrays within arrays.
    DeepNesting,
    /// One very long string.
    HugeBody {
        /// Its length, in MiB.
        mib: u32,
    },
    /// A list of one profile with a very long name.
    HugeText {
        /// Its length, in MiB.
        mib: u32,
    },
    /// A list of very many, very short profiles.
    ManyProfiles {
        /// How many.
        count: u32,
    },
    /// The true body, one byte at a time.
    Drip {
        /// The pause before each, in milliseconds.
        millis: u32,
    },
    /// The true answer, late.
    SlowHeaders {
        /// How late, in milliseconds.
        millis: u32,
    },
    /// The true body, compressed.
    Compressed,
    /// A compressed body without end.
    Bomb,
}

impl Garble {
    /// The kind of this name; `value` gives its number, or the default.
    pub(super) fn named(name: &str, value: impl FnOnce(u32) -> Option<u32>) -> Option<Self> {
        Some(match name {
            "no-body" => Self::NoBody,
            "truncated-json" => Self::TruncatedJson,
            "wrong-json" => Self::WrongJson,
            "wrong-types" => Self::WrongTypes,
            "invalid-utf8" => Self::InvalidUtf8,
            "huge-numbers" => Self::HugeNumbers,
            "deep-nesting" => Self::DeepNesting,
            "huge-body" => Self::HugeBody { mib: value(1024)? },
            "huge-text" => Self::HugeText { mib: value(8)? },
            "many-profiles" => Self::ManyProfiles {
                count: value(1_800_000)?,
            },
            "drip" => Self::Drip {
                millis: value(500)?,
            },
            "slow-headers" => Self::SlowHeaders {
                millis: value(500)?,
            },
            "compressed" => Self::Compressed,
            "bomb" => Self::Bomb,
            _ => return None,
        })
    }

    /// The answer that comes in place of this one.
    pub(super) async fn garbled(self, answer: Response) -> Response {
        if let Self::SlowHeaders { millis } = self {
            tokio::time::sleep(Duration::from_millis(millis.into())).await;
            return answer;
        }
        let (mut parts, body) = answer.into_parts();
        // What was made here a moment ago is there to be read.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        parts.headers.remove(CONTENT_LENGTH);
        if matches!(self, Self::Compressed | Self::Bomb) {
            let gzip = HeaderValue::from_static("gzip");
            parts.headers.insert(CONTENT_ENCODING, gzip);
        }
        Response::from_parts(parts, self.body(&body))
    }

    fn body(self, answer: &Bytes) -> Body {
        match self {
            Self::NoBody => Body::empty(),
            Self::TruncatedJson => Body::from(answer.slice(..answer.len() / 2)),
            Self::WrongJson => Body::from(r#"["nothing","that",{"was":"asked for"},42]"#),
            Self::WrongTypes => Body::from(
                r#"{"User":7,"Profiles":"none","WasSuccessful":"yes","access_token":{}}"#,
            ),
            Self::InvalidUtf8 => Body::from(
                b"{\"User\":{\"FullName\":\"\xff\xfe\"},\"Profiles\":[],\"Message\":\"\xc0\"}"
                    .as_slice(),
            ),
            Self::HugeNumbers => Body::from(
                r#"{"User":{"Id":1e999},"Profiles":[{"Id":98765432109876543210987654321}],"WasSuccessful":1e999}"#,
            ),
            Self::DeepNesting => Body::from(format!(
                "{{\"Profiles\":{}{}}}",
                "[".repeat(DEPTH),
                "]".repeat(DEPTH)
            )),
            Self::HugeBody { mib } => long("{\"Padding\":\"", mib, "\"}"),
            Self::HugeText { mib } => long(
                r#"{"User":{"Id":1},"Profiles":[{"Id":1,"Active":true,"FullName":""#,
                mib,
                r#""}]}"#,
            ),
            Self::ManyProfiles { count } => {
                let head = r#"{"User":{"Id":1},"Profiles":[{"Id":1}"#;
                let (piece, each) = repeated(br#",{"Id":1}"#);
                Body::new(Pour::new(head, piece, u64::from(count) / each, "]}"))
            }
            Self::Drip { millis } => {
                let pause = Duration::from_millis(millis.into());
                Body::new(Pour::drop_by_drop(answer.clone(), pause))
            }
            Self::Compressed => Body::from(stored(answer)),
            Self::Bomb => {
                let (piece, _) = repeated(&BOMB_MATCHES);
                Body::new(Pour::new(BOMB_HEAD.as_slice(), piece, u64::MAX, ""))
            }
            Self::SlowHeaders { .. } => Body::from(answer.clone()),
        }
    }
}

impl fmt::Display for Garble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBody => f.write_str("no-body"),
            Self::TruncatedJson => f.write_str("truncated-json"),
            Self::WrongJson => f.write_str("wrong-json"),
            Self::WrongTypes => f.write_str("wrong-types"),
            Self::InvalidUtf8 => f.write_str("invalid-utf8"),
            Self::HugeNumbers => f.write_str("huge-numbers"),
            Self::DeepNesting => f.write_str("deep-nesting"),
            Self::HugeBody { mib } => write!(f, "huge-body={mib}"),
            Self::HugeText { mib } => write!(f, "huge-text={mib}"),
            Self::ManyProfiles { count } => write!(f, "many-profiles={count}"),
            Self::Drip { millis } => write!(f, "drip={millis}"),
            Self::SlowHeaders { millis } => write!(f, "slow-headers={millis}"),
            Self::Compressed => f.write_str("compressed"),
            Self::Bomb => f.write_str("bomb"),
        }
    }
}

/// So many MiB of one letter between two ends.
fn long(head: &'static str, mib: u32, tail: &'static str) -> Body {
    let (piece, _) = repeated(b"x");
    let pieces = u64::from(mib) * (1024 * 1024 / PIECE as u64);
    Body::new(Pour::new(head, piece, pieces, tail))
}

/// A piece made of copies of `unit`, and how many there are in it.
fn repeated(unit: &[u8]) -> (Bytes, u64) {
    let count = PIECE / unit.len();
    (Bytes::from(unit.repeat(count)), count as u64)
}

/// Gzip that compresses nothing (RFC 1952, with stored blocks of RFC 1951).
fn stored(content: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = content.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        gzip.push(u8::from(number == last));
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend(block);
    }
    gzip.extend(crc32(content).to_le_bytes());
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    gzip.extend(length.to_le_bytes());
    gzip
}

fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
