//! What the demo prints: one block per step, one per exchange. Colours on a terminal only, tokens never whole.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Stdout, Write as _};

use trunkline_wire::json::{JsValue, write_text};

/// Longer words are cut: tokens.
const LONGEST_WORD: usize = 40;
/// What is left of them.
const KEPT: usize = 12;
/// Longer lines are cut, or broken where JSON allows it.
const LONGEST_LINE: usize = 116;
/// Longer lists are cut.
const MOST_ELEMENTS: usize = 2;

/// Where the demo prints.
#[derive(Debug)]
pub(crate) struct Screen {
    out: Stdout,
    colours: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Good,
    Bad,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let out = std::io::stdout();
        Self { colours: out.is_terminal(), out }
    }

    pub(crate) fn line(&self, text: &str) {
        // A closed pipe ends the show, not the checks.
        let _ = writeln!(self.out.lock(), "{text}");
    }

    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        if !self.colours {
            return text.to_owned();
        }
        let code = match colour {
            Colour::Bold => "1",
            Colour::Dim => "2",
            Colour::Good => "32",
            Colour::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Cuts a token; text for people stays whole, and of an address only long names are cut.
pub(crate) fn shorten(text: &str) -> String {
    let word = |word| cut(word, LONGEST_WORD, KEPT);
    if text.contains(' ') {
        text.to_owned()
    } else if text.starts_with('/') || text.starts_with("https://") {
        text.split('/').map(word).collect::<Vec<_>>().join("/")
    } else {
        word(text)
    }
}

fn cut(text: &str, longest: usize, kept: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(kept).chain(['…']).collect()
}

/// JSON with secrets hidden, tokens and lists cut: on one line if it fits, else a line for every member or element.
pub(crate) fn brief(value: &JsValue) -> Vec<String> {
    let mut line = String::new();
    show(&mut line, "", value);
    if line.chars().count() <= LONGEST_LINE {
        return vec![line];
    }
    match value {
        JsValue::Array(list) => list.iter().flat_map(brief).collect(),
        JsValue::Object(members) => {
            members.iter().flat_map(|(name, value)| member(name, name, value)).collect()
        }
        _ => vec![cut(&line, LONGEST_LINE, LONGEST_LINE)],
    }
}

/// A member on one line if it fits; an object that does not is opened: `body.event: …` is what people look for.
fn member(path: &str, name: &str, value: &JsValue) -> Vec<String> {
    let mut line = format!("{path}: ");
    show(&mut line, name, value);
    match value {
        JsValue::Object(members) if line.chars().count() > LONGEST_LINE => {
            members.iter().flat_map(|(name, value)| member(&format!("{path}.{name}"), name, value)).collect()
        }
        _ => vec![cut(&line, LONGEST_LINE, LONGEST_LINE)],
    }
}

fn show(out: &mut String, name: &str, value: &JsValue) {
    match value {
        JsValue::Text(_) if matches!(name, "password" | "client_secret" | "temp_url_sig") => {
            out.push_str("\"…\"");
        }
        JsValue::Text(text) => write_text(&shorten(text), out),
        JsValue::Array(list) => {
            out.push('[');
            for (index, element) in list.iter().take(MOST_ELEMENTS).enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                show(out, name, element);
            }
            if list.len() > MOST_ELEMENTS {
                let _ = write!(out, ", … {} more", list.len() - MOST_ELEMENTS);
            }
            out.push(']');
        }
        JsValue::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_text(name, out);
                out.push_str(": ");
                show(out, name, value);
            }
            out.push('}');
        }
        plain => out.push_str(plain.to_json().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_tokens_and_long_lists_are_cut() {
        let text = r#"{"token":"eyJraWQiOiJhcHBqd3QtMTMtMDUtMTciLCJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.x","client_secret":"m4q0v7t2b9k1s8e5h3g6d0a2u9","list":[1,2,3,4],"ok":true}"#;
        assert_eq!(
            brief(&JsValue::parse(text).unwrap()),
            [r#"{"token": "eyJraWQiOiJh…", "client_secret": "…", "list": [1, 2, … 2 more], "ok": true}"#]
        );
    }

    #[test]
    fn an_address_keeps_its_shape() {
        let name = "51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0.PNG";
        assert_eq!(shorten(&format!("/v1/AUTH_async-images/{name}")), "/v1/AUTH_async-images/51fa19b7c892…");
        assert_eq!(shorten(&format!("data:image/png;base64,{name}")), "data:image/p…");
    }

    #[test]
    fn an_object_that_does_not_fit_is_opened() {
        let words = "more words ".repeat(8);
        let text = format!(r#"{{"body":{{"event":{{"message":"hello"}},"a":"{words}","b":"{words}"}}}}"#);
        let lines = brief(&JsValue::parse(&text).unwrap());
        assert_eq!(lines[0], r#"body.event: {"message": "hello"}"#);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn long_json_takes_a_line_for_every_member() {
        let text = format!(r#"{{"msg":"{}","code":"OK"}}"#, "more words ".repeat(20));
        let lines = brief(&JsValue::parse(&text).unwrap());
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with(r#"msg: "more words"#) && lines[0].ends_with('…'), "{}", lines[0]);
        assert_eq!(lines[1], r#"code: "OK""#);
    }
}
