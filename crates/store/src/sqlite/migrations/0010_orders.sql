-- The order in which somebody has their rooms: ids and names of sections with commas between them.
CREATE TABLE orders (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    pinned TEXT NOT NULL,
    rooms TEXT NOT NULL,
    folded TEXT NOT NULL,
    -- Its last change's place in the user's own log.
    changed_seq INTEGER NOT NULL
) STRICT;

-- A number is never given again, even if what bore it is removed.
CREATE TRIGGER orders_leave_their_number AFTER DELETE ON orders BEGIN
    UPDATE users SET own_floor = max(own_floor, OLD.changed_seq) WHERE id = OLD.user_id;
END;
