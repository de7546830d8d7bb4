-- Sending a message leaves the room's row alone: the number of the room's last change is `seq_floor` or that of its newest
-- message, whichever is greater.
ALTER TABLE rooms RENAME COLUMN seq TO seq_floor;
CREATE TRIGGER messages_leave_their_number AFTER DELETE ON messages BEGIN
    -- A number is never given again, even if the row that had it is removed.
    UPDATE rooms SET seq_floor = max(seq_floor, OLD.changed_seq) WHERE id = OLD.room_id;
END;
