-- What turns out wrong after its month was issued is superseded, never edited (DESIGN.md section 3); a settlement bills the difference.

SET LOCAL ROLE mis_definer;

-- A trip on an issued invoice is settled: it may be superseded, and nothing else of it changes. One that any charge refers to is not deleted:
-- the row is locked before this runs, so a run that charges it at this moment has been waited for.
CREATE OR REPLACE FUNCTION private.guard_trip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run_status text;
    superseding text[] := '{superseded_at,superseded_by,superseded_reason,rev}';
BEGIN
    -- the lock makes a change and the issue of its bill wait for each other: whoever comes second sees what the first did
    SELECT r.status INTO run_status FROM app.trip_charges c JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
     WHERE c.client_id = OLD.client_id AND c.trip_id = OLD.id AND c.kind = 'BILL' AND c.released_at IS NULL FOR SHARE OF r;
    IF run_status = 'ISSUED' AND TG_OP = 'UPDATE' THEN
        IF OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL AND to_jsonb(NEW) - superseding = to_jsonb(OLD) - superseding THEN
            NEW.rev := OLD.rev + 1;
            RETURN NEW;
        END IF;
    END IF;
    IF run_status = 'ISSUED' OR run_status IS NOT NULL AND TG_OP = 'DELETE'
       OR TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = OLD.client_id AND c.trip_id = OLD.id
                                          AND NOT (c.kind = 'BILL' AND c.released_at IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TRIP_BILLED', MESSAGE = 'A billed trip cannot be changed.',
            HINT = 'Correct it with a reason: the difference goes onto a note. Or void the invoice.';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF (NEW.client_id, NEW.id) IS DISTINCT FROM (OLD.client_id, OLD.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'TRIP_KEY', MESSAGE = 'A trip keeps its client and its id.';
    END IF;
    NEW.rev := OLD.rev + 1;
    RETURN NEW;
END $$;

-- Corrects a trip that an issued invoice bills: the row stays, superseded, with who, when and why; a new one takes its id in the sheet. Without
-- changes the trip is withdrawn. p_changes: columns of app.trips by name; riders: the employee codes, where they change.
CREATE FUNCTION api.correct_billed_trip(p_client uuid, p_trip uuid, p_rev integer, p_new_id uuid, p_changes jsonb, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    may CONSTANT text[] := '{start_time,end_time,distance_m,garage_m,claimed_m,gps_m,waiting_s,late_s,cancelled_before_s,toll_paise,parking_paise,
seats_boarded,calendar_days,is_carpool,escort,status,vehicle_no,vehicle_type,vehicle_slot,site,zone}';
    t app.trips;
    made app.trips;
    foreign_key text;
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the trip is corrected.';
    END IF;
    SELECT x.* INTO t FROM app.trips x WHERE x.client_id = p_client AND x.id = p_trip FOR UPDATE;
    IF t.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such trip.';
    ELSIF t.superseded_at IS NOT NULL OR t.rev <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else corrected this trip meanwhile.';
    ELSIF NOT EXISTS (SELECT 1 FROM app.trip_charges c JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
                       WHERE c.client_id = p_client AND c.trip_id = p_trip AND c.kind = 'BILL' AND c.released_at IS NULL AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_BILLED', MESSAGE = 'The trip is on no issued invoice: it can be edited.';
    END IF;
    UPDATE app.trips x SET superseded_at = clock_timestamp(), superseded_by = actor, superseded_reason = left(btrim(p_reason), 500)
     WHERE x.client_id = p_client AND x.id = p_trip;
    IF p_changes IS NOT NULL THEN
        SELECT k INTO foreign_key FROM jsonb_object_keys(p_changes) k WHERE k <> 'riders' AND NOT k = ANY (may) LIMIT 1;
        IF foreign_key IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = format('%s of a trip cannot be corrected.', foreign_key);
        END IF;
        made := jsonb_populate_record(t, p_changes - 'riders');
        made.id := p_new_id;
        made.rev := 1;
        made.created_at := clock_timestamp();
        INSERT INTO app.trips SELECT made.*;
        INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code)
        SELECT p_client, p_new_id, e.n, e.code FROM jsonb_array_elements_text(p_changes->'riders') WITH ORDINALITY AS e(code, n)
         WHERE p_changes ? 'riders'
        UNION ALL SELECT p_client, p_new_id, s.seq, s.employee_code FROM app.trip_riders s
         WHERE s.client_id = p_client AND s.trip_id = p_trip AND NOT p_changes ? 'riders';
        INSERT INTO app.trip_actions (client_id, trip_id, action, reason, by_user)
        VALUES (p_client, p_new_id, 'CORRECT', left(btrim(p_reason), 500), actor);
    END IF;
    PERFORM audit.write(p_client, CASE WHEN p_changes IS NULL THEN 'WITHDRAW' ELSE 'CORRECT' END, 'trip', p_trip, NULL,
                        jsonb_build_object('id', CASE WHEN p_changes IS NULL THEN NULL ELSE p_new_id END, 'changes', p_changes), btrim(p_reason));
END $$;

-- Corrects a version in force: the old row is superseded, a new one takes its number and dates. Months that were issued with the old one stay
-- as they are; the difference is settled by notes.
CREATE OR REPLACE FUNCTION api.correct_version(p_client uuid, p_version uuid, p_rev integer, p_new_id uuid, p_model text, p_rules jsonb, p_reason text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    v app.contract_versions := private.take_version(p_client, p_version, p_rev);
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the version is corrected.';
    ELSIF v.status <> 'ACTIVE' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'VERSION_DRAFT', MESSAGE = 'A draft is edited, not corrected.';
    END IF;
    UPDATE app.contract_versions o SET superseded_at = clock_timestamp(), superseded_by = p_new_id, superseded_reason = p_reason
     WHERE o.client_id = p_client AND o.id = p_version;
    INSERT INTO app.contract_versions (client_id, id, contract_id, number, billing_model, rules_config, validity, status, note, recorded_by)
    VALUES (p_client, p_new_id, v.contract_id, v.number, p_model, p_rules, v.validity, 'ACTIVE', v.note, actor);
    PERFORM audit.write(p_client, 'CORRECT', 'contract_version', p_version, to_jsonb(v),
                        jsonb_build_object('id', p_new_id, 'billing_model', p_model, 'rules_config', p_rules), p_reason);
END $$;

-- New rules from a day that was billed already: the version in force that day is superseded by itself up to that day, and a new version with
-- the next number takes the rest of its time.
CREATE FUNCTION api.backdate_version(p_client uuid, p_version uuid, p_rev integer, p_head_id uuid, p_new_id uuid, p_from timestamptz, p_model text,
                                     p_rules jsonb, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    v app.contract_versions := private.take_version(p_client, p_version, p_rev);
    next_number integer;
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the rules change for days that are over.';
    ELSIF v.status <> 'ACTIVE' OR NOT v.validity @> p_from OR lower(v.validity) = p_from THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_IN_FORCE',
            MESSAGE = 'The new rules begin inside the time of the version that they follow.', HINT = 'From its first day on: correct the version.';
    END IF;
    SELECT 1 + max(x.number) INTO next_number FROM app.contract_versions x WHERE x.client_id = p_client AND x.contract_id = v.contract_id;
    UPDATE app.contract_versions o SET superseded_at = clock_timestamp(), superseded_by = p_head_id, superseded_reason = p_reason
     WHERE o.client_id = p_client AND o.id = p_version;
    INSERT INTO app.contract_versions (client_id, id, contract_id, number, billing_model, rules_config, validity, status, note, recorded_by)
    VALUES (p_client, p_head_id, v.contract_id, v.number, v.billing_model, v.rules_config, tstzrange(lower(v.validity), p_from), 'ACTIVE', v.note, actor),
           (p_client, p_new_id, v.contract_id, next_number, p_model, p_rules, tstzrange(p_from, upper(v.validity)), 'ACTIVE', left(p_reason, 500), actor);
    PERFORM audit.write(p_client, 'BACKDATE', 'contract_version', p_version, to_jsonb(v), jsonb_build_object('id', p_new_id, 'number', next_number,
                        'from', p_from, 'billing_model', p_model, 'rules_config', p_rules), p_reason);
    RETURN next_number;
END $$;

GRANT EXECUTE ON FUNCTION api.correct_billed_trip(uuid, uuid, integer, uuid, jsonb, text),
    api.backdate_version(uuid, uuid, integer, uuid, uuid, timestamptz, text, jsonb, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
GRANT INSERT ON app.trips, app.trip_riders, app.trip_actions TO mis_definer;
