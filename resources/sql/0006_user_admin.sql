-- Users are PostgreSQL login roles; mis_rolemgr (NOLOGIN CREATEROLE) owns only these functions (SECURITY.md R1, R14).
-- A password arrives as a SCRAM verifier; its plain form never leaves the workstation.

GRANT SELECT, INSERT, UPDATE ON auth.users TO mis_rolemgr;
GRANT SELECT, UPDATE ON auth.sessions TO mis_rolemgr;
GRANT SELECT ON app.workspace TO mis_rolemgr;

SET LOCAL ROLE mis_rolemgr;

CREATE FUNCTION auth.role_name(p_workspace uuid, p_email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN 'mis_u_' || substr(encode(sha256(convert_to(p_workspace::text || '|' || p_email, 'UTF8')), 'hex'), 1, 24);

CREATE FUNCTION auth.require_super() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    ELSIF c.role <> 'SUPER_ADMIN' THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Only a super admin may manage users.';
    END IF;
    RETURN c.user_id;
END $$;

CREATE FUNCTION auth.check_verifier(p_verifier text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (p_verifier ~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$') IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'NOT_A_VERIFIER', MESSAGE = 'The password must arrive as a SCRAM-SHA-256 verifier.';
    END IF;
END $$;

-- The login role of a user: in mis_user and one group, settings as SECURITY R11. Not callable by users.
CREATE FUNCTION auth.make_login(p_login text, p_role text, p_verifier text, p_until timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE ROLE %I LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 8 '
                   'PASSWORD %L VALID UNTIL %L', p_login, p_verifier, p_until::text);
    EXECUTE format('GRANT mis_user, %I TO %I WITH INHERIT TRUE, SET FALSE, ADMIN FALSE', 'mis_' || lower(p_role), p_login);
    -- without this membership pg_terminate_backend is refused
    EXECUTE format('GRANT %I TO mis_rolemgr WITH INHERIT TRUE, SET FALSE', p_login);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', p_login, '60s');
    EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', p_login, '5s');
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', p_login, '60s');
    EXECUTE format('ALTER ROLE %I SET search_path = api, pg_catalog', p_login);
    EXECUTE format('ALTER ROLE %I SET timezone = %L', p_login, 'UTC');
END $$;

-- Role and row in one go. Not callable by users: create_user checks the caller, the installer runs as the owner of this function.
CREATE FUNCTION auth.make_user(p_id uuid, p_email text, p_name text, p_role text, p_client uuid, p_vendor uuid,
                               p_verifier text, p_must_change boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    login text := auth.role_name((SELECT w.id FROM app.workspace w), p_email);
    maker uuid := auth.user_id();
BEGIN
    PERFORM auth.check_verifier(p_verifier);
    IF (p_role IN ('SUPER_ADMIN', 'CLIENT_ADMIN', 'VENDOR_ADMIN', 'VIEWER')) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'UNKNOWN_ROLE', MESSAGE = 'There is no such role.';
    END IF;
    INSERT INTO auth.users (id, email, display_name, role, client_id, vendor_id, pg_role, must_change, created_by)
    VALUES (p_id, p_email, p_name, p_role, p_client, p_vendor, login, p_must_change, maker);
    PERFORM auth.make_login(login, p_role, p_verifier, CASE WHEN p_must_change THEN clock_timestamp() + interval '72 hours' ELSE 'infinity' END);
    PERFORM audit.write(p_client, 'CREATE', 'user', p_id, NULL,
                        jsonb_build_object('email', p_email, 'role', p_role, 'client_id', p_client, 'vendor_id', p_vendor));
    RETURN login;
END $$;

CREATE FUNCTION auth.create_user(p_id uuid, p_email text, p_name text, p_role text, p_client uuid, p_vendor uuid,
                                 p_verifier text, p_must_change boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET createrole_self_grant = '' AS $$
BEGIN
    PERFORM auth.require_super();
    RETURN auth.make_user(p_id, p_email, p_name, p_role, p_client, p_vendor, p_verifier, p_must_change);
END $$;

-- Ends a user's sessions and connections; `p_keep` spares one session and the calling connection.
CREATE FUNCTION auth.kick(p_user uuid, p_login text, p_keep uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE auth.sessions SET revoked_at = clock_timestamp()
     WHERE user_id = p_user AND revoked_at IS NULL AND jti IS DISTINCT FROM p_keep;
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a
     WHERE a.usename = p_login AND a.pid <> pg_backend_pid() AND a.datname = current_database();
END $$;

-- The row under change, locked; refuses when that would leave no active super admin.
CREATE FUNCTION auth.take_user(p_user uuid, p_rev integer, p_stays_super boolean) RETURNS auth.users
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM 1 FROM auth.users x WHERE x.role = 'SUPER_ADMIN' ORDER BY x.id FOR UPDATE;
    SELECT * INTO u FROM auth.users x WHERE x.id = p_user FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'USER_NOT_FOUND', MESSAGE = 'There is no such user.';
    ELSIF p_rev IS NOT NULL AND u.rev <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else changed this user meanwhile.';
    ELSIF u.role = 'SUPER_ADMIN' AND u.active AND NOT p_stays_super
          AND NOT EXISTS (SELECT 1 FROM auth.users x WHERE x.role = 'SUPER_ADMIN' AND x.active AND x.id <> p_user) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'LAST_SUPER_ADMIN', MESSAGE = 'This is the last active super admin.';
    END IF;
    RETURN u;
END $$;

CREATE FUNCTION auth.set_active(p_user uuid, p_active boolean, p_rev integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.require_super();
    u := auth.take_user(p_user, p_rev, p_active);
    UPDATE auth.users SET active = p_active WHERE id = p_user;
    EXECUTE format('ALTER ROLE %I %s', u.pg_role, CASE WHEN p_active THEN 'LOGIN' ELSE 'NOLOGIN' END);
    IF NOT p_active THEN PERFORM auth.kick(p_user, u.pg_role); END IF;
    PERFORM audit.write(u.client_id, CASE WHEN p_active THEN 'ENABLE' ELSE 'DISABLE' END, 'user', p_user);
END $$;

CREATE FUNCTION auth.set_role(p_user uuid, p_role text, p_client uuid, p_vendor uuid, p_rev integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.require_super();
    IF (p_role IN ('SUPER_ADMIN', 'CLIENT_ADMIN', 'VENDOR_ADMIN', 'VIEWER')) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'UNKNOWN_ROLE', MESSAGE = 'There is no such role.';
    END IF;
    u := auth.take_user(p_user, p_rev, p_role = 'SUPER_ADMIN');
    UPDATE auth.users SET role = p_role, client_id = p_client, vendor_id = p_vendor WHERE id = p_user;
    IF u.role <> p_role THEN
        EXECUTE format('REVOKE %I FROM %I', 'mis_' || lower(u.role), u.pg_role);
        EXECUTE format('GRANT %I TO %I WITH INHERIT TRUE, SET FALSE, ADMIN FALSE', 'mis_' || lower(p_role), u.pg_role);
    END IF;
    PERFORM auth.kick(p_user, u.pg_role);
    PERFORM audit.write(coalesce(p_client, u.client_id), 'SET_ROLE', 'user', p_user,
        jsonb_build_object('role', u.role, 'client_id', u.client_id, 'vendor_id', u.vendor_id),
        jsonb_build_object('role', p_role, 'client_id', p_client, 'vendor_id', p_vendor));
END $$;

-- A one-time password: it must be changed within 72 hours, and whoever was signed in with the old one is out.
CREATE FUNCTION auth.reset_password(p_user uuid, p_verifier text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.require_super();
    PERFORM auth.check_verifier(p_verifier);
    u := auth.take_user(p_user, NULL, true);
    EXECUTE format('ALTER ROLE %I PASSWORD %L VALID UNTIL %L', u.pg_role, p_verifier, (clock_timestamp() + interval '72 hours')::text);
    UPDATE auth.users SET must_change = true WHERE id = p_user;
    PERFORM auth.kick(p_user, u.pg_role);
    PERFORM audit.write(u.client_id, 'RESET_PASSWORD', 'user', p_user);
END $$;

CREATE FUNCTION auth.end_sessions(p_user uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.require_super();
    u := auth.take_user(p_user, NULL, true);
    PERFORM auth.kick(p_user, u.pg_role);
    PERFORM audit.write(u.client_id, 'END_SESSIONS', 'user', p_user);
END $$;

-- The user's own password. Other sessions of the user end.
CREATE FUNCTION auth.change_password(p_verifier text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    PERFORM auth.check_verifier(p_verifier);
    EXECUTE format('ALTER ROLE %I PASSWORD %L VALID UNTIL %L', session_user, p_verifier, 'infinity');
    UPDATE auth.users SET must_change = false WHERE id = c.user_id;
    PERFORM auth.kick(c.user_id, session_user::text, c.jti);
    PERFORM audit.write(c.client_id, 'CHANGE_PASSWORD', 'user', c.user_id);
END $$;

GRANT EXECUTE ON FUNCTION auth.create_user(uuid, text, text, text, uuid, uuid, text, boolean), auth.set_active(uuid, boolean, integer),
    auth.set_role(uuid, text, uuid, uuid, integer), auth.reset_password(uuid, text), auth.end_sessions(uuid) TO mis_super_admin;
GRANT EXECUTE ON FUNCTION auth.change_password(text) TO mis_user;

SET LOCAL ROLE mis_owner;
