//! The section `library` of the configuration.

use reading::Limits;
use serde::{Deserialize, Serialize};

/// Limits on what is read, so that no file can take the machine, and what else the library is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Largest file, in bytes.
    pub max_file_bytes: u64,
    /// Most pages of a document.
    pub max_pages: u32,
    /// Most bytes that a file (an archive such as EPUB or DOCX, a MOBI book) may unpack to.
    pub max_unpacked_bytes: u64,
    /// Most times larger that a file in an archive may be unpacked than packed, from 1 MB on.
    pub max_unpack_ratio: u64,
    /// Longest time for one page, in seconds; the page is left out then.
    pub page_timeout_s: u64,
    /// Longest time for one document, in seconds.
    pub document_timeout_s: u64,
    /// Most memory that reading one document may take, in bytes.
    pub max_reader_memory_bytes: u64,
    /// How many documents are read at once.
    pub workers: usize,
    /// How many pages of a document are read at once; 0 means as many as the machine has cores.
    pub page_threads: usize,
    /// The program that recognises text in pictures: `auto` for `tesseract` where it is installed, `none`, or its path.
    pub ocr: String,
    /// Its languages, such as `eng` or `deu+eng`; each has to be installed beside it.
    pub ocr_languages: String,
    /// The model that makes vectors of passages: `auto` for the first on this machine that does, `none`, or a model's
    /// id.
    pub embedder: String,
}

impl Default for Config {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            max_file_bytes: limits.max_file_bytes,
            max_pages: limits.max_pages,
            max_unpacked_bytes: limits.max_unpacked_bytes,
            max_unpack_ratio: limits.max_unpack_ratio,
            page_timeout_s: limits.page_timeout_s,
            document_timeout_s: limits.document_timeout_s,
            max_reader_memory_bytes: limits.max_reader_memory_bytes,
            workers: 1,
            page_threads: limits.page_threads,
            ocr: limits.ocr,
            ocr_languages: limits.ocr_languages,
            embedder: "auto".to_owned(),
        }
    }
}

impl Config {
    /// What of it holds for reading a file.
    pub fn limits(&self) -> Limits {
        Limits {
            max_file_bytes: self.max_file_bytes,
            max_pages: self.max_pages,
            max_unpacked_bytes: self.max_unpacked_bytes,
            max_unpack_ratio: self.max_unpack_ratio,
            page_timeout_s: self.page_timeout_s,
            document_timeout_s: self.document_timeout_s,
            max_reader_memory_bytes: self.max_reader_memory_bytes,
            page_threads: self.page_threads,
            ocr: self.ocr.clone(),
            ocr_languages: self.ocr_languages.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_holds_for_reading() {
        let config = Config { max_pages: 7, ocr: "none".to_owned(), ..Config::default() };
        let expected = Limits { max_pages: 7, ocr: "none".to_owned(), ..Limits::default() };
        assert_eq!(config.limits(), expected);
    }
}
