-- Outgoing webhooks: who is told of which events.
CREATE TABLE webhook (
    id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    url             text NOT NULL,
    events          text[] NOT NULL,
    description     text,
    active          boolean NOT NULL,
    secret          text NOT NULL,
    previous_secret text,
    previous_until  timestamptz,
    failing_since   timestamptz,
    disabled_reason text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);

-- One row for each event and webhook, with a copy of the payload: retention may remove the event
-- before it is delivered. While a row is pending, next_attempt_at is when it is due, or, during an
-- attempt, when the lease of the node that makes it ends; claims grows with each lease and tells a
-- result that comes too late. A ping has no topic.
-- No foreign key: a webhook that is being deleted must not hold up, or fail, the change whose event
-- is recorded meanwhile. Rows without a webhook are cleaned up.
CREATE TABLE webhook_delivery (
    id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    webhook_id      bigint NOT NULL,
    event_id        text NOT NULL,
    type            text NOT NULL,
    topic           text,
    epoch           text,
    seq             bigint,
    at              timestamptz NOT NULL,
    data            text NOT NULL,
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts        int NOT NULL DEFAULT 0,
    claims          bigint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    last_attempt_at timestamptz,
    last_status     int,
    last_error      text,
    last_response   text,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_attempt_at, id)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_state ON webhook_delivery (webhook_id, state, id);
CREATE INDEX webhook_delivery_finished ON webhook_delivery (finished_at) WHERE finished_at IS NOT NULL;
