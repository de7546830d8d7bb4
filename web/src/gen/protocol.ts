// Generated from crates/protocol by `make types`. Do not edit.

export type UserId = number;

export type SessionId = number;

export type RoomId = number;

export type InvitationId = number;

export type MessageId = number;

export type Seq = number;

export type Timestamp = string;

export type ErrorCode = "malformed_request" | "malformed_json" | "unknown_type" | "invalid_field" | "unknown_field" | "username_taken" | "email_taken" | "room_name_taken" | "room_archived" | "nobody_there" | "too_many" | "password_refused" | "picture_refused" | "registration_closed" | "invitation_over" | "wrong_credentials" | "unauthorized" | "forbidden" | "last_owner" | "login_too_old" | "not_found" | "nonce_reused" | "method_not_allowed" | "unsupported_media_type" | "too_large" | "origin_refused" | "host_refused" | "rate_limited" | "overloaded" | "storage_full" | "storage_failed" | "draining" | "internal";

export type Verdict = "final" | "passing" | "session_over";

export type Problem = { 
/**
 * The HTTP status, repeated.
 */
status: number, 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people: one sentence.
 */
detail: string, 
/**
 * The field that is at fault, where it is one.
 */
field?: string, 
/**
 * Whole seconds to wait before trying again, where that helps; also in the `Retry-After` header.
 */
retry_after?: number, };

export type Role = "owner" | "admin" | "member" | "guest" | "bot";

export type User = { 
/**
 * Names the user.
 */
id: UserId, 
/**
 * The name that others see and that logs in.
 */
username: string, 
/**
 * The e-mail address; empty for everyone who may not see addresses.
 */
email: string, 
/**
 * What the user may do.
 */
role: Role, 
/**
 * Whether the user may log in.
 */
active: boolean, };

export type Myself = { 
/**
 * Who.
 */
id: UserId, 
/**
 * The name that others see and that logs in.
 */
username: string, 
/**
 * What one may do.
 */
role: Role, 
/**
 * The e-mail address.
 */
email: string, };

export type UserPatch = { 
/**
 * What the user may do.
 */
role?: Role, 
/**
 * Whether the user may log in.
 */
active?: boolean, };

export type Registered = { 
/**
 * Names the new user.
 */
id: UserId, 
/**
 * The username as stored.
 */
username: string, 
/**
 * The address as stored.
 */
email: string, 
/**
 * The rooms that an invitation has led into, in its order.
 */
rooms?: Array<RoomId>, };

export type Registration = { 
/**
 * The wanted name.
 */
username: string, 
/**
 * The e-mail address.
 */
email: string, 
/**
 * The wanted password.
 */
password: string, 
/**
 * The code of the invitation by which somebody comes.
 */
invitation?: string, 
/**
 * What the place is to be called. Only the very first names it; from all others it is ignored.
 */
place?: string, };

export type Login = { 
/**
 * Who: the name, or the e-mail address.
 */
username: string, 
/**
 * The proof.
 */
password: string, };

export type LoggedIn = { 
/**
 * The username as stored, whatever the case it was typed in.
 */
username: string, 
/**
 * The session's token. It is shown this once and stored nowhere.
 */
token: string, };

export type NewPassword = { 
/**
 * The present one, as a proof.
 */
current: string, 
/**
 * The wanted one.
 */
new: string, };

export type Departure = { 
/**
 * The present password, as a proof.
 */
password: string, };

export type Session = { 
/**
 * Names the session, to revoke it.
 */
id: SessionId, 
/**
 * When it began.
 */
created: Timestamp, 
/**
 * When it was last used, to within a few minutes.
 */
used: Timestamp, 
/**
 * When it ends unless it is used before.
 */
expires: Timestamp, 
/**
 * Whether it is the one that asks.
 */
current: boolean, 
/**
 * The network that it was begun from, as `192.0.2.0/24` or `2001:db8:1::/48`; without it, that is not known.
 */
from?: string, 
/**
 * What it was begun by, in words such as "Firefox on Linux"; without it, that is not known.
 */
agent?: string, };

export type NewDevice = { 
/**
 * Names it in the list, where it is ended.
 */
session: SessionId, 
/**
 * When it began.
 */
time: Timestamp, };

export type NewDeviceLink = { 
/**
 * The password, to show that it is oneself.
 */
password: string, };

export type MadeDeviceLink = { 
/**
 * What the link has behind its `#`. It is shown this once and stored nowhere.
 */
code: string, 
/**
 * From when on it signs nobody in.
 */
expires: Timestamp, };

export type LookedDeviceLink = { 
/**
 * What the place is called.
 */
place: string, 
/**
 * The username.
 */
username: string, 
/**
 * How they want to be called; without it, by their username.
 */
name?: string, };

export type RoomKind = "open" | "closed" | "direct";

export type RoomState = { 
/**
 * What kind of room it is; without it, an open one.
 */
kind?: RoomKind, 
/**
 * What people call it. Empty for a direct one: that is called by its people.
 */
name: string, 
/**
 * What it is about.
 */
topic?: string, 
/**
 * An emoji that stands before its name.
 */
icon?: string, 
/**
 * Whether it is put away: it can be read, and nothing happens there.
 */
archived?: boolean, 
/**
 * The number of the change that closed it, if it was open before.
 */
closed_at?: Seq, 
/**
 * The people of a direct room, by rising ids; nobody ever joins or leaves them.
 */
people?: Array<UserId>, };

export type Room = { 
/**
 * Names the room.
 */
id: RoomId, 
/**
 * What people call it.
 */
name: string, 
/**
 * The number of the last change in its log.
 */
seq: Seq, 
/**
 * Up to where this user has read.
 */
read_up_to: Seq, 
/**
 * Up to where someone other than this user has read: this user's messages up to there are `seen`.
 */
seen_up_to: Seq, 
/**
 * What kind of room it is; without it, an open one.
 */
kind?: RoomKind, 
/**
 * What it is about.
 */
topic?: string, 
/**
 * An emoji that stands before its name.
 */
icon?: string, 
/**
 * Whether it is put away: it can be read, and nothing happens there.
 */
archived?: boolean, 
/**
 * The people of a direct room.
 */
people?: Array<UserId>, 
/**
 * Whether this user moderates it.
 */
moderator?: boolean, };

export type MemberChange = "joined" | "invited" | "promoted" | "demoted" | "left" | "removed";

export type Member = { 
/**
 * What made it so.
 */
change: MemberChange, 
/**
 * Who did it, if somebody else.
 */
by?: UserId, 
/**
 * When.
 */
time: Timestamp, 
/**
 * Whether they moderate the room.
 */
moderator?: boolean, };

export type NewRoom = { 
/**
 * `open` or `closed`; without it, open.
 */
kind?: RoomKind, 
/**
 * What people will call it.
 */
name: string, 
/**
 * What it is about.
 */
topic?: string, 
/**
 * An emoji that stands before its name.
 */
icon?: string, 
/**
 * Who else belongs to it from the start.
 */
people?: Array<UserId>, 
/**
 * What the client calls it: the same again makes no second room, and is answered like the first time.
 */
nonce?: string, };

export type RoomChanges = { 
/**
 * `closed`, to let its members alone see it from now on. A closed room is never opened.
 */
kind?: RoomKind, 
/**
 * Its name.
 */
name?: string, 
/**
 * What it is about; empty for nothing.
 */
topic?: string, 
/**
 * An emoji that stands before its name; empty for none.
 */
icon?: string, 
/**
 * Whether it is put away.
 */
archived?: boolean, };

export type NamedPeople = { 
/**
 * Their ids, each once.
 */
people: Array<UserId>, };

export type MemberPatch = { 
/**
 * Whether they moderate it.
 */
moderator: boolean, };

export type OpenedRoom = { 
/**
 * Names the room.
 */
id: RoomId, };

export type ListedRoom = { 
/**
 * Names the room.
 */
id: RoomId, 
/**
 * What it is.
 */
state: RoomState, 
/**
 * Whether whoever asks belongs to it.
 */
member: boolean, 
/**
 * How many people do.
 */
members: number, 
/**
 * When something was last said there, or it was made.
 */
active: Timestamp, };

export type DirectoryPage = { 
/**
 * The rooms.
 */
rooms: Array<ListedRoom>, 
/**
 * Whether there are more behind the last one.
 */
more: boolean, };

export type ListedMember = { 
/**
 * Who.
 */
id: UserId, 
/**
 * What they are to it.
 */
state: Member, };

export type MemberPage = { 
/**
 * The members.
 */
members: Array<ListedMember>, 
/**
 * Whether there are more behind the last one.
 */
more: boolean, };

export type Admission = "open" | "invite" | "closed";

export type PlaceState = { 
/**
 * What people call it.
 */
name: string, 
/**
 * Who may register.
 */
registration: Admission, };

export type KnownPlace = { 
/**
 * What people call it.
 */
name: string, 
/**
 * Who may register.
 */
registration: Admission, 
/**
 * Whether nobody has registered yet: whoever comes first owns it, and gives it its name.
 */
unclaimed?: boolean, };

export type PlaceChanges = { 
/**
 * What people call it.
 */
name?: string, 
/**
 * Who may register.
 */
registration?: Admission, };

export type NewInvitation = { 
/**
 * The rooms that whoever comes by it belongs to from then on, beside the first.
 */
rooms?: Array<RoomId>, 
/**
 * From when on it leads nowhere: within a year. Without it, in seven days.
 */
expires?: Timestamp, 
/**
 * How many people may come by it; without it, any number.
 */
uses?: number, };

export type MadeInvitation = { 
/**
 * Names it in the list of one's own. It is no secret and opens nothing; the code does.
 */
id: InvitationId, 
/**
 * What the link has behind `/join/`. It is shown this once and stored nowhere.
 */
code: string, };

export type ListedInvitation = { 
/**
 * Names it.
 */
id: InvitationId, 
/**
 * Whose it is.
 */
by: UserId, 
/**
 * The rooms that it leads into, as far as whoever asks sees them.
 */
rooms: Array<RoomId>, 
/**
 * When it was made.
 */
created: Timestamp, 
/**
 * From when on it leads nowhere.
 */
expires: Timestamp, 
/**
 * How many people may come by it; without it, any number.
 */
uses?: number, 
/**
 * How many have.
 */
used: number, };

export type ShownCode = { 
/**
 * What the link has behind `/join/`, or behind its `#`.
 */
code: string, };

export type Inviter = { 
/**
 * The username.
 */
username: string, 
/**
 * How they want to be called; without it, by their username.
 */
name?: string, };

export type LookedInvitation = { 
/**
 * What the place is called.
 */
place: string, 
/**
 * Who may register there.
 */
registration: Admission, 
/**
 * Who invites.
 */
by: Inviter, 
/**
 * What the rooms are called that it leads into.
 */
rooms: Array<string>, };

export type JoinedRooms = { 
/**
 * The rooms that the invitation leads into and that one belongs to, in its order.
 */
rooms: Array<RoomId>, };

export type PersonStatus = { 
/**
 * An emoji that stands for it.
 */
emoji?: string, 
/**
 * In words.
 */
text?: string, 
/**
 * From when on it is over: whoever draws it leaves it out then, because nothing is told at that moment.
 */
until?: Timestamp, };

export type Profile = { 
/**
 * How they want to be called; without it, by their username.
 */
name?: string, 
/**
 * Who they are, in a line or three.
 */
bio?: string, 
/**
 * How others speak of them.
 */
pronouns?: string, 
/**
 * Where their clock is, by its name in IANA's database.
 */
time_zone?: string, 
/**
 * What they are about.
 */
status?: PersonStatus, 
/**
 * Which picture they show, by a word that nobody guesses: `GET /api/users/{id}/picture/{picture}` is it.
 */
picture?: string, };

export type ProfileChanges = { 
/**
 * How they want to be called; empty for their username.
 */
name?: string, 
/**
 * Who they are; empty for nothing.
 */
bio?: string, 
/**
 * How others speak of them; empty for nothing.
 */
pronouns?: string, 
/**
 * Where their clock is; empty for nowhere.
 */
time_zone?: string, 
/**
 * What they are about; null for nothing.
 */
status?: PersonStatus | null, };

export type OwnChanges = { 
/**
 * The name that others are to see and that logs in.
 */
username?: string, 
/**
 * The e-mail address.
 */
email?: string, 
/**
 * How they want to be called; empty for their username.
 */
name?: string, 
/**
 * Who they are; empty for nothing.
 */
bio?: string, 
/**
 * How others speak of them; empty for nothing.
 */
pronouns?: string, 
/**
 * Where their clock is; empty for nowhere.
 */
time_zone?: string, 
/**
 * What they are about; null for nothing.
 */
status?: PersonStatus | null, };

export type Availability = { 
/**
 * Whether they hide: to all others they are offline and write nothing, and they see nobody's last time.
 */
hidden?: boolean, 
/**
 * Until when they do not want to be disturbed. It is over then, and nothing is told at that moment.
 */
busy_until?: Timestamp, };

export type Kind = "message" | "member" | "room" | "mark" | "order" | "account" | "card" | "availability" | "place" | "mute" | "device";

export type Of = { 
/**
 * What kind of thing.
 */
kind: Kind, 
/**
 * Which one.
 */
id: number, };

export type Mark = { 
/**
 * Up to which place in the room's log one has read.
 */
up_to: Seq, 
/**
 * Whether the room is among those that one has: one belongs to it, and has not put it away.
 */
listed?: boolean, };

export type Order = { 
/**
 * Those that stand before all others, the first first.
 */
pinned: Array<RoomId>, 
/**
 * Those that were put in an order by hand, the first first; all others follow by their names.
 */
rooms?: Array<RoomId>, 
/**
 * The names of the sections of the list that are folded.
 */
folded?: Array<string>, };

export type OwnAccount = { 
/**
 * The name that others see and that logs in.
 */
username: string, 
/**
 * What one may do.
 */
role: Role, 
/**
 * What one says of oneself.
 */
profile?: Profile, };

export type Card = { 
/**
 * The name.
 */
username: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * Whether they may log in.
 */
active: boolean, 
/**
 * Whether they have left for good: the name is nobody's, and there is nobody to write to.
 */
gone?: boolean, 
/**
 * What they say of themselves.
 */
profile?: Profile, };

export type Mute = Record<symbol, never>;

export type Whole = Member | RoomState | Mark | Order | OwnAccount | Card | Availability | PlaceState | Mute | NewDevice;

export type Entry = { 
/**
 * In which room's log; without it, in one's own, or in the house's.
 */
room?: RoomId, 
/**
 * Whether it is in the house's log.
 */
house?: boolean, 
/**
 * The number of this change.
 */
seq: Seq, 
/**
 * The number that it goes on from; without it, the one before.
 */
since?: Seq, 
/**
 * What kind of thing.
 */
kind: Kind, 
/**
 * Which one of its kind.
 */
id: number, 
/**
 * What it hangs on, if it hangs on anything.
 */
of?: Of, 
/**
 * All of it; nothing if it is gone.
 */
state?: Whole, 
/**
 * Whether it is gone.
 */
gone?: boolean, };

export type States = { 
/**
 * Whether it is the house's log; one's own without it.
 */
house?: boolean, 
/**
 * Whether the client must forget what it holds of this log first; what follows is then all of it.
 */
reset: boolean, 
/**
 * The entries, by rising numbers, without the name of their log.
 */
states: Array<Entry>, 
/**
 * The number that this brings the client up to.
 */
seq: Seq, 
/**
 * Whether the client is live in this log now: entries follow, and go on from `seq`. Otherwise another page does.
 */
live: boolean, };

export type Followed = { 
/**
 * Which room.
 */
room: RoomId, 
/**
 * The number of the last change that the client has applied; without it, it is given the newest page.
 */
seq?: Seq, };

export type Message = { 
/**
 * Names the message.
 */
id: MessageId, 
/**
 * The author's username.
 */
user: string, 
/**
 * The author; none for an imported message whose author has no account. Their name may become another.
 */
by?: UserId, 
/**
 * What was written, exactly as typed.
 */
text: string, 
/**
 * When it was stored.
 */
time: Timestamp, 
/**
 * Whether a member other than the author has read it.
 */
seen: boolean, 
/**
 * The room it is in.
 */
room: RoomId, 
/**
 * Its place in the room's log. Messages of a room are shown in this order.
 */
seq: Seq, 
/**
 * When its text was last replaced, if it was.
 */
edited?: Timestamp, 
/**
 * What the sender's client called it, if it did: this is how the sender recognises its own message.
 */
nonce?: string, 
/**
 * Its last change's place in the room's log, if that is another one than its own.
 */
changed?: Seq, 
/**
 * As an event: the number that this goes on from; without it, the one before.
 */
since?: Seq, };

export type MessagePage = { 
/**
 * The messages, oldest first.
 */
messages: Array<Message>, 
/**
 * Entries of other kinds between them, by rising numbers and without the name of their log.
 */
states?: Array<Entry>, 
/**
 * Whether there are more in the direction asked for: before the first of these, or behind the last.
 */
more: boolean, };

export type PresenceState = "offline" | "away" | "online";

export type PersonPresence = { 
/**
 * Who.
 */
id: UserId, 
/**
 * How they are there, or that they are not.
 */
state: PresenceState, 
/**
 * Until when they do not want to be disturbed. Nothing is told at that moment: whoever draws it looks at the clock.
 */
busy?: Timestamp, 
/**
 * Of who is offline, to those who watch them: when they were last there, to five minutes; to the day, once that is a day
 * ago.
 */
last?: Timestamp, };

export type PresentPeople = { 
/**
 * Whether whoever is not named is offline.
 */
reset?: boolean, 
/**
 * The people, by rising ids.
 */
people: Array<PersonPresence>, };

export type PersonTyping = { 
/**
 * Which room.
 */
room: RoomId, 
/**
 * Who.
 */
user: UserId, };

export type Ref = number | string;

export type Send = { 
/**
 * What to say: 1 to 8,000 characters, not only blanks.
 */
text: string, 
/**
 * Where; the first room if it is left out.
 */
room?: RoomId, 
/**
 * A name of the sender's own making, which names this message for good. The same message under it again stores
 * nothing and answers as before; another one is refused. It should be random, 128 bits: a counter comes again.
 */
nonce?: string, 
/**
 * The nonce of what was said before it on this connection, and is to be stored before it: while that one is refused for
 * a time, so is this. A final refusal of it, or a nonce that the server knows nothing of, holds up nothing.
 */
after?: string, };

export type Edit = { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The new text, by the same rules as a sent one.
 */
text: string, };

export type Delete = { 
/**
 * Which message.
 */
id: MessageId, };

export type Read = { 
/**
 * Where; the first room if it is left out.
 */
room?: RoomId, 
/**
 * The place in the room's log up to which everything has been shown to a person.
 */
up_to: Seq, };

export type Hello = { 
/**
 * For each room that the client holds messages of: the number of the last change it has applied.
 */
rooms: Record<string, number>, 
/**
 * The epoch that those numbers belong to, as the last `hello` event told it.
 */
epoch?: string, 
/**
 * In a room where it has missed more changes than this, the client would rather forget what it holds and start
 * again from the newest page. Without it, it is brought everything, however much that is.
 */
reset_after?: number, 
/**
 * The rooms to be brought up to date in and to hear of, in this order; then `rooms` says nothing, and one's own log
 * and the house's are followed, too. Without it: every room that the user sees.
 */
follow?: Array<Followed>, 
/**
 * The number of the last change that the client has applied in its own log.
 */
own?: Seq, 
/**
 * The number of the last change that it has applied in the house's log.
 */
house?: Seq, 
/**
 * Of whom the client wants to be told how they are there, as in `watch`. Without it: of everybody.
 */
people?: Array<UserId>, 
/**
 * Seconds since the person's last input here. Whoever says so says `active` at the next one; whose client never says
 * either counts as active as long as it is connected.
 */
idle?: number, };

export type Follow = { 
/**
 * Which rooms.
 */
rooms: Array<Followed>, 
/**
 * To catch up in one's own log from here, which is followed already.
 */
own?: Seq, 
/**
 * To catch up in the house's log from here, which is followed already.
 */
house?: Seq, 
/**
 * As in `hello`.
 */
reset_after?: number, };

export type Unfollow = { 
/**
 * Which room.
 */
room: RoomId, };

export type Watch = { 
/**
 * Whom.
 */
people: Array<UserId>, };

export type Typing = { 
/**
 * Which room.
 */
room: RoomId, };

export type Command = { "type": "send" } & Send | { "type": "edit" } & Edit | { "type": "delete" } & Delete | { "type": "read" } & Read | { "type": "hello" } & Hello | { "type": "follow" } & Follow | { "type": "unfollow" } & Unfollow | { "type": "active" } | { "type": "watch" } & Watch | { "type": "typing" } & Typing;

export type Edited = { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The new text.
 */
text: string, 
/**
 * When.
 */
time: Timestamp, 
/**
 * The room it is in.
 */
room: RoomId, 
/**
 * This change's place in the room's log.
 */
seq: Seq, 
/**
 * The number that this goes on from; without it, the one before.
 */
since?: Seq, 
/**
 * The whole message after it, for whoever does not hold it. Its `seen` says nothing.
 */
state?: Message, };

export type Deleted = { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The room it was in.
 */
room: RoomId, 
/**
 * This change's place in the room's log.
 */
seq: Seq, 
/**
 * The number that this goes on from; without it, the one before.
 */
since?: Seq, };

export type Seen = { 
/**
 * Where.
 */
room: RoomId, 
/**
 * Up to which place in the room's log.
 */
up_to: Seq, };

export type Done = { 
/**
 * The command's `ref`.
 */
ref: Ref, 
/**
 * The message that it made or changed, where it is about one.
 */
id?: MessageId, 
/**
 * The change's place in the room's log, where it made one.
 */
seq?: Seq, 
/**
 * When it was stored.
 */
time?: Timestamp, };

export type Failed = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people: what is wrong and what would be right.
 */
message: string, 
/**
 * The command's `ref`, if it had one.
 */
ref?: Ref, 
/**
 * The field that is at fault, where it is one.
 */
field?: string, 
/**
 * The message because of which it was refused, where it is one: the first one under a nonce that comes again.
 */
id?: MessageId, 
/**
 * Whole seconds to wait before trying again, where that helps.
 */
retry_after?: number, };

export type Me = { 
/**
 * Names the user.
 */
id: UserId, 
/**
 * The username.
 */
username: string, 
/**
 * What the user may do.
 */
role: Role, };

export type Welcome = { 
/**
 * The user that the session belongs to.
 */
user: Me, 
/**
 * Sequence numbers can be compared only within one epoch. A new one means: forget what you hold.
 */
epoch: string, 
/**
 * The rooms that this user sees.
 */
rooms: Array<Room>, 
/**
 * The address that people open, to hand out; absent if the server was not told that it is another one than its own.
 */
public_url?: string, 
/**
 * The command's `ref`, if it had one.
 */
ref?: Ref, };

export type History = { 
/**
 * Which room.
 */
room: RoomId, 
/**
 * Whether the client must forget what it holds of this room first; the messages are then its newest page.
 */
reset: boolean, 
/**
 * Whether there are older messages than the first of these. Says something only if `reset` is true.
 */
more: boolean, 
/**
 * New and changed messages in their present state, oldest first.
 */
messages: Array<Message>, 
/**
 * Messages that are gone.
 */
deleted: Array<MessageId>, 
/**
 * Entries of all other kinds, by rising numbers, without the name of their log.
 */
states?: Array<Entry>, 
/**
 * The change that this brings the client up to.
 */
seq: Seq, 
/**
 * Whether the client is live in this room now: events follow, and continue at `seq` + 1. Otherwise another page does.
 */
live: boolean, };

export type Event = { "type": "message" } & Message | { "type": "edit" } & Edited | { "type": "delete" } & Deleted | { "type": "users", 
/**
 * The usernames.
 */
users: Array<string>, } | { "type": "presence", 
/**
 * Who is online now and was not.
 */
online: Array<string>, 
/**
 * Who was online and is not now.
 */
offline: Array<string>, } | { "type": "people" } & PresentPeople | { "type": "seen" } & Seen | { "type": "ok" } & Done | { "type": "error" } & Failed | { "type": "hello" } & Welcome | { "type": "history" } & History | { "type": "state" } & Entry | { "type": "states" } & States | { "type": "unfollowed", 
/**
 * Which room.
 */
room: RoomId, } | { "type": "typing" } & PersonTyping;

/** What goes into a frame: any command may carry a `ref`. */
export type Called = Command & { ref?: Ref };

export const FIRST_ROOM = 1;
export const TEXT_CHARS_MAX = 8000;
export const USERNAME_CHARS_MAX = 32;
export const EMAIL_CHARS_MAX = 254;
export const DISPLAY_NAME_CHARS_MAX = 60;
export const BIO_CHARS_MAX = 250;
export const PRONOUNS_CHARS_MAX = 40;
export const STATUS_CHARS_MAX = 100;
export const PICTURE_BYTES_MAX = 8388608;
export const PASSWORD_CHARS_MIN = 8;
export const HISTORY_PAGE = 50;
export const ROOM_NAME_CHARS_MAX = 80;
export const TOPIC_CHARS_MAX = 250;
export const ICON_CHARS_MAX = 16;
export const INVITED_MAX = 100;
export const ORDERED_MAX = 500;
export const WATCHED_MAX = 500;
export const DIRECT_PEOPLE_MAX = 10;
export const PLACE_NAME_CHARS_MAX = 60;
export const INVITATION_ROOMS_MAX = 20;

/** What each code means for the command that it answers. */
export const VERDICTS: Record<ErrorCode, Verdict> = {
  malformed_request: "final",
  malformed_json: "final",
  unknown_type: "final",
  invalid_field: "final",
  unknown_field: "final",
  username_taken: "final",
  email_taken: "final",
  room_name_taken: "final",
  room_archived: "final",
  nobody_there: "final",
  too_many: "final",
  password_refused: "final",
  picture_refused: "final",
  registration_closed: "final",
  invitation_over: "final",
  wrong_credentials: "final",
  unauthorized: "session_over",
  forbidden: "final",
  last_owner: "final",
  login_too_old: "final",
  not_found: "final",
  nonce_reused: "final",
  method_not_allowed: "final",
  unsupported_media_type: "final",
  too_large: "final",
  origin_refused: "final",
  host_refused: "final",
  rate_limited: "passing",
  overloaded: "passing",
  storage_full: "final",
  storage_failed: "final",
  draining: "passing",
  internal: "final",
};

/** A text in which there is nothing to read, by the server's tables and not the browser's. */
export const NOTHING_TO_READ = /^[\u{0}-\u{20}\u{7f}-\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}-\u{1160}\u{1680}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{2000}-\u{200f}\u{2028}-\u{202f}\u{205f}-\u{206f}\u{2800}\u{3000}\u{3164}\u{fdd0}-\u{fdef}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fffc}\u{fffe}-\u{ffff}\u{13430}-\u{1343f}\u{13441}-\u{13442}\u{16fe4}\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{1fffe}-\u{1ffff}\u{2fffe}-\u{2ffff}\u{3fffe}-\u{3ffff}\u{4fffe}-\u{4ffff}\u{5fffe}-\u{5ffff}\u{6fffe}-\u{6ffff}\u{7fffe}-\u{7ffff}\u{8fffe}-\u{8ffff}\u{9fffe}-\u{9ffff}\u{afffe}-\u{affff}\u{bfffe}-\u{bffff}\u{cfffe}-\u{cffff}\u{dfffe}-\u{e0fff}\u{efffe}-\u{effff}\u{ffffe}-\u{fffff}\u{10fffe}-\u{10ffff}]*$/u;
