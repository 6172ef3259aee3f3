//! Compact JWS with PS512 (RFC 7515, RFC 7518 §3.5), the one form in which a principal is signed.

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::middleware::certificate::RsaKey;

/// Unpadded, as RFC 7515 §2 has it.
const SEGMENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The payload, when the signature is by that key.
pub(crate) fn verify(compact: &str, key: &RsaKey) -> Option<Vec<u8>> {
    let (signed, signature) = compact.rsplit_once('.')?;
    let (protected, payload) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&SEGMENT.decode(protected).ok()?).ok()?;
    let header = header.as_object()?;
    // RFC 7515 §4.1.11: an extension that is not understood must be refused.
    if header.get("alg")?.as_str()? != "PS512" || header.contains_key("crit") {
        return None;
    }
    let payload = SEGMENT.decode(payload).ok()?;
    let signature = SEGMENT.decode(signature).ok()?;
    RsaPublicKeyComponents {
        n: without_leading_zeros(&key.modulus),
        e: without_leading_zeros(&key.exponent),
    }
    .verify(&RSA_PSS_2048_8192_SHA512, signed.as_bytes(), &signature)
    .ok()?;
    Some(payload)
}

/// Whether a text has the outward form of a signed or of an encrypted token (RFC 7516 §9): which it is, the header
/// says, and the number of segments must agree.
pub(crate) fn is_jose(compact: &str) -> bool {
    let header = compact.split('.').next().and_then(|protected| SEGMENT.decode(protected).ok());
    let header = header.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let Some(Value::Object(header)) = header else { return false };
    let segments = if header.contains_key("enc") { 5 } else { 3 };
    header.contains_key("alg") && compact.split('.').count() == segments
}

/// DER puts a zero before a number whose first bit is set; the verifier wants none.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}
