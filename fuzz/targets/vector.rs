//! Recorded vectors: any text is a book of vectors or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_vectors::Book;

fuzz_target!(|text: &str| {
    if let Ok(book) = Book::parse(text.to_owned()) {
        for line in book.lines() {
            let _ = line.vector().map_err(|error| error.to_string());
        }
    }
});
