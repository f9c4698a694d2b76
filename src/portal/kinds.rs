//! JSON documents by the kinds of their values, without the values.

use std::collections::BTreeMap;
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

/// A JSON document without its values.
pub(super) enum Node {
    Value(Kind),
    List(Vec<Node>),
    Object(BTreeMap<String, Node>),
}

impl Node {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Value(kind) => *kind,
            Self::List(_) => Kind::List,
            Self::Object(_) => Kind::Object,
        }
    }

    pub(super) fn object(self) -> Option<BTreeMap<String, Self>> {
        match self {
            Self::Object(fields) => Some(fields),
            Self::Value(_) | Self::List(_) => None,
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
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut nodes = BTreeMap::new();
        while let Some((name, node)) = fields.next_entry::<String, Node>()? {
            nodes.insert(name, node);
        }
        Ok(Node::Object(nodes))
    }
}
