//! Properties of the parsers, for any input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::json::parse;
use super::{Confirmation, ProfileList, Space};

/// An address, and whether it is certainly valid.
fn marked_address() -> impl Strategy<Value = (String, bool)> {
    let valid = "(https://)?[a-z][a-z0-9]{0,9}(\\.example|\\.spaces\\.nexudus\\.com)/?";
    prop_oneof![
        address().prop_map(|address| (address, false)),
        valid.prop_map(|address| (address, true)),
    ]
}

/// Pieces of addresses, valid and invalid.
fn address() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "https://",
        "http://",
        "HTTPS:",
        "acme",
        ".spaces.nexudus.com",
        "evil.example",
        "@",
        "#",
        "?",
        "/",
        "\\",
        "..",
        ":",
        ":443",
        ":99999",
        "127.0.0.1",
        "127.1",
        "0x7f",
        "[::1]",
        "localhost",
        "%2e",
        "%40",
        " ",
        "\t",
        "\n",
        "\0",
        "-",
        "_",
        "xn--",
        "\u{430}",
        "\u{2024}",
        "\u{ff0f}",
        "\u{202e}",
        ".",
        "ä",
    ]);
    prop_oneof![
        vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        ".*",
        "[a-z0-9.:@/#?-]{0,40}",
    ]
}

/// JSON values of every kind, up to three levels deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = select(vec![
        "Id",
        "User",
        "Profiles",
        "FullName",
        "Active",
        "IsDefaultProfile",
        "WasSuccessful",
        "Message",
        "Errors",
        "CoworkerType",
        "DefaultBusiness",
        "AccessToken",
        "new",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let fields = vec((name.clone(), inner.clone()), 0..6);
        prop_oneof![
            vec(inner, 0..6).prop_map(Into::into),
            fields.prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// A field of any type.
fn any_field() -> impl Strategy<Value = (&'static str, serde_json::Value)> {
    (select(vec!["FullName", "Active", "new"]), json())
}

/// A field that is new or as the API has it.
fn valid_field() -> impl Strategy<Value = (&'static str, serde_json::Value)> {
    prop_oneof![
        ".{0,8}".prop_map(|name| ("FullName", name.into())),
        any::<bool>().prop_map(|active| ("Active", active.into())),
        json().prop_map(|value| ("new", value)),
    ]
}

/// JSON, and whether it certainly is a profile list.
fn marked_listing() -> impl Strategy<Value = (serde_json::Value, bool)> {
    prop_oneof![
        json().prop_map(|value| (value, false)),
        listing(any_field()).prop_map(|value| (value, false)),
        listing(valid_field()).prop_map(|value| (value, true)),
    ]
}

/// Profile lists with such fields, or without them.
fn listing(
    field: impl Strategy<Value = (&'static str, serde_json::Value)>,
) -> impl Strategy<Value = serde_json::Value> {
    let profile = (any::<u64>(), vec(field, 0..3));
    let profile = profile.prop_map(|(id, fields)| {
        let mut profile = serde_json::json!({ "Id": id });
        for (name, value) in fields {
            profile[name] = value;
        }
        profile
    });
    let user = serde_json::json!({ "Id": 1, "AccessToken": "secret" });
    vec(profile, 0..5)
        .prop_map(move |profiles| serde_json::json!({ "User": user, "Profiles": profiles }))
}

proptest! {
    /// A space is a host that the value names, and `http` only on loopback.
    #[test]
    fn a_space_leads_where_its_reader_sees_it_lead((given, is_valid) in marked_address()) {
        let Ok(space) = given.parse::<Space>() else {
            prop_assert!(!is_valid, "{given:?} is refused");
            return Ok(());
        };
        let written = given.trim().to_ascii_lowercase();
        let named = written.strip_prefix("https://").unwrap_or(&written);
        let host = space.host();
        let bare = host.split(':').next().unwrap_or_default();
        let slug = host.strip_suffix(".spaces.nexudus.com").unwrap_or(bare);
        prop_assert!(written.contains(bare) || named.trim_end_matches('/') == slug || host.starts_with('['), "{given:?} leads to {host}");
        prop_assert!(!written.contains(['@', '#', '?', '\\', '%']));
        let address = space.to_string();
        prop_assert!(address.starts_with("https://") || space.is_loopback(), "{address}");
        prop_assert_eq!(&address.parse::<Space>().unwrap(), &space);
        prop_assert_eq!(&space.short_name().parse::<Space>().unwrap(), &space);
        prop_assert_eq!(&space.name().parse::<Space>().unwrap(), &space);
    }

    /// Any JSON is a list or an error, and a list can be written and parsed again.
    #[test]
    fn a_list_is_read_whole_or_refused((value, is_valid) in marked_listing()) {
        let Ok(list) = ProfileList::from_json(value.to_string().as_bytes()) else {
            prop_assert!(!is_valid, "{value} is refused");
            return Ok(());
        };
        prop_assert!(value.is_object());
        let count = value["Profiles"].as_array().map_or(0, Vec::len);
        prop_assert_eq!(list.profiles.len(), count);
        let again = serde_json::to_string(&list).unwrap();
        prop_assert!(!again.contains("AccessToken"));
        let read = ProfileList::from_json(again.as_bytes()).map(|list| list.profiles.len());
        prop_assert_eq!(read, Ok(count));
    }

    /// Only a `WasSuccessful` of the object itself confirms or refuses.
    #[test]
    fn only_a_yes_is_a_confirmation(value in json()) {
        let confirmation = Confirmation::from_body(value.to_string().as_bytes());
        let said = value.get("WasSuccessful").and_then(serde_json::Value::as_bool);
        prop_assert_eq!(confirmation.was_successful, said);
    }

    /// Bytes that are not JSON never panic, and the message quotes none of them.
    #[test]
    fn bytes_are_refused_without_being_quoted(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Confirmation::from_body(&bytes);
        if let Err(problem) = parse::<serde_json::Value>(&bytes) {
            prop_assert!(problem.is_ascii());
        }
    }

    /// The messages in a value are never blank, and never more than a person reads.
    #[test]
    fn messages_stay_readable(value in json()) {
        let body = serde_json::json!({ "Errors": value });
        if let Some(message) = Confirmation::from_body(body.to_string().as_bytes()).message {
            prop_assert!(!message.trim().is_empty());
            prop_assert!(message.chars().count() <= 1_001);
        }
    }
}
