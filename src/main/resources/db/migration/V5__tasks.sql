-- The things that tasks are about.
CREATE TABLE system (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- The people who do tasks. The account that is linked sees them.
CREATE TABLE employee (
    id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name       text NOT NULL,
    username   text UNIQUE REFERENCES account ON DELETE SET NULL,
    email      text,
    phone      text,
    locale     text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE SEQUENCE task_id;

CREATE TABLE task (
    id              bigint PRIMARY KEY DEFAULT nextval('task_id'),
    title           text NOT NULL,
    description     text NOT NULL DEFAULT '',
    status          text NOT NULL,
    priority        text NOT NULL,
    system_id       bigint REFERENCES system,
    employee_id     bigint REFERENCES employee,
    due_at          timestamptz,
    acknowledged_at timestamptz,
    completed_at    timestamptz,
    version         bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX task_employee ON task (employee_id, id);
CREATE INDEX task_system ON task (system_id, id);
CREATE INDEX task_unfinished_due ON task (due_at, id) WHERE status NOT IN ('done', 'cancelled');
-- A snapshot shows what is not finished first, and the newest first.
CREATE INDEX task_snapshot ON task ((status IN ('done', 'cancelled')), id DESC);

CREATE SEQUENCE task_note_id;

-- Who did it is kept as it was then: kind is user or employee.
CREATE TABLE task_note (
    id         bigint PRIMARY KEY DEFAULT nextval('task_note_id'),
    task_id    bigint NOT NULL REFERENCES task ON DELETE CASCADE,
    text       text NOT NULL,
    by_kind    text NOT NULL,
    by_id      text NOT NULL,
    by_name    text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX task_note_task ON task_note (task_id, id);

-- What an image is, the attachment says.
CREATE TABLE task_image (
    attachment_id bigint PRIMARY KEY,
    task_id       bigint NOT NULL REFERENCES task ON DELETE CASCADE,
    by_kind       text NOT NULL,
    by_id         text NOT NULL,
    by_name       text NOT NULL,
    created_at    timestamptz NOT NULL
);
CREATE INDEX task_image_task ON task_image (task_id, attachment_id);
