-- Imports of a hundred thousand rows (DESIGN.md section 10). The three references of a trip are held a statement at a time, as the ledger's are:
-- checked row by row they took a quarter of an import (measured). Same locks, same refusals; who removes what a trip refers to is refused as before.

GRANT UPDATE (rev) ON app.client_vendors TO mis_definer;

SET LOCAL ROLE mis_definer;

-- Locks the parents that these trips name (the n-th of each array belong together) until the transaction ends; refuses where one is not there.
CREATE FUNCTION private.hold_trip_parents(p_clients uuid[], p_vendors uuid[], p_contracts uuid[], p_batches uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text;
    held bigint;
BEGIN
    SELECT count(*) INTO held FROM (SELECT 1 FROM app.client_vendors l
        WHERE (l.client_id, l.vendor_id) IN (SELECT u.c, u.v FROM unnest(p_clients, p_vendors) AS u(c, v)) FOR KEY SHARE OF l) x;
    IF held <> (SELECT count(*) FROM (SELECT DISTINCT u.c, u.v FROM unnest(p_clients, p_vendors) AS u(c, v)) d) THEN
        missing := 'trips_client_id_vendor_id_fkey';
    END IF;
    SELECT count(*) INTO held FROM (SELECT 1 FROM app.contracts k
        WHERE (k.client_id, k.vendor_id, k.id) IN (SELECT u.c, u.v, u.k FROM unnest(p_clients, p_vendors, p_contracts) AS u(c, v, k))
          FOR KEY SHARE OF k) x;
    IF held <> (SELECT count(*) FROM (SELECT DISTINCT u.c, u.v, u.k FROM unnest(p_clients, p_vendors, p_contracts) AS u(c, v, k)
                                       WHERE u.k IS NOT NULL) d) THEN
        missing := 'trips_client_id_vendor_id_contract_id_fkey';
    END IF;
    SELECT count(*) INTO held FROM (SELECT 1 FROM app.import_batches b
        WHERE (b.client_id, b.id) IN (SELECT u.c, u.b FROM unnest(p_clients, p_batches) AS u(c, b)) FOR KEY SHARE OF b) x;
    IF held <> (SELECT count(*) FROM (SELECT DISTINCT u.c, u.b FROM unnest(p_clients, p_batches) AS u(c, b) WHERE u.b IS NOT NULL) d) THEN
        missing := 'trips_client_id_batch_id_fkey';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = 'app', TABLE = 'trips', CONSTRAINT = missing,
            MESSAGE = format('a trip refers to something that is not there (%s)', missing);
    END IF;
END $$;

CREATE FUNCTION private.guard_new_trips() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.hold_trip_parents(array_agg(d.client_id), array_agg(d.vendor_id), array_agg(d.contract_id), array_agg(d.batch_id))
       FROM (SELECT DISTINCT f.client_id, f.vendor_id, f.contract_id, f.batch_id FROM fresh f) d HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION private.guard_moved_trip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.hold_trip_parents(ARRAY[NEW.client_id], ARRAY[NEW.vendor_id], ARRAY[NEW.contract_id], ARRAY[NEW.batch_id]);
    RETURN NULL;
END $$;

-- The other side of the references: what a trip names is not removed and keeps its key.
CREATE FUNCTION private.guard_trip_parent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone jsonb := to_jsonb(OLD);
    owner uuid := (gone->>'client_id')::uuid;
    used boolean;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'client_vendors' THEN
            used := EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = owner AND t.vendor_id = (gone->>'vendor_id')::uuid);
        WHEN 'contracts' THEN
            used := EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = owner AND t.contract_id = (gone->>'id')::uuid);
        WHEN 'import_batches' THEN
            used := EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = owner AND t.batch_id = (gone->>'id')::uuid);
    END CASE;
    IF used THEN
        RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = 'app', TABLE = TG_TABLE_NAME, CONSTRAINT = 'trips_' || TG_ARGV[0] || '_fkey',
            MESSAGE = format('a trip refers to this row of %s', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

-- Which columns the planner asks about; all of them took twice as long.
CREATE OR REPLACE FUNCTION api.analyze_trips() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (SELECT auth.session_ok()) THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    ANALYZE app.trips (client_id, id, vendor_id, contract_id, start_time, external_ref, status, acceptance, hold_reason, exception, superseded_at,
                       vehicle_no), app.trip_riders;
END $$;

GRANT EXECUTE ON FUNCTION private.guard_new_trips(), private.guard_moved_trip(), private.guard_trip_parent() TO mis_owner;

SET LOCAL ROLE mis_owner;

ALTER TABLE app.trips ALTER CONSTRAINT trips_client_id_vendor_id_fkey NOT ENFORCED;
ALTER TABLE app.trips ALTER CONSTRAINT trips_client_id_vendor_id_contract_id_fkey NOT ENFORCED;
ALTER TABLE app.trips ALTER CONSTRAINT trips_client_id_batch_id_fkey NOT ENFORCED;

CREATE TRIGGER guard_insert AFTER INSERT ON app.trips REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION private.guard_new_trips();
CREATE TRIGGER guard_moved AFTER UPDATE OF client_id, vendor_id, contract_id, batch_id ON app.trips FOR EACH ROW
    WHEN ((OLD.client_id, OLD.vendor_id, OLD.contract_id, OLD.batch_id) IS DISTINCT FROM (NEW.client_id, NEW.vendor_id, NEW.contract_id, NEW.batch_id))
    EXECUTE FUNCTION private.guard_moved_trip();
DO $$
DECLARE
    parent record;
BEGIN
    FOR parent IN SELECT * FROM (VALUES ('client_vendors', 'vendor_id', 'client_id_vendor_id'), ('contracts', 'vendor_id, id', 'client_id_vendor_id_contract_id'),
                                        ('import_batches', 'id', 'client_id_batch_id')) AS p (tab, keys, name) LOOP
        EXECUTE format('CREATE TRIGGER a_refuse_old_snapshot BEFORE DELETE ON app.%I FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_old_snapshot()',
                       parent.tab);
        EXECUTE format('CREATE TRIGGER guard_trips_kept AFTER DELETE ON app.%I FOR EACH ROW EXECUTE FUNCTION private.guard_trip_parent(%L)',
                       parent.tab, parent.name);
        EXECUTE format('CREATE TRIGGER guard_trips_keyed AFTER UPDATE OF client_id, %s ON app.%I FOR EACH ROW '
                       'WHEN ((OLD.client_id, OLD.%s) IS DISTINCT FROM (NEW.client_id, NEW.%s)) EXECUTE FUNCTION private.guard_trip_parent(%L)',
                       parent.keys, parent.tab, replace(parent.keys, ', ', ', OLD.'), replace(parent.keys, ', ', ', NEW.'), parent.name);
    END LOOP;
END $$;
