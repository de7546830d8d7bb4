//! How much the gateway holds.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Hub;
use crate::held::Held;
use crate::hub::inbox::{Mail, ReactorLoad};

/// How long a reactor may take to say what it holds.
const PATIENCE: Duration = Duration::from_secs(1);

impl Hub {
    /// What grows with what others do, at this moment.
    pub(crate) async fn held(&self, sockets_max: usize) -> Vec<Held> {
        let (users, networks) = self.seats.holders();
        let load = self.load_of_reactors().await;
        let counted = |what, count: usize| Held::counted(what, count as u64);
        vec![
            Held::up_to("sockets", (load.sockets, sockets_max)),
            counted("sockets_ending", load.farewells),
            counted("users_with_sockets", users),
            counted("networks_with_sockets", networks),
            counted("users_online", self.presence.users()),
            counted("users_reading_silently", self.receipts.silent()),
            counted("reactor_mail", load.mail),
            Held::counted("room_log_bytes", load.log_bytes),
            Held::counted("answer_bytes", load.own_bytes),
        ]
    }

    /// Of all reactors together.
    async fn load_of_reactors(&self) -> ReactorLoad {
        let mut asked = Vec::new();
        for inbox in &self.inboxes {
            let (answer, load) = oneshot::channel();
            inbox.post(Mail::Measure(answer));
            asked.push(load);
        }
        let mut all = ReactorLoad::default();
        for load in asked {
            // Whoever looks wants to see the rest, too, when one of them does not answer.
            let load = timeout(PATIENCE, load).await.ok().and_then(Result::ok).unwrap_or_default();
            all.mail += load.mail;
            all.sockets += load.sockets;
            all.farewells += load.farewells;
            all.log_bytes += load.log_bytes;
            all.own_bytes += load.own_bytes;
        }
        all
    }
}
