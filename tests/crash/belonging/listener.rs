//! Somebody who listens to the rooms that they may hear of, as a client does: follows what is listed among theirs, says and
//! reads something now and then, goes away and comes back to where they were.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::held::Held;
use super::truth::{Range, Truth};
use crate::harness::checker::number;
use crate::harness::{ID_MAX, Socket, User};
use crate::talker::tries_to_connect;

/// What comes as a refusal when somebody tries what they may not.
const REFUSALS: [&str; 2] = ["not_found", "forbidden"];

/// How somebody hears of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Hearing {
    #[default]
    Not,
    Asked,
    Live,
}

/// A room, as somebody has it.
#[derive(Debug, Default)]
struct Ear {
    held: Held,
    hearing: Hearing,
    is_listed: bool,
    /// The numbers that were told live.
    live: Vec<Range>,
    /// The numbers at which the room was shown.
    shown: Vec<u64>,
}

/// Somebody, over all restarts.
#[derive(Debug)]
pub(crate) struct Listener {
    user: User,
    pub(crate) is_guest: bool,
    rooms: BTreeMap<u64, Ear>,
    /// The last change of their own log that is known.
    own: u64,
    random: fastrand::Rng,
    /// Rooms in which something of theirs was taken, and its number.
    said: Vec<(u64, u64)>,
    said_last: u64,
    pub(crate) heard: u64,
    pub(crate) comings: u64,
    /// Who keeps the truth, and does nothing else.
    pub(crate) truth: Option<Truth>,
}

/// Why nothing more is heard on a socket.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It was cut, or has left.
    Cut,
    /// All that has happened was heard.
    Settled,
}

impl Listener {
    pub(crate) fn new(user: &User, is_guest: bool, rooms: &[u64], seed: u64) -> Self {
        let rooms = rooms.iter().map(|room| (*room, Ear::default())).collect();
        let random = fastrand::Rng::with_seed(seed.wrapping_add(user.id));
        let (user, said, truth) = (user.clone(), Vec::new(), None);
        Self { user, is_guest, rooms, own: 0, random, said, said_last: 0, heard: 0, comings: 0, truth }
    }

    pub(crate) fn keeps_the_truth(self) -> Self {
        Self { truth: Some(Truth::default()), ..self }
    }

    /// Listens until the server is gone, or until all is heard once nothing more happens. `counts` hears of changes.
    pub(crate) async fn lives(
        mut self,
        at: User,
        mut is_over: watch::Receiver<bool>,
        counts: watch::Sender<u64>,
    ) -> Self {
        self.user = at;
        while let Some(mut socket) = tries_to_connect(&self.user).await {
            self.comings += 1;
            let is_everything = self.truth.is_some() || *is_over.borrow();
            let follow: Vec<Value> = self.asks(is_everything).collect();
            let hello = json!({"type": "hello", "follow": follow, "own": self.own});
            if socket.try_say(&hello).await && self.listens(&mut socket, &mut is_over, &counts).await == End::Settled {
                return self;
            }
        }
        self
    }

    /// The rooms to follow: those that are listed, and some others; or simply all.
    fn asks(&mut self, is_everything: bool) -> impl Iterator<Item = Value> {
        let random = &mut self.random;
        self.rooms.iter_mut().filter_map(move |(room, ear)| {
            let is_wanted = is_everything || ear.is_listed || random.u8(..4) == 0;
            ear.hearing = if is_wanted { Hearing::Asked } else { Hearing::Not };
            is_wanted.then(|| followed(*room, ear))
        })
    }

    async fn listens(
        &mut self,
        socket: &mut Socket,
        is_over: &mut watch::Receiver<bool>,
        counts: &watch::Sender<u64>,
    ) -> End {
        // What takes something away is told before the fence, and that it is not there any more perhaps behind it.
        let (mut fences, mut is_told) = (0, false);
        loop {
            if !is_told && *is_over.borrow_and_update() {
                is_told = true;
                let left: Vec<u64> =
                    self.rooms.iter().filter(|(_, ear)| ear.is_listed).map(|(room, _)| *room).collect();
                for room in left {
                    self.follows(socket, room).await;
                }
                fence(socket).await;
            }
            let event = tokio::select! {
                event = socket.receive_patiently() => event,
                _ = is_over.changed(), if !is_told => continue,
            };
            let Some(event) = event else { return End::Cut };
            self.heard += 1;
            if event["ref"] == "fence" {
                fences += 1;
                if fences == 1 {
                    fence(socket).await;
                }
            } else {
                self.takes(socket, &event).await;
                if let Some(truth) = &self.truth {
                    counts.send_replace(truth.changes);
                } else if !is_told && self.random.u8(..24) == 0 && self.acts(socket).await {
                    return End::Cut;
                }
            }
            if fences == 2 && self.rooms.values().all(|ear| ear.hearing != Hearing::Asked) {
                return End::Settled;
            }
        }
    }

    async fn takes(&mut self, socket: &mut Socket, event: &Value) {
        let room = event["room"].as_u64();
        match (event["type"].as_str().expect("a type"), room) {
            ("hello", _) => {
                let has = |room: u64| event["rooms"].as_array().expect("rooms").iter().any(|had| had["id"] == room);
                self.rooms.iter_mut().for_each(|(room, ear)| ear.is_listed = has(*room));
            }
            ("history", Some(room)) => self.is_shown(room, event),
            ("unfollowed", Some(room)) => {
                let Some(ear) = self.rooms.get_mut(&room) else { return };
                ear.hearing = Hearing::Not;
                if ear.is_listed {
                    self.follows(socket, room).await;
                }
            }
            ("states", _) if event["house"] != true => {
                for state in event["states"].as_array().expect("states") {
                    self.marks(socket, state).await;
                }
                self.own = number(event, "seq");
            }
            ("state", None) if event["house"] != true => {
                let (seq, since) = (number(event, "seq"), event["since"].as_u64());
                assert!(since.unwrap_or(seq - 1) <= self.own, "something is missing before {event}: {}", self.own);
                self.own = seq;
                self.marks(socket, event).await;
            }
            ("message" | "edit" | "delete" | "state", Some(room)) => self.hears(room, event),
            ("ok", _) => {
                let said = event["ref"].as_str().and_then(|reference| reference.strip_prefix("s"));
                self.said.extend(said.map(|room| (room.parse().expect("a room"), number(event, "seq"))));
            }
            ("error", _) => assert!(REFUSALS.iter().any(|code| event["code"] == *code), "{event}"),
            _ => {}
        }
    }

    fn is_shown(&mut self, room: u64, page: &Value) {
        let Some(ear) = self.rooms.get_mut(&room) else { return };
        ear.held.is_shown(page);
        if page["live"] == true {
            ear.shown.push(number(page, "seq"));
            if ear.hearing == Hearing::Asked {
                ear.hearing = Hearing::Live;
            }
        }
        if let Some(truth) = &mut self.truth {
            truth.is_shown(page);
        }
    }

    fn hears(&mut self, room: u64, event: &Value) {
        let Some(ear) = self.rooms.get_mut(&room) else { return };
        let (first, last) = (ear.held.hears(event), number(event, "seq"));
        match ear.live.last_mut().filter(|(_, before)| before + 1 == first) {
            Some(range) => range.1 = last,
            None => ear.live.push((first, last)),
        }
        if let Some(truth) = &mut self.truth {
            truth.hears(event);
        }
    }

    /// A room is among theirs from now on, or no longer.
    async fn marks(&mut self, socket: &mut Socket, entry: &Value) {
        if entry["kind"] != "mark" {
            return;
        }
        let room = number(entry, "id");
        let Some(ear) = self.rooms.get_mut(&room) else { return };
        ear.is_listed = entry["state"]["listed"] == true;
        if ear.is_listed {
            self.follows(socket, room).await;
        }
    }

    /// Follows a room unless that is so already.
    async fn follows(&mut self, socket: &mut Socket, room: u64) {
        let Some(ear) = self.rooms.get_mut(&room).filter(|ear| ear.hearing == Hearing::Not) else { return };
        ear.hearing = Hearing::Asked;
        let rooms = [followed(room, ear)];
        socket.try_say(&json!({"type": "follow", "rooms": rooms})).await;
    }

    /// Does something that has nothing to do with who belongs where, whether or not it is allowed. Tells whether it is to go away.
    async fn acts(&mut self, socket: &mut Socket) -> bool {
        let (room, ear) = self.random.choice(self.rooms.iter_mut()).expect("there are rooms");
        let (room, last) = (*room, ear.held.seq);
        self.said_last += 1;
        let text = format!("{} of {}", self.said_last, self.user.name);
        let command = match self.random.u8(..40) {
            0 => return true,
            1..4 => {
                ear.hearing = Hearing::Not;
                json!({"type": "unfollow", "room": room})
            }
            4..12 => {
                self.follows(socket, room).await;
                return false;
            }
            12..20 => json!({"type": "read", "room": room, "up_to": last.max(1)}),
            _ => json!({"type": "send", "room": room, "text": text, "ref": format!("s{room}")}),
        };
        socket.try_say(&command).await;
        false
    }
}

fn followed(room: u64, ear: &Ear) -> Value {
    if ear.held.seq == 0 { json!({ "room": room }) } else { json!({"room": room, "seq": ear.held.seq}) }
}

/// What is refused at the same place at which all changes are made, so that all before it is told before it.
async fn fence(socket: &mut Socket) {
    socket.try_say(&json!({"type": "delete", "id": ID_MAX, "ref": "fence"})).await;
}

impl Listener {
    /// Panics unless all that this one heard was theirs to hear, and all that they said was theirs to say.
    pub(crate) fn heard_nothing_forbidden(&self, truth: &Truth) {
        let who = (self.user.id, self.is_guest);
        for (room, ear) in &self.rooms {
            truth.might_hear(who, *room, &ear.live);
            truth.might_see(who, *room, &ear.shown);
        }
        // Only who belongs to a room speaks there.
        for (room, seq) in &self.said {
            truth.might_see((self.user.id, true), *room, &[*seq]);
        }
    }

    /// Panics unless this one hears of every room that they may, and holds all of it.
    pub(crate) fn has_every_right(&self, truth: &Truth, when: &str) {
        for (room, ear) in &self.rooms {
            let (is_in, name) = (truth.is_in(self.user.id, *room), &self.user.name);
            let context = format!("{when}: {name} in {room}, to which they belong: {is_in}");
            assert_eq!(ear.is_listed, is_in, "{context}");
            let may = is_in || (truth.is_open(*room) && !self.is_guest);
            let is_live = ear.hearing == Hearing::Live;
            assert!(is_live == is_in || (is_live && may), "{context}: {:?}", ear.hearing);
            if is_live && let Some(difference) = ear.held.differs_from(truth.whole(*room)) {
                panic!("{context}: {difference}");
            }
        }
    }

    /// How many changes they know of who keeps the truth.
    pub(crate) fn changes(&self) -> u64 {
        self.truth.as_ref().map_or(0, |truth| truth.changes)
    }

    pub(crate) fn id(&self) -> u64 {
        self.user.id
    }

    /// How often something was said.
    pub(crate) fn said(&self) -> usize {
        self.said.len()
    }
}
