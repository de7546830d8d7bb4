-- The picture that somebody shows of themselves, beside the account, which is read far more often; and its name there.
CREATE TABLE pictures (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    version TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
ALTER TABLE users ADD COLUMN picture TEXT NOT NULL DEFAULT '';
