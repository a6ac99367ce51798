//! Reads typed members out of a JSON tree and notes every one of a wrong type.
//!
//! `null` counts as absent, and a single element as a list of one (spec 00 §5).

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::violation::{Violation, note};
use super::words::Word;
use crate::json::{JsValue, JsonText, Members};

/// The members of one object that were not read yet.
pub(super) struct Object<'a> {
    path: String,
    members: Members,
    violations: &'a mut Vec<Violation>,
}

impl<'a> Object<'a> {
    /// The top-level object; `None` (and a violation) for any other value.
    pub(super) fn root(value: JsValue, violations: &'a mut Vec<Violation>) -> Option<Self> {
        if let JsValue::Object(members) = value {
            return Some(Self { path: String::new(), members, violations });
        }
        note(violations, Violation::new("manifest", "must be a JSON object"));
        None
    }

    /// True if nothing is left to read.
    pub(super) fn is_empty(&self) -> bool {
        self.members.iter().next().is_none()
    }

    fn path(&self, name: impl Display) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    fn take(&mut self, name: &str) -> Option<JsValue> {
        self.members.take(name).filter(|value| *value != JsValue::Null)
    }

    /// Notes that a member breaks a rule.
    pub(super) fn refuse(&mut self, name: impl Display, rule: impl Into<std::borrow::Cow<'static, str>>) {
        let path = self.path(name);
        note(self.violations, Violation::new(path, rule));
    }

    /// Drops a member unread.
    pub(super) fn ignore(&mut self, name: &str) {
        self.members.take(name);
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            JsValue::Text(text) => Some(text),
            _ => self.wrong(name, "must be a string"),
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, name: &str) -> Option<String> {
        self.require(name).then(|| self.text(name)).flatten()
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            JsValue::Bool(flag) => Some(flag),
            _ => self.wrong(name, "must be true or false"),
        }
    }

    /// `true` or `false`, which must be there.
    pub(super) fn required_flag(&mut self, name: &str) -> Option<bool> {
        self.require(name).then(|| self.flag(name)).flatten()
    }

    /// An integer within a range.
    pub(super) fn integer<N: TryFrom<i64>>(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<N> {
        let number = self.take(name)?.as_integer().filter(|number| range.contains(number));
        match number.and_then(|number| N::try_from(number).ok()) {
            Some(number) => Some(number),
            None => self.wrong(name, format!("must be an integer from {} to {}", range.start(), range.end())),
        }
    }

    /// An integer within a range, which must be there.
    pub(super) fn required_integer<N: TryFrom<i64>>(
        &mut self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Option<N> {
        self.require(name).then(|| self.integer(name, range)).flatten()
    }

    /// A list; one element that is no array stands for a list of one.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<JsValue>> {
        self.take(name).map(|value| match value {
            JsValue::Array(list) => list,
            single => vec![single],
        })
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.list_of(name, "must be a string", |value| match value {
            JsValue::Text(text) => Some(text),
            _ => None,
        })
    }

    /// One word of a vocabulary.
    pub(super) fn word<W: Word>(&mut self, name: &str) -> Option<W> {
        match self.take(name)?.as_text().and_then(W::parse) {
            Some(word) => Some(word),
            None => self.wrong(name, W::rule()),
        }
    }

    /// A list of words of a vocabulary.
    pub(super) fn words<W: Word>(&mut self, name: &str) -> Option<Vec<W>> {
        self.list_of(name, &W::rule(), |value| value.as_text().and_then(W::parse))
    }

    /// A list of words of a vocabulary, which must be there.
    pub(super) fn required_words<W: Word>(&mut self, name: &str) -> Option<Vec<W>> {
        self.require(name).then(|| self.words(name)).flatten()
    }

    /// A list of any JSON.
    pub(super) fn raw_list(&mut self, name: &str) -> Option<Vec<JsonText>> {
        Some(self.list(name)?.iter().map(JsValue::to_json).collect())
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Option<Object<'_>> {
        match self.take(name)? {
            JsValue::Object(members) => {
                Some(Object { path: self.path(name), members, violations: &mut *self.violations })
            }
            _ => self.wrong(name, "must be an object"),
        }
    }

    /// Reads each element of a list of objects.
    pub(super) fn objects<T>(&mut self, name: &str, read: impl Fn(Object<'_>) -> T) -> Option<Vec<T>> {
        let mut objects = Vec::new();
        for (index, element) in self.list(name)?.into_iter().enumerate() {
            let path = self.path(format_args!("{name}[{index}]"));
            if let JsValue::Object(members) = element {
                objects.push(read(Object { path, members, violations: &mut *self.violations }));
            } else {
                note(self.violations, Violation::new(path, "must be an object"));
            }
        }
        Some(objects)
    }

    /// The names of the members left.
    pub(super) fn names(&self) -> Vec<String> {
        self.members.iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// The members left, as they were.
    pub(super) fn rest(self) -> Vec<(String, JsonText)> {
        self.members.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect()
    }

    fn list_of<T>(&mut self, name: &str, rule: &str, read: impl Fn(JsValue) -> Option<T>) -> Option<Vec<T>> {
        let list = self.list(name)?;
        let mut read_ones = Vec::with_capacity(list.len());
        for (index, element) in list.into_iter().enumerate() {
            match read(element) {
                Some(element) => read_ones.push(element),
                None => self.refuse(format_args!("{name}[{index}]"), rule.to_owned()),
            }
        }
        Some(read_ones)
    }

    fn require(&mut self, name: &str) -> bool {
        let present = self.members.get(name).is_some_and(|value| *value != JsValue::Null);
        if !present {
            self.refuse(name, "is required");
        }
        present
    }

    fn wrong<T>(&mut self, name: &str, rule: impl Into<std::borrow::Cow<'static, str>>) -> Option<T> {
        self.refuse(name, rule);
        None
    }
}
