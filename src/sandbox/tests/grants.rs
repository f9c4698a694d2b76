use std::time::Duration;

use super::*;

fn password(email: &str, more: &str) -> String {
    let email = email.replace('@', "%40");
    format!("grant_type=password&username={email}&password=practice{more}")
}

fn refresh(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 400);
    let body = answer.json();
    assert!(body["error_description"].is_string());
    assert_eq!(body.as_object().unwrap().len(), 2);
    body["error"].as_str().unwrap().to_owned()
}

fn granted(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    let token = |name: &str| body[name].as_str().unwrap().to_owned();
    (token("access_token"), token("refresh_token"))
}

fn works(server: &Server, access: &str) -> bool {
    let mut client = Client::of(server);
    client.bearer = format!("Bearer {access}");
    client.get(PROFILES).status == 200
}

#[test]
fn a_password_gives_tokens_that_work() {
    let server = started();
    let answer = Client::of(&server).form(None, &password("ANA@sandbox.example", ""));
    assert_eq!(answer.json()["expires_in"], 86_400);
    let (access, refresh) = granted(&answer);
    assert!(works(&server, &access));
    assert!(!works(&server, &refresh));
}

#[test]
fn each_refusal_has_its_word() {
    let server = started();
    let mut client = Client::of(&server);
    let mut word = |form: &str| refused(&client.form(None, form));
    assert_eq!(word(&password("no@sandbox.example", "")), "invalid_grant");
    assert_eq!(
        word(&password("suspended@sandbox.example", "")),
        "invalid_grant"
    );
    assert_eq!(
        word(&password("must-reset@sandbox.example", "")),
        "must_reset_password"
    );
    assert_eq!(word(&refresh("unknown")), "invalid_grant");
    assert_eq!(
        word("grant_type=client_credentials"),
        "unsupported_grant_type"
    );
    assert_eq!(word(""), "unsupported_grant_type");
    let wrong = "grant_type=password&username=must-reset@sandbox.example&password=x";
    assert_eq!(word(wrong), "invalid_grant");
}

#[test]
fn must_reset_comes_with_a_reset_token() {
    let server = started();
    let form = password("must-reset@sandbox.example", "");
    let body = Client::of(&server).form(None, &form).json();
    assert_eq!(body["error_description"], "practice-reset-token");
}

#[test]
fn two_factor_requires_the_right_code() {
    let server = started();
    let mut client = Client::of(&server);
    let mut with = |more: &str| client.form(None, &password("two-factor@sandbox.example", more));
    assert_eq!(refused(&with("")), "two_factor_auth_check");
    assert_eq!(refused(&with("&totp=654321")), "two_factor_auth_check");
    granted(&with("&totp=123456"));
}

#[test]
fn only_a_form_is_read() {
    let server = started();
    let mut client = Client::of(&server);
    let body = r#"{"grant_type":"password"}"#;
    let length = body.len();
    let json = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    let answer = client.call("POST", "/api/token", &json, body);
    assert_eq!(refused(&answer), "unsupported_grant_type");
    let form = password(MAIN, "");
    let untyped = format!("Content-Length: {}\r\n", form.len());
    let answer = client.call("POST", "/api/token", &untyped, &form);
    assert_eq!(refused(&answer), "unsupported_grant_type");
}

#[test]
fn refresh_rotates_and_keeps_access_tokens() {
    let server = started();
    let mut client = Client::of(&server);
    let (first, old) = granted(&client.form(Some("c1"), &password(MAIN, "")));
    let (second, new) = granted(&client.form(Some("c1"), &refresh(&old)));
    assert_eq!(
        refused(&client.form(Some("c1"), &refresh(&old))),
        "invalid_grant"
    );
    assert!(works(&server, &first) && works(&server, &second));
    granted(&client.form(Some("c1"), &refresh(&new)));
}

#[test]
fn sign_in_cancels_the_refresh_token_of_its_client() {
    let server = started();
    let mut client = Client::of(&server);
    let (access, one) = granted(&client.form(Some("c1"), &password(MAIN, "")));
    let (_, two) = granted(&client.form(Some("c2"), &password(MAIN, "")));
    let (_, newer) = granted(&client.form(Some("c1"), &password(MAIN, "")));
    assert_eq!(
        refused(&client.form(Some("c1"), &refresh(&one))),
        "invalid_grant"
    );
    assert!(works(&server, &access));
    granted(&client.form(Some("c2"), &refresh(&two)));
    granted(&client.form(Some("c1"), &refresh(&newer)));
}

#[test]
fn refresh_needs_the_same_client_id() {
    let server = started();
    let mut client = Client::of(&server);
    let (_, token) = granted(&client.form(Some("c1"), &password(MAIN, "")));
    for client_id in [None, Some("C1"), Some(MAIN)] {
        let answer = client.form(client_id, &refresh(&token));
        assert_eq!(refused(&answer), "invalid_grant", "{client_id:?}");
    }
    granted(&client.form(Some("c1"), &refresh(&token)));
}

#[test]
fn email_is_the_default_client_id() {
    let server = started();
    let mut client = Client::of(&server);
    let (_, token) = granted(&client.form(None, &password(MAIN, "")));
    assert_eq!(
        refused(&client.form(None, &refresh(&token))),
        "invalid_grant"
    );
    assert_eq!(
        refused(&client.form(Some("c1"), &refresh(&token))),
        "invalid_grant"
    );
    granted(&client.form(Some(MAIN), &refresh(&token)));
}

#[test]
fn access_tokens_run_out() {
    let server = Server::start(Options {
        token_lifetime: Duration::ZERO,
        ..Options::default()
    })
    .unwrap();
    let (access, token) = granted(&Client::of(&server).form(None, &password(MAIN, "")));
    assert!(!works(&server, &access));
    assert!(!works(
        &server,
        &server.update(|data| data.issue_token(MAIN)).unwrap()
    ));
    granted(&Client::of(&server).form(Some(MAIN), &refresh(&token)));
}

#[test]
fn tokens_can_be_ended_from_outside() {
    let server = started();
    let mut client = Client::of(&server);
    let mut sign_in = || granted(&client.form(Some("c1"), &password(MAIN, "")));
    let (one, _) = sign_in();
    let (two, token) = sign_in();
    let local = server.update(|data| data.issue_token(MAIN)).unwrap();
    assert!(works(&server, &one) && works(&server, &two) && works(&server, &local));
    server.update(|data| data.expire_access_tokens()).unwrap();
    assert!(!works(&server, &one) && !works(&server, &two) && !works(&server, &local));
    server.update(|data| data.expire_refresh_tokens()).unwrap();
    assert_eq!(
        refused(&client.form(Some("c1"), &refresh(&token))),
        "invalid_grant"
    );
}

#[test]
fn a_token_of_an_unknown_user_is_not_valid() {
    let server = started();
    let unknown = server.update(|data| data.issue_token("no@sandbox.example"));
    assert!(!works(&server, &unknown.unwrap()));
}

#[test]
fn refresh_tokens_expire() {
    let server = started();
    let mut client = Client::of(&server);
    let (_, token) = granted(&client.form(Some("c1"), &password(MAIN, "")));
    let (_, token) = granted(&client.form(Some("c1"), &refresh(&token)));
    let pass = |days: u64| {
        let time = Duration::from_secs(days * 86_400);
        server.update(|data| data.advance_clock(time)).unwrap();
    };
    pass(14);
    let (_, token) = granted(&client.form(Some("c1"), &refresh(&token)));
    pass(15);
    let answer = client.form(Some("c1"), &refresh(&token));
    assert_eq!(refused(&answer), "invalid_grant");
}

#[test]
fn email_as_client_id_ignores_case() {
    let server = started();
    let mut client = Client::of(&server);
    let (_, token) = granted(&client.form(None, &password(MAIN, "")));
    granted(&client.form(Some("Ana@Sandbox.Example"), &refresh(&token)));
}
