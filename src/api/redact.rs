//! Redacts invalid addresses in messages: they may contain a secret.

/// The address with `…` instead of a password, query and fragment.
pub(super) fn harmless(given: &str) -> String {
    let (address, rest) = match given.find(['?', '#']) {
        Some(end) => given.split_at(end),
        None => (given, ""),
    };
    let mut shown = without_password(address);
    if let Some(mark) = rest.chars().next() {
        shown.push(mark);
        shown.push('…');
    }
    shown
}

fn without_password(address: &str) -> String {
    let Some((user_info, host)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    let (scheme, user_info) = match user_info.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), user_info),
    };
    match user_info.split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:…@{host}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_left_out_and_the_rest_stays() {
        for (given, shown) in [
            ("acme/..", "acme/.."),
            ("acme@evil.example", "acme@evil.example"),
            (
                "https://user:s3cret@acme.example",
                "https://user:…@acme.example",
            ),
            ("user:s3@cret@acme.example", "user:…@acme.example"),
            (
                "https://acme.example:443@evil.example/a",
                "https://acme.example:…@evil.example/a",
            ),
            (
                "https://acme.example/login?t=s3cret@x",
                "https://acme.example/login?…",
            ),
            ("evil.example#s3cret?x", "evil.example#…"),
            ("", ""),
        ] {
            assert_eq!(harmless(given), shown, "{given}");
        }
    }
}
