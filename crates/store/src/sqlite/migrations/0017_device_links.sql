-- Where a session was begun, as its owner recognises it; nothing for those from before.
ALTER TABLE sessions ADD COLUMN from_network TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;

-- Links by which people sign in on another device, one for each of them. The code is known by its hash alone.
CREATE TABLE device_links (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Of the link that may be used still, the session that made it, and when it ends.
    code_hash BLOB CHECK (length(code_hash) = 32),
    made_by INTEGER,
    expires_at INTEGER,
    -- The session that was begun last by a link, and when.
    session_id INTEGER,
    begun_at INTEGER,
    -- The place of that in the user's own log; 0 if there was none.
    changed_seq INTEGER NOT NULL,
    CHECK ((code_hash IS NULL) = (made_by IS NULL) AND (code_hash IS NULL) = (expires_at IS NULL)),
    CHECK ((session_id IS NULL) = (begun_at IS NULL) AND (session_id IS NULL) = (changed_seq = 0))
) STRICT;

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER device_links_leave_their_number AFTER DELETE ON device_links BEGIN
    UPDATE users SET own_floor = max(own_floor, OLD.changed_seq) WHERE id = OLD.user_id;
END;
