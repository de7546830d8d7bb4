-- The place: what it is called, who may register, and the number of its last change in the house's log; 0 if there was none.
ALTER TABLE house ADD COLUMN place_name TEXT NOT NULL DEFAULT 'ChatterBox';
ALTER TABLE house ADD COLUMN registration TEXT NOT NULL DEFAULT 'open'
    CHECK (registration IN ('open', 'invite', 'closed'));
ALTER TABLE house ADD COLUMN place_seq INTEGER NOT NULL DEFAULT 0;

-- Links by which people come. The code is known by its hash alone.
CREATE TABLE invitations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code_hash BLOB NOT NULL UNIQUE,
    by_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Ids of rooms, in the order in which they were named, with commas between them.
    rooms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- How many people may come by it; any number without it.
    uses INTEGER,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX invitations_by_maker ON invitations (by_id);
