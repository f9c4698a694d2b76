//! What holds of the state file, whatever is in it.

use std::fs;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Account, StateFile};

fn state_file(folder: &tempfile::TempDir) -> StateFile {
    StateFile::in_folder(folder.path(), Duration::ZERO, Box::new(|_| {}))
}

fn account() -> impl Strategy<Value = Account> {
    ("[a-z][a-z0-9]{0,8}", "[a-zA-Z.+]{1,8}@[a-z]{1,8}\\.example")
        .prop_map(|(space, email)| Account::new(space.parse().unwrap(), email))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A file with anything in it is read or set aside; either way the next change succeeds.
    #[test]
    fn a_file_with_anything_in_it_is_survived(content in vec(any::<u8>(), 0..300), account in account()) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("state.json"), &content).unwrap();
        let file = state_file(&folder);
        file.load().unwrap();
        file.update(|state| state.add(&account)).unwrap();
        prop_assert!(file.load().unwrap().accounts().contains(&account));
    }

    /// What is added is there, once, until it is removed.
    #[test]
    fn accounts_are_kept_as_they_are(accounts in vec(account(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let file = state_file(&folder);
        for account in &accounts {
            file.update(|state| state.add(account)).unwrap();
            file.update(|state| state.add(account)).unwrap();
        }
        let kept = file.load().unwrap().accounts();
        for account in &accounts {
            prop_assert_eq!(kept.iter().filter(|known| *known == account).count(), 1);
        }
        for account in &accounts {
            file.update(|state| { state.remove(account); }).unwrap();
        }
        prop_assert!(file.load().unwrap().accounts().is_empty());
    }
}
