//! Each fault as a client sees it.

use std::thread;
use std::time::{Duration, Instant};

use crate::people::{ANAS_OWN, CERAMICS};
use crate::support::{LIST, Portal, SWITCH, wait_until};

fn switch(portal: &Portal, id: u64) -> (u16, String) {
    let bearer = format!("Authorization: Bearer {}", portal.token());
    let request = format!("{SWITCH}?coworkerId={id}");
    portal.exchange(&request, &[&bearer], "")
}

/// The profile that a list marks as the current one.
fn listed(portal: &Portal) -> u64 {
    let bearer = format!("Authorization: Bearer {}", portal.token());
    let (status, list) = portal.exchange(LIST, &[&bearer], "");
    assert_eq!(status, 200, "{list}");
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let profiles = list["Profiles"].as_array().unwrap();
    let mut current = profiles.iter().filter(|it| it["IsDefaultProfile"] == true);
    let id = current.next().unwrap()["Id"].as_u64().unwrap();
    assert!(current.next().is_none(), "{list}");
    id
}

#[test]
fn applied_then_switches_and_answers() {
    for status in [400, 401, 404, 408, 409, 422, 500] {
        let portal = Portal::with_faults([&format!("switch:applied-then={status},1")]);
        let (answered, body) = switch(&portal, CERAMICS);
        assert_eq!((answered, body.is_empty()), (status, status == 401));
        assert_eq!(listed(&portal), CERAMICS);
        assert_eq!(switch(&portal, ANAS_OWN).0, 200);
    }
}

#[test]
fn not_applied_then_only_answers() {
    let portal = Portal::with_faults(["switch:not-applied-then=422"]);
    assert_eq!(switch(&portal, CERAMICS).0, 422);
    assert_eq!(listed(&portal), ANAS_OWN);
}

#[test]
fn applied_refused_switches_and_refuses() {
    let portal = Portal::with_faults(["switch:applied-refused"]);
    let (status, body) = switch(&portal, CERAMICS);
    assert!(
        status == 200 && body.contains(r#""WasSuccessful":false"#),
        "{body}"
    );
    assert_eq!(listed(&portal), CERAMICS);
}

#[test]
fn apply_after_confirms_and_switches_late() {
    let portal = Portal::with_faults(["switch:apply-after=3000"]);
    let (status, body) = switch(&portal, CERAMICS);
    assert!(
        status == 200 && body.contains(r#""WasSuccessful":true"#),
        "{body}"
    );
    assert_eq!(portal.current(), ANAS_OWN);
    wait_until("it takes effect", || portal.current() == CERAMICS);
    assert_eq!(portal.calls().len(), 1);
}

#[test]
fn apply_after_can_hang() {
    let portal = Portal::with_faults(["switch:apply-after=300,hang"]);
    let home = crate::support::Home::new();
    let words = ["profiles", "switch", "14190688", "--timeout", "2"];
    home.nxp(words).at(&portal).run();
    wait_until("it takes effect", || portal.current() == CERAMICS);
}

#[test]
fn answer_after_switches_and_answers_late() {
    let portal = Portal::with_faults(["switch:answer-after=3000"]);
    thread::scope(|scope| {
        let answered = scope.spawn(|| switch(&portal, CERAMICS).0);
        wait_until("it takes effect", || portal.current() == CERAMICS);
        assert!(!answered.is_finished());
        assert_eq!(answered.join().unwrap(), 200);
    });
}

#[test]
fn lag_shows_the_old_state_for_its_time() {
    let portal = Portal::with_faults(["profiles:lag=3000"]);
    assert_eq!(listed(&portal), ANAS_OWN);
    assert_eq!(switch(&portal, CERAMICS).0, 200);
    assert_eq!(portal.current(), CERAMICS);
    assert_eq!(listed(&portal), ANAS_OWN);
    wait_until("it takes effect", || listed(&portal) == CERAMICS);
}

#[test]
fn delay_holds_up_request_and_response() {
    let portal = Portal::with_faults(["delay=50-60,7"]);
    let start = Instant::now();
    assert_eq!(listed(&portal), ANAS_OWN);
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[test]
fn faults_skip_calls_and_end() {
    let portal = Portal::with_faults(["switch+1:not-applied-then=400,2"]);
    let statuses = [(); 4].map(|()| switch(&portal, CERAMICS).0);
    assert_eq!(statuses, [200, 400, 400, 200]);
}
