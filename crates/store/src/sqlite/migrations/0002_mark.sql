-- Names this file as it was when it was last opened or closed. What does not know the name is another file, or an older
-- copy of this one: a restored backup.
ALTER TABLE epoch ADD COLUMN mark TEXT NOT NULL DEFAULT '';
