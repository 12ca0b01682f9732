-- For the installer alone, who becomes mis_rolemgr: a SUPER_ADMIN whose password is lost, while the workspace key is not.

SET LOCAL ROLE mis_rolemgr;

CREATE FUNCTION auth.reset_super_admin(p_email text, p_verifier text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
BEGIN
    PERFORM auth.check_verifier(p_verifier);
    SELECT * INTO u FROM auth.users x WHERE x.email = p_email AND x.role = 'SUPER_ADMIN' AND x.active FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_SUPER_ADMIN', MESSAGE = 'This is no active super admin of the workspace.';
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = u.pg_role) THEN
        EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L VALID UNTIL %L', u.pg_role, p_verifier, 'infinity');
    ELSE
        PERFORM auth.make_login(u.pg_role, u.role, p_verifier, 'infinity');
    END IF;
    UPDATE auth.users SET must_change = false WHERE id = u.id;
    PERFORM auth.kick(u.id, u.pg_role);
    PERFORM audit.write(NULL, 'RESET_PASSWORD', 'user', u.id);
END $$;

SET LOCAL ROLE mis_owner;
