//! One answer, and the questions the checks ask it.

use http::{HeaderMap, StatusCode};
use trunkline_wire::json::JsValue;

use super::mismatch::{Mismatch, expect};

/// An answer with its body parsed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: JsValue,
}

impl Answer {
    /// Every JSON answer must say that it is JSON, in one of two spellings (spec 10 §1, T1).
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, text: &str) -> Result<Self, Mismatch> {
        let content_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let bare = content_type.replace(' ', "").to_ascii_lowercase();
        expect(
            matches!(bare.as_str(), "application/json" | "application/json;charset=utf-8"),
            format!("the content type is {content_type:?}, not application/json (spec 10 §1)"),
        )?;
        let body =
            JsValue::parse(text).map_err(|error| Mismatch::new(format!("the body is not JSON: {error}")))?;
        Ok(Self { status, headers, body })
    }

    /// The status must be this one.
    pub(crate) fn status(&self, status: u16) -> Result<&Self, Mismatch> {
        expect(self.status == status, format!("the status is {}, not {status}", self.status))?;
        Ok(self)
    }

    /// The value at a path such as `1.body.conversationId`.
    pub(crate) fn at(&self, path: &str) -> Result<&JsValue, Mismatch> {
        path.split('.').filter(|name| !name.is_empty()).try_fold(&self.body, |value, name| {
            let found = match value {
                JsValue::Array(list) => name.parse().ok().and_then(|index: usize| list.get(index)),
                JsValue::Object(members) => members.get(name),
                _ => None,
            };
            found.ok_or_else(|| Mismatch::new(format!("there is no {path}")))
        })
    }

    /// The text at a path.
    pub(crate) fn text(&self, path: &str) -> Result<&str, Mismatch> {
        self.at(path)?.as_text().ok_or_else(|| Mismatch::new(format!("{path} is no text")))
    }

    /// The integer at a path.
    pub(crate) fn integer(&self, path: &str) -> Result<i64, Mismatch> {
        self.at(path)?.as_integer().ok_or_else(|| Mismatch::new(format!("{path} is no integer")))
    }

    /// The text at a path must be this one.
    pub(crate) fn is(&self, path: &str, text: &str) -> Result<&Self, Mismatch> {
        let found = self.text(path)?;
        expect(found == text, format!("{path} is {found:?}, not {text:?}"))?;
        Ok(self)
    }

    /// The object at a path must have exactly these members, in any order.
    pub(crate) fn members(&self, path: &str, names: &[&str]) -> Result<&Self, Mismatch> {
        let object = self.at(path)?.as_object();
        let object = object.ok_or_else(|| Mismatch::new(format!("{} is no object", place(path))))?;
        let mut found: Vec<_> = object.iter().map(|(name, _)| name).collect();
        let mut expected = names.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        expect(found == expected, format!("{} has the members {found:?}, not {expected:?}", place(path)))?;
        Ok(self)
    }

    /// The list at a path must have this many elements.
    pub(crate) fn elements(&self, path: &str, count: usize) -> Result<&Self, Mismatch> {
        match self.at(path)? {
            JsValue::Array(list) if list.len() == count => Ok(self),
            JsValue::Array(list) => {
                Err(Mismatch::new(format!("{} has {} elements, not {count}", place(path), list.len())))
            }
            _ => Err(Mismatch::new(format!("{} is no list", place(path)))),
        }
    }
}

fn place(path: &str) -> &str {
    if path.is_empty() { "the answer" } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        let headers =
            HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        Answer::new(StatusCode::OK, headers, text).unwrap()
    }

    #[test]
    fn questions_are_answered_by_path() {
        let answer = answer(r#"[{"code":"OK"},{"body":{"sequence":3}}]"#);
        answer.elements("", 2).unwrap().is("0.code", "OK").unwrap().members("1.body", &["sequence"]).unwrap();
        assert_eq!(answer.integer("1.body.sequence").unwrap(), 3);
        for wrong in
            [answer.is("0.code", "NO"), answer.members("0", &[]), answer.elements("", 1), answer.status(201)]
        {
            assert!(wrong.is_err());
        }
        assert!(answer.at("2.body").is_err());
    }

    #[test]
    fn another_content_type_is_a_mismatch() {
        assert!(Answer::new(StatusCode::OK, HeaderMap::new(), "{}").is_err());
    }
}
