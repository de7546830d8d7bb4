//! A bounded run of the fuzz target `client_bytes`: mutations of valid frames and commands. It prints its seed, and
//! `CHATTERBOX_SEED=… cargo test -p chatterbox-server --test fuzz` replays it.

use std::thread;

use chatterbox_server::websocket::fuzz::{client_bytes, client_frame};

const CASES: u64 = 200_000;

/// A stream of random numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }
}

/// Valid frames, and texts that are commands or nearly so. The mask is zero, so that a mutation of a command stays one.
fn corpus() -> Vec<Vec<u8>> {
    let commands = [
        r#"{"type":"send","text":"Is anyone here?","nonce":"n-1","ref":"a1"}"#,
        r#"{"type":"edit","id":1795446245000001,"text":"é\u00e9","ref":7}"#,
        r#"{"type":"delete","id":1795446245000001}"#,
        r#"{"type":"read","room":1,"up_to":5,"ref":"r"}"#,
        r#"{"type":"hello","rooms":{"1":5,"2":0},"epoch":"5f1c"}"#,
        r#"{"type":[[[[[{"":null}]]]]],"text":1e999}"#,
    ];
    let mut frames: Vec<Vec<u8>> =
        commands.iter().map(|command| client_frame(0x81, [0; 4], command.as_bytes())).collect();
    for (first, payload) in [
        (0x01, b"{\"type\":\"send\",".as_slice()),
        (0x00, b"\"text\":\"\xC3"),
        (0x80, b"\xA9\"}"),
        (0x82, b"\x00\x01"),
        (0x88, b"\x03\xE8bye"),
        (0x88, b""),
        (0x89, b"ping"),
        (0x8A, b""),
        (0x81, &[b'x'; 126]),
    ] {
        frames.push(client_frame(first, [0; 4], payload));
        frames.push(client_frame(first, [1, 2, 3, 4], payload));
    }
    frames
}

/// A few frames in a row with a few bytes changed, cut out or doubled.
fn case(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=dice.below(4) {
        bytes.extend_from_slice(&corpus[dice.below(corpus.len())]);
    }
    for _ in 0..dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(5) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = dice.roll() as u8,
            2 => bytes[at] = [0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0xFE, 0xFF][dice.below(8)],
            3 => drop(bytes.drain(at..(at + 1 + dice.below(8)).min(bytes.len()))),
            _ => bytes.extend_from_within(at..(at + 1 + dice.below(32)).min(bytes.len())),
        }
    }
    bytes
}

#[test]
fn no_bytes_from_a_client_break_a_promise_of_the_decoder() {
    let seed = match std::env::var("CHATTERBOX_SEED") {
        Ok(seed) => seed.parse().expect("CHATTERBOX_SEED is a number"),
        Err(_) => rand_seed(),
    };
    println!("CHATTERBOX_SEED={seed}");
    let corpus = corpus();
    // Two threads, each with every other case: the seed of a case does not depend on how many there are.
    thread::scope(|scope| {
        for first in 0..2 {
            let corpus = &corpus;
            scope.spawn(move || {
                for number in (first..CASES).step_by(2) {
                    let case = case(&mut Dice(seed ^ number.rotate_left(32)), corpus);
                    let outcome = std::panic::catch_unwind(|| client_bytes(&case));
                    assert!(outcome.is_ok(), "CHATTERBOX_SEED={seed}, case {number}: {case:02x?}");
                }
            });
        }
    });
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(()) >> 16
}
