-- One row for each image that was uploaded. key names its file, and that of its thumbnail, in the
-- storage. The row is there before the file (stored = false) and goes after it (removing = true), so
-- that no file is ever without a row; both are seen by nobody.
--
-- Without an owner it is pending, for its uploader to use, or, without an uploader too, abandoned.
-- What has no owner is removed some time after idle_since.
CREATE TABLE attachment (
    id             bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    key            text NOT NULL UNIQUE,
    content_type   text NOT NULL,
    width          int NOT NULL,
    height         int NOT NULL,
    bytes          bigint NOT NULL,
    thumbnail_type text NOT NULL,
    thumbnail_bytes bigint NOT NULL,
    name           text,
    uploader       text,
    owner_kind     text,
    owner_id       text,
    ordinal        int NOT NULL DEFAULT 0,
    stored         boolean NOT NULL DEFAULT false,
    removing       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL,
    idle_since     timestamptz
);
CREATE INDEX attachment_owner ON attachment (owner_kind, owner_id) WHERE owner_kind IS NOT NULL;
CREATE INDEX attachment_uploader ON attachment (uploader) WHERE owner_kind IS NULL;
CREATE INDEX attachment_idle ON attachment (idle_since) WHERE idle_since IS NOT NULL;

-- The attachments of a message as clients see them, a JSON array; null for none. They never change,
-- and reading a message so needs no other table.
ALTER TABLE message ADD COLUMN attachments text;
