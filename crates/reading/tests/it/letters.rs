//! FictionBook, e-mail and subtitles: what stands in them comes out, and broken ones say why.

use crate::{files::check, making};
use expect_test::expect;
use proptest::prelude::*;
use reading::{
    Limits, ProblemCode,
    formats::{ReadEvent, ReadOptions, read},
};
use std::sync::Mutex;

/// How reading ends: why it failed, or how many bytes of text there are.
fn outcome(file_name: &str, bytes: &[u8]) -> Result<usize, ProblemCode> {
    let ended = Mutex::new((0, None));
    read(bytes, &ReadOptions::new(file_name, Limits::default()), &|event| {
        let mut ended = ended.lock().unwrap();
        match event {
            ReadEvent::Section { blocks, .. } => {
                ended.0 += blocks.iter().map(|block| block.text.len()).sum::<usize>();
            }
            ReadEvent::Failed { problem } => ended.1 = Some(problem.code),
            ReadEvent::Opened(_)
            | ReadEvent::PageStarted { .. }
            | ReadEvent::PageRead { .. }
            | ReadEvent::Warning { .. }
            | ReadEvent::Done => {}
        }
    });
    let (bytes, failure) = ended.into_inner().unwrap();
    failure.map_or(Ok(bytes), Err)
}

const FICTION: &str = r##"<?xml version="1.0" encoding="windows-1251"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><genre>prose</genre>
<author><first-name>Ann</first-name><last-name>Lee</last-name></author><author><nickname>Bob</nickname></author>
<book-title>Книга &amp; the Mill</book-title><annotation><p>Not this.</p></annotation><lang>ru</lang>
<translator><first-name>Cid</first-name></translator></title-info>
<src-title-info><book-title>Another</book-title></src-title-info>
<document-info><author><nickname>scanner</nickname></author></document-info></description>
<body><title><p>The Mill</p></title>
<section><title><p>Part</p><p>One</p></title><epigraph><p>A word.</p><text-author>Dan</text-author></epigraph>
<section><title><p>Начало</p></title><p>It stood by the <emphasis>old</emphasis> sea.</p><empty-line/>
<subtitle>* * *</subtitle><p>It fell.<a l:href="#n1" type="note">[1]</a></p>
<poem><stanza><v>The sea, the sea,</v><v>the open sea.</v></stanza></poem>
<subtitle>After</subtitle><table><tr><th>Year</th><th>Mills</th></tr><tr><td>1900</td><td><p>3</p><p>left</p></td></tr></table></section>
</section></body>
<body name="notes"><section id="n1"><title><p>1</p></title><p>Long ago.</p></section></body>
<binary id="cover.jpg" content-type="image/jpeg">AAAA</binary></FictionBook>"##;

/// The letters of the alphabet that stand in one place of Windows-1251 after the other.
fn cyrillic(text: &str) -> Vec<u8> {
    let byte = |letter: char| match u32::from(letter) {
        code @ 0x410..=0x44f => u8::try_from(code - 0x410 + 0xc0).unwrap(),
        code => u8::try_from(code).unwrap(),
    };
    text.chars().map(byte).collect()
}

#[tokio::test]
async fn a_book_of_fiction() {
    let expected = || {
        expect![[r#"
            fb2 pages=None title=Some("Книга & the Mill") author=Some("Ann Lee, Bob") language=ru
            Heading(1): The Mill
            Heading(1): Part One
            Paragraph: A word.
            Paragraph: Dan
            Heading(2): Начало
            Paragraph: It stood by the old sea.
            Paragraph: It fell.[1]
            Paragraph: The sea, the sea,
                the open sea.
            Heading(3): After
            Table: | Year | Mills |
                |---|---|
                | 1900 | 3 left |
            Heading(1): 1
            Paragraph: Long ago.
        "#]]
    };
    check("x.fb2", cyrillic(FICTION), expected()).await;
    check("x.txt", FICTION.replace("windows-1251", "utf-8"), expected()).await;
    check("x.fb2.zip", making::zip(&[("a/Book.FB2", &cyrillic(FICTION))]), expected()).await;
}

const LETTER: &str = "Return-Path: <ann@mill.example>\r\nReceived: from a\r\n\tby b; Mon, 1 Jan 2024 10:00:00 +0000\r\n\
From: =?utf-8?Q?Ann_L=C3=A9e?= <ann@mill.example>\r\nTo: Bob <bob@sea.example>,\r\n Cid <cid@sea.example>\r\n\
Subject: =?utf-8?B?RGllIE3DvGhs?= =?utf-8?B?ZQ==?=\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"out er\"\r\n\r\nOnly for old programs.\r\n--out er\r\n\
Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain; charset=iso-8859-1; format=flowed\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\r\nDear Bob,\r\n\r\nthe m=FChle is =\r\nold.\r\n--in\r\n\
Content-Type: text/html\r\n\r\n<p>Dear Bob, the same again.</p>\r\n--in--\r\n--out er\r\n\
Content-Type: application/pdf; name=\"plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\
Content-Disposition: attachment; filename*=utf-8''Pl%C3%A4ne.pdf\r\n\r\nJVBERi0=\r\n--out er\r\n\
Content-Type: message/rfc822\r\n\r\nFrom: cid@sea.example\r\nSubject: Before\r\nContent-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: base64\r\n\r\nPGgxPkgxPC9oMT48cD5Gb3J3YXJkZWQgd29yZHMuPC9wPg==\r\n--out er--\r\nAfter all.\r\n";

#[tokio::test]
async fn a_letter_with_parts() {
    check(
        "x.eml",
        LETTER,
        expect![[r#"
            email pages=None title=Some("Die Mühle") author=Some("Ann Lée") language=-
            Heading(1): Die Mühle
            Paragraph: From: Ann Lée <ann@mill.example>
                To: Bob <bob@sea.example>, Cid <cid@sea.example>
                Date: Mon, 1 Jan 2024 10:00:00 +0000
            Paragraph: Dear Bob,
            Paragraph: the mühle is old.
            Heading(3): Before
            Paragraph: From: cid@sea.example
            Heading(1): H1
            Paragraph: Forwarded words.
            Paragraph: Attachments:
            ListItem: - Pläne.pdf
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_is_said_in_a_film() {
    let film = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>It was</i> night.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n\
        - Who is there?\r\n- Ann.\r\n\r\n3\r\n01:02:03,000 --> 01:02:04,000\r\n{\\an8}Much later.\r\n4\r\n\r\n";
    check(
        "x.srt",
        film,
        expect![[r#"
            subtitles pages=None title=None author=None language=-
            Paragraph: [00:00:01] It was night.
                - Who is there?
                - Ann.
            Paragraph: [01:02:03] Much later. 4
        "#]],
    )
    .await;
    let captions = "WEBVTT\nKind: captions\n\nNOTE not said\n\nSTYLE\n::cue { color: red }\n\nname\n00:01.000 --> 00:02.000 align:start\n\
        <v Ann>The mill\n\n00:02.000 --> 00:03.000\nThe mill\nis <00:02.500><c>old</c> &amp; low.\n";
    check(
        "captions",
        captions,
        expect![[r#"
            subtitles pages=None title=None author=None language=-
            Paragraph: [00:00:01] Ann: The mill The mill is old & low.
        "#]],
    )
    .await;
}

#[test]
fn broken_ones_say_so() {
    let level = |level| format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    let deep: String = (0..50).map(level).collect();
    let many = format!(
        "Subject: x\r\nFrom: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(5_000)
    );
    let nested = format!("<FictionBook><body>{}", "<section>".repeat(100_000));
    for (name, bytes, expected) in [
        ("deep.eml", format!("From: a\r\nTo: b\r\n{deep}").into_bytes(), ProblemCode::TooLarge),
        ("many.eml", many.into_bytes(), ProblemCode::TooLarge),
        ("none.eml", b"From: \r\nSubject: \r\n\r\n \r\n".to_vec(), ProblemCode::Empty),
        ("nested.fb2", nested.into_bytes(), ProblemCode::TooLarge),
        ("none.fb2", b"<FictionBook><body><p> </p></body></FictionBook>".to_vec(), ProblemCode::Empty),
        ("cut.fb2", FICTION.as_bytes()[..60].to_vec(), ProblemCode::Damaged),
        ("bad.fb2", b"<FictionBook><body><p a=\"</p></body>".to_vec(), ProblemCode::Damaged),
        ("bomb.zip", making::zip(&[("x.fb2", &vec![b' '; 60_000_000])]), ProblemCode::TooLarge),
        ("none.srt", b"1\n00:00:01,000 --> 00:00:02,000\n\n".to_vec(), ProblemCode::Empty),
    ] {
        assert_eq!(outcome(name, &bytes), Err(expected), "{name}");
    }
    // What was cut off gives what there is, here at least who sent it.
    for length in (LETTER.find("To: Bob").unwrap()..LETTER.len()).step_by(7) {
        assert!(outcome("cut.eml", &LETTER.as_bytes()[..length]).is_ok(), "{length}");
    }
}

proptest! {
    #[test]
    fn any_letter_is_read(soup in proptest::collection::vec(prop_oneof![
        Just("--b\r\n"), Just("--b--\r\n"), Just("\r\n"), Just("Content-Type: multipart/mixed; boundary=b\r\n"),
        Just("Content-Type: text/html; charset=utf-16\r\n"), Just("Content-Transfer-Encoding: base64\r\n"),
        Just("Content-Type: message/rfc822\r\n"), Just("words=C3\r\n"), Just(" =?utf-8?Q?x?= \u{fc}\r\n"),
    ], 0..40)) {
        let letter = format!("From: a\r\nSubject: b\r\n{}", soup.concat());
        let ended = outcome("x.eml", letter.as_bytes());
        prop_assert!(matches!(ended, Ok(_) | Err(ProblemCode::TooLarge | ProblemCode::Empty)), "{ended:?}");
    }

    #[test]
    fn any_subtitles_are_read(soup in proptest::collection::vec(prop_oneof![
        Just("00:00:01,000 --> 00:00:02,000\n"), Just("\n"), Just("7\n"), Just("<v "), Just("{\\an"), Just("&amp;"), Just("\u{2014}Words: {x}>\n"),
    ], 0..40)) {
        let film = format!("WEBVTT\n\n{}", soup.concat());
        let ended = outcome("x.vtt", film.as_bytes());
        prop_assert!(matches!(ended, Ok(_) | Err(ProblemCode::Empty)), "{ended:?}");
    }
}
