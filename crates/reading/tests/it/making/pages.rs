//! PDF files of a few pages; tests of the library take this file in, too.

/// A PDF with these lines on its pages; lines that begin with `# ` are set larger. Titles of bookmarks with
/// their page (from 1) follow.
pub(crate) fn pdf(pages: &[&str], bookmarks: &[(&str, usize)]) -> Vec<u8> {
    let contents: Vec<Vec<u8>> = pages.iter().map(|page| content_stream(page)).collect();
    pdf_of_streams(&contents.iter().map(|content| (content.as_slice(), "")).collect::<Vec<_>>(), bookmarks)
}

pub(super) fn content_stream(page: &str) -> Vec<u8> {
    let mut content = String::from("BT\n");
    let mut y = 780;
    for line in page.lines() {
        let (text, size) = match line.strip_prefix("# ") {
            Some(large) => (large, 18),
            None => (line, 11),
        };
        let escaped = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        content.push_str(&format!("/F1 {size} Tf 1 0 0 1 60 {y} Tm ({escaped}) Tj\n"));
        y -= if text.is_empty() { 26 } else { 16 };
    }
    content.push_str("ET");
    content.into_bytes()
}

/// A PDF whose pages have these content streams, each with its `/Filter` entry.
pub(crate) fn pdf_of_streams(streams: &[(&[u8], &str)], bookmarks: &[(&str, usize)]) -> Vec<u8> {
    let count = streams.len();
    let page_id = |index: usize| 4 + index * 2;
    let outline_id = 4 + count * 2;
    let mut objects: Vec<Vec<u8>> = Vec::new();
    let outlines = if bookmarks.is_empty() { String::new() } else { format!("/Outlines {outline_id} 0 R") };
    objects.push(format!("<< /Type /Catalog /Pages 2 0 R {outlines} >>").into_bytes());
    let kids: Vec<String> = (0..count).map(|index| format!("{} 0 R", page_id(index))).collect();
    objects.push(format!("<< /Type /Pages /Kids [{}] /Count {count} >>", kids.join(" ")).into_bytes());
    objects
        .push(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec());
    for (index, (stream, filter)) in streams.iter().enumerate() {
        let content_id = page_id(index) + 1;
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> \
                 /Contents {content_id} 0 R >>"
            )
            .into_bytes(),
        );
        let mut object = format!("<< /Length {} {filter} >>\nstream\n", stream.len()).into_bytes();
        object.extend_from_slice(stream);
        object.extend_from_slice(b"\nendstream");
        objects.push(object);
    }
    if !bookmarks.is_empty() {
        let (first, last) = (outline_id + 1, outline_id + bookmarks.len());
        objects.push(
            format!("<< /Type /Outlines /First {first} 0 R /Last {last} 0 R /Count {} >>", bookmarks.len())
                .into_bytes(),
        );
        for (index, (title, page)) in bookmarks.iter().enumerate() {
            let next = if index + 1 < bookmarks.len() {
                format!("/Next {} 0 R", first + index + 1)
            } else {
                String::new()
            };
            objects.push(
                format!(
                    "<< /Title ({title}) /Parent {outline_id} 0 R {next} /Dest [{} 0 R /Fit] >>",
                    page_id(page - 1)
                )
                .into_bytes(),
            );
        }
    }
    serialise(&objects)
}

pub(crate) fn serialise(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.5\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let xref = file.len();
    file.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let trailer =
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1);
    file.extend_from_slice(trailer.as_bytes());
    file
}
