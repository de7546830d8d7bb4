//! Every limit of the wire in one place, each with the reason for its size.

/// Characters in a message. Several screens of text; longer things are files.
pub const TEXT_CHARS_MAX: usize = 8_000;

/// Bytes of one WebSocket frame or message from a client. Holds the longest text of any script as it is (8,000 × 4 bytes),
/// or of letters written as `\u` escapes (8,000 × 6), and is small enough to be buffered for every connection at once.
/// Thousands of emoji, all escaped, are more than that.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Fragments of one WebSocket message. No client splits a message that fits one frame; many tiny fragments are an
/// attack on the server's bookkeeping.
pub const FRAGMENTS_MAX: usize = 64;

/// Bytes of a JSON body over HTTP. The largest, a registration, needs a tenth of it.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// How deep JSON may nest. The deepest command needs two levels.
pub const JSON_DEPTH_MAX: usize = 32;

/// Characters in a username. Fits one line of the narrowest phone.
pub const USERNAME_CHARS_MAX: usize = 32;

/// Characters in an e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const EMAIL_CHARS_MAX: usize = 254;

/// Characters that a password needs at the least (NIST SP 800-63B-4 with a second line of defence: throttling).
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Bytes that a password may have. Far beyond any passphrase, and cheap to hash.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Characters in a nonce. Room for a UUID, or 128 random bits in any form, with a prefix.
pub const NONCE_CHARS_MAX: usize = 64;

/// Characters in a `ref` that is text. It comes back with every answer, so it stays small.
pub const REF_CHARS_MAX: usize = 64;

/// Messages in the page that a newly connected client is shown.
pub const HISTORY_PAGE: usize = 50;

/// Messages in one page of history at the most.
pub const HISTORY_PAGE_MAX: usize = 100;

/// Changes in one page of what a client that resumes has missed. Large enough for nearly everyone to be live after one.
pub const RESUME_PAGE: usize = 200;

/// Bytes of text in a page of any kind, unless its first message alone is longer: a quarter of what a connection may owe,
/// so that even a slow line takes a page in the time that it is given.
pub const PAGE_BYTES: usize = 64 * 1024;

/// Rooms that one `hello` may name. Far more than anyone reads.
pub const HELLO_ROOMS_MAX: usize = 500;

/// Rooms that one connection may follow, and that one `follow` may name.
pub const FOLLOWED_MAX: usize = 500;

/// People whom one connection may watch: all faces of a screen, many times over.
pub const WATCHED_MAX: usize = 500;

/// Characters in a room's name. Fits the head of a wide page; a sidebar cuts it.
pub const ROOM_NAME_CHARS_MAX: usize = 80;

/// Characters in a room's topic: two lines or three.
pub const TOPIC_CHARS_MAX: usize = 250;

/// Characters in a room's icon, or a status's emoji: the longest emoji are families with skin tones, and flags of tags.
pub const ICON_CHARS_MAX: usize = 16;

/// Characters in the name that somebody wants to be called by. Fits beside a message; longer ones are cut by pages.
pub const DISPLAY_NAME_CHARS_MAX: usize = 60;

/// Characters of what somebody says of themselves: two lines or three.
pub const BIO_CHARS_MAX: usize = 250;

/// Characters in pronouns: two or three pairs.
pub const PRONOUNS_CHARS_MAX: usize = 40;

/// Characters in a status: one line of a card.
pub const STATUS_CHARS_MAX: usize = 100;

/// Bytes of a picture as it is sent: what a camera makes of twelve megapixels, and more.
pub const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of a picture as it is kept: all of them are in the database, and in each backup.
pub const KEPT_PICTURE_BYTES_MAX: usize = 64 * 1024;

/// People whom one may have muted.
pub const MUTED_MAX: usize = 500;

/// Rooms that somebody may belong to, direct ones aside: as many as one connection may follow.
pub const ROOMS_MAX: usize = FOLLOWED_MAX;

/// Rooms that somebody may pin or put in an order by hand, in all: as many as they may belong to.
pub const ORDERED_MAX: usize = ROOMS_MAX;

/// Sections of the list of rooms that may be folded, and characters in the name of one: pages have two or three.
pub const SECTIONS_MAX: usize = 20;
/// See [`SECTIONS_MAX`].
pub const SECTION_CHARS_MAX: usize = 40;

/// People who may belong to a room.
pub const MEMBERS_MAX: usize = 10_000;

/// People who may be let into a room at once: each is a change of its log and of another one.
pub const INVITED_MAX: usize = 100;

/// People of a direct room, oneself included: more are a room.
pub const DIRECT_PEOPLE_MAX: usize = 10;

/// Characters in the name of a place. Fits a title and the head of a narrow page.
pub const PLACE_NAME_CHARS_MAX: usize = 60;

/// Rooms that one invitation leads into: each is a change of its log, in the commit of whoever comes.
pub const INVITATION_ROOMS_MAX: usize = 20;

/// People who may come by one invitation, if their number is bounded at all.
pub const INVITATION_USES_MAX: u32 = 1_000;

/// Invitations of one person that are there at once.
pub const INVITATIONS_MAX: usize = 100;

/// Milliseconds after which an invitation leads nowhere at the latest: a year, with a day's grace for leap years.
pub const INVITATION_MS_MAX: i64 = 366 * 24 * 3_600_000;

/// Milliseconds after which it does if nobody says when: seven days.
pub const INVITATION_MS: i64 = 7 * 24 * 3_600_000;

/// Milliseconds after which a link signs in no device any more: five minutes, enough to find the other one.
pub const DEVICE_LINK_MS: i64 = 5 * 60_000;

/// Frames in a row that are no command after which a connection is closed: such a client is broken. What a person may
/// type by mistake is not among them.
pub const INVALID_COMMANDS_MAX: u32 = 3;
