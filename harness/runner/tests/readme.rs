//! `scenarios/README.md` explains every word that a scenario can use.

use plumbline::scenario::vocabulary;

#[test]
fn the_format_reference_explains_every_word() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let missing: Vec<_> = vocabulary().into_iter().filter(|(_, word)| !explains(&text, word)).collect();
    assert!(missing.is_empty(), "words that scenarios/README.md does not explain: {missing:?}");
}

/// Whether the word stands in back-ticks somewhere, by itself or at the head of an example.
fn explains(text: &str, word: &str) -> bool {
    let heads = [
        format!("`{word}`"),
        format!("`{word}:"),
        format!(": {word}`"),
        format!(": {word},"),
        format!(": {word} "),
        format!("{{{word}: "),
    ];
    heads.iter().any(|head| text.contains(head))
}
