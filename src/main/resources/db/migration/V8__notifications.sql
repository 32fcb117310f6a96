-- What users are told. cause names what happened, so that nothing is told twice; actor and data are
-- JSON. No foreign keys: accounts are never deleted, and what it is about may be gone.
CREATE TABLE notification (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    username   text NOT NULL,
    kind       text NOT NULL,
    cause      text NOT NULL,
    actor      text,
    data       text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz,
    UNIQUE (username, cause)
);
CREATE INDEX notification_newest ON notification (username, id);
CREATE INDEX notification_unread ON notification (username, id) WHERE read_at IS NULL;
CREATE INDEX notification_read_at ON notification (read_at) WHERE read_at IS NOT NULL;

-- Kinds that a user does not want; without a row there are none.
CREATE TABLE notification_settings (
    username text PRIMARY KEY,
    muted    text[] NOT NULL DEFAULT '{}'
);

-- Who made a task, for who made it is told how it ends.
CREATE TABLE task_author (
    task_id  bigint PRIMARY KEY,
    username text NOT NULL
);

-- What is to be told about the due time of a task, until it is told or nothing is left to tell.
CREATE TABLE task_reminder (
    task_id bigint NOT NULL,
    kind    text NOT NULL,
    due_at  timestamptz NOT NULL,
    PRIMARY KEY (task_id, kind)
);
CREATE INDEX task_reminder_due ON task_reminder (kind, due_at);
