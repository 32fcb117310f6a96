-- Links by which an employee without an account answers for tasks. token_hash is the SHA-256 of the
-- token, which nobody keeps. The last request of a PUT without a key is kept with its task: the same
-- again, while its effect still stands, is a repeat. employee_name is what a deleted employee was called.
CREATE TABLE confirmation (
    id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    token_hash      bytea NOT NULL UNIQUE,
    employee_id     bigint NOT NULL,
    employee_name   text NOT NULL,
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    acknowledged_at timestamptz,
    revoked_at      timestamptz
);

-- A task that was reassigned or deleted is off the link for good: removed_at stays.
CREATE TABLE confirmation_task (
    confirmation_id bigint NOT NULL REFERENCES confirmation ON DELETE CASCADE,
    task_id         bigint NOT NULL,
    removed_at      timestamptz,
    last_request    bytea,
    PRIMARY KEY (confirmation_id, task_id)
);
CREATE INDEX confirmation_task_task ON confirmation_task (task_id) WHERE removed_at IS NULL;

-- Calls by link that came with a key of the client's: a repeat has no effect. request is the SHA-256
-- of what was asked.
CREATE TABLE confirmation_call (
    confirmation_id bigint NOT NULL REFERENCES confirmation ON DELETE CASCADE,
    key             text NOT NULL,
    request         bytea NOT NULL,
    PRIMARY KEY (confirmation_id, key)
);
