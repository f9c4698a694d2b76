//! JSON arrays with a limited number of items.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The items of a JSON array if there are at most `MAX`: parsed items take more memory than their
/// text.
pub(super) struct Bounded<T, const MAX: usize>(Option<Vec<T>>);

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// The items; `None` if there were too many.
    pub(super) fn whole(self) -> Option<Vec<T>> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

struct Items<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
    type Value = Bounded<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < MAX {
            match items.next_element()? {
                Some(item) => kept.push(item),
                None => return Ok(Bounded(Some(kept))),
            }
        }
        let mut whole = true;
        while items.next_element::<IgnoredAny>()?.is_some() {
            whole = false;
        }
        Ok(Bounded(whole.then_some(kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_whole_or_not_at_all() {
        let read = |json: &str| serde_json::from_str::<Bounded<u8, 3>>(json);
        let kept = |json: &str| read(json).unwrap().whole();
        assert_eq!(kept("[]"), Some(vec![]));
        assert_eq!(kept("[1,2,3]"), Some(vec![1, 2, 3]));
        assert_eq!(kept("[1,2,3,4]"), None);
        assert!(read("[1,2,3,4").is_err());
        assert!(read("[1,\"2\"]").is_err());
    }
}
