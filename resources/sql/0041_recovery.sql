-- Coming back from a backup, or from a lost workspace key. For the installer alone, who becomes mis_rolemgr; no user may call these.

SET LOCAL ROLE mis_rolemgr;

-- A user's login after a restore, with the verifier that the backup kept. Sessions of before do not come back.
CREATE FUNCTION auth.restore_login(p_login text, p_verifier text, p_until timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.check_verifier(p_verifier);
    SELECT * INTO STRICT u FROM auth.users x WHERE x.pg_role = p_login;
    PERFORM auth.make_login(u.pg_role, u.role, p_verifier, p_until);
    IF NOT u.active THEN EXECUTE format('ALTER ROLE %I NOLOGIN', u.pg_role); END IF;
    UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE user_id = u.id AND revoked_at IS NULL;
END $$;

-- The workspace has a new key, so no password of before opens anything: all logins but this SUPER_ADMIN's lose theirs and wait for a
-- reset. Gives how many.
CREATE FUNCTION auth.rekey(p_email text, p_verifier text) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
    voided integer := 0;
BEGIN
    PERFORM auth.check_verifier(p_verifier);
    IF NOT EXISTS (SELECT 1 FROM auth.users x WHERE x.email = p_email AND x.role = 'SUPER_ADMIN' AND x.active) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_SUPER_ADMIN', MESSAGE = 'This is no active super admin of the workspace.';
    END IF;
    FOR u IN SELECT * FROM auth.users ORDER BY email LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = u.pg_role) THEN
            PERFORM auth.make_login(u.pg_role, u.role, p_verifier, 'infinity');
        END IF;
        IF u.email = p_email THEN
            EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L VALID UNTIL %L', u.pg_role, p_verifier, 'infinity');
        ELSE
            EXECUTE format('ALTER ROLE %I PASSWORD NULL', u.pg_role);
            voided := voided + 1;
        END IF;
        PERFORM auth.kick(u.id, u.pg_role);
    END LOOP;
    UPDATE auth.users SET must_change = (email <> p_email);
    PERFORM audit.write(NULL, 'REKEY', 'workspace', (SELECT w.id FROM app.workspace w));
    RETURN voided;
END $$;

SET LOCAL ROLE mis_owner;
