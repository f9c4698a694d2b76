//! An account's item in a store. A store may take only so much in one entry; a longer item is split.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as StoreError, Result};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::session::StoredTokens;
use crate::session::files::digest_of;

/// The most parts of an item.
const MAX_PARTS: usize = 8;

/// An account's item: an entry with this service and user.
pub(super) struct Item {
    pub(super) store: Arc<CredentialStore>,
    pub(super) service: String,
    pub(super) user: String,
    /// The most bytes that the store takes in one entry.
    pub(super) limit: Option<usize>,
}

/// What the entry holds of an item that is split. The parts are in entries of their own, in one of two
/// slots. They are written first, to the slot that is not in use: whenever a process ends, the entry
/// leads to the parts of the old item or to those of the new one.
#[derive(Serialize, Deserialize)]
struct Index {
    slot: Slot,
    parts: usize,
    /// Of the whole item: a power cut may lose a part although the index was written after it.
    digest: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Slot {
    A,
    B,
}

impl Item {
    /// Reads the item.
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>> {
        let found = read(&self.entry()?)?;
        let Some(index) = self.index(&found) else {
            return Ok(found);
        };
        let mut whole = Zeroizing::new(Vec::new());
        for number in 0..index.parts.min(MAX_PARTS) {
            match self.part(index.slot, number)?.get_secret() {
                Ok(part) => whole.extend(Zeroizing::new(part).iter()),
                // The digest shows it.
                Err(StoreError::NoEntry) => {}
                Err(error) => return Err(error),
            }
        }
        match std::str::from_utf8(&whole) {
            Ok(item) if digest_of(&[item]) == index.digest => Ok(whole),
            _ => Err(StoreError::BadStoreFormat("a part is missing".to_owned())),
        }
    }

    /// Writes the item, in place of the one that is there.
    pub(super) fn write(&self, item: &str) -> Result<()> {
        let entry = self.entry()?;
        let Some(limit) = self.limit.filter(|limit| item.len() > *limit) else {
            return write(&entry, item.as_bytes());
        };
        let parts = item.as_bytes().chunks(limit);
        if parts.len() > MAX_PARTS {
            let most = u32::try_from(MAX_PARTS * limit).unwrap_or(u32::MAX);
            return Err(StoreError::TooLong("item".to_owned(), most));
        }
        let before = match read(&entry) {
            Ok(found) => self.index(&found),
            Err(StoreError::NoEntry) => None,
            Err(error) => return Err(error),
        };
        let index = Index {
            slot: match before {
                Some(Index { slot: Slot::A, .. }) => Slot::B,
                _ => Slot::A,
            },
            parts: parts.len(),
            digest: digest_of(&[item]),
        };
        for (number, part) in parts.enumerate() {
            self.part(index.slot, number)?.set_secret(part)?;
        }
        write(&entry, &serde_json::to_vec(&index).unwrap_or_default())
    }

    /// Deletes the item, and all parts that any process may have left.
    pub(super) fn delete(&self) -> Result<()> {
        if self.limit.is_some() {
            for slot in [Slot::A, Slot::B] {
                for number in 0..MAX_PARTS {
                    match self.part(slot, number)?.delete_credential() {
                        Ok(()) | Err(StoreError::NoEntry) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        delete(&self.entry()?)
    }

    fn index(&self, found: &[u8]) -> Option<Index> {
        self.limit.and_then(|_| serde_json::from_slice(found).ok())
    }

    fn entry(&self) -> Result<Entry> {
        self.store.build(&self.service, &self.user, None)
    }

    fn part(&self, slot: Slot, number: usize) -> Result<Entry> {
        let user = format!("{} ({slot:?}{number})", self.user);
        self.store.build(&self.service, &user, None)
    }
}

/// Reads an entry. If there are several, the one whose token expires last.
fn read(entry: &Entry) -> Result<Zeroizing<Vec<u8>>> {
    let entries = match entry.get_secret() {
        Err(StoreError::Ambiguous(entries)) => entries,
        secret => return secret.map(Zeroizing::new),
    };
    let secrets = entries
        .iter()
        .map(|entry| entry.get_secret().map(Zeroizing::new));
    let expiry = |secret: &Zeroizing<Vec<u8>>| Some(StoredTokens::from_item(secret)?.expires_at);
    secrets
        .max_by_key(|secret| secret.as_ref().ok().and_then(expiry))
        .unwrap_or(Err(StoreError::NoEntry))
}

/// Writes an entry, in place of all others.
fn write(entry: &Entry, secret: &[u8]) -> Result<()> {
    let entries = match entry.set_secret(secret) {
        Err(StoreError::Ambiguous(entries)) => entries,
        written => return written,
    };
    let Some((first, others)) = entries.split_first() else {
        return Err(StoreError::NoEntry);
    };
    first.set_secret(secret)?;
    others.iter().try_for_each(Entry::delete_credential)
}

/// Deletes all entries of an account.
fn delete(entry: &Entry) -> Result<()> {
    match entry.delete_credential() {
        Err(StoreError::Ambiguous(entries)) => {
            entries.iter().try_for_each(Entry::delete_credential)
        }
        deleted => deleted,
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::mock;

    use super::*;

    const LIMIT: usize = 10;

    fn item() -> Item {
        Item {
            store: mock::Store::new().unwrap(),
            service: "nxp/acme.spaces.nexudus.com".to_owned(),
            user: "ana@acme.example".to_owned(),
            limit: Some(LIMIT),
        }
    }

    fn found(item: &Item) -> String {
        String::from_utf8(item.read().unwrap().to_vec()).unwrap()
    }

    /// How many entries have a secret.
    fn count(item: &Item) -> usize {
        let parts = [Slot::A, Slot::B]
            .into_iter()
            .flat_map(|slot| (0..MAX_PARTS).map(move |number| item.part(slot, number).unwrap()));
        let entries = parts.chain([item.entry().unwrap()]);
        entries.filter(|entry| entry.get_secret().is_ok()).count()
    }

    #[test]
    fn an_item_of_any_length_is_read_as_it_was_written() {
        let item = item();
        for length in [80, 11, 10, 0, 20, 21, 5, 80] {
            let text: String = "0123456789".repeat(8).chars().take(length).collect();
            item.write(&text).unwrap();
            assert_eq!(found(&item), text, "{length}");
        }
        item.delete().unwrap();
        assert_eq!(count(&item), 0);
        assert!(matches!(item.read(), Err(StoreError::NoEntry)));
    }

    #[test]
    fn an_item_with_too_many_parts_is_refused_with_the_limit() {
        let item = item();
        item.write("old").unwrap();
        let refused = item.write(&"x".repeat(LIMIT * MAX_PARTS + 1));
        assert!(
            matches!(refused, Err(StoreError::TooLong(_, 80))),
            "{refused:?}"
        );
        assert_eq!(found(&item), "old");
    }

    /// A write that ends after any number of parts leaves the old item.
    #[test]
    fn a_torn_write_leaves_the_old_item() {
        let item = item();
        let (old, new) = ("o".repeat(25), "n".repeat(35));
        item.write(&old).unwrap();
        let index = item.index(&read(&item.entry().unwrap()).unwrap()).unwrap();
        assert_eq!((index.slot, index.parts), (Slot::A, 3));
        for (number, part) in new.as_bytes().chunks(LIMIT).enumerate() {
            item.part(Slot::B, number)
                .unwrap()
                .set_secret(part)
                .unwrap();
            assert_eq!(found(&item), old);
        }
        item.write(&new).unwrap();
        assert_eq!(found(&item), new);
        item.delete().unwrap();
        assert_eq!(count(&item), 0);
    }

    #[test]
    fn a_part_that_is_lost_or_of_another_item_is_noticed() {
        let item = item();
        item.write(&"a".repeat(25)).unwrap();
        item.part(Slot::A, 1)
            .unwrap()
            .set_secret(b"bbbbbbbbbb")
            .unwrap();
        assert!(matches!(item.read(), Err(StoreError::BadStoreFormat(_))));
        item.part(Slot::A, 1).unwrap().delete_credential().unwrap();
        assert!(matches!(item.read(), Err(StoreError::BadStoreFormat(_))));
        item.write(&"c".repeat(25)).unwrap();
        assert_eq!(found(&item), "c".repeat(25));
    }

    #[test]
    fn a_store_without_a_limit_has_one_entry_for_an_item() {
        let item = Item {
            limit: None,
            ..item()
        };
        item.write(&"x".repeat(100)).unwrap();
        assert_eq!(count(&item), 1);
        assert_eq!(found(&item).len(), 100);
    }
}
