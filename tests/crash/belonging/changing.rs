//! Changing who belongs to which room, at random and many at once: people are let in, come, leave, are removed, get to moderate
//! and no longer. Whatever is refused is tried, too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::checker::number;
use crate::harness::{Asks, User};

/// Somebody, whether they are a guest, a room, and up to where they have read in it.
pub(crate) type Reading = ((u64, bool), u64, u64);

/// What all who change something have in common.
#[derive(Debug)]
pub(crate) struct Changing {
    /// The first looks after all rooms and is never lost to them.
    pub(crate) people: Vec<User>,
    pub(crate) guests: Vec<u64>,
    pub(crate) rooms: Vec<u64>,
    /// Who is likely to belong where: of somebody and a room.
    pub(crate) likely: Mutex<BTreeMap<(u64, u64), bool>>,
    pub(crate) is_over: AtomicBool,
    pub(crate) asked: AtomicU64,
    pub(crate) read: Mutex<Vec<Reading>>,
}

impl Changing {
    /// Changes one thing after another, until it is over or the server is gone.
    pub(crate) async fn goes_on(self: Arc<Self>, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        while !self.is_over.load(Ordering::Relaxed) {
            let user = random.choice(&self.people[1..]).expect("there are people");
            let room = *random.choice(&self.rooms).expect("there are rooms");
            if self.changes(&mut random, user, room).await.is_none() {
                return;
            }
        }
    }

    async fn changes(&self, random: &mut fastrand::Rng, user: &User, room: u64) -> Option<()> {
        let (keeper, other) = (&self.people[0], random.choice(&self.people).expect("there are people"));
        let members = format!("/api/rooms/{room}/members");
        let (me, them) = (format!("{members}/me"), format!("{members}/{}", user.id));
        let is_likely = self.likely.lock().get(&(user.id, room)) == Some(&true);
        let (by, method, path, body, becomes) = match (random.u8(..20), is_likely) {
            (0, _) => return self.reads(user, room).await,
            (1, _) => {
                let moderates = json!({"moderator": random.bool()});
                (keeper, Method::PATCH, them, Some(moderates), None)
            }
            (2..4, false) => {
                let everybody: Vec<u64> = self.people.iter().map(|user| user.id).collect();
                let invited = json!({ "people": everybody });
                let becomes = Some((everybody, true));
                (keeper, Method::POST, members, Some(invited), becomes)
            }
            (4..8, false) => (user, Method::PUT, me, None, Some((vec![user.id], true))),
            (_, false) => {
                let by = if random.u8(..3) == 0 { other } else { keeper };
                (by, Method::POST, members, Some(json!({"people": [user.id]})), Some((vec![user.id], true)))
            }
            (2..9, true) => (user, Method::DELETE, me, None, Some((vec![user.id], false))),
            (_, true) => {
                let by = if random.u8(..6) == 0 { other } else { keeper };
                (by, Method::DELETE, them, None, Some((vec![user.id], false)))
            }
        };
        let request = by.request(method, &path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let status = request.send().await.ok()?.status().as_u16();
        assert!(matches!(status, 204 | 403 | 404), "{status}");
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some((whom, is_in)) = becomes {
            // Whoever may not join is as they were, and who is not there to be removed is out.
            let is_in = if status == 204 { is_in } else { !is_in };
            self.likely.lock().extend(whom.into_iter().map(|user| ((user, room), is_in)));
        }
        Some(())
    }

    /// Somebody reads a room, if they may.
    async fn reads(&self, user: &User, room: u64) -> Option<()> {
        let answer = user.request(Method::GET, &format!("/api/rooms/{room}/messages?limit=5")).send().await.ok()?;
        let status = answer.status().as_u16();
        assert!(matches!(status, 200 | 404), "{status}");
        let page: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        let last = page["messages"].as_array().into_iter().flatten().map(|message| number(message, "seq")).max();
        let who = (user.id, self.guests.contains(&user.id));
        self.read.lock().extend(last.map(|last| (who, room, last)));
        Some(())
    }
}
