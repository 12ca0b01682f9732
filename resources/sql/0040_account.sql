-- A user's own sessions (SECURITY.md (c) 1): seen through row-level security, ended here.

SET LOCAL ROLE mis_rolemgr;

-- One session of the caller's own, or without an id every other one; then their connections end, too.
CREATE FUNCTION auth.end_own_sessions(p_jti uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    IF p_jti IS NULL THEN
        PERFORM auth.kick(c.user_id, session_user::text, c.jti);
    ELSE
        UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE jti = p_jti AND user_id = c.user_id AND revoked_at IS NULL;
    END IF;
    PERFORM audit.write(c.client_id, 'END_SESSIONS', 'user', c.user_id);
END $$;

GRANT EXECUTE ON FUNCTION auth.end_own_sessions(uuid) TO mis_user;

SET LOCAL ROLE mis_owner;
