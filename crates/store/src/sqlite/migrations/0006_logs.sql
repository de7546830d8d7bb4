-- A person has a log of their own, and so has the house. What has changed bears the number of its change there: the last
-- number of such a log is the greatest that something in it bears.

-- Of what an account is to its user, in the user's own log; of what everybody knows of it, in the house's; and the numbers
-- in the user's own log that nothing bears any more.
ALTER TABLE users ADD COLUMN account_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN card_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN own_floor INTEGER NOT NULL DEFAULT 0;
UPDATE users SET account_seq = 1, card_seq = numbered.number
FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM users) AS numbered WHERE numbered.id = users.id;
CREATE INDEX users_by_card ON users (card_seq);

-- The numbers in the house's log that nothing bears any more.
CREATE TABLE house (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq_floor INTEGER NOT NULL
) STRICT;
INSERT INTO house (id, seq_floor) VALUES (1, 0);

-- How far somebody has read in a room. The account is first in everybody's own log.
CREATE TABLE marks (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    up_to INTEGER NOT NULL,
    -- Its last change's place in the user's own log.
    changed_seq INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id)
) STRICT, WITHOUT ROWID;
INSERT INTO marks (user_id, room_id, up_to, changed_seq)
SELECT user_id, room_id, read_up_to, 1 + row_number() OVER (PARTITION BY user_id ORDER BY room_id)
FROM memberships WHERE read_up_to > 0;
CREATE UNIQUE INDEX marks_by_change ON marks (user_id, changed_seq);
CREATE INDEX marks_by_reach ON marks (room_id, up_to DESC, user_id);

-- In an open room, a row only kept the mark.
DELETE FROM memberships WHERE room_id IN (SELECT id FROM rooms WHERE kind = 'open');
ALTER TABLE memberships DROP COLUMN read_up_to;

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER marks_leave_their_number AFTER DELETE ON marks BEGIN
    UPDATE users SET own_floor = max(own_floor, OLD.changed_seq) WHERE id = OLD.user_id;
END;
CREATE TRIGGER users_leave_their_number AFTER DELETE ON users BEGIN
    UPDATE house SET seq_floor = max(seq_floor, OLD.card_seq);
END;
