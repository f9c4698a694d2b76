//! The `_shape` filter: keeps only the requested fields of a response.

use std::collections::BTreeMap;

use serde_json::Value;

/// The paths to keep, as a tree. `whole` keeps all that is below.
#[derive(Debug, Default)]
pub(super) struct Shape {
    branches: BTreeMap<String, Shape>,
    whole: bool,
}

impl Shape {
    /// Reads `A.B,A.C,D`; `None` if it has no name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut root = Self::default();
        for path in text
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty())
        {
            let end = path.split('.').fold(&mut root, |branch, name| {
                branch.branches.entry(name.to_owned()).or_default()
            });
            end.whole = true;
        }
        (!root.branches.is_empty()).then_some(root)
    }

    /// Removes from `value` all that the paths don't name. The name of a list stands for its items.
    pub(super) fn apply(&self, value: &mut Value) {
        if self.whole {
            return;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.apply(item)),
            Value::Object(fields) => fields.retain(|name, field| {
                let branch = self.branches.get(name);
                if let Some(branch) = branch {
                    branch.apply(field);
                }
                branch.is_some()
            }),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shaped(shape: &str, mut value: Value) -> Value {
        Shape::parse(shape).unwrap().apply(&mut value);
        value
    }

    #[test]
    fn keeps_only_the_paths_named() {
        let value = json!({"A": {"B": 1, "C": 2, "Secret": 3}, "D": [4], "E": 5});
        assert_eq!(
            shaped("A.B,A.C,D", value),
            json!({"A": {"B": 1, "C": 2}, "D": [4]})
        );
    }

    #[test]
    fn shape_of_list_items_is_named_after_the_list() {
        let value = json!({"Profiles": [{"Id": 1, "X": 2}, {"X": 3}]});
        assert_eq!(
            shaped("Profiles.Id", value),
            json!({"Profiles": [{"Id": 1}, {}]})
        );
    }

    #[test]
    fn whole_branch_wins() {
        let value = json!({"A": {"B": 1, "C": 2}, "D": 3});
        let whole = json!({"A": {"B": 1, "C": 2}});
        assert_eq!(shaped("A,A.B", value.clone()), whole);
        assert_eq!(shaped("A.B,A", value), whole);
    }

    #[test]
    fn null_stays_null() {
        let value = json!({"Profiles": null, "E": 1});
        assert_eq!(
            shaped(" Profiles.Id , Z.Q", value),
            json!({"Profiles": null})
        );
    }

    #[test]
    fn empty_shape_is_no_shape() {
        assert!(Shape::parse("").is_none());
        assert!(Shape::parse(" ,, ").is_none());
    }
}
