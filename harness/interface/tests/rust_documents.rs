//! rustdoc's JSON with anything in it changed: it gives facts or an error, and nothing goes on for ever.

use std::path::Path;
use std::sync::OnceLock;

use plumbline_interface::extract::rust::cargo::{Features, Options, Origin, Release};
use plumbline_interface::extract::rust::{Documented, extract};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

const SOURCE: &str = "
pub mod inner {
    pub trait Shape<'a, T: ?Sized = str>: Send { type Side: Clone + 'a; const SIDES: usize; fn side(&self, at: &'a T) -> Self::Side; }
    pub use self::deeper::*;
    pub mod deeper { pub use super::super::Square as Tile; pub type Pair<T> = (T, Box<dyn Fn(&T) -> Option<T> + Send + Sync>); }
}
pub use inner::Shape;
#[derive(Debug, Clone)] pub struct Square<const N: usize, T = u8> where T: Clone { pub size: [T; N], hidden: Option<Box<Self>> }
#[non_exhaustive] pub enum Kind<T> { One, Two(T, inner::deeper::Pair<T>), Three { a: T } }
impl<'a, const N: usize> Shape<'a> for Square<N> { type Side = &'a str; const SIDES: usize = 4; fn side(&self, at: &'a str) -> &'a str { at } }
impl<T: Clone, const N: usize> Square<N, T> { pub async fn grow(&mut self, by: impl Into<T> + Send) -> Result<(), Box<dyn std::error::Error>> { let _ = by; Ok(()) } }
pub fn all<'a, F>(each: F) -> impl Iterator<Item = Square<2>> + use<'a, F> where F: for<'b> Fn(&'b str) -> &'b str + 'a { let _ = each; std::iter::empty() }
#[macro_export] macro_rules! square { ($it:expr) => { $it } }
pub static ONE: &[Kind<u8>] = &[]; pub const TWO: fn(u8) -> u8 = |it| it;
";

/// What rustdoc says of the crate above.
fn document() -> &'static (Release, Documented, Value) {
    static DOCUMENT: OnceLock<(Release, Documented, Value)> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
        let manifest =
            "[package]\nname = \"shapes\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
        std::fs::create_dir_all(root.join("src")).expect("a folder can be made");
        std::fs::write(root.join("Cargo.toml"), manifest).expect("a file can be written");
        std::fs::write(root.join("src/lib.rs"), SOURCE).expect("a file can be written");
        let options = Options { features: Features::All, work: root.join("work") };
        let release = Release::of(&Origin::Folder(root), &options).expect("the crate is there");
        let documented = release.document(&release.usual()).expect("it compiles");
        let value = serde_json::from_str(&documented.document).expect("rustdoc writes JSON");
        (release, documented, value)
    })
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(items) => items.values().map(nodes).sum(),
        _ => 0,
    }
}

/// The node of a number, in the order of the text.
fn node<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| node(item, number)),
        Value::Object(items) => items.values_mut().find_map(|item| node(item, number)),
        _ => None,
    }
}

/// Puts a copy of one part in the place of another: numbers of items lead elsewhere, types hold types.
fn change(value: &mut Value, from: Index, to: Index) {
    let all = nodes(value);
    let part = node(value, &mut from.index(all)).expect("it has as many nodes").clone();
    *node(value, &mut to.index(all)).expect("it has as many nodes") = part;
}

/// The same for numbers alone: an item's number is put in the place of another's.
fn lead(value: &mut Value, from: Index, to: Index) {
    fn numbers(value: &Value, found: &mut Vec<u64>) {
        match value {
            Value::Number(number) => found.extend(number.as_u64()),
            Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
            Value::Object(items) => items.values().for_each(|item| numbers(item, found)),
            _ => {}
        }
    }
    fn put(value: &mut Value, at: &mut usize, number: u64) {
        match value {
            Value::Number(_) => {
                if *at == 0 {
                    *value = number.into();
                }
                *at = at.wrapping_sub(1);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| put(item, at, number)),
            Value::Object(items) => items.values_mut().for_each(|item| put(item, at, number)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    numbers(&value["index"], &mut found);
    let number = found[from.index(found.len())];
    put(&mut value["index"], &mut to.index(found.len()), number);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_of_which_anything_was_changed_is_read_or_refused(
        parts in proptest::collection::vec((any::<Index>(), any::<Index>()), 0..3),
        numbers in proptest::collection::vec((any::<Index>(), any::<Index>()), 0..12),
    ) {
        let (release, documented, value) = document();
        let mut value = value.clone();
        numbers.into_iter().for_each(|(from, to)| lead(&mut value, from, to));
        parts.into_iter().for_each(|(from, to)| change(&mut value, from, to));
        let changed = Documented { document: value.to_string(), ..documented.clone() };
        let _ = extract(&release.manifest, &changed, None).map_err(|error| error.to_string());
    }
}

#[test]
fn as_it_is_it_is_read() {
    let (release, documented, _) = document();
    let interface = extract(&release.manifest, documented, None).expect("it is rustdoc's");
    assert!(interface.fact("struct", "Square").is_some());
    assert!(interface.fact("fn", "all").is_some());
}

/// Facts of the document, after something was done to every item.
fn facts_after(change: impl Fn(&str, &mut Value)) -> usize {
    let (release, documented, value) = document();
    let mut value = value.clone();
    let items = value["index"].as_object_mut().expect("items by number");
    items.iter_mut().for_each(|(number, item)| change(number, item));
    let changed = Documented { document: value.to_string(), ..documented.clone() };
    extract(&release.manifest, &changed, None).expect("every part is there").facts().len()
}

#[test]
fn an_alias_that_leads_to_itself_is_written_by_its_name() {
    let as_it_is = facts_after(|_, _| {});
    let changed = facts_after(|number, item| {
        if let Some(alias) = item["inner"].get_mut("type_alias") {
            let id: u64 = number.parse().expect("a number");
            let itself = json!({ "resolved_path": { "path": "Pair", "id": id, "args": null } });
            alias["type"] = json!({ "tuple": [itself, itself] });
        }
    });
    assert_eq!(changed, as_it_is);
}

#[test]
fn an_item_is_found_by_the_number_under_which_it_stands() {
    let as_it_is = facts_after(|_, _| {});
    assert_eq!(facts_after(|_, item| item["id"] = u32::MAX.into()), as_it_is);
}
