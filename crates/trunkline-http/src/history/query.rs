//! Parameters of the query. Source: spec 08 §1, §3.

use http::{StatusCode, Uri};
use trunkline_services::history::{EventsPage, ListPage, Style};
use trunkline_wire::history::{Cursor, EventCursor};

use crate::extract::Pairs;
use crate::failure::Failure;

const NO_CURSOR: Failure =
    Failure::fixed(StatusCode::BAD_REQUEST, "bad_request", "cursor must be that of an answer");

/// The query of a request.
pub(super) struct Query<'a>(Pairs<'a>);

impl<'a> Query<'a> {
    pub(super) fn parse(uri: &'a Uri) -> Result<Self, Failure> {
        Pairs::of_query(uri).map(Self).map_err(|error| Failure::bad_request(error.to_string()))
    }

    /// The first value of a parameter that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.all(name).find(|value| !value.is_empty())
    }

    /// `v`: 2 for typed values, anything else for none.
    pub(super) fn style(&self) -> Style {
        Style { typed: matches!(self.get("v"), Some("2" | "2.0")) }
    }

    /// The page of a list.
    pub(super) fn page(&self) -> Result<ListPage, Failure> {
        let cursor = self.get("cursor").map(Cursor::parse).transpose();
        let cursor = cursor.map_err(|_| NO_CURSOR)?;
        let (offset, limit) = (self.number("offset")?, self.number("limit")?);
        let page = ListPage::new(
            offset.unwrap_or(0),
            limit.unwrap_or(ListPage::LIMIT),
            self.newest_first()?,
            cursor,
        );
        Ok(page?)
    }

    /// The page of a conversation's events.
    pub(super) fn events_page(&self) -> Result<EventsPage, Failure> {
        let cursor = self.get("cursor").map(EventCursor::parse).transpose();
        let cursor = cursor.map_err(|_| NO_CURSOR)?;
        let limit = self.number("limit")?;
        if limit == Some(0) {
            return Err(Failure::bad_request("limit must be 1 or more".to_owned()));
        }
        Ok(EventsPage { offset: self.number("offset")?.unwrap_or(0), limit, cursor })
    }

    /// What leads to this page, or with a cursor to the next one.
    pub(super) fn link(&self, cursor: Option<&str>) -> String {
        // As numbers, not as they were written: nothing but digits gets into the link.
        let number = |name, default| self.number(name).ok().flatten().unwrap_or(default);
        let limit = number("limit", ListPage::LIMIT);
        let sort = if self.newest_first().unwrap_or(true) { "start:desc" } else { "start:asc" };
        let version = if self.style().typed { "&v=2" } else { "" };
        let place = match (cursor, self.get("cursor")) {
            (Some(cursor), _) | (None, Some(cursor)) => format!("cursor={cursor}"),
            (None, None) => format!("offset={}", number("offset", 0)),
        };
        format!("{place}&limit={limit}&sort={sort}{version}")
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Failure> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let refused = || Failure::bad_request(format!("{name} must be a whole number"));
        number.map(Some).ok_or_else(refused)
    }

    /// `sort`: by start, newest first if it does not say.
    fn newest_first(&self) -> Result<bool, Failure> {
        match self.get("sort").map(str::to_ascii_lowercase).as_deref() {
            None | Some("start:desc" | "start") => Ok(true),
            Some("start:asc") => Ok(false),
            Some(_) => Err(Failure::bad_request("sort must be start:asc or start:desc".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(query: &str) -> Uri {
        format!("/search?{query}").parse().unwrap()
    }

    #[test]
    fn pages_are_read_and_linked() {
        let asked = uri("offset=20&limit=10&sort=start%3Aasc&NC=true&__d=2013&=Order:[desc]&v=2");
        let query = Query::parse(&asked).unwrap();
        let expected = ListPage::new(20, 10, false, None).unwrap();
        assert_eq!(query.page().unwrap(), expected);
        assert_eq!(query.link(None), "offset=20&limit=10&sort=start:asc&v=2");
        assert_eq!(query.link(Some("c0")), "cursor=c0&limit=10&sort=start:asc&v=2");
        let again = uri("offset=20&limit=10&cursor=c0");
        assert_eq!(Query::parse(&again).unwrap().link(None), "cursor=c0&limit=10&sort=start:desc");
        let padded = uri("offset=007&limit=010");
        assert_eq!(Query::parse(&padded).unwrap().link(None), "offset=7&limit=10&sort=start:desc");
        let nothing = uri("");
        let query = Query::parse(&nothing).unwrap();
        assert_eq!(query.page().unwrap(), ListPage::new(0, 50, true, None).unwrap());
        assert_eq!(query.style(), Style { typed: false });
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        for text in [
            "offset=-1",
            "offset=x",
            "offset=%2B2",
            "offset=2.0",
            "limit=%2B2",
            "limit=+2",
            "limit=%D9%A2",
            "limit=0",
            "limit=101",
            "offset=9901&limit=100",
            "sort=end:desc",
            "cursor=x",
        ] {
            let uri = uri(text);
            assert!(Query::parse(&uri).unwrap().page().is_err(), "{text}");
        }
        assert!(Query::parse(&uri("a=%zz")).is_err());
    }
}
