-- A few bits of the text under a nonce, once an edit or a deletion has taken that text away: see sqlite/nonces.rs.
ALTER TABLE messages ADD COLUMN sent_print INTEGER;
