//! A signal during a switch: no request of the switch is sent again, and "nothing was changed" is said
//! only where no request may still take effect.

use crate::people::{ANA, ANAS_OWN, CERAMICS};
use crate::support::{Call, Home, Keyring, Portal, Running, exec, switch, wait_until};

const NOTHING_CHANGED: &str = "error: cancelled; nothing was changed\n";
const MAY_TAKE_EFFECT: &str = "error: the switch to Ana Duarte — Duarte Ceramics #14190688 was sent \
                               and may still take effect: interrupted";

/// How often a switch to this profile was sent.
fn sent(portal: &Portal, profile: u64) -> usize {
    let query = format!("coworkerId={profile}");
    let requests = portal.requests();
    let of_profile = requests
        .iter()
        .filter(|request| request.method == "PUT" && request.query.as_ref() == Some(&query));
    of_profile.count()
}

/// Starts the call, and interrupts it while the first request of its switch is answered.
fn interrupted(portal: &Portal, call: Call) -> Running {
    let run = call.start();
    wait_until("the switch is sent", || sent(portal, CERAMICS) > 0);
    run.interrupt();
    run
}

/// A portal that answers each switch after half a second, and has this fault.
fn slow_portal(fault: Option<&str>) -> (Home, Portal) {
    let (home, portal) = Home::at_portal();
    fault.into_iter().for_each(|fault| portal.fail(fault));
    portal.fail("switch:answer-after=500");
    (home, portal)
}

#[test]
fn unanswered_switch_is_not_sent_again() {
    let (home, portal) = slow_portal(Some("switch:not-applied-then=500,1,500"));
    let run = interrupted(&portal, switch(&home, &portal, CERAMICS));
    let run = run.finish().code(1);
    assert!(run.stderr.contains(MAY_TAKE_EFFECT), "{run}");
    assert_eq!(sent(&portal, CERAMICS), 1);
    assert!(home.pending_switch().is_some());
}

#[test]
fn unanswered_switch_that_took_effect_is_seen_in_the_list() {
    let (home, portal) = slow_portal(Some("switch:applied-then=500,1,500"));
    let run = interrupted(&portal, switch(&home, &portal, CERAMICS));
    let run = run.finish().code(0);
    assert!(run.stderr.contains("Switched from"), "{run}");
    assert_eq!(sent(&portal, CERAMICS), 1);
}

#[test]
fn unanswered_switch_of_an_exec_may_still_take_effect() {
    let (home, portal) = slow_portal(Some("switch:not-applied-then=500,1,500"));
    let run = interrupted(&portal, exec(&home, &portal, CERAMICS, "echo ran"));
    let run = run.finish().code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains(MAY_TAKE_EFFECT), "{run}");
    assert!(!run.stderr.contains("nothing was changed"), "{run}");
    assert_eq!(sent(&portal, CERAMICS), 1);
    assert_eq!(portal.current(), ANAS_OWN);
}

#[test]
fn switch_of_an_exec_that_the_list_shows_is_taken_back() {
    for fault in [None, Some("switch:applied-then=500,1,500")] {
        let (home, portal) = slow_portal(fault);
        let run = interrupted(&portal, exec(&home, &portal, CERAMICS, "echo ran"));
        let run = run.finish().code(130);
        let stopped = "error: cancelled before the command was started\n";
        assert!(run.stderr.ends_with(stopped), "{fault:?}: {run}");
        assert_eq!(run.stdout, "", "{fault:?}");
        let switches = (sent(&portal, CERAMICS), sent(&portal, ANAS_OWN));
        assert_eq!(switches, (1, 1), "{fault:?}");
        assert_eq!(portal.current(), ANAS_OWN, "{fault:?}");
    }
}

#[test]
fn interrupt_in_the_pause_before_a_retry_sends_nothing() {
    for is_exec in [false, true] {
        let (home, portal) = Home::at_portal();
        portal.fail("switch:throttle=1,3");
        let call = if is_exec {
            exec(&home, &portal, CERAMICS, "echo ran")
        } else {
            switch(&home, &portal, CERAMICS)
        };
        let run = interrupted(&portal, call).finish().code(130);
        assert!(run.stderr.ends_with(NOTHING_CHANGED), "{run}");
        assert_eq!(portal.switches(), 1);
        assert_eq!(home.pending_switch(), None);
    }
}

#[test]
fn interrupt_during_a_refresh_keeps_the_tokens_and_sends_nothing() {
    let Some(keyring) = Keyring::unlocked() else {
        return;
    };
    let (home, portal) = (Home::with_keyring(&keyring), Portal::start());
    home.sign_in(&portal, ANA);
    portal.fail("switch:expire=1");
    portal.fail("token:answer-after=500");
    let before = portal.refreshes();
    let run = home.nxp(["profiles", "switch", "14190688"]).start();
    wait_until("the refresh is sent", || portal.refreshes() > before);
    run.interrupt();
    let run = run.finish().code(130);
    assert!(run.stderr.ends_with(NOTHING_CHANGED), "{run}");
    assert_eq!(portal.switches(), 1);
    // The tokens that it got were stored.
    home.nxp(["profiles", "switch", "14190688"]).run().code(0);
    assert_eq!(portal.refreshes(), before + 1);
}

#[test]
fn second_interrupt_of_an_unanswered_switch_ends_at_once() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:apply-after=60000,hang");
    portal.fail("profiles+1:hang=9");
    let run = interrupted(&portal, switch(&home, &portal, CERAMICS));
    run.says("Interrupted");
    run.interrupt();
    let run = run.finish().code(1);
    assert!(run.stderr.contains(MAY_TAKE_EFFECT), "{run}");
    assert_eq!(sent(&portal, CERAMICS), 1);
}

/// A request that was lost stays unanswered, whatever the portal answers to the next one.
#[test]
fn lost_request_before_a_rejected_token_may_still_take_effect() {
    let (home, portal) = Home::at_portal();
    portal.fail("switch:not-applied-then=500,1");
    portal.fail("switch:expire=9");
    let run = switch(&home, &portal, CERAMICS).run().code(4);
    assert!(run.stderr.contains("may still take effect"), "{run}");
    assert!(run.stderr.contains("rejects the token"), "{run}");
}
