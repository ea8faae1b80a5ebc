//! A comparison written down: as Markdown, as a page of its own, as JSON.
//!
//! The page needs nothing from elsewhere and runs nothing: raw HTML of an answer is shown as text, and only addresses of the
//! web and of mail are links. Its style prints, so that a browser makes the PDF of it.

use crate::words::MARKDOWN;
use pulldown_cmark::{CowStr, Event, Parser, Tag, html};
use serde::Serialize;
use std::fmt::Write as _;

/// What one answer took, and from whom it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Told {
    /// Who was asked: a model, a route, a persona with its model.
    pub name: String,
    /// Who answered, `provider/model`.
    pub answered_by: Option<String>,
    /// How it ended.
    pub status: String,
    /// What was said.
    pub text: String,
    /// Why there is no more of it.
    pub failure: Option<String>,
    /// Until the first piece came.
    pub first_token_ms: Option<u64>,
    /// Until the end.
    pub total_ms: Option<u64>,
    /// Tokens that went in.
    pub input_tokens: Option<u64>,
    /// Tokens that came out.
    pub output_tokens: Option<u64>,
    /// What it cost, in dollars.
    pub cost: Option<String>,
    /// The ledger's id of the call.
    pub exchange_id: Option<String>,
}

impl Told {
    /// Tokens that came out each second, from the first of them on.
    pub fn tokens_a_second(&self) -> Option<f64> {
        let (output, total) = (self.output_tokens?, self.total_ms?);
        let writing = total.checked_sub(self.first_token_ms.unwrap_or(0)).filter(|writing| *writing > 0)?;
        Some(output as f64 * 1_000.0 / writing as f64)
    }

    /// What is known of it, as names and values.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let facts = [
            ("Answered by", self.answered_by.clone()),
            ("Status", Some(self.status.clone())),
            ("First token", self.first_token_ms.map(|took| format!("{took} ms"))),
            ("In all", self.total_ms.map(|took| format!("{took} ms"))),
            ("Tokens a second", self.tokens_a_second().map(|speed| format!("{speed:.1}"))),
            ("Tokens in", self.input_tokens.map(|count| count.to_string())),
            ("Tokens out", self.output_tokens.map(|count| count.to_string())),
            ("Cost", self.cost.as_ref().map(|cost| format!("${cost}"))),
            ("Exchange", self.exchange_id.clone()),
            ("Failure", self.failure.clone()),
        ];
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// One question and its answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Turn {
    /// What was asked.
    pub question: String,
    /// The answers, in their order.
    pub answers: Vec<Told>,
    /// What is measured of each, in the same order.
    pub measured: Vec<Measured>,
    /// What models made of the answers.
    pub gathered: Vec<Told>,
}

/// A figure of each answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Measured {
    /// What is measured.
    pub what: String,
    /// The value of each answer.
    pub values: Vec<f64>,
}

impl Turn {
    /// What is measured of the answers, as rows of text; the first has the names.
    fn table(&self) -> Vec<Vec<String>> {
        let names = self.answers.iter().map(|answer| answer.name.clone());
        let head = std::iter::once("Measured".to_owned()).chain(names).collect();
        let rows = self.measured.iter().map(|one| {
            let values = one.values.iter().map(|value| {
                if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
            });
            std::iter::once(one.what.replace('_', " ")).chain(values).collect()
        });
        std::iter::once(head).chain(rows).collect()
    }
}

/// A comparison as it is written down.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// When it was made, as people write it.
    pub made: String,
    /// Its turns, the first one first.
    pub turns: Vec<Turn>,
    /// Votes in words, such as `A is better than B`.
    pub votes: Vec<String>,
}

impl Report {
    /// As Markdown: the answers are quoted, so that their headings stay theirs.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# {}\n\n{}\n", one_line(&self.title), self.made);
        for turn in &self.turns {
            let _infallible = write!(out, "\n## Question\n\n{}\n", quoted(&turn.question));
            for answer in turn.answers.iter().chain(&turn.gathered) {
                let _infallible = write!(out, "\n### {}\n\n", one_line(&answer.name));
                for (name, value) in answer.facts() {
                    let _infallible = writeln!(out, "- {name}: {}", one_line(&value));
                }
                let _infallible = write!(out, "\n{}\n", quoted(&answer.text));
            }
            if !turn.measured.is_empty() {
                out.push_str("\n### Measured\n\n");
                for (at, row) in turn.table().iter().enumerate() {
                    let cells: Vec<String> =
                        row.iter().map(|cell| one_line(cell).replace('|', "\\|")).collect();
                    let _infallible = writeln!(out, "| {} |", cells.join(" | "));
                    if at == 0 {
                        let _infallible = writeln!(out, "|{}", " --- |".repeat(row.len()));
                    }
                }
            }
        }
        if !self.votes.is_empty() {
            out.push_str("\n## Votes\n\n");
            self.votes.iter().for_each(|vote| out.push_str(&format!("- {}\n", one_line(vote))));
        }
        out
    }

    /// As one page of HTML.
    pub fn to_html(&self) -> String {
        let mut body = format!("<h1>{}</h1><p>{}</p>", escaped(&self.title), escaped(&self.made));
        for turn in &self.turns {
            let _infallible = write!(
                body,
                "<section><h2>Question</h2><blockquote>{}</blockquote><div class=\"answers\">",
                rendered(&turn.question)
            );
            for answer in turn.answers.iter().chain(&turn.gathered) {
                let _infallible = write!(body, "<article><h3>{}</h3><dl>", escaped(&answer.name));
                for (name, value) in answer.facts() {
                    let _infallible = write!(body, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
                }
                let _infallible = write!(body, "</dl>{}</article>", rendered(&answer.text));
            }
            body.push_str("</div>");
            if !turn.measured.is_empty() {
                body.push_str("<table>");
                for (at, row) in turn.table().iter().enumerate() {
                    let tag = if at == 0 { "th" } else { "td" };
                    let cells = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
                    let _infallible = write!(body, "<tr>{}</tr>", cells.collect::<String>());
                }
                body.push_str("</table>");
            }
            body.push_str("</section>");
        }
        if !self.votes.is_empty() {
            body.push_str("<section><h2>Votes</h2><ul>");
            self.votes.iter().for_each(|vote| body.push_str(&format!("<li>{}</li>", escaped(vote))));
            body.push_str("</ul></section>");
        }
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'\"><title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>\n",
            escaped(&self.title)
        )
    }

    /// As JSON.
    ///
    /// # Errors
    /// Never, but the writer's type says so.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1b1b1f;\
    background:#fff}.answers{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr))}\
    article{border:1px solid #c9c9d1;border-radius:.5rem;padding:1rem;overflow-wrap:anywhere}dl{display:grid;\
    grid-template-columns:auto 1fr;gap:0 1rem;font-size:.85rem}dd{margin:0}pre{overflow:auto;white-space:pre-wrap}\
    blockquote{border-left:.25rem solid #c9c9d1;margin:0;padding-left:1rem}table{border-collapse:collapse}\
    td,th{border:1px solid #c9c9d1;padding:.25rem .5rem}@media print{.answers{display:block}article{border:0;\
    break-inside:auto}}";

/// Markdown as HTML, without what could run or load anything.
fn rendered(text: &str) -> String {
    let mut out = String::new();
    let inert = Parser::new_ext(text, MARKDOWN).map(|event| {
        if let Event::Html(raw) | Event::InlineHtml(raw) = event {
            Event::Text(raw)
        } else if let Event::Start(tag) = event {
            Event::Start(harmless(tag))
        } else {
            event
        }
    });
    html::push_html(&mut out, inert);
    out
}

/// A link that leads to the web or to mail only; a picture is loaded by nobody, the page's policy forbids it.
fn harmless(tag: Tag<'_>) -> Tag<'_> {
    let safe = |address: CowStr<'_>| {
        let lower = address.trim().to_ascii_lowercase();
        if ["https://", "http://", "mailto:", "#"].iter().any(|start| lower.starts_with(start)) {
            CowStr::from(address.into_string())
        } else {
            CowStr::Borrowed("#")
        }
    };
    if let Tag::Link { link_type, dest_url, title, id } = tag {
        Tag::Link { link_type, dest_url: safe(dest_url), title, id }
    } else if let Tag::Image { link_type, dest_url, title, id } = tag {
        Tag::Image { link_type, dest_url: safe(dest_url), title, id }
    } else {
        tag
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    if text.trim().is_empty() {
        return "> (nothing)".to_owned();
    }
    text.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(text: &str) -> Report {
        let answer = Told {
            name: "one/model".into(),
            status: "complete".into(),
            text: text.into(),
            first_token_ms: Some(200),
            total_ms: Some(1_200),
            output_tokens: Some(50),
            cost: Some("0.0012".into()),
            ..Told::default()
        };
        let gathered = vec![Told { name: "fuse".into(), text: "Both.".into(), ..Told::default() }];
        let measured = vec![Measured { what: "words_a_sentence".into(), values: vec![2.5] }];
        let turn = Turn { question: "Why?".into(), answers: vec![answer], measured, gathered };
        Report {
            title: "A <b>".into(),
            made: "2026-01-01".into(),
            turns: vec![turn],
            votes: vec!["A is better".into()],
        }
    }

    #[test]
    fn everything_that_is_known_is_in_every_format() {
        let report = report("# Because\n\nIt **is**.");
        let all = [report.to_markdown(), report.to_html(), report.to_json().unwrap()];
        for text in &all {
            assert!(
                ["one/model", "200", "0.0012", "A is better", "Both.", "2.5"]
                    .iter()
                    .all(|part| text.contains(part)),
                "{text}"
            );
        }
        assert!(
            all[0].contains("> # Because\n>\n> It **is**.") && all[0].contains("- Tokens a second: 50.0")
        );
        assert!(all[1].contains("<strong>is</strong>") && all[1].contains("<title>A &lt;b&gt;</title>"));
    }

    #[test]
    fn nothing_of_an_answer_runs() {
        let cases = [
            ("<script>alert(1)</script>", "<script"),
            ("a <img src=x onerror=alert(1)> b", "<img"),
            ("[x](javascript:alert(1))", "javascript:"),
            ("![x](data:text/html,x)", "data:"),
        ];
        for (text, never) in cases {
            assert!(!report(text).to_html().contains(never), "{text}");
        }
        assert!(report("[x](https://a.example/)").to_html().contains("href=\"https://a.example/\""));
    }

    proptest! {
        #[test]
        fn a_page_has_no_element_that_was_not_meant(text in "[a-z<>/\"'=&;:!\\[\\]()`\n -]{0,80}") {
            let page = report(&text).to_html();
            let forbidden = ["<script", "<iframe", "<object", "<form", "<svg"];
            prop_assert!(forbidden.iter().all(|tag| !page.contains(tag)));
            prop_assert_eq!(page.matches("<article>").count(), 2);
        }
    }
}
