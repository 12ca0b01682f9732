-- Correcting and cancelling trips that no issued invoice bills (DESIGN.md section 3: a trip of a DRAFT run may be corrected). Those that one bills are
-- superseded instead (0083).

ALTER TABLE app.trip_actions DROP CONSTRAINT trip_actions_action_check;
ALTER TABLE app.trip_actions ADD CONSTRAINT trip_actions_action_check
    CHECK (action IN ('HOLD', 'RELEASE', 'ACCEPT', 'REJECT', 'ASSIGN', 'CORRECT', 'CANCEL'));

SET LOCAL ROLE mis_definer;

-- Corrects a trip in place. p_changes: columns of app.trips by name; riders: the employee codes, where they change. A client's staff correct
-- every trip of the client that is not on an issued invoice, a vendor's staff their own that the client has not decided about.
CREATE FUNCTION api.correct_trip(p_client uuid, p_trip uuid, p_rev integer, p_changes jsonb, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    may CONSTANT text[] := '{start_time,end_time,distance_m,garage_m,claimed_m,gps_m,waiting_s,late_s,cancelled_before_s,toll_paise,parking_paise,
seats_boarded,calendar_days,is_carpool,escort,status,vehicle_no,vehicle_type,vehicle_slot,site,zone}';
    c record;
    t app.trips;
    n app.trips;
    wrong text;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    SELECT x.* INTO t FROM app.trips x WHERE x.client_id = p_client AND x.id = p_trip FOR UPDATE;
    IF (c.role = 'SUPER_ADMIN' OR (c.role = 'CLIENT_ADMIN' AND c.client_id = p_client)
        OR (c.role = 'VENDOR_ADMIN' AND t.vendor_id = c.vendor_id AND t.acceptance = 'SUBMITTED'
            AND (c.client_id IS NULL OR c.client_id = p_client))) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Your role may not do this.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the trip is corrected.';
    ELSIF t.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such trip.';
    ELSIF t.superseded_at IS NOT NULL OR t.rev <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else changed this trip meanwhile.',
            HINT = 'Look at it again, then correct it.';
    END IF;
    SELECT k INTO wrong FROM jsonb_object_keys(p_changes) k WHERE k <> 'riders' AND NOT k = ANY (may) LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = format('%s of a trip cannot be corrected.', wrong);
    END IF;
    n := jsonb_populate_record(t, p_changes - 'riders');
    UPDATE app.trips x SET start_time = n.start_time, end_time = n.end_time, distance_m = n.distance_m, garage_m = n.garage_m,
           claimed_m = n.claimed_m, gps_m = n.gps_m, waiting_s = n.waiting_s, late_s = n.late_s, cancelled_before_s = n.cancelled_before_s,
           toll_paise = n.toll_paise, parking_paise = n.parking_paise, seats_boarded = n.seats_boarded, calendar_days = n.calendar_days,
           is_carpool = n.is_carpool, escort = n.escort, status = n.status, vehicle_no = n.vehicle_no, vehicle_type = n.vehicle_type,
           vehicle_slot = n.vehicle_slot, site = n.site, zone = n.zone
     WHERE x.client_id = p_client AND x.id = p_trip;
    IF p_changes ? 'riders' THEN
        DELETE FROM app.trip_riders r WHERE r.client_id = p_client AND r.trip_id = p_trip;
        INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code)
        SELECT p_client, p_trip, e.n, e.code FROM jsonb_array_elements_text(p_changes->'riders') WITH ORDINALITY AS e(code, n);
    END IF;
    INSERT INTO app.trip_actions (client_id, trip_id, action, reason, by_user)
    VALUES (p_client, p_trip, 'CORRECT', left(btrim(p_reason), 500), c.user_id);
END $$;

GRANT EXECUTE ON FUNCTION api.correct_trip(uuid, uuid, integer, jsonb, text) TO mis_super_admin, mis_client_admin, mis_vendor_admin;
