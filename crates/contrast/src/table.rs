//! Tables as spreadsheets read them (RFC 4180).

/// A table as CSV. A text that a spreadsheet would run as a formula is made a text by an apostrophe before it.
///
/// # Errors
/// Where the rows are not all as long as the header.
pub fn to_csv(header: &[&str], rows: &[Vec<String>]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| safe(cell)))?;
    }
    let bytes =
        writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn safe(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if runs { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_is_a_text_and_a_number_stays_one() {
        let rows = [vec!["=1+1".into(), "-2.5".into()], vec!["a,\"b\"".into(), "c\nd".into()]];
        let expected = "x,y\r\n'=1+1,-2.5\r\n\"a,\"\"b\"\"\",\"c\nd\"\r\n";
        assert_eq!(to_csv(&["x", "y"], &rows).unwrap(), expected);
        assert!(to_csv(&["x"], &rows).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(cells in prop::collection::vec("[a-z\",\n\r ä]{0,8}", 2)) {
            let table = to_csv(&["x", "y"], std::slice::from_ref(&cells)).unwrap();
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let read: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
            let written: Vec<String> = cells.iter().map(|cell| safe(cell)).collect();
            prop_assert_eq!(read, written);
        }
    }
}
