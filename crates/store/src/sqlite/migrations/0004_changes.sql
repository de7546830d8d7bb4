-- A message that nobody has changed since is found by its own number. So this holds only those that somebody has, and
-- sending writes nothing here.
DROP INDEX messages_by_changed_seq;
CREATE INDEX messages_by_change ON messages (room_id, changed_seq) WHERE changed_seq > seq;
