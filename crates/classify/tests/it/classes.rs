//! What a class says.

use classify::{Task, TaskText, classify};

#[test]
fn a_class_says_why_how_demanding_and_how_urgent_it_is() {
    let class = |text: &str| classify(&TaskText { text, ..TaskText::default() });
    let edit = class("Rename the variable `usr` to `user` in this file.");
    assert_eq!(edit.task, Task::CodeEdit);
    assert!(edit.because.iter().any(|why| why == "rename"), "{:?}", edit.because);
    let design = class(
        "Design a multi-tenant SaaS backend for invoicing: which services, which database layout, how do tenants stay isolated?",
    );
    assert!(design.complexity > edit.complexity + 0.5, "{design:?} {edit:?}");
    assert!(design.latency_need < edit.latency_need);
    let nothing = class("");
    assert_eq!((nothing.task, nothing.because.len()), (Task::General, 1));
    let long = "Describe the fog over the harbour. ".repeat(10_000);
    assert_eq!(class(&long).task, Task::Narrative, "the beginning and the end of long texts are looked at");
    for one in [&edit, &design, &nothing] {
        for value in [one.complexity, one.latency_need, one.confidence] {
            assert!((0.0..=1.0).contains(&value), "{one:?}");
        }
    }
}
