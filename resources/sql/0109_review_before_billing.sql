-- The control that lets billing begin only when somebody has looked at the odd trips of the month.

SET LOCAL ROLE mis_definer;

-- Where the client's control `review_odd_trips` is on, a month is billed only when no billable trip of the contract is odd and not looked at.
CREATE FUNCTION private.guard_review() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    open_trips bigint;
BEGIN
    IF private.control(NEW.client_id, 'review_odd_trips') THEN
        SELECT count(DISTINCT t.id) INTO open_trips
          FROM unnest(ARRAY['OVERLAP', 'REPEATED', 'FAR_FROM_USUAL', 'NO_ESCORT']) AS k(kind)
          JOIN app.clients c ON c.id = NEW.client_id
          CROSS JOIN LATERAL api.odd_trips(NEW.client_id, lower(NEW.period), upper(NEW.period), c.time_zone, k.kind) o
          JOIN app.trips t ON t.client_id = NEW.client_id AND t.id = o.trip_id
         WHERE t.contract_id = NEW.contract_id AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL
           AND NOT EXISTS (SELECT 1 FROM app.trip_reviews r
                            WHERE r.client_id = NEW.client_id AND r.trip_id = o.trip_id AND r.kind = k.kind);
        IF open_trips > 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIPS_NOT_REVIEWED',
                MESSAGE = format('%s odd trips of this month were not looked at yet.', open_trips),
                HINT = 'Open Odd trips: accept them with a reason, hold them, or send them back.';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- a trigger's function is checked when the trigger is made, by its maker
GRANT EXECUTE ON FUNCTION private.guard_review() TO mis_owner;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER review AFTER INSERT ON app.billing_runs FOR EACH ROW WHEN (NEW.kind = 'BILL') EXECUTE FUNCTION private.guard_review();
