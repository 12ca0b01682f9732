-- What the system monitor shows a SUPER_ADMIN of everybody's connections. PostgreSQL shows each role only its own; mis_rolemgr is a member of
-- every login role (SECURITY.md R14), so it sees what they are doing, but never the text of a statement: none is given out here.

SET LOCAL ROLE mis_rolemgr;

CREATE FUNCTION auth.activity()
RETURNS TABLE (pid integer, email text, since timestamptz, state text, state_since timestamptz, transaction_since timestamptz, waits boolean, address text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM auth.require_super();
    RETURN QUERY
    SELECT a.pid, u.email, a.backend_start, a.state, a.state_change, a.xact_start, coalesce(a.wait_event_type = 'Lock', false),
           coalesce(host(a.client_addr), '')
      FROM pg_stat_activity a LEFT JOIN auth.users u ON u.pg_role = a.usename
     WHERE a.datname = current_database() AND a.backend_type = 'client backend'
     ORDER BY a.backend_start, a.pid;
END $$;
GRANT EXECUTE ON FUNCTION auth.activity() TO mis_super_admin;

SET LOCAL ROLE mis_owner;
