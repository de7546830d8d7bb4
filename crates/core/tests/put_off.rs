//! Sends that name what they come after: while that one is refused for a time, they wait, too.

use bytes::Bytes;
use chatterbox_core::logs::Epoch;
use chatterbox_core::shard::{Decision, Ending, Input, Output, PeerId, Replay, Shard, View};
use chatterbox_protocol::commands::{Called, Command, Ref, Send, encode as encode_command};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::users::Role;

/// Encodes a refusal as what a client needs of it, so that what is written can be read at a glance.
fn encode(event: &Event) -> Bytes {
    match event {
        Event::Error(failed) => {
            let field = failed.field.as_deref().unwrap_or_default();
            let retry_after = failed.retry_after.unwrap_or_default();
            format!("{} {field} {retry_after};", failed.code.as_str()).into()
        }
        _ => Bytes::from_static(b"other;"),
    }
}

fn later() -> Refusal {
    Refusal::new(ErrorCode::RateLimited, "Later.").retry_after(3)
}

/// What is answered for the rate limits alone, and for what waits for another one.
const LIMITED: &str = "rate_limited  3;";
const WAITS: &str = "rate_limited after 3;";

/// A shard with one client.
struct Scene {
    shard: Shard,
    ada: PeerId,
    out: Vec<Output>,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut shard = Shard::new(encode, Replay::Newest(3), Epoch(1));
        let ada = shard.open(UserId(1), SessionId(1), Role::Member, View::Full, Bytes::new(), &mut out);
        Self { shard, ada, out }
    }

    /// Ada sends a message, and her budget says this. Answers what the store is to decide, by its nonce.
    fn sends(&mut self, nonce: &str, after: Option<&str>, limit: Result<(), Refusal>) -> Option<String> {
        let nonce = Some(nonce.to_owned()).filter(|nonce| !nonce.is_empty());
        let send = Send { text: "Hello.".into(), room: None, nonce, after: after.map(str::to_owned) };
        self.says(&Command::Send(send), limit)
    }

    fn says(&mut self, command: &Command, limit: Result<(), Refusal>) -> Option<String> {
        let called = Called::decode(encode_command(command, Some(&Ref::Number(1))).as_bytes());
        let budget = self.shard.may_go_on(self.ada, &called).and(limit);
        self.shard.handle(0, Input::Said { peer: self.ada, called, budget }, &mut self.out);
        match self.out.pop_if(|output| matches!(output, Output::Submit { .. })) {
            Some(Output::Submit { command: Command::Send(send), .. }) => Some(send.nonce.unwrap_or_default()),
            _ => None,
        }
    }

    /// What the client has been answered since the last time.
    fn answers(&mut self) -> String {
        let answers = self.shard.unsent(self.ada).flatten().copied().collect();
        self.shard.wrote_all(self.ada, &mut self.out);
        String::from_utf8(answers).expect("frames are text")
    }
}

#[test]
fn o2_what_comes_after_a_refused_one_waits_until_that_one_has_come_again_and_so_does_all_behind_it() {
    let mut scene = Scene::new();
    assert_eq!(scene.sends("a", None, Err(later())), None);
    // The budget is there again, and it is not its turn.
    assert_eq!(scene.sends("b", Some("a"), Ok(())), None);
    assert_eq!(scene.sends("c", Some("b"), Ok(())), None);
    assert_eq!(scene.answers(), [LIMITED, WAITS, WAITS].concat());
    // What names none of them does not wait.
    assert_eq!(scene.sends("x", None, Ok(())).as_deref(), Some("x"));
    assert_eq!(scene.sends("y", Some("x"), Ok(())).as_deref(), Some("y"));
    assert_eq!(scene.sends("z", Some("never heard of"), Ok(())).as_deref(), Some("z"));
    for (nonce, after) in [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c"))] {
        assert_eq!(scene.sends(nonce, after, Ok(())).as_deref(), Some(nonce));
    }
    assert_eq!(scene.answers(), "");
}

#[test]
fn o2_what_comes_again_too_soon_keeps_waiting_what_comes_after_it() {
    let mut scene = Scene::new();
    for _ in 0..2 {
        scene.sends("a", None, Err(later()));
        scene.sends("b", Some("a"), Ok(()));
        // Out of its turn.
        scene.sends("b", Some("a"), Ok(()));
        assert_eq!(scene.answers(), [LIMITED, WAITS, WAITS].concat());
    }
    assert!(scene.sends("a", None, Ok(())).is_some());
    assert!(scene.sends("b", Some("a"), Ok(())).is_some());
}

#[test]
fn o2_what_the_store_does_not_take_on_is_not_overtaken_either() {
    let busy = Refusal::new(ErrorCode::Overloaded, "Later.").retry_after(1);
    let mut scene = Scene::new();
    assert!(scene.sends("a", None, Ok(())).is_some());
    let decision = Decision::NotTaken { nonce: Some("a".into()), refusal: busy };
    let refused = Input::Decided { peer: scene.ada, reference: None, decision };
    scene.shard.handle(0, refused, &mut scene.out);
    assert_eq!(scene.sends("b", Some("a"), Ok(())), None);
    assert_eq!(scene.answers(), "overloaded  1;overloaded after 1;");
    assert!(scene.sends("a", None, Ok(())).is_some());
    assert!(scene.sends("b", Some("a"), Ok(())).is_some());
}

#[test]
fn o2_a_slip_keeps_its_turn_and_what_comes_after_it_does_not_overtake_what_came_before() {
    let mut scene = Scene::new();
    let slip = Send { text: " ".into(), room: None, nonce: Some("slip".into()), after: Some("a".into()) };
    let slip = Command::Send(slip);
    scene.sends("a", None, Err(later()));
    assert_eq!(scene.says(&slip, Ok(())), None);
    assert_eq!(scene.sends("b", Some("slip"), Ok(())), None);
    assert_eq!(scene.answers(), [LIMITED, WAITS, WAITS].concat());
    assert!(scene.sends("a", None, Ok(())).is_some());
    assert_eq!(scene.says(&slip, Ok(())), None);
    assert_eq!(scene.answers(), "invalid_field text 0;");
    assert!(scene.sends("b", Some("slip"), Ok(())).is_some());
}

#[test]
fn a_final_refusal_lets_the_others_go() {
    let mut scene = Scene::new();
    assert!(scene.sends("a", None, Ok(())).is_some());
    // It may be decided at any time, before or after the next one comes.
    assert!(scene.sends("b", Some("a"), Ok(())).is_some());
    for nonce in ["a", "b"] {
        let refusal = Refusal::new(ErrorCode::StorageFull, "Never.");
        let decision = Decision::NotTaken { nonce: Some(nonce.into()), refusal };
        scene.shard.handle(0, Input::Decided { peer: scene.ada, reference: None, decision }, &mut scene.out);
        assert!(scene.sends("c", Some(nonce), Ok(())).is_some());
    }
}

#[test]
fn of_many_chains_the_oldest_is_forgotten_and_a_long_one_is_not_broken() {
    let mut scene = Scene::new();
    for chain in 0..65 {
        scene.sends(&format!("first of {chain}"), None, Err(later()));
    }
    assert!(scene.sends("a", Some("first of 0"), Ok(())).is_some());
    assert_eq!(scene.sends("b", Some("first of 1"), Ok(())), None);
    assert_eq!(scene.sends("c", Some("first of 64"), Ok(())), None);

    // Whoever does as it is told is not cut off for having had so much on its way.
    let mut scene = Scene::new();
    let name = |number: usize| format!("{number}");
    scene.sends(&name(0), None, Err(later()));
    for number in 1..99 {
        assert_eq!(scene.sends(&name(number), Some(&name(number - 1)), Ok(())), None, "{number}");
    }
    assert_eq!(scene.sends("", Some(&name(98)), Ok(())), None);
    assert!(scene.sends(&name(0), None, Ok(())).is_some());
    for number in 1..99 {
        let sent = scene.sends(&name(number), Some(&name(number - 1)), Ok(()));
        assert!(sent.is_some(), "{number}");
    }
}

#[test]
fn x75_whoever_says_what_has_to_wait_again_and_again_is_cut_off() {
    let mut scene = Scene::new();
    scene.sends("a", None, Err(later()));
    for _ in 0..100 {
        assert_eq!(scene.out, []);
        scene.sends("b", Some("a"), Ok(()));
    }
    assert_eq!(scene.out, [Output::Close(scene.ada, Ending::TooManyCommands)]);
}
