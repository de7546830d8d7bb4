//! What rules decide by: one table of facts for all changes that are decided together.

mod availability;
mod device_links;
mod invitations;
mod logs;
mod marks;
mod messages;
mod mutes;
mod orders;
mod pictures;
mod place;
mod rooms;
mod sessions;
mod sets;
mod table;
mod users;

use std::collections::BTreeMap;

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::{InvitationId, MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use smallvec::SmallVec;

pub use availability::AvailabilityFact;
pub use device_links::{DeviceLinkFact, LeftLink};
pub use invitations::{InvitationFact, InvitationFacts};
pub use logs::LogFacts;
pub use marks::MarkFact;
pub use messages::{MessageAuthor, MessageFact, MessageFacts};
pub use mutes::{MuteFact, MuteFacts};
pub use orders::OrderFact;
pub use pictures::PictureFact;
pub use place::PlaceFact;
pub(in crate::changes) use rooms::Beside;
pub use rooms::{MembershipFact, RoomFact, RoomFacts, Seniority};
pub use sessions::{SessionFact, SessionFacts};
pub use sets::Sets;
pub use table::Table;
pub use users::{FormerName, Holders, UserFact, UserFacts};

use super::key::{Key, Known, Missing};

/// More people and sessions than act within a few seconds: with more, everything is looked up anew, so that it stays small.
const KEPT_MAX: usize = 4_096;

/// What becomes of one row.
#[derive(Clone, PartialEq, Eq)]
pub enum Row {
    /// An account becomes this.
    User(UserId, UserFact),
    /// This name is given to nobody else any more than to whom it was.
    FormerName(FormerName, UserId),
    /// A session becomes this; none if it ends.
    Session(SessionId, Option<SessionFact>),
    /// What a user has of links for other devices becomes this.
    DeviceLink(UserId, DeviceLinkFact),
    /// A room becomes this.
    Room(RoomId, Box<RoomFact>),
    /// Somebody has made a room under this nonce.
    RoomNonce(UserId, String, RoomId),
    /// The number of the last change in a room's log becomes this.
    RoomLog(RoomId, Seq),
    /// What a user is to a room becomes this.
    Membership(RoomId, UserId, MembershipFact),
    /// How a user has a room becomes this.
    Mark(RoomId, UserId, MarkFact),
    /// The order in which a user has their rooms becomes this.
    Order(UserId, Box<OrderFact>),
    /// Whether a user wants to hear another becomes this.
    Mute(UserId, UserId, MuteFact),
    /// A user's picture becomes this; none if they have none any more.
    Picture(UserId, Option<PictureFact>),
    /// How a user wants to be seen becomes this.
    Availability(UserId, AvailabilityFact),
    /// The time at which a user was last there becomes this.
    LastSeen(UserId, Timestamp),
    /// The place becomes this.
    Place(PlaceFact),
    /// An invitation becomes this; none if it is revoked, or over and in the way.
    Invitation(InvitationId, Option<InvitationFact>),
    /// A message becomes this.
    Message(MessageId, MessageFact),
    /// The probe of readiness has counted to this.
    Probe(i64),
}

/// All that is known. Facts are looked up once, changed by [`Self::apply`] alone, and then written: so each rule decides by
/// what the ones before it have decided.
#[derive(Clone)]
pub struct Facts {
    /// Of accounts.
    pub users: UserFacts,
    /// Of sessions.
    pub sessions: SessionFacts,
    /// Of links by which people sign in on another device.
    pub device_links: Table<UserId, DeviceLinkFact>,
    /// Of rooms.
    pub rooms: RoomFacts,
    /// Of how people have rooms.
    pub marks: Table<(RoomId, UserId), MarkFact>,
    /// Of the order in which people have rooms.
    pub orders: Table<UserId, OrderFact>,
    /// Of how people want to be seen.
    pub availability: Table<UserId, AvailabilityFact>,
    /// Of when people were last there.
    pub last_seen: Table<UserId, Timestamp>,
    /// Of whom people do not want to hear.
    pub mutes: MuteFacts,
    /// Of logs that are no room's.
    pub logs: LogFacts,
    /// Of the pictures that people show of themselves.
    pub pictures: Table<UserId, PictureFact>,
    /// Of the place.
    pub place: Table<(), PlaceFact>,
    /// Of invitations.
    pub invitations: InvitationFacts,
    /// Of messages.
    pub messages: MessageFacts,
    /// Of the probe.
    pub probe: Table<(), i64>,
}

impl Facts {
    /// Nothing is known yet: whoever asks for a fact is told what to look up.
    pub fn unknown() -> Self {
        Self::new(false)
    }

    /// All there is, and it is nothing yet: what is not here is not there, and nothing is ever forgotten.
    pub fn whole() -> Self {
        Self::new(true)
    }

    fn new(is_whole: bool) -> Self {
        Self {
            users: UserFacts::new(is_whole),
            sessions: SessionFacts::new(is_whole),
            device_links: Table::new(is_whole),
            rooms: RoomFacts::new(is_whole),
            marks: Table::new(is_whole),
            orders: Table::new(is_whole),
            availability: Table::new(is_whole),
            last_seen: Table::new(is_whole),
            mutes: MuteFacts::new(is_whole),
            logs: LogFacts::new(is_whole),
            pictures: Table::new(is_whole),
            place: Table::new(is_whole),
            invitations: InvitationFacts::new(is_whole),
            messages: MessageFacts::new(is_whole),
            probe: Table::new(is_whole),
        }
    }

    /// Whether nonces of which nothing is known are presumed to be free until the store says otherwise.
    pub fn presume_nonces_free(&mut self, are_free: bool) {
        self.messages.are_nonces_presumed_free = are_free;
    }

    /// Whether this is known.
    pub fn knows(&self, key: &Key) -> bool {
        let Self {
            users,
            sessions,
            device_links,
            rooms,
            marks,
            mutes,
            orders,
            availability,
            last_seen,
            logs,
            pictures,
            place,
            invitations,
            messages,
            probe,
        } = self;
        match key {
            Key::User(id) => users.get(*id).is_ok(),
            Key::Username(name) => users.usernames.holder(name).is_ok(),
            Key::UsernameFold(fold) => users.folds.holder(fold).is_ok(),
            Key::UsernameLook(look) => users.looks.holder(look).is_ok(),
            Key::Email(fold) => users.emails.holder(fold).is_ok(),
            Key::Anybody => users.is_anybody_there().is_ok(),
            Key::ActiveOwners => users.active_owners().is_ok(),
            Key::LastUser => users.next_id().is_ok(),
            Key::Session(id) => sessions.get(*id).is_ok(),
            Key::Token(hash) => sessions.holder(*hash).is_ok(),
            Key::SessionsOf(user) => sessions.of_user(*user).is_ok(),
            Key::LastSession => sessions.next_id().is_ok(),
            Key::DeviceLink(user) => device_links.get(user).is_some(),
            Key::Room(id) => rooms.get(*id).is_ok(),
            Key::RoomName(fold) => rooms.named(fold).is_ok(),
            Key::DirectRoom(people) => rooms.direct(people).is_ok(),
            Key::RoomNonce(user, nonce) => rooms.under_nonce(*user, nonce).is_ok(),
            Key::LastRoom => rooms.last_id().is_ok(),
            Key::MembersOf(room) => rooms.members.get(room).is_some(),
            Key::RoomsOf(user) => rooms.of_users.get(user).is_some(),
            Key::Membership(room, user) => rooms.memberships.get(&(*room, *user)).is_some(),
            Key::Mark(room, user) => marks.get(&(*room, *user)).is_some(),
            Key::Order(user) => orders.get(user).is_some(),
            Key::Availability(user) => availability.get(user).is_some(),
            Key::LastSeen(user) => last_seen.get(user).is_some(),
            Key::Mute(by, whom) => mutes.get(*by, *whom).is_ok(),
            Key::MutedBy(by) => mutes.count(*by).is_ok(),
            Key::OwnLog(user) => logs.last_of_own(*user).is_some(),
            Key::HouseLog => logs.last_of_house().is_some(),
            Key::Picture(user) => pictures.get(user).is_some(),
            Key::Place => place.get(&()).is_some(),
            Key::Invitation(id) => invitations.get(*id).is_ok(),
            Key::InvitationCode(hash) => invitations.with_code(*hash).is_ok(),
            Key::InvitationsOf(user) => invitations.of_user(*user).is_ok(),
            Key::LastInvitation => invitations.next_id().is_ok(),
            Key::Message(id) => messages.get(*id).is_ok(),
            Key::Nonce(author, nonce) => messages.under_nonce(*author, nonce).is_ok(),
            Key::LastMessage => messages.last_id().is_ok(),
            Key::Probe => probe.get(&()).is_some(),
        }
    }

    /// Asks for all of these at once that are not known: each round of looking up takes a while.
    pub(super) fn require(&self, keys: impl IntoIterator<Item = Key>) -> Known<()> {
        let unknown: SmallVec<[Key; 2]> = keys.into_iter().filter(|key| !self.knows(key)).collect();
        if unknown.is_empty() { Ok(()) } else { Err(Missing(unknown)) }
    }

    pub(super) fn mark(&self, room: RoomId, user: UserId) -> Known<Option<MarkFact>> {
        self.marks.get(&(room, user)).map(Option::<&MarkFact>::copied).ok_or_else(|| Key::Mark(room, user).into())
    }

    pub(super) fn order(&self, user: UserId) -> Known<Option<&OrderFact>> {
        self.orders.get(&user).ok_or_else(|| Key::Order(user).into())
    }

    pub(super) fn device_link(&self, user: UserId) -> Known<Option<&DeviceLinkFact>> {
        self.device_links.get(&user).ok_or_else(|| Key::DeviceLink(user).into())
    }

    pub(super) fn picture(&self, user: UserId) -> Known<Option<&PictureFact>> {
        self.pictures.get(&user).ok_or_else(|| Key::Picture(user).into())
    }

    pub(super) fn availability(&self, user: UserId) -> Known<Availability> {
        let fact = self.availability.get(&user).ok_or(Key::Availability(user))?;
        Ok(fact.map(|fact| fact.availability).unwrap_or_default())
    }

    pub(super) fn last_seen(&self, user: UserId) -> Known<Option<Timestamp>> {
        self.last_seen.get(&user).map(Option::<&Timestamp>::copied).ok_or_else(|| Key::LastSeen(user).into())
    }

    pub(super) fn place(&self) -> Known<PlaceFact> {
        self.place
            .get(&())
            .map(Option::<&PlaceFact>::cloned)
            .ok_or_else(|| Key::Place.into())
            .map(Option::unwrap_or_default)
    }

    pub(super) fn probe(&self) -> Known<i64> {
        self.probe.get(&()).map(|count| count.copied().unwrap_or_default()).ok_or_else(|| Key::Probe.into())
    }

    /// Takes note of who belongs to a room in the store; what has changed here since is known better.
    pub fn learn_members(&mut self, room: RoomId, found: BTreeMap<UserId, Seniority>) {
        let account = |user: UserId| self.users.rows.get(&user).flatten().map(UserFact::can_moderate);
        self.rooms.learn_members(room, found, account);
    }

    /// Whoever is gone has nothing of their own any more; what the store has of it goes when the account is written.
    fn forgets(&mut self, user: UserId) {
        let marks: Vec<_> = self.marks.keys().filter(|(_, whose)| *whose == user).copied().collect();
        marks.into_iter().for_each(|mark| self.marks.remove(mark));
        self.mutes.forgets(user);
        self.rooms.forgets_nonces_of(user);
        self.pictures.remove_known(user);
        self.orders.remove_known(user);
        self.device_links.remove_known(user);
        self.availability.remove_known(user);
        self.last_seen.remove_known(user);
    }

    /// What a rule has decided holds from here on.
    pub fn apply(&mut self, rows: impl IntoIterator<Item = Row>) {
        for row in rows {
            match row {
                Row::User(id, row) => {
                    // Whoever changes an account has looked it up.
                    let is_made = !matches!(self.users.rows.get(&id), Some(Some(_)));
                    self.logs.apply_account(id, &row, is_made);
                    self.rooms.apply_account(id, row.can_moderate());
                    if row.gone {
                        self.forgets(id);
                    }
                    self.users.apply(id, row);
                }
                Row::FormerName(name, id) => self.users.former.set(name, id),
                Row::Session(id, Some(row)) => self.sessions.apply(id, row),
                Row::Session(id, None) => self.sessions.apply_end(id),
                Row::DeviceLink(user, row) => {
                    self.logs.apply_in_own(user, row.changed_seq);
                    self.device_links.set(user, row);
                }
                Row::Room(id, row) => self.rooms.apply(id, *row),
                Row::RoomNonce(user, nonce, room) => self.rooms.nonces.set((user, nonce), room),
                Row::RoomLog(id, seq) => self.rooms.seqs.set(id, seq),
                Row::Membership(room, user, row) => {
                    let account = self.users.rows.get(&user).flatten();
                    self.rooms.apply_membership(room, user, row, account.map(UserFact::can_moderate));
                }
                Row::Mark(room, user, row) => {
                    self.logs.apply_in_own(user, row.changed_seq);
                    self.marks.set((room, user), row);
                }
                Row::Order(user, row) => {
                    self.logs.apply_in_own(user, row.changed_seq);
                    self.orders.set(user, *row);
                }
                Row::Mute(by, whom, row) => {
                    self.logs.apply_in_own(by, row.changed_seq);
                    self.mutes.apply(by, whom, row);
                }
                Row::Picture(user, Some(row)) => self.pictures.set(user, row),
                Row::Picture(user, None) => self.pictures.remove(user),
                Row::Availability(user, row) => {
                    self.logs.apply_in_own(user, row.changed_seq);
                    self.availability.set(user, row);
                }
                Row::LastSeen(user, seen) => self.last_seen.set(user, seen),
                Row::Place(row) => {
                    self.logs.apply_place(&row);
                    self.place.set((), row);
                }
                Row::Invitation(id, Some(row)) => self.invitations.apply(id, row),
                Row::Invitation(id, None) => self.invitations.apply_end(id),
                Row::Message(id, row) => self.messages.apply(id, row),
                Row::Probe(count) => self.probe.set((), count),
            }
        }
    }

    /// Whether this is to be looked up for a rule that says that it needs it: it is not known, and nothing is presumed of it.
    pub fn lacks(&self, key: &Key) -> bool {
        let is_presumed = matches!(key, Key::Nonce(..)) && self.messages.are_nonces_presumed_free;
        !is_presumed && !self.knows(key)
    }

    /// What has changed has been written.
    pub fn is_written(&mut self) {
        let Self {
            users,
            sessions,
            device_links,
            rooms,
            marks,
            mutes,
            orders,
            availability,
            last_seen,
            logs: _,
            pictures,
            place,
            invitations,
            messages,
            probe,
        } = self;
        users.is_written();
        sessions.is_written();
        device_links.is_written();
        rooms.is_written();
        marks.is_written();
        mutes.is_written();
        orders.is_written();
        pictures.is_written();
        availability.is_written();
        last_seen.is_written();
        place.is_written();
        invitations.is_written();
        messages.is_written();
        probe.is_written();
    }

    /// What has changed has been committed. What is asked again and again stays known, unless there is too much of it.
    pub fn is_committed(&mut self) {
        self.is_written();
        // Messages are forgotten in any case, and of rooms no more are known than memberships. Pictures are large, and seldom
        // asked for, as links are.
        let Self {
            users,
            sessions,
            device_links,
            rooms,
            marks,
            mutes,
            orders,
            availability,
            last_seen,
            logs,
            pictures,
            place: _,
            invitations: _,
            messages: _,
            probe: _,
        } = self;
        pictures.forget();
        device_links.forget();
        let of_rooms = [rooms.memberships.len(), marks.len(), mutes.rows.len(), orders.len()];
        let of_people = [users.rows.len(), sessions.rows.len(), availability.len(), last_seen.len(), logs.len()];
        if of_rooms.into_iter().chain(of_people).any(|count| count > KEPT_MAX) {
            self.forget();
        }
    }

    /// Nothing is known any more, and what was decided and not written has not happened.
    pub fn forget(&mut self) {
        let Self {
            users,
            sessions,
            device_links,
            rooms,
            marks,
            mutes,
            orders,
            availability,
            last_seen,
            logs,
            pictures,
            place,
            invitations,
            messages,
            probe,
        } = self;
        users.forget();
        sessions.forget();
        device_links.forget();
        rooms.forget();
        marks.forget();
        mutes.forget();
        orders.forget();
        availability.forget();
        last_seen.forget();
        logs.forget();
        pictures.forget();
        place.forget();
        invitations.forget();
        messages.forget();
        probe.forget();
    }
}

#[cfg(test)]
mod tests;
