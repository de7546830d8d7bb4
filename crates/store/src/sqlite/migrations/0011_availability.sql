-- How people want to be seen. Who has never said so has no row.
CREATE TABLE availability (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hidden INTEGER NOT NULL,
    busy_until INTEGER,
    -- Its last change's place in the user's own log.
    changed_seq INTEGER NOT NULL
) STRICT;

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER availability_leaves_its_number AFTER DELETE ON availability BEGIN
    UPDATE users SET own_floor = max(own_floor, OLD.changed_seq) WHERE id = OLD.user_id;
END;

-- When people were last there, to five minutes.
CREATE TABLE last_seen (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seen INTEGER NOT NULL
) STRICT;
