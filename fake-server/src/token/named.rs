//! The tokens of a world, by name.

use serde_json::json;

use super::claims::{Bearer, Claims};
use super::sealed::{self, Use};
use super::{after, signed};
use crate::middleware::certificate;
use crate::pki::{Pki, PkiError};
use crate::store::Issued;
use crate::world::{Damage, Holder, Token, World};

/// A token that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum UnknownToken {
    /// The world has none of that name.
    #[error("find a token `{0}` in the world")]
    Name(String),
    /// It is bound to a certificate that cannot be made.
    #[error("bind the token `{name}` to its certificate")]
    Certificate {
        /// The token.
        name: String,
        /// Why.
        #[source]
        source: PkiError,
    },
}

/// The token of that name.
///
/// # Errors
///
/// The world has none, or asks for a certificate that it does not have.
pub fn named(world: &World, pki: &Pki, name: &str) -> Result<String, UnknownToken> {
    let token = world.tokens.get(name).ok_or_else(|| UnknownToken::Name(name.to_owned()))?;
    let bearer = match token.holder {
        Holder::Nobody => return Ok(token.text.clone()),
        Holder::Signed => {
            let claims = json!({ "iss": world.issuer, "aud": world.identity_host, "sub": token.subject });
            return Ok(signed::sign(&claims));
        }
        Holder::User | Holder::Refresh => {
            Bearer::User { client: token.client.clone(), scope: token.scope.clone() }
        }
        Holder::ServiceAccount => Bearer::ServiceAccount { organization: token.organization.clone() },
        Holder::Service => {
            let credential = pki
                .credential(&token.certificate)
                .map_err(|source| UnknownToken::Certificate { name: name.to_owned(), source })?;
            Bearer::Service { thumbprint: certificate::thumbprint(credential.certificate_der()) }
        }
    };
    let purpose = if token.holder == Holder::Refresh { Use::Refresh } else { Use::Access };
    let sealed = sealed::seal(token.key, purpose, &claims(world, name, token, bearer));
    Ok(token.damage.map_or_else(|| sealed.clone(), |damage| damaged(&sealed, damage)))
}

fn claims(world: &World, name: &str, token: &Token, bearer: Bearer) -> Claims {
    let issued = Issued {
        id: name.to_owned(),
        at: after(world.epoch, token.from),
        until: after(world.epoch, token.until),
    };
    let own = Claims::issued(world, &issued, &token.subject, bearer);
    Claims {
        iss: token.issuer.clone().unwrap_or(own.iss),
        aud: token.audience.clone().unwrap_or(own.aud),
        ..own
    }
}

fn damaged(token: &str, damage: Damage) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    match damage {
        Damage::Header => change(&mut parts[0]),
        Damage::Ciphertext => change(&mut parts[3]),
        Damage::Tag => change(&mut parts[4]),
        Damage::Truncated => parts.truncate(4),
    }
    parts.join(".")
}

/// Changes the lowest bit of a character, so that what is encoded stays as long, and a header stays one: its algorithm
/// has another name.
fn change(part: &mut String) {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Three fourths of this is where the algorithm stands in a header; the other parts are longer.
    const AT: usize = 12;
    let value = part[AT..].chars().next().and_then(|letter| ALPHABET.find(letter)).unwrap_or_default() ^ 1;
    part.replace_range(AT..=AT, &ALPHABET[value..=value]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::jws::is_jose;

    #[test]
    fn every_token_of_the_world_can_be_made_and_is_unlike_the_others() {
        let world = World::shared();
        let pki = Pki::of(&world).expect("its certificates can be declared");
        let mut made: Vec<String> =
            world.tokens.keys().map(|name| named(&world, &pki, name).expect("the world has it")).collect();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), world.tokens.len());
        assert!(matches!(named(&world, &pki, "nobody's"), Err(UnknownToken::Name(_))));
    }

    #[test]
    fn a_changed_header_is_still_one() {
        let world = World::shared();
        let pki = Pki::of(&world).expect("its certificates can be declared");
        let made = |name| named(&world, &pki, name).expect("the world has it");
        assert!(is_jose(&made("alice-tampered-header")));
        assert!(!is_jose(&made("alice-truncated")));
    }
}
