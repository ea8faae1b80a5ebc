//! Sums of the ledger as the page and spreadsheets get them.

use api::money::{MoneyReport, MoneyRow, MoneySums, Savings};
use base::Money;
use ledger::{Report, ReportQuery, Sums};

/// What the rows beyond the limit are listed under.
const OTHERS: &str = "(all others)";

/// A report with at most so many rows, the others in one.
pub(crate) fn report(query: &ReportQuery, report: Report, limit: Option<usize>) -> MoneyReport {
    let Report { total, rows, overlap } = report;
    let limit = limit.filter(|_| !query.by.is_time()).unwrap_or(usize::MAX).max(1);
    let mut others: Option<Sums> = None;
    let mut shown = Vec::with_capacity(rows.len().min(limit));
    for (at, row) in rows.into_iter().enumerate() {
        if at < limit {
            shown.push(MoneyRow { name: row.name, label: None, part: row.part, sums: sums(&row.sums) });
        } else {
            others.get_or_insert_default().add(&row.sums);
        }
    }
    shown.extend(others.map(|others| MoneyRow {
        name: OTHERS.to_owned(),
        label: None,
        part: None,
        sums: sums(&others),
    }));
    MoneyReport {
        from: query.from.to_string(),
        to: query.until.to_string(),
        by: query.by.as_str().to_owned(),
        split: query.split.map(|split| split.as_str().to_owned()),
        total: sums(&total),
        rows: shown,
        overlap: (overlap != Sums::default()).then(|| sums(&overlap)),
    }
}

fn sums(of: &Sums) -> MoneySums {
    MoneySums {
        requests: of.requests,
        failures: of.failures,
        estimated: of.estimated,
        cached: of.cached,
        input_tokens: of.input_tokens,
        cached_input_tokens: of.cached_input_tokens,
        output_tokens: of.output_tokens,
        cost_usd: of.cost.to_string(),
        baseline_usd: of.baseline.to_string(),
    }
}

/// What was saved of a total.
pub(crate) fn savings(query: &ReportQuery, total: &Sums) -> Savings {
    let saved: Money = total.baseline - total.cost;
    Savings {
        from: query.from.to_string(),
        to: query.until.to_string(),
        cost_usd: total.cost.to_string(),
        baseline_usd: total.baseline.to_string(),
        saved_usd: saved.to_string(),
        by_cache_usd: total.saved.to_string(),
        by_prompt_cache_usd: total.prompt_saved.to_string(),
        by_routing_usd: total.routing_saved().to_string(),
        requests: total.requests,
        cached: total.cached,
        input_tokens: total.input_tokens,
        cached_input_tokens: total.cached_input_tokens,
    }
}

/// The report as CSV (RFC 4180): a line a row, and the total last.
pub(crate) fn csv(report: &MoneyReport) -> String {
    let mut text = String::from(
        "name,label,part,requests,failures,estimated,cached,input_tokens,cached_input_tokens,output_tokens,cost_usd,baseline_usd\r\n",
    );
    for row in &report.rows {
        let names = [Some(&row.name), row.label.as_ref(), row.part.as_ref()];
        let names = names.map(|name| name.map(|name| cell(name)).unwrap_or_default());
        line(&mut text, &names.join(","), &row.sums);
    }
    if let Some(overlap) = &report.overlap {
        line(&mut text, "(counted more than once),,", overlap);
    }
    line(&mut text, "(total),,", &report.total);
    text
}

fn line(text: &mut String, names: &str, sums: &MoneySums) {
    let MoneySums { requests, failures, estimated, cached, input_tokens, cached_input_tokens, .. } = sums;
    let MoneySums { output_tokens, cost_usd, baseline_usd, .. } = sums;
    text.push_str(&format!(
        "{names},{requests},{failures},{estimated},{cached},{input_tokens},{cached_input_tokens},{output_tokens},{cost_usd},\
         {baseline_usd}\r\n"
    ));
}

/// A text as a cell. One that a spreadsheet would run as a formula is made a text.
fn cell(name: &str) -> String {
    let safe =
        if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{name}") } else { name.to_owned() };
    if safe.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_cannot_be_run_by_a_spreadsheet() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("@x\ny", "\"'@x\ny\""),
        ];
        for (name, expected) in cases {
            assert_eq!(cell(name), expected);
        }
    }
}
