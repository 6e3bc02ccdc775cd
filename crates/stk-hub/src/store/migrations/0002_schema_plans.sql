-- Plans are what a reviewer approves: never changed, found by the hash of what they say.
CREATE TABLE schema_plans (
    id bytea NOT NULL,
    project text NOT NULL,
    env text NOT NULL,
    operator text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, env, id),
    FOREIGN KEY (project, env) REFERENCES environments
);

CREATE TRIGGER schema_plans_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON schema_plans
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Applies under way and past; the user's database has the ledger that decides, this is its mirror.
CREATE TABLE schema_applies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project text NOT NULL,
    env text NOT NULL,
    plan bytea NOT NULL,
    operator text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    -- The answer of the API, as JSON, while it runs and after.
    body text NOT NULL,
    cancel boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- The Hub that runs it writes here again and again.
    beat_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (project, env, plan) REFERENCES schema_plans (project, env, id)
);
