//! Session tokens: 256 random bits that are shown once, and the hash that is stored instead.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The characters of a token: 32 bytes in base64 without padding.
const TOKEN_CHARS: usize = 43;

/// What the store keeps of a token. A token has 256 bits of entropy, so a fast hash without salt is enough.
pub(crate) type TokenHash = [u8; 32];

/// A new token. Errors only if the operating system has no randomness to give.
pub(crate) fn new() -> Result<String, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// The hash under which a presented token would be stored; nothing if it cannot be a token at all.
pub(crate) fn hash(token: &str) -> Option<TokenHash> {
    (token.len() == TOKEN_CHARS && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
        .then(|| Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z8_tokens_are_256_bits_and_only_their_shape_is_looked_up() {
        let token = new().unwrap();
        assert_eq!(token.len(), TOKEN_CHARS);
        assert_ne!(token, new().unwrap());
        assert!(hash(&token).is_some());
        for bad in ["", "null", "1-", &token[1..], &format!("{token}="), &format!("{token} "), &"é".repeat(43)] {
            assert!(hash(bad).is_none(), "{bad}");
        }
    }
}
