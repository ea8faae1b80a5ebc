//! What templates expect of the Python they were written for.

use minijinja::{Environment, Error, ErrorKind, State, value::Kwargs};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io;

/// Marks what a template says when it refuses a conversation.
const REFUSED: &str = "refused: ";

/// The functions, filters and methods.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, format!("{REFUSED}{message}")))
    });
    environment.add_function(
        "strftime_now",
        |state: &State<'_, '_>, format: String| -> Result<String, Error> {
            let today = state.lookup("today").map(|day| day.to_string()).unwrap_or_default();
            date(&today, &format).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "no such date"))
        },
    );
    environment.add_filter("tojson", |value: minijinja::Value, options: Kwargs| -> Result<String, Error> {
        let indent: Option<usize> = options.get("indent")?;
        // Python's other options (`ensure_ascii`, `sort_keys`) change nothing that a model minds.
        json(&value, indent).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
    });
}

/// The words of `raise_exception`.
pub(super) fn refusal(error: &Error) -> Option<String> {
    error.detail()?.strip_prefix(REFUSED).map(str::to_owned)
}

/// The template without `{% generation %}` and its end, with which training marks what the model says.
pub(super) fn without_marks_of_training(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find("%}").map_or(tag.len(), |end| end + 2);
        let (tag, after) = tag.split_at(end);
        let word = tag.trim_start_matches("{%").trim_end_matches("%}").trim_matches(['-', '+']).trim();
        if !matches!(word, "generation" | "endgeneration") {
            out.push_str(tag);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A day such as `2026-11-21` in one of Python's formats.
fn date(day: &str, format: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = day.splitn(3, '-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let name = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next()? {
            'Y' => out.push_str(year),
            'm' => out.push_str(month),
            'd' => out.push_str(date),
            'B' => out.push_str(name),
            'b' => out.push_str(name.get(..3)?),
            'F' => out.push_str(day),
            '%' => out.push('%'),
            // Hours and weekdays: nothing that an answer needs.
            'H' | 'M' | 'S' => out.push_str("00"),
            _ => return None,
        }
    }
    Some(out)
}

/// JSON as Python's `json.dumps` writes it: a space behind each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

fn json(value: &minijinja::Value, indent: Option<usize>) -> Result<String, serde_json::Error> {
    let mut out = Vec::new();
    match indent {
        Some(indent) => {
            let indent = " ".repeat(indent.min(16));
            let pretty = PrettyFormatter::with_indent(indent.as_bytes());
            value.serialize(&mut Serializer::with_formatter(&mut out, pretty))?;
        }
        None => value.serialize(&mut Serializer::with_formatter(&mut out, Spaced))?,
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_python_does() {
        assert_eq!(date("2026-11-21", "%d %b %Y").unwrap(), "21 Nov 2026");
        assert_eq!(date("2026-11-21", "%Y-%m-%d, 100%% %B").unwrap(), "2026-11-21, 100% November");
        assert_eq!(date("2026-11-21", "%q"), None);
        assert_eq!(date("", "%Y"), None);
    }

    #[test]
    fn marks_of_training_are_left_out() {
        let source = "a{% generation %}b{{ c }}{%- endgeneration -%}d{% if generation %}e{% endif %}{% f";
        assert_eq!(without_marks_of_training(source), "ab{{ c }}d{% if generation %}e{% endif %}{% f");
    }
}
