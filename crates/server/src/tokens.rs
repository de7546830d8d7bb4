//! Session tokens: 256 random bits that are shown once, and the hash that is stored instead.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatterbox_protocol::ids::{ID_MAX, UserId};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const TOKEN_BYTES: usize = 32;

/// The characters of a token: its bytes in base64 without padding.
const TOKEN_CHARS: usize = 43;

/// What a code consists of: what people can read to one another, so no `0` and `O`, no `1`, `l` and `I`.
pub(crate) const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";

/// Letters of a code, of 5 bits each: 130 bits, which nobody guesses.
const CODE_LETTERS: usize = 26;

/// Random bytes of a code that signs in: 192 bits, which nobody guesses.
const DEVICE_CODE_BYTES: usize = 24;

/// Bytes of whose it is.
const USER_BYTES: usize = 8;

/// What the store keeps of a token. A token has 256 bits of entropy, so a fast hash without salt is enough.
pub(crate) type TokenHash = [u8; 32];

/// A new token. Errors only if the operating system has no randomness to give.
pub(crate) fn new() -> Result<String, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
    getrandom::fill(&mut *bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// The hash under which a presented token would be stored; nothing if it cannot be a token at all.
pub(crate) fn hash(token: &str) -> Option<TokenHash> {
    (token.len() == TOKEN_CHARS && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
        .then(|| Sha256::digest(token.as_bytes()).into())
}

/// Letters at random. Errors only if the operating system has no randomness to give.
pub(crate) fn letters<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut letters = [0; N];
    getrandom::fill(&mut letters)?;
    // 256 is a multiple of their number, so each comes as often.
    letters.iter_mut().for_each(|byte| *byte = LETTERS[usize::from(*byte) % LETTERS.len()]);
    Ok(letters)
}

/// A new code of an invitation. Errors: likewise.
pub(crate) fn new_code() -> Result<String, getrandom::Error> {
    let letters = Zeroizing::new(letters::<CODE_LETTERS>()?);
    Ok(String::from_utf8_lossy(&*letters).into_owned())
}

/// A new code of a link by which this user signs in on another device: whose it is, and 192 random bits, in base64 without padding.
/// Errors: likewise.
pub(crate) fn new_device_code(user: UserId) -> Result<String, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; USER_BYTES + DEVICE_CODE_BYTES]);
    let (whose, random) = bytes.split_at_mut(USER_BYTES);
    whose.copy_from_slice(&user.0.to_be_bytes());
    getrandom::fill(random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// Whose a shown code would be, and the hash under which it would be stored; nothing if it cannot be such a code at all.
pub(crate) fn device_code(code: &str) -> Option<(UserId, TokenHash)> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(code).ok()?);
    let (whose, random) = bytes.split_first_chunk::<USER_BYTES>()?;
    let user = Some(u64::from_be_bytes(*whose)).filter(|id| (1..=ID_MAX).contains(id))?;
    (random.len() == DEVICE_CODE_BYTES).then(|| (UserId(user), Sha256::digest(code.as_bytes()).into()))
}

/// The hash under which a shown code would be stored; nothing if it cannot be a code at all.
pub(crate) fn code_hash(code: &str) -> Option<TokenHash> {
    (code.len() == CODE_LETTERS && code.bytes().all(|byte| LETTERS.contains(&byte)))
        .then(|| Sha256::digest(code.as_bytes()).into())
}

/// What the holder of a token can make of it, which ends its session and does nothing else: the hash, in base64 as a token is.
/// Nothing if it cannot be one.
pub(crate) fn farewell(text: &str) -> Option<TokenHash> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// A token in two halves that look like tokens, each of which is noise without the other. Nothing if it is not one of ours, or
/// if the operating system has no randomness to give.
pub(crate) fn halves(token: &str) -> Option<[String; 2]> {
    let other = new().ok()?;
    Some([joined(token, &other)?, other])
}

/// The token that two halves make; nothing if they are none.
pub(crate) fn joined(half: &str, other: &str) -> Option<String> {
    let [mut bytes, others] = [half, other].map(|half| URL_SAFE_NO_PAD.decode(half).unwrap_or_default());
    if bytes.len() != TOKEN_BYTES || others.len() != TOKEN_BYTES {
        return None;
    }
    bytes.iter_mut().zip(others).for_each(|(byte, other)| *byte ^= other);
    Some(URL_SAFE_NO_PAD.encode(bytes))
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

    #[test]
    fn x08_codes_are_130_bits_and_only_their_shape_is_looked_up() {
        let code = new_code().unwrap();
        assert!(code.len() * 5 >= 128 && code != new_code().unwrap());
        assert!(code_hash(&code).is_some());
        for bad in ["", &code[1..], &format!("{code} "), &code.to_uppercase(), &"l".repeat(26), &"é".repeat(13)] {
            assert!(code_hash(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn x08_codes_that_sign_in_are_192_bits_beside_whose_they_are_and_only_their_shape_is_looked_up() {
        let ada = UserId(7);
        let code = new_device_code(ada).unwrap();
        assert!(DEVICE_CODE_BYTES * 8 >= 128 && code != new_device_code(ada).unwrap());
        let (user, hash) = device_code(&code).unwrap();
        assert!(user == ada && hash != device_code(&new_device_code(ada).unwrap()).unwrap().1);
        let nobody = new_device_code(UserId(0)).unwrap();
        for bad in ["", "x", &code[1..], &format!("{code}="), &format!("{code}AAAA"), &nobody, &"_".repeat(43)] {
            assert!(device_code(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn each_half_of_a_token_is_noise_and_both_are_the_token() {
        let token = new().unwrap();
        let [[half, other], again] = [halves(&token).unwrap(), halves(&token).unwrap()];
        assert_eq!(joined(&half, &other).as_ref(), Some(&token));
        assert_eq!(joined(&other, &half).as_ref(), Some(&token));
        assert_ne!(joined(&half, &again[1]), Some(token.clone()), "halves of two pairs");
        assert!([&half, &other].iter().all(|half| **half != token && !again.contains(half)), "the same noise twice");
        for bad in ["", "null", &half[1..], &format!("{half}="), &"é".repeat(43)] {
            assert!(joined(bad, &other).is_none() && joined(&half, bad).is_none(), "{bad}");
        }
    }
}
