-- Times are milliseconds since 1970-01-01T00:00:00Z.

-- Another epoch is another history: sequence numbers of one mean nothing in the other.
CREATE TABLE epoch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    value TEXT NOT NULL
) STRICT;
INSERT INTO epoch (id, value) VALUES (1, lower(hex(randomblob(16))));

-- What the readiness probe writes.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO probe (id, count) VALUES (1, 0);

-- Ids are never used again, so that an id kept from before never names somebody else.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    -- What names share that differ only in case or form, and what names share that look the same.
    username_fold TEXT NOT NULL UNIQUE,
    username_look TEXT NOT NULL UNIQUE,
    -- An imported name that today's rules would refuse.
    irregular INTEGER NOT NULL DEFAULT 0 CHECK (irregular IN (0, 1)),
    email TEXT NOT NULL,
    email_fold TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest', 'bot')),
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'closed', 'direct')),
    name TEXT NOT NULL,
    -- The number of the last change in the room's log.
    seq INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO rooms (id, kind, name, seq, created_at)
VALUES (1, 'open', 'Lobby', 0, CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- In an open room, everyone may read: there, a row only keeps the read mark.
CREATE TABLE memberships (
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    read_up_to INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    -- The message's place in the room's log, and its last change's.
    seq INTEGER NOT NULL,
    changed_seq INTEGER NOT NULL CHECK (changed_seq >= seq),
    author_id INTEGER REFERENCES users (id),
    -- Only for imported messages whose author has no account.
    author_name TEXT,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    edited_at INTEGER,
    -- A deleted message keeps its row, without its text, so that those who were away learn of it.
    deleted_at INTEGER,
    nonce TEXT,
    CHECK ((author_id IS NULL) <> (author_name IS NULL)),
    CHECK (deleted_at IS NULL OR text = '')
) STRICT;
CREATE UNIQUE INDEX messages_by_seq ON messages (room_id, seq);
CREATE INDEX messages_by_changed_seq ON messages (room_id, changed_seq);
CREATE UNIQUE INDEX messages_by_nonce ON messages (author_id, nonce) WHERE nonce IS NOT NULL;
