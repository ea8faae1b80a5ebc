//! What people and programs get of a conversation.

use super::*;
use crate::read;
use expect_test::expect;

fn bread() -> Transcript {
    let mut transcript =
        read(include_bytes!("../../fixtures/open_webui.json")).unwrap().transcripts.remove(0);
    transcript.entries[0].text =
        "How? <script>alert(1)</script> [a](javascript:x) [b](https://b.example/?q=\"1\")".into();
    transcript
}

#[test]
fn people_get_a_page_that_is_safe_and_whole() {
    let html = html(&bread());
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;/script&gt; a <a href=\"https://b.example/?q=%221%22\"")
            || html.contains("&lt;script&gt;"),
        "{html}"
    );
    assert!(!html.contains("<script") && !html.contains("javascript:x\""), "{html}");
    assert!(html.contains("<p>Knead it.</p>") && html.contains("Flour first."), "{html}");
    assert!(!html.contains("Buy it."), "only the branch that is shown: {html}");
}

#[test]
fn markdown_and_lines_hold_the_branch_that_is_shown() {
    let mut bread = bread();
    bread.entries[0].text = "How?".into();
    expect![[r#"
        # Bread

        ## You · 2024-07-03 09:46

        How?

        ## llama3:8b · 2024-07-03 09:47

        <details><summary>Thoughts</summary>

        Flour first.
        Then water.

        </details>

        Knead it.
    "#]]
    .assert_eq(&markdown(&bread));
    bread.entries[0].notes = vec!["[1] Baking: \u{201c}Knead <it>.\u{201d}".into(), "Not borne out".into()];
    let noted = markdown(&bread);
    assert!(
        noted.contains("How?\n\n> [1] Baking: \u{201c}Knead <it>.\u{201d}\n>\n> Not borne out\n\n## llama3"),
        "{noted}"
    );
    assert!(
        html(&bread).contains("<ul class=\"notes\">\n<li>[1] Baking: \u{201c}Knead &lt;it&gt;.\u{201d}</li>")
    );
    bread.entries[0].notes.clear();
    let bread = [bread];
    expect![[r#"
        {"messages":[{"role":"user","content":"How?"},{"role":"assistant","content":"Knead it."}]}
    "#]]
    .assert_eq(&openai_lines(&bread));
    let again = read(share_gpt(&bread).as_bytes()).unwrap();
    assert_eq!(again.transcripts[0].branch().len(), 2);
    assert_eq!(read(openai_lines(&bread).as_bytes()).unwrap().transcripts[0].branch().len(), 2);
}
