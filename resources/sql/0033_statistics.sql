-- After many new rows the planner must know of them at once: a month billed right after its import took 9 times as long until autovacuum
-- came by (measured). Users get no MAINTAIN themselves, because it would also let them lock whole tables.

GRANT MAINTAIN ON app.trips, app.trip_riders, app.trip_charges TO mis_definer;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION api.analyze_trips() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (SELECT auth.session_ok()) THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    ANALYZE app.trips, app.trip_riders;
END $$;

GRANT EXECUTE ON FUNCTION api.analyze_trips() TO mis_super_admin, mis_client_admin, mis_vendor_admin;

SET LOCAL ROLE mis_owner;
