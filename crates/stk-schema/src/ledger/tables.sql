CREATE SCHEMA stk_schema;
COMMENT ON SCHEMA stk_schema IS 'What Santokit did to this database''s schema. No plan looks at it.';
CREATE TABLE stk_schema.applies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id text NOT NULL,
    plan text NOT NULL,
    target text NOT NULL,
    operator text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'stopped', 'done', 'superseded')),
    message text,
    -- The managed schemas after the last step that is done.
    fingerprint text NOT NULL,
    objects text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
-- Whatever the code does, only one is under way.
CREATE UNIQUE INDEX applies_one_open ON stk_schema.applies ((true)) WHERE state IN ('running', 'stopped');
CREATE TABLE stk_schema.steps (
    apply bigint NOT NULL REFERENCES stk_schema.applies ON DELETE CASCADE,
    number integer NOT NULL,
    summary text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    attempts integer NOT NULL DEFAULT 0,
    -- Of a backfill: what it wrote, and the key of the last row of the last batch.
    rows bigint NOT NULL DEFAULT 0,
    last_key text[],
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (apply, number)
)
