//! The tool `now`: the time and the date, here or elsewhere.

use base::Clock;
use futures::{FutureExt, future::BoxFuture};
use jiff::{Timestamp, tz::TimeZone};
use llm::{Tool, ToolContext, ToolError, ToolSpec, tool::arguments};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Tells the time.
#[derive(Debug)]
pub(super) struct TimeOfDay {
    pub(super) clock: Arc<dyn Clock>,
    /// Where this program runs.
    pub(super) here: TimeZone,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    zone: Option<String>,
}

impl Tool for TimeOfDay {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "now".into(),
            description: "Tells the date, the day of the week and the time, where the person is or in another time zone."
                .into(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "zone": { "type": "string", "description": "A time zone such as Asia/Tokyo; left out: where the person is" },
                },
                "additionalProperties": false,
            }),
            strict: None,
            cache_marker: false,
        }
    }

    fn call<'a>(
        &'a self,
        _context: &'a ToolContext,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, ToolError>> {
        async move {
            let Arguments { zone } = arguments(text)?;
            let zone = zone.map(|zone| zone.trim().to_owned()).filter(|zone| !zone.is_empty());
            let zone = match zone {
                None => self.here.clone(),
                Some(name) => TimeZone::get(&name).map_err(|_| {
                    ToolError::Arguments(format!(
                        "`{name}` is no time zone; they are like `Europe/Berlin` or `UTC`"
                    ))
                })?,
            };
            let moment = Timestamp::from_millisecond(self.clock.now().millis()).unwrap_or_default();
            let there = moment.to_zoned(zone);
            let name = there.time_zone().iana_name().unwrap_or("local time").to_owned();
            Ok(format!("{} ({name})", there.strftime("%A, %Y-%m-%d %H:%M:%S %:z")))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ManualClock;

    #[test]
    fn the_time_is_told_here_and_elsewhere() {
        let start = base::Timestamp::parse("2026-11-21T22:30:05Z").unwrap();
        let tool = TimeOfDay { clock: Arc::new(ManualClock::at(start)), here: TimeZone::UTC };
        let call = |text: &str| tool.call(&ToolContext::default(), text).now_or_never().unwrap();
        assert_eq!(call("").unwrap(), "Saturday, 2026-11-21 22:30:05 +00:00 (UTC)");
        assert_eq!(
            call(r#"{"zone":"Asia/Tokyo"}"#).unwrap(),
            "Sunday, 2026-11-22 07:30:05 +09:00 (Asia/Tokyo)"
        );
        let error = call(r#"{"zone":"Middle/Earth"}"#).unwrap_err();
        assert!(matches!(&error, ToolError::Arguments(told) if told.contains("Middle/Earth")), "{error}");
    }
}
