-- Names that somebody has had, and nobody else gets: SHA-256 of what they share with those that differ only in case or form, and
-- with those that look the same.
CREATE TABLE former_names (
    fold BLOB NOT NULL CHECK (length(fold) = 32),
    look BLOB NOT NULL CHECK (length(look) = 32),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (fold, look)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_names_by_look ON former_names (look);
