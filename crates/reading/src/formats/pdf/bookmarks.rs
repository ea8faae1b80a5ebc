//! The bookmarks of a PDF, flat; those that lead in a circle are left out.

use super::{assemble::OutlineEntry, guarded, ready::Pages};
use crate::{Problem, ProblemCode};
use pdf_oxide::{Destination, OutlineItem, PdfDocument, object::ObjectRef};
use std::collections::HashSet;

const MAX_ENTRIES: usize = 20_000;
/// How deep bookmarks may lie in others.
const MAX_DEPTH: usize = 100;

/// The bookmarks, in the order of the document.
pub(super) fn read(document: &PdfDocument, pages: &Pages) -> Result<Vec<OutlineEntry>, Problem> {
    if guarded(|| is_tree(document)) != Some(true) {
        let message = "the bookmarks lead in a circle or lie too deep in each other, and are left out";
        return Err(Problem::new(ProblemCode::Damaged, message));
    }
    let items = guarded(|| document.get_outline().ok().flatten()).flatten().unwrap_or_default();
    Ok(flat(items, pages))
}

/// Whether no bookmark is reached twice: what reads them follows a circle until the memory or the stack is full.
fn is_tree(document: &PdfDocument) -> bool {
    let Some(first) = first(document) else { return true };
    let mut seen: HashSet<ObjectRef> = HashSet::new();
    let mut waiting = vec![(first, 1_usize)];
    while let Some((bookmark, depth)) = waiting.pop() {
        if depth > MAX_DEPTH || !seen.insert(bookmark) {
            return false;
        }
        let Ok(object) = document.load_object(bookmark) else { continue };
        let Some(entries) = object.as_dict() else { continue };
        let leads_to = |name: &str| entries.get(name).and_then(|value| value.as_reference());
        waiting.extend(leads_to("Next").map(|next| (next, depth)));
        waiting.extend(leads_to("First").map(|child| (child, depth + 1)));
    }
    true
}

fn first(document: &PdfDocument) -> Option<ObjectRef> {
    let catalogue = document.catalog().ok()?;
    let outlines = catalogue.as_dict()?.get("Outlines")?.as_reference()?;
    let outlines = document.load_object(outlines).ok()?;
    let first = outlines.as_dict()?.get("First")?;
    first.as_reference()
}

fn flat(items: Vec<OutlineItem>, pages: &Pages) -> Vec<OutlineEntry> {
    let mut entries = Vec::new();
    let mut stack: Vec<(u8, std::vec::IntoIter<OutlineItem>)> = vec![(1, items.into_iter())];
    while let Some((level, items)) = stack.last_mut() {
        let level = *level;
        let Some(item) = items.next() else {
            stack.pop();
            continue;
        };
        let page = match item.dest {
            Some(Destination::PageIndex(index)) => pages.number(index),
            Some(Destination::Named(_)) | None => None,
        };
        entries.push(OutlineEntry::new(&item.title, page, level.min(6)));
        if entries.len() >= MAX_ENTRIES {
            break;
        }
        stack.push((level.saturating_add(1), item.children.into_iter()));
    }
    entries
}
