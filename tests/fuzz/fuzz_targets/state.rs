//! The state file: any bytes are a state or none, and a state can be changed and written.

#![no_main]

use nxp::session::State;

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    let Ok(mut state) = serde_json::from_slice::<State>(content) else {
        return;
    };
    let accounts = state.accounts();
    assert!(
        state
            .default_account()
            .is_none_or(|default| accounts.contains(&default))
    );
    let written = serde_json::to_vec(&state).unwrap();
    let again: State = serde_json::from_slice(&written).unwrap();
    assert_eq!(again.accounts(), accounts);
    for account in &accounts {
        state.add(account);
        state.remove(account);
        assert!(!state.accounts().contains(account));
    }
});
