//! The rule by which entries are taken: whatever is lost, comes again, or is told in fewer words, a client ends up with what
//! one knows that never lost anything.

mod server;

use std::collections::BTreeMap;

use proptest::prelude::*;
use server::Server;

use super::*;
use crate::things::Things;

/// What an application holds, if it does with every update what that says.
#[derive(Debug, Default)]
struct Held {
    messages: BTreeMap<RoomId, BTreeMap<MessageId, Message>>,
    things: Things,
}

impl Held {
    fn room(&mut self, room: RoomId) -> &mut BTreeMap<MessageId, Message> {
        self.messages.entry(room).or_default()
    }

    fn message(&mut self, message: Message) {
        self.room(message.room).insert(message.id, message);
    }

    fn apply(&mut self, update: Update) {
        self.things.take(&update);
        match update {
            Update::Reset { room, messages, .. } => {
                self.room(room).clear();
                messages.into_iter().for_each(|message| self.message(message));
            }
            Update::Message(message) | Update::Present(message) => self.message(message),
            Update::Edited { id, room, text, time, changed, whole } => match self.room(room).get_mut(&id) {
                Some(held) => (held.text, held.edited, held.changed) = (text, Some(time), Some(changed)),
                None => self.message(*whole.expect("this server tells all of it")),
            },
            Update::Deleted { id, room } => drop(self.room(room).remove(&id)),
            Update::State(_) | Update::Forget(_) | Update::Live(_) => {}
            update => panic!("{update:?}"),
        }
    }
}

/// A client, its application and its server.
struct World {
    server: Server,
    state: State,
    held: Held,
}

impl World {
    fn new() -> Self {
        let mut world = Self { server: Server::new(), state: State::default(), held: Held::default() };
        world.connect();
        world
    }

    fn connect(&mut self) {
        self.state.closed();
        self.server.cut();
        let hello = self.state.opened();
        self.server.hear(vec![hello]);
    }

    fn hear(&mut self, said: impl IntoIterator<Item = String>) {
        for text in said {
            let heard = self.state.heard_text(&text).unwrap();
            assert_eq!(heard.pause, None);
            heard.updates.into_iter().for_each(|update| self.held.apply(update));
            self.server.hear(heard.say);
        }
    }

    fn step(&mut self, (action, log, number): (u8, u8, u8)) {
        let log = [LogName::Room(LOBBY), LogName::Room(WORKSHOP), LogName::House][usize::from(log)];
        let said = match action {
            0..=4 => {
                let messages: Vec<_> = self.server.logs[&log].things.keys().map(|(_, id)| *id).collect();
                let picked = messages.get(usize::from(number / 10)).copied();
                self.server.change(log, number % 10, picked.unwrap_or(u64::from(number) + 1_000));
                Vec::new()
            }
            5..=8 => self.server.tell(log).into_iter().collect(),
            9 => {
                drop(self.server.tell(log));
                Vec::new()
            }
            10 => self.server.repeat(log, usize::from(number % 4)).into_iter().collect(),
            11 => self.server.fill(log, usize::from(number % 4)),
            12..=15 => self.server.answer(1 + usize::from(number % 4)),
            _ => {
                self.connect();
                Vec::new()
            }
        };
        self.hear(said);
    }

    /// A last change in each log, so that what is lost is found, and then all that is asked for and told.
    fn settle(&mut self) {
        let logs: Vec<LogName> = self.server.logs.keys().copied().collect();
        for _ in 0..3 {
            loop {
                let answer = self.server.answer(3);
                if answer.is_empty() {
                    break;
                }
                self.hear(answer);
            }
            for log in &logs {
                self.server.change(*log, 9, 7);
                while let Some(said) = self.server.tell(*log) {
                    self.hear([said]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn e1_whatever_is_lost_repeated_or_covered_the_client_ends_where_one_is_that_lost_nothing(
        steps in prop::collection::vec((0_u8..=16, 0_u8..3, 0_u8..100), 0..120)
    ) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        world.settle();
        prop_assert!(world.state.is_live());
        for (name, log) in &world.server.logs {
            let (messages, things) = log.there();
            if let LogName::Room(room) = name {
                prop_assert!(world.held.room(*room).values().eq(messages), "{:?}", name);
            }
            let held: Vec<_> = world.held.things.all(*name).collect();
            prop_assert_eq!(held, things, "{:?}", name);
        }
    }
}
