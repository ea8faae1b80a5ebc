//! How much a file may take.

use serde::{Deserialize, Serialize};

/// Limits on what is read, so that no file can take the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest file, in bytes.
    pub max_file_bytes: u64,
    /// Most pages of a document.
    pub max_pages: u32,
    /// Most bytes that a file (an archive such as EPUB or DOCX, a MOBI book) may unpack to.
    pub max_unpacked_bytes: u64,
    /// Most times larger that a file in an archive may be unpacked than packed, from 1 MB on.
    pub max_unpack_ratio: u64,
    /// Longest time for one page, in seconds; the page is left out then. A small PDF has half of it for all of its pages
    /// beside the recognition of text, but ten seconds at the least, and as much again for each 300 kB.
    pub page_timeout_s: u64,
    /// Longest time for one document, in seconds.
    pub document_timeout_s: u64,
    /// Most memory that reading one document may take, in bytes.
    pub max_reader_memory_bytes: u64,
    /// How many pages of a document are read at once; 0 means as many as the machine has cores.
    pub page_threads: usize,
    /// The program that recognises text in pictures: `auto` for `tesseract` where it is installed, `none`, or its path.
    pub ocr: String,
    /// Its languages, such as `eng` or `deu+eng`; each has to be installed beside it.
    pub ocr_languages: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 100_000_000,
            max_pages: 10_000,
            max_unpacked_bytes: 500_000_000,
            max_unpack_ratio: 200,
            page_timeout_s: 30,
            document_timeout_s: 900,
            max_reader_memory_bytes: 2_000_000_000,
            page_threads: 0,
            ocr: "auto".to_owned(),
            ocr_languages: "eng".to_owned(),
        }
    }
}
