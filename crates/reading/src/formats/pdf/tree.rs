//! The tree of a PDF's pages, walked before anything else reads them: one that names a page again and again, or that
//! leads in a circle, keeps `pdf_oxide` busy for the square of its pages, or for longer than anybody waits.

use crate::{Problem, ProblemCode};
use pdf_oxide::{PdfDocument, object::ObjectRef};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// How deep branches may lie in each other.
const MAX_DEPTH: usize = 100;
/// How many names are looked at for each page that a file may have, and how many besides.
const NAMES_A_PAGE: usize = 4;
const SPARE_NAMES: usize = 50_000;
/// Highest number of an object in a file that is written anew.
const MAX_ID: u32 = 10_000_000;

/// What the tree of a file's pages is like.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The pages in the order in which they are named, as often as they are.
    pub(super) named: Vec<ObjectRef>,
    /// Whether all that is named is a page or a branch of pages.
    pub(super) is_whole: bool,
    /// Whether a branch is named in itself; it is walked once.
    pub(super) has_circle: bool,
    /// How many different pages are named.
    pub(super) different: usize,
    branches: Vec<Branch>,
}

/// A branch without what was named before.
#[derive(Debug)]
struct Branch {
    at: ObjectRef,
    kids: Vec<ObjectRef>,
    pages: i64,
}

impl Tree {
    /// Whether a page or a branch is named more than once.
    pub(super) fn is_tangled(&self) -> bool {
        self.has_circle || self.different < self.named.len()
    }

    /// The file with a tree that names each page once, where it is named first, and tells their number.
    pub(super) fn mended(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut document = lopdf::Document::load_mem(bytes).ok()?;
        if document.is_encrypted() || document.max_id > MAX_ID {
            return None;
        }
        for branch in &self.branches {
            let kids = branch.kids.iter().map(|kid| lopdf::Object::Reference(id(*kid))).collect();
            let entries = document.get_dictionary_mut(id(branch.at)).ok()?;
            entries.set("Kids", lopdf::Object::Array(kids));
            entries.set("Count", lopdf::Object::Integer(branch.pages));
        }
        let mut mended = Vec::new();
        document.save_to(&mut mended).ok()?;
        Some(mended)
    }
}

fn id(object: ObjectRef) -> lopdf::ObjectId {
    (object.id, object.r#gen)
}

/// Walks the tree; none where it has no root.
///
/// # Errors
/// When it lies too deep in itself, or names so much that nobody would see its end.
pub(super) fn walk(document: &PdfDocument, most_pages: u32) -> Result<Option<Tree>, Problem> {
    let Some(root) = root(document) else { return Ok(None) };
    let mut walk = Walk::new(document, most_pages);
    let Node::Branch(kids) = walk.node(root) else { return Ok(None) };
    walk.open(root, kids)?;
    while walk.step()? {}
    walk.tree.different = walk.pages_seen;
    Ok(Some(walk.tree))
}

fn root(document: &PdfDocument) -> Option<ObjectRef> {
    let catalogue = document.catalog().ok()?;
    catalogue.as_dict()?.get("Pages")?.as_reference()
}

/// What an object of the tree is.
#[derive(Clone)]
enum Node {
    Page,
    Branch(Rc<[ObjectRef]>),
    Unknown,
}

/// A branch that is being walked.
struct Open {
    at: ObjectRef,
    kids: Rc<[ObjectRef]>,
    next: usize,
    kept: Vec<ObjectRef>,
    pages: i64,
    is_first: bool,
}

struct Walk<'a> {
    document: &'a PdfDocument,
    most_pages: u32,
    names_left: usize,
    /// Each object is looked at once, however often it is named.
    nodes: HashMap<ObjectRef, Node>,
    seen: HashSet<ObjectRef>,
    pages_seen: usize,
    open: Vec<Open>,
    tree: Tree,
}

impl<'a> Walk<'a> {
    fn new(document: &'a PdfDocument, most_pages: u32) -> Self {
        let names = usize::try_from(most_pages).unwrap_or(usize::MAX).saturating_mul(NAMES_A_PAGE);
        Self {
            document,
            most_pages,
            names_left: names.saturating_add(SPARE_NAMES),
            nodes: HashMap::new(),
            seen: HashSet::new(),
            pages_seen: 0,
            open: Vec::new(),
            tree: Tree { is_whole: true, ..Tree::default() },
        }
    }

    /// Looks at the next name; says whether there was anything to do.
    fn step(&mut self) -> Result<bool, Problem> {
        let Some(branch) = self.open.last_mut() else { return Ok(false) };
        let Some(kid) = branch.kids.get(branch.next).copied() else {
            self.close();
            return Ok(true);
        };
        branch.next += 1;
        self.names_left = self.names_left.checked_sub(1).ok_or_else(|| self.endless())?;
        match self.node(kid) {
            Node::Page => {
                self.tree.named.push(kid);
                if self.seen.insert(kid) {
                    self.pages_seen += 1;
                    if let Some(branch) = self.open.last_mut() {
                        branch.kept.push(kid);
                        branch.pages += 1;
                    }
                }
            }
            Node::Branch(_) if self.open.iter().any(|branch| branch.at == kid) => {
                self.tree.has_circle = true;
            }
            Node::Branch(kids) => self.open(kid, kids)?,
            Node::Unknown => self.tree.is_whole = false,
        }
        Ok(true)
    }

    fn open(&mut self, at: ObjectRef, kids: Rc<[ObjectRef]>) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Problem::new(ProblemCode::Damaged, "the tree of its pages lies too deep in itself"));
        }
        let is_first = self.seen.insert(at);
        if let Some(above) = self.open.last_mut().filter(|_| is_first) {
            above.kept.push(at);
        }
        self.open.push(Open { at, kids, next: 0, kept: Vec::new(), pages: 0, is_first });
        Ok(())
    }

    fn close(&mut self) {
        let Some(done) = self.open.pop() else { return };
        if let Some(above) = self.open.last_mut() {
            above.pages += done.pages;
        }
        if done.is_first {
            self.tree.branches.push(Branch { at: done.at, kids: done.kept, pages: done.pages });
        }
    }

    fn endless(&self) -> Problem {
        let named = self.tree.named.len();
        if named <= usize::try_from(self.most_pages).unwrap_or(usize::MAX) {
            return Problem::new(ProblemCode::Damaged, "the tree of its pages has too many branches");
        }
        let message = format!("the file names more than {named} pages, the limit is {}", self.most_pages);
        Problem::new(ProblemCode::TooLarge, message)
    }

    fn node(&mut self, at: ObjectRef) -> Node {
        if let Some(node) = self.nodes.get(&at) {
            return node.clone();
        }
        let node = self.look(at).unwrap_or(Node::Unknown);
        self.nodes.insert(at, node.clone());
        node
    }

    /// What `pdf_oxide` takes an object for.
    fn look(&mut self, at: ObjectRef) -> Option<Node> {
        let object = self.document.load_object(at).ok()?;
        let entries = object.as_dict()?;
        match entries.get("Type")?.as_name()? {
            "Page" => Some(Node::Page),
            "Pages" => {
                let named = entries.get("Kids")?.as_array()?;
                let kids: Rc<[ObjectRef]> = named.iter().filter_map(|kid| kid.as_reference()).collect();
                self.tree.is_whole &= kids.len() == named.len();
                Some(Node::Branch(kids))
            }
            _ => None,
        }
    }
}
