//! Vectors that nobody recorded, and that follow from recorded ones by what is required.
//!
//! Whoever says of himself, from outside, what only an ingress says is answered as if he had not said it. So every
//! recorded refusal of a caller without credentials is also asked with those headers, and the same answer expected.
//!
//! What an actor may do in one organization does not depend on what was asked of him elsewhere before. So what was
//! recorded of his rights there is also asked after what was recorded of them in general.

use serde_json::{Value, json};

use crate::book::{Book, BookError};

/// With what an id of a derived vector begins.
pub(crate) const PREFIX: &str = "derived.";

/// What an actor may do: in general, and in one organization.
const IN_GENERAL: &str = "i.impersonation.get:acl/";
const IN_ORGANIZATION: &str = "i.impersonation.get:organizations.organizationID.acl/";

/// The vectors that follow from those of a book.
///
/// # Errors
///
/// When a line of the book is no vector.
pub fn of(book: &Book) -> Result<Book, BookError> {
    let mut text = String::new();
    for line in book.lines().filter(|line| line.group == "auth") {
        let parse = |source| BookError::Parse { id: line.id.to_owned(), source };
        let vector: Value = serde_json::from_str(line.text).map_err(parse)?;
        if let Some(derived) = spoken_for(&vector) {
            text.push_str(&format!("{derived}\n"));
        }
    }
    for line in book.lines().filter(|line| line.group == "impersonation") {
        let Some(case) = line.id.strip_prefix(IN_ORGANIZATION) else { continue };
        if let Some(general) = book.find(&format!("{IN_GENERAL}{case}")) {
            let parse = |source| BookError::Parse { id: line.id.to_owned(), source };
            let (mut derived, then): (Value, Value) = (
                serde_json::from_str(general.text).map_err(parse)?,
                serde_json::from_str(line.text).map_err(parse)?,
            );
            derived["id"] = json!(format!("{PREFIX}cache/organization/{case}"));
            derived["group"] = json!("derived");
            derived["steps"] = json!([derived["steps"][0], then["steps"][0]]);
            text.push_str(&format!("{derived}\n"));
        }
    }
    Book::parse(text)
}

/// The same request with what an ingress would say of a service's certificate.
fn spoken_for(vector: &Value) -> Option<Value> {
    const CREDENTIALS: [&str; 5] = ["peer", "propagated", "principal", "impersonate", "bearer"];
    let step =
        vector.pointer("/steps/0").filter(|_| vector["steps"].as_array().is_some_and(|s| s.len() == 1))?;
    let request = &step["request"];
    let bare = CREDENTIALS.iter().all(|name| request[*name].is_null()) && request["headers"].is_null();
    if request["method"] != "GET" || step["response"]["status"] != 401 || !bare {
        return None;
    }
    let mut derived = vector.clone();
    derived["id"] = json!(format!("{PREFIX}ingress/{}", vector["id"].as_str()?));
    derived["group"] = json!("derived");
    derived["steps"][0]["request"]["headers"] = json!({
        "Ssl-Client-Cert": "{cert:kubernetes}",
        "Ssl-Client-Verify": "SUCCESS",
        "X-Principal": "e30",
    });
    Some(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_strangers_are_also_asked_in_the_words_of_an_ingress() {
        let derived = of(&Book::open().unwrap()).unwrap();
        assert!(derived.lines().len() > 10, "{}", derived.lines().len());
        for line in derived.lines() {
            let vector = line.vector().unwrap();
            assert!(vector.is_derived(), "{}", line.id);
            assert_eq!(vector.speaks_for_the_ingress(), line.id.starts_with("derived.ingress/"));
        }
    }
}
