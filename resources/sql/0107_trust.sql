-- What was still open in sessions and audit (SECURITY.md R14, (d)): signing in takes its turn with the administration of users; corrected trips
-- and imports are told of.

SET LOCAL ROLE mis_definer;

-- As in 0005, but the user's row is locked first: a session is made either before an administrator's deed, which then sees and ends it, or after
-- it. (A connection opened with the old secret before the commit of a reset is ended by the second call, billing/services/users.py.)
CREATE OR REPLACE FUNCTION auth.sign_in() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
    connected timestamptz := (SELECT a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) a);
    new_jti uuid := gen_random_uuid();
BEGIN
    SELECT * INTO u FROM auth.users x WHERE x.pg_role = session_user AND x.active FOR NO KEY UPDATE;
    IF NOT FOUND OR NOT pg_has_role(session_user, 'mis_' || lower(u.role), 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SIGN_IN_FAILED', MESSAGE = 'E-mail or password is not right.';
    END IF;
    IF connected < clock_timestamp() - interval '5 minutes' THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SIGN_IN_AGAIN', MESSAGE = 'Sign in again on a new connection.';
    END IF;
    INSERT INTO auth.sessions (jti, user_id, expires_at, addr)
    VALUES (new_jti, u.id, clock_timestamp() + interval '10 hours', inet_client_addr());
    UPDATE auth.users SET last_sign_in_at = clock_timestamp() WHERE id = u.id;
    PERFORM audit.write(u.client_id, 'SIGN_IN', 'user', u.id);
    RETURN private.mint(u, new_jti, clock_timestamp() + interval '10 hours');
END $$;

-- Corrected trips: before and after of each, up to 100 of a statement; of more, one entry with their number and the hash of their ids. What
-- imports and runs do in bulk has an entry of its own.
CREATE FUNCTION audit.record_trips() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    told CONSTANT text[] := '{rev,created_at,updated_at,held_at,held_by,contract_id,exception}';
    r record;
BEGIN
    FOR r IN
        SELECT o.client_id, count(*) AS trips, sum(o.distance_m) AS was_m, sum(n.distance_m) AS is_m,
               sha256(convert_to(string_agg(o.id::text, ',' ORDER BY o.id), 'UTF8')) AS ids
          FROM old_trips o JOIN new_trips n ON n.client_id = o.client_id AND n.id = o.id
         WHERE (o.start_time, o.end_time, o.distance_m, o.garage_m, o.claimed_m, o.gps_m, o.waiting_s, o.late_s, o.cancelled_before_s,
                o.toll_paise, o.parking_paise, o.seats_boarded, o.calendar_days, o.is_carpool, o.escort, o.status, o.acceptance, o.vehicle_no,
                o.vehicle_type, o.vehicle_slot, o.site, o.zone, o.hold_reason)
            IS DISTINCT FROM
               (n.start_time, n.end_time, n.distance_m, n.garage_m, n.claimed_m, n.gps_m, n.waiting_s, n.late_s, n.cancelled_before_s,
                n.toll_paise, n.parking_paise, n.seats_boarded, n.calendar_days, n.is_carpool, n.escort, n.status, n.acceptance, n.vehicle_no,
                n.vehicle_type, n.vehicle_slot, n.site, n.zone, n.hold_reason)
         GROUP BY o.client_id
    LOOP
        IF r.trips > 100 THEN
            PERFORM audit.write(r.client_id, 'UPDATE', 'trip', NULL, jsonb_build_object('distance_m', r.was_m),
                jsonb_build_object('distance_m', r.is_m, 'trips', r.trips, 'ids_sha256', encode(r.ids, 'hex')));
            CONTINUE;
        END IF;
        PERFORM audit.write(r.client_id, 'UPDATE', 'trip', d.id, d.was, d.is)
           FROM (SELECT o.id, jsonb_object_agg(f.key, f.value) AS was, jsonb_object_agg(f.key, to_jsonb(n)->f.key) AS is
                   FROM old_trips o JOIN new_trips n ON n.client_id = o.client_id AND n.id = o.id
                  CROSS JOIN LATERAL jsonb_each(to_jsonb(o) - told) f
                  WHERE o.client_id = r.client_id AND to_jsonb(n)->f.key IS DISTINCT FROM f.value
                  GROUP BY o.id ORDER BY o.id) d;
    END LOOP;
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION audit.record_trips() TO mis_owner;

-- The entry that a paper or an anchor names, as far as its digits go: whether this chain still has it. The digits come from outside.
CREATE FUNCTION api.audit_has(p_chain uuid, p_seq bigint, p_digits text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_chain(p_chain);
    IF (p_digits ~ '^[0-9a-f]{16,64}$') IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_ANCHOR', MESSAGE = 'An entry is named by 16 to 64 hexadecimal digits.';
    END IF;
    RETURN EXISTS (SELECT 1 FROM audit.events e WHERE e.chain = p_chain AND e.seq = p_seq AND starts_with(encode(e.hash, 'hex'), p_digits));
END $$;
GRANT EXECUTE ON FUNCTION api.audit_has(uuid, bigint, text) TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION api.audit_heads() TO mis_viewer;   -- what a viewer exports carries the head of its own client's chain

SET LOCAL ROLE mis_owner;

CREATE TRIGGER zz_audit AFTER UPDATE ON app.trips REFERENCING OLD TABLE AS old_trips NEW TABLE AS new_trips
    FOR EACH STATEMENT EXECUTE FUNCTION audit.record_trips();
SELECT private.record_table('app.import_batches', 'import_batch', 'id', 'client_id');
