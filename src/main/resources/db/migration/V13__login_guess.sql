-- How much of the allowance of wrong guesses at a user's password is used up, by where they came from: a
-- keyed hash of an address that the user is known to use, one byte 0 for those who have logged in,
-- empty for all other addresses together. A user who does not exist counts as well.
CREATE TABLE login_guess (
    username    text COLLATE "C" NOT NULL,
    source      bytea NOT NULL,
    full_at     timestamptz NOT NULL, -- when the whole allowance is there again
    known_until timestamptz,          -- null where nobody has shown who they are
    PRIMARY KEY (username, source)
);

-- The SHA-256 of the Idempotency-Key with which the token was exchanged: the exchange can be repeated with it.
ALTER TABLE refresh_token ADD COLUMN exchange_key bytea;
