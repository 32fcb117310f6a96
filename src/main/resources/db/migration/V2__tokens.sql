-- Asked for every access token about once a second: has the login that it came from ended? A login
-- that has not ended has no row here, however often it was refreshed.
-- survives: only refreshes and logouts wait while it is built, seconds for millions of rows.
CREATE INDEX refresh_token_revoked ON refresh_token (family) WHERE revoked_at IS NOT NULL;
