use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::*;

const COMPANY: u64 = 14_190_688;
const FORM: &str = "grant_type=password&username=ana@sandbox.example&password=practice";

fn on_file(path: &Path) -> Server {
    Server::start(Options {
        state_file: Some(path.to_owned()),
        ..Options::default()
    })
    .unwrap()
}

#[test]
fn requests_are_reported_without_secrets() {
    let (lines, reported) = mpsc::channel();
    let server = Server::start(Options {
        observer: Arc::new(move |event| match event {
            Event::Request(request) => lines.send(request.line()).unwrap(),
            Event::Outcome(outcome) => lines.send(outcome.to_owned()).unwrap(),
            _ => {}
        }),
        ..Options::default()
    })
    .unwrap();
    fail(&server, "token:hang");
    fail(&server, "switch:reset");
    let mut client = Client::signed_in(&server);
    client.get("/elsewhere?_shape=Profiles.Id");
    let length = "Content-Length: 0\r\n";
    client.call("POST", "/api/sys/users/exchange?token=a.b.c", length, "");
    client.send("PUT", &switch_to(COMPANY), length, "");
    Client::of(&server).send("POST", "/api/token", length, "");
    let lines = [(); 7].map(|()| reported.recv_timeout(Duration::from_secs(20)).unwrap());
    assert_eq!(
        lines,
        [
            "GET /elsewhere?_shape=Profiles.Id",
            "404",
            "POST /api/sys/users/exchange",
            "400",
            "PUT /api/public/coworkers/profiles/current?coworkerId=14190688",
            "connection reset",
            "POST /api/token",
        ]
    );
}

/// Fails the test if a server waits for its clients, which stay, before it ends.
fn ends(server: Server) {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        drop(server);
        done.send(())
    });
    ended.recv_timeout(Duration::from_secs(60)).unwrap();
}

#[test]
fn it_stops_with_connections_open() {
    let server = started();
    let mut idle = Client::of(&server);
    idle.get("/");
    let _silent = Client::of(&server);
    ends(server);
    let mut rest = Vec::new();
    assert!(!matches!(idle.stream.read_to_end(&mut rest), Ok(1..)));
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let server = started();
    let port = server
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let taken = Server::start(Options {
        port,
        ..Options::default()
    });
    assert_eq!(taken.err().unwrap().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn servers_share_a_state_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.json");
    let (one, two) = (on_file(&path), on_file(&path));
    let token = Client::of(&one).form(None, FORM).json();
    let mut there = Client::of(&two);
    there.bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    assert_eq!(there.put(&switch_to(COMPANY)).status, 200);
    assert_eq!(Client::signed_in(&one).current(), Some(COMPANY));
    let refresh = token["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!(there.form(Some(MAIN), &form).status, 200);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(there.get(PROFILES).status, 401);
    assert_ne!(Client::signed_in(&one).current(), Some(COMPANY));
}

#[test]
fn state_file_has_switches_and_no_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state/sandbox.json");
    let server = on_file(&path);
    let mut client = Client::signed_in(&server);
    assert_eq!(path.metadata().unwrap().len(), 0);
    client.put(&switch_to(COMPANY));
    let tokens = client.form(None, FORM).json();
    let local = client.bearer.trim_start_matches("Bearer ").to_owned();
    drop(server);
    let file = std::fs::read_to_string(&path).unwrap();
    for token in [&tokens["access_token"], &tokens["refresh_token"]] {
        assert!(!file.contains(token.as_str().unwrap()));
    }
    assert!(!file.contains(&local));
    let again = on_file(&path);
    assert_eq!(Client::signed_in(&again).current(), Some(COMPANY));
    client = Client::of(&again);
    client.bearer = format!("Bearer {local}");
    assert_eq!(client.get(PROFILES).status, 401);
}

#[test]
fn concurrent_writes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.json");
    let sign_in = |worker: u32| {
        let server = on_file(&path);
        let mut client = Client::of(&server);
        for turn in 0..5 {
            let client_id = format!("{worker}-{turn}");
            assert_eq!(client.form(Some(&client_id), FORM).status, 200);
        }
    };
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || sign_in(worker));
        }
    });
    let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let tokens = file["tokens"].as_array().unwrap().iter();
    assert_eq!(tokens.filter(|it| it["kind"] == "Refresh").count(), 20);
}

#[test]
fn unusable_state_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        state_file: Some(dir.path().to_owned()),
        ..Options::default()
    };
    assert!(Server::start(options).is_err());
}

#[test]
fn a_long_list_is_no_trouble() {
    let server = started();
    server
        .update(|data| {
            let ana = data.model.user_mut(MAIN).unwrap();
            ana.profiles = (1..=20_000)
                .map(|id| Profile {
                    id,
                    ..Profile::default()
                })
                .collect();
        })
        .unwrap();
    let list = Client::signed_in(&server).get(&format!("{PROFILES}?_shape=Profiles.Id"));
    assert_eq!(list.json()["Profiles"].as_array().unwrap().len(), 20_000);
}

#[test]
fn it_stops_with_a_call_half_sent() {
    let server = started();
    let mut client = Client::of(&server);
    let half = b"POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ngrant";
    client.stream.get_mut().write_all(half).unwrap();
    Client::of(&server).get("/");
    ends(server);
}
