//! The tables of powers: each says what it should of every role in every room.

use chatterbox_protocol::ids::RoomId;

use super::*;

/// Every room that one can be in, in every way.
fn rooms() -> Vec<InRoom> {
    let mut rooms = Vec::new();
    for kind in RoomKind::ALL {
        for is_archived in [false, true] {
            for standing in Standing::ALL {
                rooms.push(InRoom { kind, is_first: false, is_archived, standing });
            }
        }
    }
    for standing in Standing::ALL {
        rooms.push(InRoom { kind: RoomKind::Open, is_first: true, is_archived: false, standing });
    }
    rooms
}

#[test]
fn every_action_has_exactly_one_row() {
    for action in Action::ALL {
        assert_eq!(TABLE.iter().filter(|(listed, _, _)| *listed == action).count(), 1, "{action:?}");
    }
    for action in RoomAction::ALL {
        assert_eq!(ROOM_TABLE.iter().filter(|(listed, ..)| *listed == action).count(), 1, "{action:?}");
    }
}

#[test]
fn z2_nobody_edits_what_others_wrote_and_only_moderators_delete_it() {
    for role in Role::ALL {
        for room in rooms().into_iter().filter(|room| room.is_seen_by(role) && !room.is_archived) {
            let may = |action, whose| may_in_room(role, action, whose, room).is_ok();
            let is_in = room.standing != Standing::Outsider;
            assert_eq!(may(RoomAction::EditMessage, Whose::Own), is_in);
            assert!(!may(RoomAction::EditMessage, Whose::Foreign));
            assert_eq!(may(RoomAction::DeleteMessage, Whose::Own), is_in);
            let is_admin = matches!(role, Role::Owner | Role::Admin);
            let moderates = is_admin || (room.standing == Standing::Moderator && role != Role::Guest);
            let expected = moderates && room.kind != RoomKind::Direct;
            assert_eq!(may(RoomAction::DeleteMessage, Whose::Foreign), expected, "{role:?} {room:?}");
        }
        assert_eq!(may(role, Action::SeeAddresses, Whose::Foreign), matches!(role, Role::Owner | Role::Admin));
        assert!(!may(role, Action::ManageSession, Whose::Foreign));
    }
}

#[test]
fn p1_everybody_but_guests_follows_the_house() {
    for role in Role::ALL {
        for whose in [Whose::Own, Whose::Foreign] {
            assert_eq!(may(role, Action::FollowHouse, whose), role != Role::Guest, "{role:?}");
        }
    }
}

#[test]
fn p1_who_does_not_see_a_room_is_told_nothing_else_whatever_their_role() {
    for role in Role::ALL {
        for room in rooms() {
            let is_seen = match room.standing {
                Standing::Member | Standing::Moderator => true,
                Standing::Outsider => room.kind == RoomKind::Open && role != Role::Guest,
            };
            for action in RoomAction::ALL {
                for whose in [Whose::Own, Whose::Foreign] {
                    let unseen = may_in_room(role, action, whose, room) == Err(NotPermitted::Unseen);
                    assert_eq!(unseen, !is_seen, "{role:?} {action:?} {room:?}");
                }
            }
        }
    }
}

#[test]
fn one_talks_only_where_one_belongs_and_the_first_room_stays_as_it_is() {
    for role in Role::ALL {
        for room in rooms() {
            let may = |action, whose| may_in_room(role, action, whose, room).is_ok();
            assert_eq!(may(RoomAction::Send, Whose::Foreign), room.standing != Standing::Outsider && !room.is_archived);
            if room.is_first {
                for action in [RoomAction::Join, RoomAction::Leave, RoomAction::Close, RoomAction::Archive] {
                    assert!(!may(action, Whose::Own) && !may(action, Whose::Foreign), "{role:?} {action:?}");
                }
            }
            if room.kind == RoomKind::Direct {
                for action in [RoomAction::Join, RoomAction::Leave, RoomAction::Invite, RoomAction::Remove] {
                    assert!(!may(action, Whose::Own) && !may(action, Whose::Foreign), "{role:?} {action:?}");
                }
            }
            if role == Role::Guest {
                assert!(!may(RoomAction::Invite, Whose::Foreign) && !may(RoomAction::Join, Whose::Own));
                assert!(!may(RoomAction::Rename, Whose::Own) && !may(RoomAction::SetTopic, Whose::Own));
            }
        }
    }
}

/// The table of powers as people read it: `docs/operating.md` has it, and says when it is not this one.
#[test]
fn the_documented_powers_are_those_of_the_table() {
    let columns = [
        ("outside", Role::Member, Standing::Outsider),
        ("guest", Role::Guest, Standing::Member),
        ("member", Role::Member, Standing::Member),
        ("moderator", Role::Member, Standing::Moderator),
        ("admin outside", Role::Admin, Standing::Outsider),
        ("admin inside", Role::Admin, Standing::Member),
    ];
    let mut table = format!("| | {} |\n|{}", columns.map(|(name, ..)| name).join(" | "), "---|".repeat(7));
    for action in RoomAction::ALL {
        let cells = columns.map(|(_, role, standing)| {
            let whose = |whose, kind| {
                let is_first = false;
                may_in_room(role, action, whose, InRoom { kind, is_first, is_archived: false, standing }).is_ok()
            };
            let in_kinds = RoomKind::ALL.map(|kind| match (whose(Whose::Own, kind), whose(Whose::Foreign, kind)) {
                (true, true) => "yes",
                (true, false) => "own",
                (false, true) => "others",
                (false, false) => "–",
            });
            if in_kinds.iter().all(|cell| *cell == in_kinds[0]) { in_kinds[0].into() } else { in_kinds.join(" / ") }
        });
        table += &format!("\n| {action:?} | {} |", cells.join(" | "));
    }
    assert!(InRoom::new(RoomId(2), RoomKind::Open, false, Role::Member, None).is_seen_by(Role::Member));
    let documented = include_str!("../../../../docs/operating.md");
    assert!(documented.contains(&table), "docs/operating.md should say:\n{table}");
}
