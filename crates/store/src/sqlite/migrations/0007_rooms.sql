-- Rooms are made, named, put away; people come and go. What a room is, and what somebody is to it, stands in the room's log.

-- What names share that differ only in case or form; one open room alone has it.
ALTER TABLE rooms ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN icon TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
-- The number of the change that closed it, if it was open before.
ALTER TABLE rooms ADD COLUMN closed_seq INTEGER;
-- The people of a direct room: their ids, rising, with commas between them.
ALTER TABLE rooms ADD COLUMN people TEXT;
-- Its last change's place in its log; 0 if there was none since it was made.
ALTER TABLE rooms ADD COLUMN changed_seq INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET name_fold = lower(name);
CREATE UNIQUE INDEX rooms_by_name ON rooms (name_fold) WHERE kind = 'open';
CREATE UNIQUE INDEX rooms_by_people ON rooms (people) WHERE people IS NOT NULL;

-- What somebody is to a room, and whoever was there, was. To the first room everybody belongs of whom nothing is here, but
-- for guests.
CREATE TABLE belonging (
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_in INTEGER NOT NULL DEFAULT 1 CHECK (is_in IN (0, 1)),
    -- What made it so, who did, and when.
    change TEXT NOT NULL DEFAULT 'joined'
        CHECK (change IN ('joined', 'invited', 'promoted', 'demoted', 'left', 'removed')),
    by_id INTEGER REFERENCES users (id),
    changed_at INTEGER NOT NULL DEFAULT 0,
    moderator INTEGER NOT NULL DEFAULT 0 CHECK (moderator IN (0, 1)),
    -- When they came.
    since INTEGER NOT NULL DEFAULT 0,
    -- Its last change's place in the room's log; 0 if there was none since the room was made.
    changed_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO belonging (room_id, user_id) SELECT room_id, user_id FROM memberships;
DROP TABLE memberships;
ALTER TABLE belonging RENAME TO memberships;
CREATE INDEX memberships_by_user ON memberships (user_id) WHERE is_in = 1;
CREATE INDEX memberships_by_change ON memberships (room_id, changed_seq) WHERE changed_seq > 0;

-- Whether the room is among those that somebody has, and up to where they have truly read: whoever comes begins with nothing
-- unread.
ALTER TABLE marks ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
ALTER TABLE marks ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE marks SET seen = up_to, listed = room_id = 1;
DROP INDEX marks_by_reach;
CREATE INDEX marks_by_reach ON marks (room_id, seen DESC, user_id);

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER memberships_leave_their_number AFTER DELETE ON memberships BEGIN
    UPDATE rooms SET seq_floor = max(seq_floor, OLD.changed_seq) WHERE id = OLD.room_id;
END;
