-- What people called the rooms that they made, so that a retry makes no second one.
CREATE TABLE room_nonces (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nonce TEXT NOT NULL,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, nonce)
) STRICT, WITHOUT ROWID;
