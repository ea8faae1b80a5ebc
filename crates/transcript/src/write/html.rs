//! The branch that is shown as a page of its own, with nothing in it from elsewhere.

use super::{at, said_by};
use crate::{Entry, Role, Transcript};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

const STYLE: &str = include_str!("html.css");

/// A page that needs no other file: no script, no picture and no font from elsewhere. Markdown is set, HTML in what
/// was said is shown as it was written.
pub fn html(transcript: &Transcript) -> String {
    let title = escaped(transcript.title.as_deref().unwrap_or("Conversation"));
    let entries: String = transcript.branch().into_iter().map(article).collect();
    format!(
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{entries}</main>\n\
         </body>\n</html>\n"
    )
}

fn article(entry: &Entry) -> String {
    let class = if entry.role == Some(Role::Assistant) { "answer" } else { "person" };
    let at = at(entry.at_ms).map_or_else(String::new, |at| format!(" <time>{at}</time>"));
    let thoughts = match entry.thinking.trim() {
        "" => String::new(),
        thinking => format!("<details><summary>Thoughts</summary>\n{}</details>\n", set(thinking)),
    };
    let name = escaped(&said_by(entry));
    let notes: String = entry.notes.iter().map(|note| format!("<li>{}</li>\n", escaped(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("<ul class=\"notes\">\n{notes}</ul>\n") };
    format!(
        "<article class=\"{class}\">\n<h2>{name}{at}</h2>\n{thoughts}{}{notes}</article>\n",
        set(&entry.text)
    )
}

/// Markdown as HTML. Links lead to the web or to mail addresses, or are no links; pictures are their descriptions.
fn set(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut links = Vec::new();
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { dest_url, .. }) => {
            links.push(is_safe(&dest_url));
            let open = || format!("<a href=\"{}\" rel=\"noreferrer\">", escaped(&dest_url));
            is_safe(&dest_url).then(|| Event::InlineHtml(CowStr::from(open())))
        }
        Event::End(TagEnd::Link) => links.pop()?.then(|| Event::InlineHtml(CowStr::from("</a>"))),
        plain @ (Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_)) => Some(plain),
    });
    let mut html = String::new();
    push_html(&mut html, events);
    html
}

fn is_safe(address: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
