CREATE TABLE operators (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    role text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Tokens are kept as SHA-256 only; they carry 256 bits of entropy, so a slow hash would add nothing.
CREATE TABLE access_tokens (
    hash bytea PRIMARY KEY,
    operator bigint NOT NULL REFERENCES operators,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE bootstrap_tokens (
    hash bytea PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row a version of the key-encryption key: a known text sealed with it, so that a wrong key is noticed at start.
CREATE TABLE key_checks (
    version integer PRIMARY KEY,
    sealed bytea NOT NULL
);

-- Wrapped like secrets; the newest signs.
CREATE TABLE signing_keys (
    version bigint PRIMARY KEY,
    kek_version integer NOT NULL,
    wrapped bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE projects (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- `number` is the one switch: what serves. It and `secrets_seq` only go up.
CREATE TABLE environments (
    project text NOT NULL REFERENCES projects,
    name text NOT NULL,
    number bigint,
    secrets_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, name)
);

CREATE TABLE environment_keys (
    project text NOT NULL,
    env text NOT NULL,
    version bigint NOT NULL,
    kek_version integer NOT NULL,
    wrapped bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, env, version),
    FOREIGN KEY (project, env) REFERENCES environments
);

-- A deleted secret keeps its row, without its value, so that a version is never used twice.
CREATE TABLE secrets (
    project text NOT NULL,
    env text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    kek_version integer,
    wrapped bytea,
    sealed bytea,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, env, name),
    FOREIGN KEY (project, env) REFERENCES environments,
    CHECK ((kek_version IS NULL) = (sealed IS NULL) AND (wrapped IS NULL) = (sealed IS NULL))
);

-- Content-addressed bytes: releases, attestations, and the source files that releases were made of.
CREATE TABLE blobs (
    hash bytea PRIMARY KEY,
    bytes bytea NOT NULL,
    CHECK (hash = sha256(bytes))
);

-- What was checked whole against an environment, under its number there.
CREATE TABLE attestations (
    project text NOT NULL,
    env text NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    release bytea NOT NULL REFERENCES blobs,
    attestation bytea NOT NULL REFERENCES blobs,
    sources bytea NOT NULL REFERENCES blobs,
    operator text NOT NULL,
    origin text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, env, number),
    FOREIGN KEY (project, env) REFERENCES environments
);

ALTER TABLE environments ADD FOREIGN KEY (project, name, number) REFERENCES attestations DEFERRABLE INITIALLY DEFERRED;

-- Append-only; each entry's hash covers the one before.
CREATE TABLE audit (
    seq bigint PRIMARY KEY,
    at_ms bigint NOT NULL,
    operator text NOT NULL,
    action text NOT NULL,
    project text NOT NULL,
    env text NOT NULL,
    detail text NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER blobs_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON blobs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attestations_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON attestations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No lower number is ever served again, whatever the code does.
CREATE FUNCTION refuse_lower() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.secrets_seq < OLD.secrets_seq OR (OLD.number IS NOT NULL AND (NEW.number IS NULL OR NEW.number < OLD.number)) THEN
        RAISE EXCEPTION 'an environment never goes back to a lower number';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER environments_only_go_up BEFORE UPDATE ON environments
    FOR EACH ROW EXECUTE FUNCTION refuse_lower();
