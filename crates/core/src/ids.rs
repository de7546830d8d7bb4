//! Ids that rise with time and can be made without asking anybody: of messages and of rooms. Their low bits are random, so that
//! they tell nobody how much goes on where they may not look.

use chatterbox_protocol::ids::ID_MAX;

/// The moment from which ids count, in Unix milliseconds: 2020-01-01T00:00:00Z. 41 bits of milliseconds last until 2089.
const EPOCH_MS: i64 = 1_577_836_800_000;

/// Random low bits of an id.
const RANDOM_BITS: u32 = 12;

/// The next id at this moment (Unix milliseconds): larger than the last one, even if the clock goes backwards. `random` supplies
/// the low bits.
pub fn next_id(last: u64, now_ms: i64, random: u16) -> u64 {
    let since = u64::try_from(now_ms - EPOCH_MS).unwrap_or(0);
    let low = u64::from(random) & ((1 << RANDOM_BITS) - 1);
    // A clock past the last moment that an id can tell is no clock to go by: ids would be used up for good.
    let since = if since <= ID_MAX >> RANDOM_BITS { since } else { 0 };
    let by_clock = (since << RANDOM_BITS) | low;
    // A step of random width, so that ids made within one millisecond or behind a jump of the clock do not count.
    let by_order = last + 1 + (low >> 6);
    by_clock.max(by_order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_rise_whatever_the_clock_does(moments in proptest::collection::vec((EPOCH_MS..EPOCH_MS + (1 << 40), any::<u16>()), 1..200)) {
            let mut last = 0;
            for (now, random) in moments {
                let id = next_id(last, now, random);
                prop_assert!(id > last && id <= ID_MAX);
                last = id;
            }
        }
    }

    #[test]
    fn a_clock_that_is_decades_off_does_not_use_up_the_ids() {
        let off = next_id(5 << 12, EPOCH_MS + (1 << 41), 0);
        assert!(off < 6 << 12);
        assert_eq!(next_id(off, EPOCH_MS + (1 << 41) - 1, 0xfff), ID_MAX);
        assert_eq!(next_id(5 << 12, i64::MAX, 0), (5 << 12) + 1);
    }

    #[test]
    fn an_id_tells_the_moment_to_the_millisecond() {
        assert_eq!(next_id(0, EPOCH_MS + 5, 0xfabc), (5 << 12) | 0xabc);
    }
}
