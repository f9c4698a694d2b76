//! Whether a body says no although its status says 200, told while it streams past.

/// The longest key or value that matters, in bytes: longer ones are none of those looked for.
const LONGEST: usize = 64;

/// Looks in a JSON object for `WasSuccessful: false` and for a `Status` of 400 or more. Only its own
/// fields count, not those of objects within it.
#[derive(Default)]
pub(super) struct RefusalScan {
    position: Position,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// The key of a field, then its value, as written.
    key: Vec<u8>,
    value: Vec<u8>,
    is_refusal: bool,
}

/// Where in the object the scan is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Position {
    #[default]
    Before,
    Key,
    Value,
    /// Behind the object, or in something else.
    Over,
}

impl RefusalScan {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        for byte in chunk {
            match self.position {
                Position::Over => return,
                Position::Before => self.begin(*byte),
                Position::Key | Position::Value if self.in_string => self.string(*byte),
                Position::Key | Position::Value => self.structure(*byte),
            }
        }
    }

    /// Whether the body says no, as far as it came.
    pub(super) fn is_refusal(&self) -> bool {
        self.is_refusal
    }

    fn begin(&mut self, byte: u8) {
        match byte {
            b'{' => {
                self.position = Position::Key;
                self.depth = 1;
            }
            // A byte order mark may stand before it.
            b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => {}
            _ => self.position = Position::Over,
        }
    }

    fn string(&mut self, byte: u8) {
        self.keep(byte);
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    fn structure(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                self.keep(byte);
                self.depth += 1;
            }
            b'}' | b']' if self.depth > 1 => self.depth -= 1,
            b'}' | b']' => {
                self.end_field();
                self.position = Position::Over;
            }
            b':' if self.depth == 1 => self.position = Position::Value,
            b',' if self.depth == 1 => {
                self.end_field();
                self.position = Position::Key;
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                self.in_string = byte == b'"';
                self.keep(byte);
            }
        }
    }

    /// Keeps a byte of the object's own fields.
    fn keep(&mut self, byte: u8) {
        let kept = match self.position {
            Position::Key => &mut self.key,
            _ => &mut self.value,
        };
        if self.depth == 1 && kept.len() <= LONGEST {
            kept.push(byte);
        }
    }

    fn end_field(&mut self) {
        let key: Option<String> = serde_json::from_slice(&self.key).ok();
        self.is_refusal |= match key.as_deref() {
            Some("WasSuccessful") => self.value == b"false",
            Some("Status") => {
                let status: Option<f64> = serde_json::from_slice(&self.value).ok();
                status.is_some_and(|status| status >= 400.0)
            }
            _ => false,
        };
        self.key.clear();
        self.value.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says_no(chunks: &[&[u8]]) -> bool {
        let mut scan = RefusalScan::default();
        for chunk in chunks {
            scan.push(chunk);
        }
        scan.is_refusal()
    }

    #[test]
    fn a_refusal_is_told_by_the_fields_of_the_object_itself() {
        let long = format!(
            r#"{{"Padding":"{}","WasSuccessful":false}}"#,
            "x".repeat(100_000)
        );
        for (body, expected) in [
            (r#"{"WasSuccessful":false}"#, true),
            (
                " \u{feff}{ \"WasSuccessful\" : false , \"Value\": null }",
                true,
            ),
            (r#"{"Was\u0053uccessful":false}"#, true),
            (r#"{"Status":500,"Message":"No."}"#, true),
            (r#"{"Errors":[{"Status":1}],"Status":400}"#, true),
            (r#"{"Value":{"a":[1,{"b":"}]"}]},"Status":4.5e2}"#, true),
            (r#"{"Message":"a \" \\","Status":500"#, false),
            (&long, true),
            (r#"{"WasSuccessful":true}"#, false),
            (r#"{"WasSuccessful":"false"}"#, false),
            (r#"{"WasSuccessful":null,"Status":null}"#, false),
            (r#"{"Status":200,"Message":""}"#, false),
            (r#"{"Status":"500"}"#, false),
            (r#"{"Value":{"WasSuccessful":false,"Status":500}}"#, false),
            (r#"{"Message":"\"WasSuccessful\":false"}"#, false),
            (r#"{"a":"WasSuccessful","b":false}"#, false),
            (r#"[{"WasSuccessful":false}]"#, false),
            ("false", false),
            ("<p>{\"Status\":500}</p>", false),
            ("", false),
            ("{}", false),
            ("}}]],,::", false),
        ] {
            assert_eq!(says_no(&[body.as_bytes()]), expected, "{body:.80}");
            let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
            assert_eq!(says_no(&bytes), expected, "{body:.80}");
        }
    }

    proptest! {
        /// As a whole parser has it.
        #[test]
        fn it_agrees_with_a_parser(body in r#"\{("(WasSuccessful|Status|a)":(false|true|4[0-9]{2}|[0-9]|"[^\\"]{0,3}"|\[\]|\{"Status":500\}),){0,3}"b":1\}"#) {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(&body) else { return Ok(()) };
            let fields = value.as_object().unwrap();
            let expected = fields.get("WasSuccessful") == Some(&false.into())
                || fields.get("Status").and_then(serde_json::Value::as_f64).is_some_and(|status| status >= 400.0);
            // Of a field that is there twice, the parser knows the last one alone.
            prop_assert!(!expected || says_no(&[body.as_bytes()]));
            if body.matches("WasSuccessful").count() + body.matches("\"Status").count() <= 1 {
                prop_assert_eq!(says_no(&[body.as_bytes()]), expected);
            }
        }

        #[test]
        fn nothing_makes_it_panic(body in any::<Vec<u8>>()) {
            says_no(&[&body]);
        }
    }
}
