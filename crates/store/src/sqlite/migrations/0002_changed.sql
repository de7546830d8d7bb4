-- A message that was never changed is found by its own place; only the others need an index of their last changes. So a
-- new message is written to one index less.
DROP INDEX messages_by_changed_seq;
CREATE INDEX messages_by_changed_seq ON messages (room_id, changed_seq) WHERE changed_seq > seq;
