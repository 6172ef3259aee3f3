//! Event logs and schemas of messages: any text gives facts or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::extract::{behaviour, messages};
use plumbline_interface::source::SourceFile;
use plumbline_interface::{About, Language};

fuzz_target!(|text: &str| {
    let file = SourceFile { path: "file".to_owned(), text: text.to_owned() };
    let about = About::new(Language::Behaviour, "client");
    let _ = behaviour::extract(about, std::slice::from_ref(&file)).map_err(|error| error.to_string());
    let about = About::new(Language::JsonSchema, "protocol");
    let _ = messages::extract(about, &file).map_err(|error| error.to_string());
});
