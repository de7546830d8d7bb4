//! The TypeScript declarations of everything that travels, for the web client.

use ts_rs::{Config, TS};

use crate::characters::shows_nothing;
use crate::errors::ErrorCode;
use crate::{
    availability, commands, errors, events, ids, invitations, limits, logs, messages, order, place, presence, profiles,
    rooms, sessions, time, users,
};

/// The whole of `web/src/gen/protocol.ts`.
pub fn declarations() -> String {
    let mut text = String::from("// Generated from crates/protocol by `make types`. Do not edit.\n\n");
    for declaration in things().into_iter().chain(said()) {
        text.push_str("export ");
        text.push_str(&declaration);
        text.push_str("\n\n");
    }
    text.push_str("/** What goes into a frame: any command may carry a `ref`. */\n");
    text.push_str("export type Called = Command & { ref?: Ref };\n\n");
    for (name, value) in [
        ("FIRST_ROOM", ids::RoomId::FIRST.0 as usize),
        ("TEXT_CHARS_MAX", limits::TEXT_CHARS_MAX),
        ("USERNAME_CHARS_MAX", limits::USERNAME_CHARS_MAX),
        ("EMAIL_CHARS_MAX", limits::EMAIL_CHARS_MAX),
        ("DISPLAY_NAME_CHARS_MAX", limits::DISPLAY_NAME_CHARS_MAX),
        ("BIO_CHARS_MAX", limits::BIO_CHARS_MAX),
        ("PRONOUNS_CHARS_MAX", limits::PRONOUNS_CHARS_MAX),
        ("STATUS_CHARS_MAX", limits::STATUS_CHARS_MAX),
        ("PICTURE_BYTES_MAX", limits::PICTURE_BYTES_MAX),
        ("PASSWORD_CHARS_MIN", limits::PASSWORD_CHARS_MIN),
        ("HISTORY_PAGE", limits::HISTORY_PAGE),
        ("ROOM_NAME_CHARS_MAX", limits::ROOM_NAME_CHARS_MAX),
        ("TOPIC_CHARS_MAX", limits::TOPIC_CHARS_MAX),
        ("ICON_CHARS_MAX", limits::ICON_CHARS_MAX),
        ("INVITED_MAX", limits::INVITED_MAX),
        ("ORDERED_MAX", limits::ORDERED_MAX),
        ("WATCHED_MAX", limits::WATCHED_MAX),
        ("DIRECT_PEOPLE_MAX", limits::DIRECT_PEOPLE_MAX),
        ("PLACE_NAME_CHARS_MAX", limits::PLACE_NAME_CHARS_MAX),
        ("INVITATION_ROOMS_MAX", limits::INVITATION_ROOMS_MAX),
    ] {
        text.push_str(&format!("export const {name} = {value};\n"));
    }
    text.push_str("\n/** What each code means for the command that it answers. */\n");
    text.push_str("export const VERDICTS: Record<ErrorCode, Verdict> = {\n");
    for code in ErrorCode::ALL {
        let verdict = serde_json::to_string(&code.verdict()).expect("a verdict is one word");
        text.push_str(&format!("  {}: {verdict},\n", code.as_str()));
    }
    text.push_str("};\n\n");
    text.push_str("/** A text in which there is nothing to read, by the server's tables and not the browser's. */\n");
    text.push_str(&format!("export const NOTHING_TO_READ = /^[{}]*$/u;\n", ranges(shows_nothing)));
    // A wide integer is still a JSON number here: ids stay below 2⁵³.
    text.replace("bigint", "number")
}

macro_rules! declare {
    ($($kind:ty),* $(,)?) => { Vec::from([$(<$kind as TS>::decl(&Config::default())),*]) };
}

/// What is told and asked of, each type behind those that it is made of.
fn things() -> Vec<String> {
    declare![
        ids::UserId,
        ids::SessionId,
        ids::RoomId,
        ids::InvitationId,
        ids::MessageId,
        ids::Seq,
        time::Timestamp,
        errors::ErrorCode,
        errors::Verdict,
        errors::Problem,
        users::Role,
        users::User,
        users::Myself,
        users::UserPatch,
        users::Registered,
        users::Registration,
        users::Login,
        users::LoggedIn,
        users::NewPassword,
        users::Departure,
        sessions::Session,
        sessions::NewDevice,
        sessions::NewDeviceLink,
        sessions::MadeDeviceLink,
        sessions::LookedDeviceLink,
        rooms::RoomKind,
        rooms::RoomState,
        rooms::Room,
        rooms::MemberChange,
        rooms::Member,
        rooms::NewRoom,
        rooms::RoomChanges,
        rooms::NamedPeople,
        rooms::MemberPatch,
        rooms::OpenedRoom,
        rooms::ListedRoom,
        rooms::DirectoryPage,
        rooms::ListedMember,
        rooms::MemberPage,
        place::Admission,
        place::PlaceState,
        place::KnownPlace,
        place::PlaceChanges,
        invitations::NewInvitation,
        invitations::MadeInvitation,
        invitations::ListedInvitation,
        invitations::ShownCode,
        invitations::Inviter,
        invitations::LookedInvitation,
        invitations::JoinedRooms,
        profiles::PersonStatus,
        profiles::Profile,
        profiles::ProfileChanges,
        profiles::OwnChanges,
        availability::Availability,
        logs::Kind,
        logs::Of,
        logs::Mark,
        order::Order,
        logs::OwnAccount,
        logs::Card,
        logs::Mute,
        logs::Whole,
        logs::Entry,
        logs::States,
        logs::Followed,
        messages::Message,
        messages::MessagePage,
    ]
}

/// What is said on the socket, likewise.
fn said() -> Vec<String> {
    declare![
        presence::PresenceState,
        presence::PersonPresence,
        presence::PresentPeople,
        presence::PersonTyping,
        commands::Ref,
        commands::Send,
        commands::Edit,
        commands::Delete,
        commands::Read,
        commands::Hello,
        commands::Follow,
        commands::Unfollow,
        commands::Watch,
        commands::Typing,
        commands::Command,
        events::Edited,
        events::Deleted,
        events::Seen,
        events::Done,
        events::Failed,
        events::Me,
        events::Welcome,
        events::History,
        events::Event,
    ]
}

/// The characters that are so, as ranges of a regular expression with the flag `u`.
fn ranges(is_so: fn(char) -> bool) -> String {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for c in (char::MIN..=char::MAX).filter(|c| is_so(*c)) {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(c) => *last = c,
            _ => ranges.push((c, c)),
        }
    }
    let escaped = |c: char| format!("\\u{{{:x}}}", u32::from(c));
    let range = |(first, last): &(char, char)| match first == last {
        true => escaped(*first),
        false => format!("{}-{}", escaped(*first), escaped(*last)),
    };
    ranges.iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_web_clients_types_are_those_of_this_crate() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/gen/protocol.ts");
        let wanted = super::declarations();
        if std::env::var_os("CHATTERBOX_WRITE_TYPES").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "web/src/gen/protocol.ts is stale: run `make types`");
    }
}
