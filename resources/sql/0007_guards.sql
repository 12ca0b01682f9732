-- What may never change, for users and definers alike (DESIGN.md section 3, SECURITY.md R9). Refusals carry ERRCODE MIS01 (immutable),
-- MIS02 (refused), MIS04 (changed meanwhile) or MIS05 (bad input), the program's code in CONSTRAINT and a sentence for people in MESSAGE.

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['clients', 'client_sites', 'employees', 'vendors', 'vendor_branches', 'client_vendors', 'vehicles', 'contracts',
        'contract_versions', 'vehicle_slots', 'gst_rates', 'settings', 'import_mappings', 'billing_runs', 'number_series', 'invoices'] LOOP
        EXECUTE format('CREATE TRIGGER z_rev BEFORE UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION private.count_revision()', tab);
    END LOOP;
END $$;

-- A default site and branch come with each party.
CREATE FUNCTION private.add_default_site() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO app.client_sites (client_id, code, name, legal_name, is_default) VALUES (NEW.id, 'MAIN', NEW.name, NEW.name, true);
    RETURN NULL;
END $$;
CREATE TRIGGER default_site AFTER INSERT ON app.clients FOR EACH ROW EXECUTE FUNCTION private.add_default_site();

CREATE FUNCTION private.add_default_branch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO app.vendor_branches (vendor_id, code, name, legal_name, is_default) VALUES (NEW.id, 'MAIN', NEW.name, NEW.name, true);
    RETURN NULL;
END $$;
CREATE TRIGGER default_branch AFTER INSERT ON app.vendors FOR EACH ROW EXECUTE FUNCTION private.add_default_branch();

GRANT SELECT ON ALL TABLES IN SCHEMA app TO mis_definer;
SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.guard_time_zone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.time_zone = OLD.time_zone THEN RETURN NEW; END IF;
    BEGIN
        -- only names of the IANA form: abbreviations and offsets have no daylight saving history
        IF NEW.time_zone !~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+)+$' AND NEW.time_zone <> 'UTC' THEN RAISE invalid_parameter_value; END IF;
        PERFORM now() AT TIME ZONE NEW.time_zone;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'UNKNOWN_TIME_ZONE', MESSAGE = 'There is no such time zone.';
    END;
    IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TIME_ZONE_FIXED',
            MESSAGE = 'The time zone is fixed once the client has a trip: months and versions depend on it.';
    END IF;
    RETURN NEW;
END $$;

-- A version in force keeps its rules and its beginning. Its end may move, not into a month that was issued with it; what was wrong is superseded.
CREATE FUNCTION private.guard_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    billed_until timestamptz;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'DRAFT' THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_ACTIVE', MESSAGE = 'A version that was active is never deleted.';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.superseded_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_SUPERSEDED', MESSAGE = 'This version was replaced and is kept as it was.';
    END IF;
    IF (NEW.client_id, NEW.id, NEW.contract_id) IS DISTINCT FROM (OLD.client_id, OLD.id, OLD.contract_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_ACTIVE', MESSAGE = 'A version stays with its contract.';
    END IF;
    IF OLD.status = 'ACTIVE' THEN
        IF (NEW.status, NEW.number, NEW.billing_model, NEW.rules_config, lower(NEW.validity), NEW.recorded_at)
           IS DISTINCT FROM (OLD.status, OLD.number, OLD.billing_model, OLD.rules_config, lower(OLD.validity), OLD.recorded_at) THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_ACTIVE',
                MESSAGE = 'The rules and the start of an active version do not change.', HINT = 'Renew it with a new version, or correct it.';
        END IF;
        IF NEW.validity IS DISTINCT FROM OLD.validity THEN
            SELECT max(upper(r.period)) INTO billed_until
              FROM app.billing_run_versions v JOIN app.billing_runs r ON r.client_id = v.client_id AND r.id = v.run_id
             WHERE v.client_id = OLD.client_id AND v.version_id = OLD.id AND r.status = 'ISSUED';
            -- the version may have ended inside its last issued month: then that end stands
            IF billed_until IS NOT NULL AND upper(NEW.validity) < least(billed_until, coalesce(upper(OLD.validity), 'infinity')) THEN
                RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_BILLED',
                    MESSAGE = 'The version cannot end before the end of its last issued month.';
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- A trip on an issued invoice is settled: what was wrong is superseded and the difference goes into a note. One that any charge refers to
-- is not deleted: the row is locked before this runs, so a run that charges it at this moment has been waited for.
CREATE FUNCTION private.guard_trip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run_status text;
BEGIN
    -- the lock makes a change and the issue of its bill wait for each other: whoever comes second sees what the first did
    SELECT r.status INTO run_status FROM app.trip_charges c JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
     WHERE c.client_id = OLD.client_id AND c.trip_id = OLD.id AND c.kind = 'BILL' AND c.released_at IS NULL FOR SHARE OF r;
    IF run_status = 'ISSUED' OR run_status IS NOT NULL AND TG_OP = 'DELETE'
       OR TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = OLD.client_id AND c.trip_id = OLD.id
                                          AND NOT (c.kind = 'BILL' AND c.released_at IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TRIP_BILLED', MESSAGE = 'A billed trip cannot be changed.',
            HINT = 'Void the invoice or credit the difference.';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF (NEW.client_id, NEW.id) IS DISTINCT FROM (OLD.client_id, OLD.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TRIP_KEY', MESSAGE = 'A trip keeps its client and its id.';
    END IF;
    NEW.rev := OLD.rev + 1;
    RETURN NEW;
END $$;

-- What the two foreign keys of trip_charges say, a batch at a time: run and trips are there, and stay there until this transaction ends. And what
-- a bill may charge: a trip of the run's contract and month, accepted, not held, at the revision that was rated, under the version in force at
-- its start. One look at each trip for all of it. Nested loops, because a plan made for one batch must not read all trips for each of fifty.
CREATE FUNCTION private.guard_charges() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    r app.billing_runs;
    numbers integer[];
    validities tstzrange[];
    found_trips bigint;
    fitting bigint;
    all_found bigint := 0;
BEGIN
    FOR r IN SELECT b.* FROM app.billing_runs b WHERE (b.client_id, b.id) IN (SELECT f.client_id, f.run_id FROM fresh f) LOOP
        -- the run's few versions as arrays: a join would look them up again for every trip
        SELECT array_agg(b.version_number), array_agg(v.validity) INTO numbers, validities FROM app.billing_run_versions b
          JOIN app.contract_versions v ON v.client_id = b.client_id AND v.id = b.version_id WHERE b.client_id = r.client_id AND b.run_id = r.id;
        SELECT count(*), count(*) FILTER (WHERE x.fits) INTO found_trips, fitting
          FROM (SELECT f.kind <> 'BILL' OR (t.contract_id = r.contract_id AND t.start_time >= lower(r.period) AND t.start_time < upper(r.period)
                       AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL AND t.rev = f.trip_rev
                       AND validities[array_position(numbers, f.version_number::integer)] @> t.start_time) AS fits
                  FROM fresh f JOIN app.trips t ON t.client_id = f.client_id AND t.id = f.trip_id
                 WHERE f.client_id = r.client_id AND f.run_id = r.id FOR KEY SHARE OF t) x;
        IF fitting <> found_trips THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED',
                MESSAGE = format('%s trips changed while they were rated.', found_trips - fitting), HINT = 'Run billing again.';
        END IF;
        all_found := all_found + found_trips;
    END LOOP;
    IF all_found <> (SELECT count(*) FROM fresh) THEN
        RAISE EXCEPTION USING ERRCODE = '23503', CONSTRAINT = 'trip_charges_client_id_trip_id_fkey',
            MESSAGE = 'a charge of a trip or a run that is not there';
    END IF;
    RETURN NULL;
END $$;

-- Riders count towards incentives and seats: settled like their trip, and a change after rating makes a new revision of it.
-- Statement-level, because an import adds them by the hundred thousand.
CREATE FUNCTION private.guard_riders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Trips just imported have ids beyond every billed one; a look at the range spares an import one probe for each rider.
    IF NOT EXISTS (SELECT 1 FROM app.trip_charges c
                    WHERE c.client_id IN (SELECT f.client_id FROM fresh f) AND c.kind = 'BILL' AND c.released_at IS NULL
                      AND c.trip_id >= (SELECT f.trip_id FROM fresh f ORDER BY f.trip_id LIMIT 1)
                      AND c.trip_id <= (SELECT f.trip_id FROM fresh f ORDER BY f.trip_id DESC LIMIT 1)) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT 1 FROM fresh f JOIN app.trip_charges c ON c.client_id = f.client_id AND c.trip_id = f.trip_id
                        JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
                WHERE c.kind = 'BILL' AND c.released_at IS NULL AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TRIP_BILLED', MESSAGE = 'A billed trip cannot be changed.',
            HINT = 'Void the invoice or credit the difference.';
    END IF;
    UPDATE app.trips t SET rev = t.rev
      FROM (SELECT DISTINCT f.client_id, f.trip_id FROM fresh f) d
     WHERE t.client_id = d.client_id AND t.id = d.trip_id
       AND EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = d.client_id AND c.trip_id = d.trip_id
                                                     AND c.kind = 'BILL' AND c.released_at IS NULL);
    RETURN NULL;
END $$;

-- A run moves DRAFT -> ISSUED -> VOID or DRAFT -> SUPERSEDED; its inputs and figures are fixed once the charges are posted.
CREATE FUNCTION private.guard_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'RUN_KEPT', MESSAGE = 'A billing run is never deleted.';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('DRAFT', 'ISSUED'), ('DRAFT', 'SUPERSEDED'), ('ISSUED', 'VOID')) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'RUN_STATUS', MESSAGE = 'A billing run cannot go back.';
    END IF;
    IF OLD.posted_at IS NOT NULL AND
       to_jsonb(NEW) - '{status,issued_at,ended_at,rev}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{status,issued_at,ended_at,rev}'::text[] THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'RUN_POSTED', MESSAGE = 'The figures of a posted run do not change.';
    END IF;
    RETURN NEW;
END $$;

-- Charges of a run that was issued stay for ever; only the release of a void one is written.
CREATE FUNCTION private.guard_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'released_at' = to_jsonb(OLD) - 'released_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'CHARGE_FIXED', MESSAGE = 'A charge does not change.';
END $$;

-- Statement-level: deleting the million charges of a replaced draft must not call a function a million times.
CREATE FUNCTION private.guard_charge_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT g.client_id, g.run_id FROM gone g) d
               JOIN app.billing_runs r ON r.client_id = d.client_id AND r.id = d.run_id WHERE r.issued_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'CHARGE_FIXED', MESSAGE = 'Charges of an issued run are never deleted.';
    END IF;
    RETURN NULL;
END $$;

-- An issued document is as it was issued; only its voiding may be written, and a number is never changed or given back.
CREATE FUNCTION private.guard_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.issued_at IS NULL THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'ISSUED' AND NEW.status = 'VOID'
       AND to_jsonb(NEW) - '{status,void_at,void_by,void_reason,rev}'::text[] = to_jsonb(OLD) - '{status,void_at,void_by,void_reason,rev}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'INVOICE_ISSUED', MESSAGE = 'An issued invoice does not change.',
        HINT = 'Void it or write a note.';
END $$;

CREATE FUNCTION private.guard_invoice_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    line app.invoice_lines := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT 1 FROM app.invoices i WHERE i.client_id = line.client_id AND i.id = line.invoice_id AND i.issued_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'INVOICE_ISSUED', MESSAGE = 'An issued invoice does not change.',
            HINT = 'Void it or write a note.';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION private.guard_series() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.next_number < OLD.next_number OR (OLD.next_number > OLD.first_number AND
       (NEW.prefix, NEW.template, NEW.first_number, NEW.gstin) IS DISTINCT FROM (OLD.prefix, OLD.template, OLD.first_number, OLD.gstin)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'SERIES_USED', MESSAGE = 'A number series that was used does not change.';
    END IF;
    RETURN NEW;
END $$;

-- a trigger's function is checked when the trigger is made, by its maker
GRANT EXECUTE ON FUNCTION private.guard_time_zone(), private.guard_version(), private.guard_trip(), private.guard_riders(),
    private.guard_run(), private.guard_charges(), private.guard_charge(), private.guard_charge_delete(), private.guard_invoice(), private.guard_invoice_line(),
    private.guard_series() TO mis_owner;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER guard_time_zone BEFORE INSERT OR UPDATE OF time_zone ON app.clients FOR EACH ROW EXECUTE FUNCTION private.guard_time_zone();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.contract_versions FOR EACH ROW EXECUTE FUNCTION private.guard_version();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.trips FOR EACH ROW EXECUTE FUNCTION private.guard_trip();
CREATE TRIGGER guard_insert AFTER INSERT ON app.trip_riders REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_riders();
CREATE TRIGGER guard_update AFTER UPDATE ON app.trip_riders REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_riders();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.trip_actions FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.billing_runs FOR EACH ROW EXECUTE FUNCTION private.guard_run();
CREATE TRIGGER guard BEFORE UPDATE ON app.trip_charges FOR EACH ROW EXECUTE FUNCTION private.guard_charge();
CREATE TRIGGER guard_insert AFTER INSERT ON app.trip_charges REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_charges();
CREATE TRIGGER guard_delete AFTER DELETE ON app.trip_charges REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_charge_delete();
CREATE TRIGGER guard BEFORE UPDATE ON app.period_charges FOR EACH ROW EXECUTE FUNCTION private.guard_charge();
CREATE TRIGGER guard_delete AFTER DELETE ON app.period_charges REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_charge_delete();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.invoices FOR EACH ROW EXECUTE FUNCTION private.guard_invoice();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON app.invoice_lines FOR EACH ROW EXECUTE FUNCTION private.guard_invoice_line();
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON app.number_series FOR EACH ROW EXECUTE FUNCTION private.guard_series();
DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['trips', 'billing_runs', 'trip_charges', 'period_charges', 'invoices', 'invoice_lines', 'number_series',
                               'contract_versions'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.%I FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change()', tab);
    END LOOP;
END $$;
