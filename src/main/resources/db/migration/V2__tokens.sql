-- Asked for every access token about once a second: has the login that it came from ended? A login
-- that has not ended has no row here, however often it was refreshed.
CREATE INDEX refresh_token_revoked ON refresh_token (family) WHERE revoked_at IS NOT NULL;
