//! The single-element rule: a list of one may be written as the element itself. Source: spec 00 §5.

use serde::{Deserialize, Serialize};

/// A list that was written either as an array or as its only element. Always written as an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Many(Vec<T>),
            One(T),
        }
        Either::deserialize(deserializer).map(|either| match either {
            Either::Many(list) => Self(list),
            Either::One(element) => Self(vec![element]),
        })
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
