//! Masking (RFC 6455 §5.3): an exclusive or with four bytes over and over, here done eight bytes at a time.

/// Takes the mask off `bytes`, the first of which is byte number `position` of the payload. Doing it twice puts
/// the mask back on.
pub(in crate::websocket) fn unmask(bytes: &mut [u8], mut mask: [u8; 4], position: usize) {
    mask.rotate_left(position % 4);
    let [a, b, c, d] = mask;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ twice).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_at_a_time_is_as_good_as_one_at_a_time(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
            mask: [u8; 4],
            position in 0usize..70_000,
        ) {
            let mut unmasked = bytes.clone();
            unmask(&mut unmasked, mask, position);
            let slowly: Vec<u8> = (position..).zip(&bytes).map(|(at, byte)| byte ^ mask[at % 4]).collect();
            prop_assert_eq!(unmasked, slowly);
        }
    }
}
