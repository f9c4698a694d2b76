//! The shape of a JSON document: the kinds of its values, without the values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    List,
    Object,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

/// Fields with the kinds of their values.
pub(super) type Fields = BTreeMap<String, BTreeSet<Kind>>;

/// The most fields of an object, or of all objects of a list, that are kept: a hostile document
/// must not fill the memory.
const MOST_FIELDS: usize = 1_000;

/// A JSON document without its values.
pub(super) enum Node {
    Value(Kind),
    List(Items),
    Object(BTreeMap<String, Node>),
}

/// The items of a list, merged.
#[derive(Default)]
pub(super) struct Items {
    /// How many there are.
    pub(super) count: usize,
    /// How many of them are objects.
    pub(super) objects: usize,
    /// The fields of those objects.
    pub(super) fields: Fields,
}

/// Adds the fields of an object.
pub(super) fn merge(fields: &mut Fields, object: BTreeMap<String, Node>) {
    for (name, node) in object {
        if fields.len() < MOST_FIELDS || fields.contains_key(&name) {
            fields.entry(name).or_default().insert(node.kind());
        }
    }
}

impl Node {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Value(kind) => *kind,
            Self::List(_) => Kind::List,
            Self::Object(_) => Kind::Object,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindOnly)
    }
}

struct KindOnly;

impl<'de> Visitor<'de> for KindOnly {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Value(Kind::Null))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Value(Kind::Bool))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Value(Kind::Number))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Value(Kind::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Value(Kind::Number))
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Value(Kind::String))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut all = Items::default();
        while let Some(node) = items.next_element()? {
            all.count += 1;
            if let Node::Object(object) = node {
                all.objects += 1;
                merge(&mut all.fields, object);
            }
        }
        Ok(Node::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut nodes = BTreeMap::new();
        while let Some((name, node)) = fields.next_entry::<String, Node>()? {
            if nodes.len() < MOST_FIELDS {
                nodes.insert(name, node);
            }
        }
        Ok(Node::Object(nodes))
    }
}
