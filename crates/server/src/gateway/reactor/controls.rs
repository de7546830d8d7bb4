//! Pings and pongs of one socket: answering one is as dear as a command, so they have a budget as well.

use chatterbox_core::shard::{OVER_BUDGET_FORGIVEN, OVER_BUDGET_MAX};
use chatterbox_core::throttle::Meter;

use crate::throttle::CONTROL_FRAMES;

/// What a socket may still send of them.
#[derive(Debug)]
pub(super) struct Controls {
    /// None if limits are off.
    meter: Option<Meter>,
    /// Those that were too many, less what those between them make up for.
    over: u32,
}

/// What becomes of a ping or pong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It is heard.
    Heard,
    /// It is not. The first one in a row is told so; each more would only be one thing more to write.
    Ignored {
        /// Whether to tell so.
        is_first: bool,
    },
    /// It was told so, and goes on: it is to be cut off.
    TooMany,
}

impl Controls {
    pub(super) fn new(is_limited: bool) -> Self {
        Self { meter: is_limited.then(Meter::default), over: 0 }
    }

    /// Judges one more.
    pub(super) fn judge(&mut self, now_ms: i64) -> Judged {
        let Some(meter) = &mut self.meter else { return Judged::Heard };
        if meter.take(CONTROL_FRAMES, now_ms).is_ok() {
            self.over = self.over.saturating_sub(OVER_BUDGET_FORGIVEN);
            return Judged::Heard;
        }
        self.over += 1;
        if self.over > OVER_BUDGET_MAX { Judged::TooMany } else { Judged::Ignored { is_first: self.over == 1 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x75_ten_a_second_are_heard_for_ever_and_a_flood_is_told_once_and_cut_off() {
        let mut controls = Controls::new(true);
        assert!((0..1_000).all(|number| controls.judge(number * 100) == Judged::Heard));
        let judged: Vec<Judged> = (0..140).map(|_| controls.judge(200_000)).collect();
        assert!(judged[..20].iter().all(|judged| *judged == Judged::Heard), "{judged:?}");
        assert_eq!(judged[20], Judged::Ignored { is_first: true });
        assert!(judged[21..120].iter().all(|judged| *judged == Judged::Ignored { is_first: false }), "{judged:?}");
        assert_eq!(judged[120], Judged::TooMany);
        assert!((0..1_000).all(|_| Controls::new(false).judge(0) == Judged::Heard));
    }
}
