-- A workspace that comes back to a server where its users' logins still are: the name is derived from workspace and e-mail, so such a
-- login is this user's, and is taken over. Otherwise as in 0041.

SET LOCAL ROLE mis_rolemgr;

CREATE OR REPLACE FUNCTION auth.restore_login(p_login text, p_verifier text, p_until timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.check_verifier(p_verifier);
    SELECT * INTO STRICT u FROM auth.users x WHERE x.pg_role = p_login;
    IF EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = u.pg_role) THEN
        EXECUTE format('DROP ROLE %I', u.pg_role);
    END IF;
    PERFORM auth.make_login(u.pg_role, u.role, p_verifier, p_until);
    IF NOT u.active THEN EXECUTE format('ALTER ROLE %I NOLOGIN', u.pg_role); END IF;
    UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE user_id = u.id AND revoked_at IS NULL;
END $$;

SET LOCAL ROLE mis_owner;
