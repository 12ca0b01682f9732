-- Schemas, sign-in tables, workspace, audit log and the helpers that the later files build on.
-- Every file runs in one transaction, as mis_owner (billing/store/migrate.py); roles are made before, by install.py.
-- Conventions: SECURITY.md R1-R9. A definer function is written between SET LOCAL ROLE mis_definer and SET LOCAL ROLE mis_owner.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;

CREATE SCHEMA IF NOT EXISTS app;   -- tables; made by the migration itself for its own record
CREATE SCHEMA api;       -- invoker views and functions that users may call
CREATE SCHEMA auth;      -- sign-in and session
CREATE SCHEMA private;   -- signing key; nobody but the definer
CREATE SCHEMA audit;     -- append-only log; written by definers only

REVOKE ALL ON SCHEMA app, api, auth, private, audit FROM PUBLIC;
GRANT USAGE ON SCHEMA app, api, auth TO mis_user, mis_backup;
GRANT USAGE ON SCHEMA private, audit TO mis_backup;
GRANT USAGE ON SCHEMA app, api, auth, private, audit, public TO mis_definer;
GRANT CREATE ON SCHEMA api, auth, audit, private TO mis_definer;
GRANT USAGE ON SCHEMA app, auth, audit TO mis_rolemgr;
GRANT CREATE ON SCHEMA auth TO mis_rolemgr;

ALTER DEFAULT PRIVILEGES FOR ROLE mis_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE mis_definer;
ALTER DEFAULT PRIVILEGES FOR ROLE mis_definer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE mis_rolemgr;
ALTER DEFAULT PRIVILEGES FOR ROLE mis_rolemgr REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET LOCAL ROLE mis_owner;

-- Row-level security of one table: on, forced, the gate that every user statement must pass (a verified session), and what the
-- definer and the backup need. Group policies are written by hand beside the table's grants.
CREATE FUNCTION private.protect_table(tab regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab);
    EXECUTE format('CREATE POLICY gate ON %s AS RESTRICTIVE FOR ALL TO mis_user '
                   'USING ((SELECT auth.session_ok())) WITH CHECK ((SELECT auth.session_ok()))', tab);
    EXECUTE format('CREATE POLICY definer ON %s FOR ALL TO mis_definer USING (true) WITH CHECK (true)', tab);
    EXECUTE format('CREATE POLICY backup ON %s FOR SELECT TO mis_backup USING (true)', tab);
    EXECUTE format('GRANT SELECT ON %s TO mis_backup', tab);
END $$;

-- A row's revision for optimistic locking: UPDATE ... WHERE rev = :seen changes no row when somebody else was faster.
CREATE FUNCTION private.count_revision() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.rev := OLD.rev + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION private.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'APPEND_ONLY', MESSAGE = 'What was recorded here is never changed or removed.';
END $$;

CREATE TABLE app.workspace (
    id              uuid PRIMARY KEY,
    only_row        boolean NOT NULL DEFAULT true UNIQUE CHECK (only_row),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    is_demo         boolean NOT NULL DEFAULT false,
    idle_minutes    smallint NOT NULL DEFAULT 30 CHECK (idle_minutes BETWEEN 5 AND 60),
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1
);

-- Identity is the PostgreSQL login role (SCRAM); there is no password hash here on purpose (SECURITY.md (a) 2).
CREATE TABLE auth.users (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    email           text NOT NULL UNIQUE CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254 AND position('@' IN email) > 1),
    display_name    text NOT NULL DEFAULT '' CHECK (length(display_name) <= 200),
    role            text NOT NULL CHECK (role IN ('SUPER_ADMIN', 'CLIENT_ADMIN', 'VENDOR_ADMIN', 'VIEWER')),
    client_id       uuid,
    vendor_id       uuid,
    pg_role         text NOT NULL UNIQUE CHECK (pg_role ~ '^mis_u_[0-9a-f]{24}$'),
    active          boolean NOT NULL DEFAULT true,
    must_change     boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    last_sign_in_at timestamptz,
    rev             integer NOT NULL DEFAULT 1,
    CONSTRAINT users_scope CHECK (CASE role
        WHEN 'SUPER_ADMIN' THEN client_id IS NULL AND vendor_id IS NULL
        WHEN 'VENDOR_ADMIN' THEN vendor_id IS NOT NULL
        ELSE client_id IS NOT NULL AND vendor_id IS NULL END)
);

CREATE TABLE auth.sessions (
    jti             uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES auth.users,
    started_at      timestamptz NOT NULL DEFAULT now(),
    renewed_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    addr            inet
);
CREATE INDEX sessions_user ON auth.sessions (user_id, expires_at);

-- HMAC-SHA256 without pgcrypto: the key is kept as its two pads, and a token's header must equal the key's own header.
CREATE TABLE private.signing_key (
    kid             text PRIMARY KEY,
    header          text NOT NULL,
    inner_pad       bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad       bytea NOT NULL CHECK (length(outer_pad) = 64),
    created_at      timestamptz NOT NULL DEFAULT now(),
    retired_at      timestamptz
);
CREATE UNIQUE INDEX signing_key_active ON private.signing_key ((true)) WHERE retired_at IS NULL;

CREATE TABLE audit.events (
    chain           uuid NOT NULL,
    seq             bigint GENERATED ALWAYS AS IDENTITY,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor           uuid,
    db_user         text NOT NULL DEFAULT session_user,
    addr            inet DEFAULT inet_client_addr(),
    txid            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    action          text NOT NULL CHECK (length(action) BETWEEN 1 AND 60),
    entity          text NOT NULL CHECK (length(entity) <= 60),
    entity_id       uuid,
    before          jsonb,
    after           jsonb,
    reason          text,
    app_version     text,
    PRIMARY KEY (chain, seq)
);
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON audit.events FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON audit.events FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();

CREATE TRIGGER workspace_rev BEFORE UPDATE ON app.workspace FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER users_rev BEFORE UPDATE ON auth.users FOR EACH ROW
    WHEN ((OLD.email, OLD.display_name, OLD.role, OLD.client_id, OLD.vendor_id, OLD.active)
          IS DISTINCT FROM (NEW.email, NEW.display_name, NEW.role, NEW.client_id, NEW.vendor_id, NEW.active))
    EXECUTE FUNCTION private.count_revision();
