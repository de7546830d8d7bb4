-- Whether somebody has left for good: then their name, address and whatever was their own is gone.
ALTER TABLE users ADD COLUMN gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1));
