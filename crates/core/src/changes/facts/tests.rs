//! What was decided a moment ago is known better than what the store says, and what is seldom asked is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::*;
use crate::sessions::Whence;

const NOW: Timestamp = Timestamp(1_795_446_245_000);

fn account(name: &str, role: Role) -> UserFact {
    UserFact {
        username: name.to_owned(),
        username_fold: name.to_owned(),
        username_look: name.to_owned(),
        irregular: false,
        email: name.to_owned(),
        email_fold: name.to_owned(),
        password_hash: String::new(),
        role,
        active: true,
        gone: false,
        profile: Box::default(),
        created: NOW,
        account_seq: Seq(1),
        card_seq: Seq(1),
    }
}

fn session(user: u64) -> SessionFact {
    let whence = Whence::default();
    SessionFact { user: UserId(user), token_hash: [7; 32], created: NOW, used: NOW, expires: NOW, whence }
}

fn message(seq: u64) -> MessageFact {
    MessageFact {
        room: RoomId::FIRST,
        seq: Seq(seq),
        changed_seq: Seq(seq),
        author: MessageAuthor::Account(UserId(1)),
        text: "x".into(),
        sent: NOW,
        edited: None,
        deleted: None,
        nonce: Some(format!("n-{seq}").into()),
        sent_print: None,
    }
}

#[test]
fn z6_who_has_become_an_owner_or_is_none_any_more_counts_though_the_store_says_otherwise() {
    let mut facts = Facts::unknown();
    facts.apply([
        Row::User(UserId(1), account("ada", Role::Owner)),
        Row::User(UserId(2), account("grace", Role::Member)),
        Row::User(UserId(3), UserFact { active: false, ..account("linus", Role::Owner) }),
    ]);
    facts.users.learn_active_owners([2, 3, 4].map(UserId).into());
    assert!(facts.users.active_owners().ok() == Some(&BTreeSet::from([1, 4].map(UserId))));
}

#[test]
fn z3_sessions_that_have_begun_or_ended_count_though_the_store_says_otherwise() {
    let mut facts = Facts::unknown();
    facts.sessions.rows.learn(SessionId(1), Some(session(1)));
    facts.apply([
        Row::Session(SessionId(1), None),
        Row::Session(SessionId(3), Some(session(1))),
        Row::Session(SessionId(4), Some(session(2))),
    ]);
    let stored = [1, 2].map(|id| (SessionId(id), session(1)));
    facts.sessions.learn_of_user(UserId(1), stored.into());
    let ids: Vec<u64> = facts.sessions.of_user(UserId(1)).ok().unwrap().iter().map(|(id, _)| id.0).collect();
    assert_eq!(ids, [2, 3]);
}

#[test]
fn o1_a_log_goes_as_far_as_the_last_that_took_a_number_whatever_is_written_with_an_older_one() {
    let mut facts = Facts::unknown();
    let (ada, grace) = (UserId(1), UserId(2));
    facts.users.rows.learn(ada, Some(account("ada", Role::Owner)));
    let with_another_hash = || UserFact { password_hash: "another".to_owned(), ..account("ada", Role::Owner) };
    facts.apply([Row::User(ada, with_another_hash())]);
    assert_eq!((facts.logs.last_of_own(ada), facts.logs.last_of_house()), (None, None), "nobody has looked");
    facts.logs.learn_own(ada, Seq(7));
    facts.logs.learn_house(Seq(4));
    facts.apply([
        Row::Mark(RoomId::FIRST, ada, MarkFact { changed_seq: Seq(8), ..MarkFact::default() }),
        Row::User(ada, with_another_hash()),
        Row::User(grace, UserFact { card_seq: Seq(5), ..account("grace", Role::Member) }),
    ]);
    let last = [facts.logs.last_of_own(ada), facts.logs.last_of_own(grace), facts.logs.last_of_house()];
    assert_eq!(last, [8, 1, 5].map(|seq| Some(Seq(seq))));
}

#[test]
fn a_row_is_written_once_however_often_it_has_changed_and_not_at_all_if_it_came_and_went() {
    let mut facts = Facts::unknown();
    facts.sessions.rows.learn(SessionId(1), Some(session(1)));
    facts.apply([
        Row::Message(MessageId(1), message(1)),
        Row::Message(MessageId(1), MessageFact { changed_seq: Seq(2), ..message(1) }),
        Row::Session(SessionId(1), None),
        Row::Session(SessionId(2), Some(session(1))),
        Row::Session(SessionId(2), None),
    ]);
    let written: Vec<_> =
        facts.messages.rows.to_write().map(|(id, row, is_new)| (*id, row.changed_seq, is_new)).collect();
    assert_eq!(written, [(MessageId(1), Seq(2), true)]);
    assert_eq!(facts.sessions.rows.to_write().count(), 0);
    assert_eq!(facts.sessions.rows.to_remove().collect::<Vec<_>>(), [&SessionId(1)]);
    assert_eq!(facts.sessions.rows.passed().collect::<Vec<_>>(), [&SessionId(2)]);

    facts.is_written();
    assert_eq!((facts.messages.rows.to_write().count(), facts.sessions.rows.to_remove().count()), (0, 0));
    facts.apply([Row::Session(SessionId(1), Some(session(1)))]);
    assert!(facts.sessions.rows.to_write().all(|(.., is_new)| is_new), "what was removed is made again");
}

#[test]
fn messages_are_forgotten_once_they_are_committed_and_people_once_there_are_too_many() {
    let mut facts = Facts::unknown();
    facts.apply([Row::Message(MessageId(1), message(1)), Row::User(UserId(1), account("ada", Role::Owner))]);
    let [of_message, of_nonce, of_account, of_name] = [
        Key::Message(MessageId(1)),
        Key::Nonce(UserId(1), "n-1".to_owned()),
        Key::User(UserId(1)),
        Key::UsernameFold("ada".to_owned()),
    ];
    assert!([&of_message, &of_nonce, &of_account, &of_name].into_iter().all(|key| facts.knows(key)));
    facts.is_committed();
    assert!(facts.knows(&of_account));
    assert!(![of_message, of_nonce, of_name].iter().any(|key| facts.knows(key)));
    // Who names room after room, which are not there, is kept as little as who is somebody else each time.
    let many = 0..=KEPT_MAX as u64;
    let of: [fn(&mut Facts, u64); 6] = [
        |facts, id| facts.sessions.rows.learn(SessionId(id), None),
        |facts, id| facts.users.rows.learn(UserId(id), None),
        |facts, id| facts.rooms.memberships.learn((RoomId(id), UserId(1)), None),
        |facts, id| facts.marks.learn((RoomId(id), UserId(1)), None),
        |facts, id| facts.orders.learn(UserId(id), None),
        |facts, id| facts.logs.learn_own(UserId(id), Seq(0)),
    ];
    for learn in of {
        facts.probe.learn((), Some(1));
        many.clone().for_each(|id| learn(&mut facts, id));
        facts.is_committed();
        assert!(!facts.knows(&of_account) && !facts.knows(&Key::Probe));
    }
}

#[test]
fn a_nonce_is_presumed_free_only_for_who_takes_it_and_only_while_that_is_allowed() {
    let mut facts = Facts::unknown();
    let known = |facts: &Facts| {
        let messages = &facts.messages;
        (messages.under_nonce(UserId(1), "n").ok(), messages.under_nonce_to_take(UserId(1), "n").ok())
    };
    assert_eq!(known(&facts), (None, None));
    facts.presume_nonces_free(true);
    assert_eq!(known(&facts), (None, Some(None)));
    facts.messages.learn_nonce(UserId(1), "n", Some(MessageId(5)));
    assert_eq!(known(&facts), (Some(Some(MessageId(5))), Some(Some(MessageId(5)))));
}

fn membership() -> MembershipFact {
    let member = Member { change: MemberChange::Joined, by: None, time: Timestamp(5), moderator: false };
    MembershipFact { member, since: Timestamp(5), changed_seq: Seq(1) }
}

#[test]
fn who_belongs_to_a_room_counts_as_was_decided_though_the_store_says_otherwise() {
    let mut facts = Facts::unknown();
    let (stays, goes, comes, room) = (UserId(1), UserId(2), UserId(3), RoomId(2));
    let left = Member { change: MemberChange::Left, ..membership().member };
    facts.apply([
        Row::Membership(room, goes, MembershipFact { member: left, ..membership() }),
        Row::Membership(room, comes, membership()),
    ]);
    let seniority = Seniority { is_moderator: true, can_moderate: true, since: Timestamp(1) };
    facts.learn_members(room, [(stays, seniority), (goes, seniority)].into());
    let members = |facts: &Facts| facts.rooms.members.get(&room).unwrap().keys().copied().collect::<Vec<_>>();
    assert_eq!(members(&facts), [stays, comes]);
    facts.rooms.learn_rooms(goes, [(room, false), (RoomId(3), false)].into());
    assert_eq!(facts.rooms.of_users.get(&goes).unwrap().keys().collect::<Vec<_>>(), [&RoomId(3)]);
    facts.apply([Row::Membership(room, goes, membership())]);
    assert_eq!(members(&facts), [stays, goes, comes]);
    assert_eq!(facts.rooms.of_users.get(&goes).unwrap().len(), 2);
}

fn invitation() -> InvitationFact {
    let (by, rooms) = (UserId(1), vec![RoomId::FIRST]);
    InvitationFact {
        code_hash: [8; 32],
        by,
        rooms,
        created: NOW,
        expires: Timestamp(NOW.0 + 1),
        uses: Some(2),
        used: 0,
    }
}

#[test]
fn x82_invitations_that_were_made_used_or_revoked_count_though_the_store_says_otherwise() {
    let mut facts = Facts::unknown();
    facts.invitations.learn_code([8; 32], Some((InvitationId(1), invitation())));
    facts.apply([
        Row::Invitation(InvitationId(1), Some(InvitationFact { used: 2, ..invitation() })),
        Row::Invitation(InvitationId(3), Some(InvitationFact { code_hash: [9; 32], ..invitation() })),
    ]);
    facts.invitations.learn_of_user(UserId(1), [1, 2].map(|id| (InvitationId(id), invitation())).into());
    let ids = |facts: &Facts| {
        let all = facts.invitations.of_user(UserId(1)).ok().unwrap();
        all.iter().map(|(id, fact)| (id.0, fact.used)).collect::<Vec<_>>()
    };
    assert_eq!(ids(&facts), [(1, 2), (2, 0), (3, 0)]);
    facts.apply([Row::Invitation(InvitationId(1), None)]);
    facts.invitations.learn_code([8; 32], Some((InvitationId(1), invitation())));
    assert!(facts.invitations.with_code([8; 32]).ok() == Some(None), "what is revoked has no code any more");
    assert_eq!(ids(&facts), [(2, 0), (3, 0)]);
    assert!(!invitation().is_left(Timestamp(NOW.0 + 1)) && invitation().is_left(NOW));
}

#[test]
fn whatever_was_known_is_forgotten_with_what_has_not_happened() {
    let mut facts = Facts::unknown();
    let (user, room, ada) = (UserId(1), RoomId::FIRST, || "ada".to_owned());
    facts.apply([
        Row::User(user, account("ada", Role::Owner)),
        Row::Session(SessionId(1), Some(session(1))),
        Row::Message(MessageId(1), message(1)),
        Row::Membership(room, user, membership()),
        Row::Mark(room, user, MarkFact { changed_seq: Seq(2), ..MarkFact::default() }),
        Row::Order(user, Box::default()),
        Row::Place(PlaceFact { changed_seq: Seq(1), ..PlaceFact::default() }),
        Row::Invitation(InvitationId(1), Some(invitation())),
        Row::Probe(1),
    ]);
    facts.rooms.learn(room, None);
    facts.learn_members(room, BTreeMap::new());
    facts.rooms.learn_rooms(user, BTreeMap::new());
    facts.rooms.learn_name(ada(), None);
    facts.rooms.nonces.learn((user, "n-1".to_owned()), None);
    facts.rooms.learn_direct(vec![user], None);
    facts.rooms.learn_last(room);
    facts.users.learn_active_owners([user].into());
    facts.users.learn_last(user);
    facts.logs.learn_house(Seq(1));
    facts.sessions.learn_of_user(user, Vec::new());
    facts.sessions.learn_last(SessionId(1));
    facts.messages.learn_last(MessageId(1));
    facts.invitations.learn_of_user(user, Vec::new());
    facts.invitations.learn_last(InvitationId(1));
    let keys = [
        Key::User(user),
        Key::Username(ada()),
        Key::UsernameFold(ada()),
        Key::UsernameLook(ada()),
        Key::Email(ada()),
        Key::Anybody,
        Key::ActiveOwners,
        Key::LastUser,
        Key::Session(SessionId(1)),
        Key::Token([7; 32]),
        Key::SessionsOf(user),
        Key::LastSession,
        Key::Room(room),
        Key::RoomName(ada()),
        Key::DirectRoom(vec![user]),
        Key::RoomNonce(user, "n-1".to_owned()),
        Key::LastRoom,
        Key::MembersOf(room),
        Key::RoomsOf(user),
        Key::Membership(room, user),
        Key::Mark(room, user),
        Key::Order(user),
        Key::OwnLog(user),
        Key::HouseLog,
        Key::Place,
        Key::Invitation(InvitationId(1)),
        Key::InvitationCode([8; 32]),
        Key::InvitationsOf(user),
        Key::LastInvitation,
        Key::Message(MessageId(1)),
        Key::Nonce(user, "n-1".to_owned()),
        Key::LastMessage,
        Key::Probe,
    ];
    assert!(keys.iter().all(|key| facts.knows(key)));
    facts.forget();
    assert!(!keys.iter().any(|key| facts.knows(key)));
}

#[test]
fn p3_nothing_is_kept_of_a_text_that_nobody_can_send_again() {
    let named = message(1);
    assert!(named.without_text(Seq(2)).sent_print.is_some());
    assert_eq!(MessageFact { nonce: None, ..named }.without_text(Seq(2)).sent_print, None);
}
