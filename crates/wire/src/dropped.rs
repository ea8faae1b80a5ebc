//! What of a request a format cannot carry.

/// The names of what is lost, each once, in the order of the loss.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    names: Vec<String>,
}

impl Dropped {
    /// Reports a field of the vocabulary, if it is lost.
    pub(super) fn add_if(&mut self, lost: bool, name: &str) {
        if lost && !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// Reports a field of the vocabulary.
    pub(super) fn add(&mut self, name: &str) {
        self.add_if(true, name);
    }

    /// Reports several.
    pub(super) fn extend(&mut self, names: Vec<String>) {
        names.iter().for_each(|name| self.add(name));
    }

    /// The names.
    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}
