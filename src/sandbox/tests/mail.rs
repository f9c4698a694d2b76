use std::sync::{Arc, mpsc};

use super::*;

/// A server, and the emails that it sends.
fn mailing() -> (Server, mpsc::Receiver<(String, String)>) {
    let (send, mails) = mpsc::channel();
    let observer: Observer = Arc::new(move |event| {
        if let Event::Mail(to, link) = event {
            send.send((to.to_owned(), link.to_owned())).unwrap();
        }
    });
    let server = Server::start(Options {
        observer,
        ..Options::default()
    });
    (server.unwrap(), mails)
}

fn ask(server: &Server, query: &str) -> Answer {
    Client::of(server).get(&format!("/api/sys/users/sendOtp?{query}"))
}

fn ask_for(server: &Server, email: &str) -> Answer {
    ask(server, &format!("email={email}&businessId=1300412"))
}

#[test]
fn a_link_is_mailed_that_signs_in() {
    let (server, mails) = mailing();
    for email in [LINK_ONLY, "Ana%40Sandbox.Example"] {
        assert_eq!(ask_for(&server, email).status, 200);
    }
    for email in [LINK_ONLY, MAIN] {
        let (to, link) = mails.try_recv().unwrap();
        assert_eq!(to, email);
        let (address, token) = link.split_once("/login?token=").unwrap();
        assert_eq!(address, server.base_url());
        let target = format!("/api/sys/users/exchange?token={token}&validForInMinutes=9");
        let session = Client::of(&server).call("POST", &target, "Content-Length: 0\r\n", "");
        assert_eq!(session.status, 200);
    }
}

#[test]
fn the_answer_hides_whether_the_address_is_known() {
    let (server, mails) = mailing();
    let known = ask_for(&server, LINK_ONLY);
    mails.try_recv().unwrap();
    assert_eq!(known.json()["WasSuccessful"], true);
    for email in ["no@sandbox.example", "suspended@sandbox.example"] {
        let unknown = ask_for(&server, email);
        assert_eq!((unknown.status, &unknown.body), (known.status, &known.body));
        assert!(mails.try_recv().is_err(), "{email}");
    }
}

#[test]
fn a_missing_or_malformed_parameter_is_refused() {
    let (server, mails) = mailing();
    for query in [
        "",
        "email=ana@sandbox.example",
        "businessId=7",
        "email=ana@sandbox.example&businessId=",
        "email=ana@sandbox.example&businessId=harbour",
        "email=ana&businessId=7",
    ] {
        assert_eq!(ask(&server, query).status, 400, "{query}");
    }
    assert!(mails.try_recv().is_err());
}

#[test]
fn the_space_is_found_by_its_host() {
    let server = started();
    let mut client = Client::of(&server);
    let path = "/api/sys/businesses/getByHost";
    let found = client.get(&format!("{path}?host=127.0.0.1:7")).json();
    let expected = serde_json::json!({"Id": 1_300_412, "WebAddress": "127.0.0.1:7"});
    assert_eq!(found, expected);
    assert_eq!(client.get(path).status, 400);
}
