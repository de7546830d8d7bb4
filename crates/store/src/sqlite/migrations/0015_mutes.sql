-- Whom somebody does not want to hear, and whom they did not: that is told to their other devices as gone. Whether there is such
-- a person is not asked.
CREATE TABLE mutes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    muted_id INTEGER NOT NULL,
    is_muted INTEGER NOT NULL CHECK (is_muted IN (0, 1)),
    -- Its last change's place in the user's own log.
    changed_seq INTEGER NOT NULL,
    PRIMARY KEY (user_id, muted_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mutes_by_change ON mutes (user_id, changed_seq);

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER mutes_leave_their_number AFTER DELETE ON mutes BEGIN
    UPDATE users SET own_floor = max(own_floor, OLD.changed_seq) WHERE id = OLD.user_id;
END;
