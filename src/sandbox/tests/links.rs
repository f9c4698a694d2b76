use std::time::Duration;

use super::*;

const EXCHANGE: &str = "/api/sys/users/exchange";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn link(server: &Server) -> String {
    let link = server.update(|data| data.issue_link(LINK_ONLY)).unwrap();
    let start = format!("{}/login?token=", server.base_url());
    link.strip_prefix(&start).unwrap().to_owned()
}

/// Exchanges a token, and gives the session's two tokens.
fn exchanged(server: &Server, client_id: Option<&str>) -> (String, String) {
    let response = exchange(server, &link(server), client_id);
    let body = response.json();
    assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&"bearer".into(), &86_400.into())
    );
    let token = |name: &str| body[name].as_str().unwrap().to_owned();
    (token("token"), token("refresh_token"))
}

fn exchange(server: &Server, jwt: &str, client_id: Option<&str>) -> Answer {
    let target = format!("{EXCHANGE}?token={jwt}&validForInMinutes=1440");
    let client_id = client_id.map_or(String::new(), |id| format!("client_id: {id}\r\n"));
    let headers = format!("Content-Length: 0\r\n{client_id}");
    Client::of(server).call("POST", &target, &headers, "")
}

fn refresh(server: &Server, client_id: &str, token: &str) -> u16 {
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    Client::of(server).form(Some(client_id), &form).status
}

#[test]
fn a_link_is_exchanged_for_a_session() {
    let server = started();
    assert_eq!(link(&server).split('.').count(), 3);
    let (token, _) = exchanged(&server, Some("c1"));
    let mut client = Client::of(&server);
    client.bearer = format!("Bearer {token}");
    assert_eq!(client.current(), Some(14_802_114));
    server.update(|data| data.advance_clock(DAY)).unwrap();
    assert_eq!(client.get(PROFILES).status, 401);
}

#[test]
fn link_binds_the_refresh_token_to_a_client() {
    for (server, sent, client) in [(started(), Some("c1"), "c1"), (started(), None, LINK_ONLY)] {
        let (_, token) = exchanged(&server, sent);
        server.update(|data| data.advance_clock(DAY)).unwrap();
        for other in ["c1", LINK_ONLY, "c2"] {
            if other != client {
                assert_eq!(refresh(&server, other, &token), 400, "{other}");
            }
        }
        assert_eq!(refresh(&server, client, &token), 200);
    }
}

#[test]
fn bad_links_are_refused() {
    let server = started();
    let used = link(&server);
    assert_eq!(exchange(&server, &used, None).status, 200);
    for jwt in [&used, "", "a.b.c", &used[1..]] {
        let response = exchange(&server, jwt, None);
        assert_eq!(response.status, 400);
        assert!(response.body.contains("not valid"), "{}", response.body);
    }
    let expired = link(&server);
    server.update(|data| data.advance_clock(DAY)).unwrap();
    assert_eq!(exchange(&server, &expired, None).status, 400);
}

#[test]
fn exchange_needs_lifetime_and_length() {
    let server = started();
    let mut client = Client::of(&server);
    let jwt = link(&server);
    for minutes in ["", "&validForInMinutes=0", "&validForInMinutes=day"] {
        let target = format!("{EXCHANGE}?token={jwt}{minutes}");
        let response = client.call("POST", &target, "Content-Length: 0\r\n", "");
        assert_eq!(response.status, 400, "{minutes}");
    }
    let target = format!("{EXCHANGE}?token={jwt}&validForInMinutes=60");
    assert_eq!(client.call("POST", &target, "", "").status, 411);
    let response = client.call("POST", &target, "Content-Length: 0\r\n", "");
    assert_eq!(response.json()["expires_in"], 3_600);
}

#[test]
fn link_only_user_has_no_password() {
    let server = started();
    for password in ["", "practice"] {
        let email = LINK_ONLY;
        let form = format!("grant_type=password&username={email}&password={password}");
        let response = Client::of(&server).form(None, &form);
        assert_eq!(response.json()["error"], "invalid_grant");
    }
}

#[test]
fn the_state_file_has_no_link_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.json");
    let server = Server::start(Options {
        state_file: Some(path.clone()),
        ..Options::default()
    })
    .unwrap();
    let jwt = link(&server);
    assert!(!std::fs::read_to_string(&path).unwrap().contains(&jwt));
    assert!(server.update(|data| data.issued.contains(&jwt)).unwrap());
}
