-- The close of a month of a million trips, as fast as one server-side INSERT..SELECT of the same rows (DESIGN.md section 10). The guarantees are
-- those of 0007 and 0010; what changed is how often each row is looked at.

SET LOCAL ROLE mis_definer;

-- A trip that is deleted, or leaves its contract, waits for a run of that contract which is being written: the run holds the contract's row
-- (private.guard_charges). So a run need not lock a million trips one by one. Fires before `guard`, which then sees the charges of that run.
CREATE FUNCTION private.wait_for_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM app.contracts k WHERE k.client_id = OLD.client_id AND k.id = OLD.contract_id FOR SHARE;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION private.refuse_old_snapshot() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    isolation text;
BEGIN
    EXECUTE 'SHOW transaction_isolation' INTO isolation;
    IF isolation <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'OLD_SNAPSHOT', MESSAGE = 'Trips are removed under READ COMMITTED only.',
            HINT = 'A transaction of another kind does not see who billed them since it began.';
    END IF;
    RETURN NULL;
END $$;

-- What the two foreign keys of trip_charges say, a batch at a time: run and trips are there, and stay there until this transaction ends. And what
-- a bill may charge: a trip of the run's contract and month, accepted, not held, at the revision that was rated, under the version in force at
-- its start. A batch comes in rating order: one walk along the contract's index from its first trip to its last, joined to the batch by hash,
-- answers for every row of it; where that does not find and approve every row, each is looked up and locked by itself, and the refusal says why.
CREATE OR REPLACE FUNCTION private.guard_charges() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    SET enable_hashjoin = on SET enable_mergejoin = off SET enable_nestloop = on AS $$
DECLARE
    part record;
    r app.billing_runs;
    low integer;
    begins timestamptz[];
    ends timestamptz[];
    first_start timestamptz;
    last_start timestamptz;
    found_trips bigint;
    fitting bigint;
    isolation text;
BEGIN
    EXECUTE 'SHOW transaction_isolation' INTO isolation;
    FOR part IN SELECT f.client_id, f.run_id, count(*) AS charges, bool_and(f.kind = 'BILL') AS plain FROM fresh f GROUP BY 1, 2 LOOP
        SELECT * INTO r FROM app.billing_runs b WHERE b.client_id = part.client_id AND b.id = part.run_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = '23503', CONSTRAINT = 'trip_charges_client_id_trip_id_fkey',
                MESSAGE = 'a charge of a trip or a run that is not there';
        END IF;
        -- who would delete a trip of this contract, or move it to another one, waits here (private.wait_for_run)
        PERFORM 1 FROM app.contracts k WHERE k.client_id = r.client_id AND k.id = r.contract_id FOR NO KEY UPDATE;
        -- the run's few versions as arrays by number: a join would look them up again for every trip
        SELECT min(b.version_number) INTO low FROM app.billing_run_versions b WHERE b.client_id = r.client_id AND b.run_id = r.id;
        SELECT array_agg(CASE WHEN v.id IS NOT NULL THEN coalesce(lower(v.validity), '-infinity') END ORDER BY n),
               array_agg(coalesce(upper(v.validity), 'infinity') ORDER BY n) INTO begins, ends
          FROM generate_series(low, (SELECT max(b.version_number) FROM app.billing_run_versions b
                                      WHERE b.client_id = r.client_id AND b.run_id = r.id)) n
          LEFT JOIN (app.billing_run_versions b
                     JOIN app.contract_versions v ON v.client_id = b.client_id AND v.id = b.version_id)
            ON b.client_id = r.client_id AND b.run_id = r.id AND b.version_number = n;
        fitting := 0;
        -- under another isolation the snapshot may be older than the lock: then each trip is locked
        IF part.plain AND isolation = 'read committed' THEN
            SELECT min(t.start_time), max(t.start_time) INTO first_start, last_start FROM app.trips t
             WHERE t.client_id = r.client_id AND t.id = ANY (ARRAY[(SELECT f.trip_id FROM fresh f LIMIT 1),
                                                                   (SELECT f.trip_id FROM fresh f OFFSET part.charges - 1 LIMIT 1)]);
            PERFORM set_config('enable_nestloop', 'off', true);
            SELECT count(*) INTO fitting
              FROM fresh f JOIN app.trips t ON t.id = f.trip_id
             WHERE f.client_id = r.client_id AND f.run_id = r.id
               AND t.client_id = r.client_id AND t.contract_id = r.contract_id AND t.start_time BETWEEN first_start AND last_start
               AND t.start_time >= lower(r.period) AND t.start_time < upper(r.period)
               AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL AND t.rev = f.trip_rev
               AND t.start_time >= begins[f.version_number - low + 1] AND t.start_time < ends[f.version_number - low + 1];
            PERFORM set_config('enable_nestloop', 'on', true);
        END IF;
        IF fitting <> part.charges THEN
            PERFORM set_config('enable_hashjoin', 'off', true);
            SELECT count(*), count(*) FILTER (WHERE x.fits) INTO found_trips, fitting
              FROM (SELECT f.kind <> 'BILL' OR (t.contract_id = r.contract_id AND t.start_time >= lower(r.period) AND t.start_time < upper(r.period)
                           AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL AND t.rev = f.trip_rev
                           AND t.start_time >= begins[f.version_number - low + 1] AND t.start_time < ends[f.version_number - low + 1]) AS fits
                      FROM fresh f JOIN app.trips t ON t.client_id = f.client_id AND t.id = f.trip_id
                     WHERE f.client_id = r.client_id AND f.run_id = r.id FOR KEY SHARE OF t) x;
            PERFORM set_config('enable_hashjoin', 'on', true);
            IF fitting <> found_trips THEN
                RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED',
                    MESSAGE = format('%s trips changed while they were rated.', found_trips - fitting), HINT = 'Run billing again.';
            ELSIF found_trips <> part.charges THEN
                RAISE EXCEPTION USING ERRCODE = '23503', CONSTRAINT = 'trip_charges_client_id_trip_id_fkey',
                    MESSAGE = 'a charge of a trip or a run that is not there';
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

GRANT EXECUTE ON FUNCTION private.wait_for_run(), private.refuse_old_snapshot() TO mis_owner;

-- One batch of the ledger, as columns; a code that no trip of the batch has is NULL and costs nothing: only the columns that are there are unpacked
-- and added up. Every row's figures must add up and have the right sign; private.guard_charges sees to it that it is a trip of the run's contract
-- and month, accepted, not held, and as it was rated.
CREATE OR REPLACE FUNCTION api.post_charges(p_client uuid, p_run uuid, p_trips uuid[], p_revs integer[], p_versions smallint[], p_tax_milli integer[],
    p_shown bigint[], p_toll_taxable boolean[], p_parking_taxable boolean[], p_taxable bigint[], p_non_taxable bigint[], p_tax bigint[],
    p_incentive bigint[], p_base_fare bigint[], p_distance bigint[], p_time bigint[], p_slab bigint[], p_zone bigint[], p_seats bigint[],
    p_package bigint[], p_extra_km bigint[], p_extra_hour bigint[], p_driver_allowance bigint[], p_min_fare_topup bigint[],
    p_max_fare_cap bigint[], p_carpool_discount bigint[], p_night bigint[], p_escort bigint[], p_waiting bigint[], p_toll bigint[],
    p_parking bigint[], p_no_show bigint[], p_cancellation bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.billing_runs := private.open_run(p_client, p_run);
    written integer;
    given record;
BEGIN
    -- names are of this list alone; $n is the place among the arguments below
    SELECT string_agg(format(', %I', c.name), '') AS names,
           string_agg(format(', coalesce(u.%I, %s)', c.name, c.blank), '') AS kept,
           string_agg(format(', unnest($%s) AS %I', c.place, c.name), '') AS unpacked,
           coalesce(string_agg(format('coalesce(u.%I, 0)', c.name), ', ') FILTER (WHERE c.sign > 0), '0') AS rising,
           coalesce(string_agg(format('coalesce(u.%I, 0)', c.name), ', ') FILTER (WHERE c.sign < 0), '0') AS falling,
           coalesce(string_agg(CASE c.name WHEN 'toll' THEN taxed.toll WHEN 'parking' THEN taxed.parking
                               ELSE format('coalesce(u.%I, 0)', c.name) END, ' + ') FILTER (WHERE c.is_code), '0') AS taxable,
           coalesce(string_agg(CASE c.name WHEN 'toll' THEN taxed.no_toll WHEN 'parking' THEN taxed.no_parking END, ' + ')
                    FILTER (WHERE c.name IN ('toll', 'parking')), '0') AS non_taxable,
           CASE WHEN p_non_taxable IS NULL THEN '0' ELSE 'coalesce(u.non_taxable, 0)' END AS said_non_taxable
      INTO given
      FROM (VALUES ('toll_taxable', 8, p_toll_taxable IS NOT NULL, 0, false, 'true'), ('parking_taxable', 9, p_parking_taxable IS NOT NULL, 0, false, 'true'),
            ('non_taxable', 11, p_non_taxable IS NOT NULL, 0, false, '0'), ('tax', 12, p_tax IS NOT NULL, 0, false, '0'),
            ('incentive', 13, p_incentive IS NOT NULL, 1, false, '0'), ('base_fare', 14, p_base_fare IS NOT NULL, 1, true, '0'),
            ('distance', 15, p_distance IS NOT NULL, 1, true, '0'), ('time', 16, p_time IS NOT NULL, 1, true, '0'),
            ('slab', 17, p_slab IS NOT NULL, 1, true, '0'), ('zone', 18, p_zone IS NOT NULL, 1, true, '0'),
            ('seats', 19, p_seats IS NOT NULL, 1, true, '0'), ('package', 20, p_package IS NOT NULL, 1, true, '0'),
            ('extra_km', 21, p_extra_km IS NOT NULL, 1, true, '0'), ('extra_hour', 22, p_extra_hour IS NOT NULL, 1, true, '0'),
            ('driver_allowance', 23, p_driver_allowance IS NOT NULL, 1, true, '0'), ('min_fare_topup', 24, p_min_fare_topup IS NOT NULL, 1, true, '0'),
            ('max_fare_cap', 25, p_max_fare_cap IS NOT NULL, -1, true, '0'), ('carpool_discount', 26, p_carpool_discount IS NOT NULL, -1, true, '0'),
            ('night', 27, p_night IS NOT NULL, 1, true, '0'), ('escort', 28, p_escort IS NOT NULL, 1, true, '0'),
            ('waiting', 29, p_waiting IS NOT NULL, 1, true, '0'), ('toll', 30, p_toll IS NOT NULL, 1, true, '0'),
            ('parking', 31, p_parking IS NOT NULL, 1, true, '0'), ('no_show', 32, p_no_show IS NOT NULL, 1, true, '0'),
            ('cancellation', 33, p_cancellation IS NOT NULL, 1, true, '0')) AS c(name, place, there, sign, is_code, blank),
           (SELECT 'coalesce(u.toll, 0)' || CASE WHEN p_toll_taxable IS NOT NULL THEN ' * (u.toll_taxable IS NOT FALSE)::integer' ELSE '' END,
                   'coalesce(u.parking, 0)' || CASE WHEN p_parking_taxable IS NOT NULL THEN ' * (u.parking_taxable IS NOT FALSE)::integer' ELSE '' END,
                   'coalesce(u.toll, 0)' || CASE WHEN p_toll_taxable IS NOT NULL THEN ' * (u.toll_taxable IS FALSE)::integer' ELSE ' * 0' END,
                   'coalesce(u.parking, 0)' || CASE WHEN p_parking_taxable IS NOT NULL THEN ' * (u.parking_taxable IS FALSE)::integer' ELSE ' * 0' END
           ) AS taxed(toll, parking, no_toll, no_parking)
     WHERE c.there;
    -- unnest in the select list runs along the arrays; in FROM it would first copy all of them
    EXECUTE format('INSERT INTO app.trip_charges (client_id, run_id, trip_id, trip_rev, version_number, tax_milli, lines_shown, taxable%s) '
                   'SELECT $1, $2, u.trip, u.rev, u.version, u.tax_milli, u.shown, u.taxable%s '
                   '  FROM (SELECT unnest($3) AS trip, unnest($4) AS rev, unnest($5) AS version, unnest($6) AS tax_milli, unnest($7) AS shown, '
                   '               unnest($10) AS taxable%s) u '
                   ' WHERE least(%s) >= 0 AND greatest(%s) <= 0 AND u.taxable = %s AND %s = %s',
                   given.names, given.kept, given.unpacked, given.rising, given.falling, given.taxable, given.said_non_taxable, given.non_taxable)
      USING p_client, p_run, p_trips, p_revs, p_versions, p_tax_milli, p_shown, p_toll_taxable, p_parking_taxable, p_taxable, p_non_taxable, p_tax,
            p_incentive, p_base_fare, p_distance, p_time, p_slab, p_zone, p_seats, p_package, p_extra_km, p_extra_hour, p_driver_allowance,
            p_min_fare_topup, p_max_fare_cap, p_carpool_discount, p_night, p_escort, p_waiting, p_toll, p_parking, p_no_show, p_cancellation;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(p_trips) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED',
            MESSAGE = format('The charges of %s trips do not add up.', cardinality(p_trips) - written),
            HINT = 'Run billing again.';
    END IF;
    RETURN written;
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIP_BILLED', MESSAGE = 'A trip of this month is billed already.';
END $$;

-- The ledger of a run in one pass: a row per (tax percent, toll taxed, parking taxed) with its sums. RETURN QUERY, in a function of its own, may use
-- the second processor, which is idle meanwhile; INTO may not. The planner knows nothing of a run that is being written, so it is told.
CREATE FUNCTION private.ledger_parts(p_client uuid, p_run uuid)
RETURNS TABLE (tax_milli integer, toll_taxable boolean, parking_taxable boolean, trips bigint, all_taxable bigint, all_non_taxable bigint,
               all_incentive bigint, amounts bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0
    SET min_parallel_table_scan_size = 0 SET min_parallel_index_scan_size = 0 AS $$
BEGIN
    RETURN QUERY
    SELECT c.tax_milli, c.toll_taxable, c.parking_taxable, count(*), sum(c.taxable)::bigint, sum(c.non_taxable)::bigint, sum(c.incentive)::bigint,
           ARRAY[sum(c.base_fare), sum(c.distance), sum(c.time), sum(c.slab), sum(c.zone), sum(c.seats), sum(c.package), sum(c.extra_km),
                 sum(c.extra_hour), sum(c.driver_allowance), sum(c.min_fare_topup), sum(c.max_fare_cap), sum(c.carpool_discount), sum(c.night),
                 sum(c.escort), sum(c.waiting), sum(c.toll), sum(c.parking), sum(c.no_show), sum(c.cancellation)]::bigint[]
      FROM app.trip_charges c WHERE c.client_id = p_client AND c.run_id = p_run
     GROUP BY c.tax_milli, c.toll_taxable, c.parking_taxable;
END $$;

-- The lines that such parts and the period charges of a run come to: a row per (code, tax percent, taxed, from trips or period).
CREATE FUNCTION private.lines_of(p_client uuid, p_run uuid, p_parts jsonb)
RETURNS TABLE (source text, code text, taxable boolean, tax_milli integer, amount bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH flat AS (
        SELECT 'TRIP' AS source, x.code, x.taxable, CASE WHEN x.taxable THEN p.tax_milli ELSE 0 END AS tax_milli, p.amounts[x.place] AS amount
          FROM jsonb_to_recordset(p_parts) AS p(tax_milli integer, toll_taxable boolean, parking_taxable boolean, amounts bigint[])
         CROSS JOIN LATERAL (VALUES
            (1, 'BASE_FARE', true), (2, 'DISTANCE', true), (3, 'TIME', true), (4, 'SLAB', true), (5, 'ZONE', true), (6, 'SEATS', true),
            (7, 'PACKAGE', true), (8, 'EXTRA_KM', true), (9, 'EXTRA_HOUR', true), (10, 'DRIVER_ALLOWANCE', true), (11, 'MIN_FARE_TOPUP', true),
            (12, 'MAX_FARE_CAP', true), (13, 'CARPOOL_DISCOUNT', true), (14, 'NIGHT', true), (15, 'ESCORT', true), (16, 'WAITING', true),
            (17, 'TOLL', p.toll_taxable), (18, 'PARKING', p.parking_taxable), (19, 'NO_SHOW', true), (20, 'CANCELLATION', true)
            ) AS x(place, code, taxable)
        UNION ALL
        SELECT 'PERIOD', c.code, true, c.tax_milli, c.amount FROM app.period_charges c WHERE c.client_id = p_client AND c.run_id = p_run)
    SELECT f.source, f.code, f.taxable, f.tax_milli, sum(f.amount)::bigint FROM flat f GROUP BY 1, 2, 3, 4 HAVING sum(f.amount) <> 0 $$;

-- What the ledger of a run comes to: what its document must say.
CREATE OR REPLACE FUNCTION private.ledger_sums(p_client uuid, p_run uuid)
RETURNS TABLE (source text, code text, taxable boolean, tax_milli integer, amount bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.* FROM private.lines_of(p_client, p_run, (SELECT jsonb_agg(to_jsonb(p)) FROM private.ledger_parts(p_client, p_run) p)) l $$;

DROP FUNCTION private.check_sums(uuid, uuid, app.billing_runs, app.billing_runs, bigint, bigint, bigint, jsonb, jsonb, jsonb);
-- The assertions of SECURITY.md (e): lines = ledger, groups = lines, tax from taxable value, total = its parts.
CREATE FUNCTION private.check_sums(p_client uuid, p_run uuid, r app.billing_runs, f app.billing_runs, p_taxable bigint, p_non_taxable bigint,
                                   p_incentive bigint, p_groups jsonb, p_lines jsonb, p_invoice jsonb, p_parts jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    reverse boolean := coalesce((p_invoice->>'reverse_charge')::boolean, false);
    -- tax_level line sums many roundings, so it can only be bounded
    slack bigint := CASE WHEN p_invoice->>'tax_level' = 'line' THEN 1 + f.trips + jsonb_array_length(p_lines) ELSE 0 END;
BEGIN
    IF (f.taxable, f.non_taxable, f.incentive) IS DISTINCT FROM (p_taxable, p_non_taxable, p_incentive) THEN wrong := 'the ledger';
    ELSIF f.total <> f.taxable + f.non_taxable + f.tax + f.round_off + f.incentive THEN wrong := 'the total';
    ELSIF abs(f.round_off) > 50 THEN wrong := 'the round-off';
    ELSIF f.tds < 0 OR f.rcm_tax < 0 AND f.taxable > 0 THEN wrong := 'the tax withheld';
    ELSIF EXISTS (
        SELECT 1 FROM private.lines_of(p_client, p_run, p_parts) s
        FULL JOIN (SELECT x.source, x.code, x.taxable, x.tax_milli, x.amount FROM jsonb_to_recordset(p_lines)
                   AS x(source text, code text, taxable boolean, tax_milli integer, amount bigint) WHERE x.amount <> 0) l
               USING (source, code, taxable, tax_milli, amount)
         WHERE s.code IS NULL OR l.code IS NULL) THEN wrong := 'the lines';
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT x.tax_milli, sum(x.amount) AS taxable FROM jsonb_to_recordset(p_lines)
                       AS x(taxable boolean, tax_milli integer, amount bigint) WHERE x.taxable GROUP BY 1) l
        FULL JOIN jsonb_to_recordset(p_groups) AS g(tax_milli integer, taxable bigint, tax bigint, cgst bigint, sgst bigint, igst bigint)
               USING (tax_milli)
         WHERE l.taxable IS DISTINCT FROM g.taxable
            OR abs(g.tax - CASE WHEN reverse THEN 0
                                WHEN p_invoice->>'supply' = 'INTRA' THEN 2 * round(g.taxable * tax_milli / 200000.0)
                                ELSE round(g.taxable * tax_milli / 100000.0) END) > slack
            OR (p_invoice->>'supply' = 'INTRA' AND (g.cgst <> g.sgst OR g.tax <> g.cgst + g.sgst))) THEN wrong := 'the tax';
    ELSIF (f.tax, f.cgst, f.sgst, f.igst) IS DISTINCT FROM (
        SELECT (coalesce(sum(g.tax), 0)::bigint, coalesce(sum(g.cgst), 0)::bigint, coalesce(sum(g.sgst), 0)::bigint, coalesce(sum(g.igst), 0)::bigint)
          FROM jsonb_to_recordset(p_groups) AS g(tax bigint, cgst bigint, sgst bigint, igst bigint)) THEN wrong := 'the tax of the groups';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER',
            MESSAGE = format('The billing run was refused: %s and the charges posted do not agree.', wrong);
    END IF;
END $$;

-- How many trips a run of this contract and period bills; on both processors, as above.
CREATE FUNCTION private.count_billable(p_client uuid, p_contract uuid, p_period tstzrange) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET parallel_setup_cost = 0
    SET parallel_tuple_cost = 0 AS $$
BEGIN
    RETURN QUERY SELECT count(*) FROM private.billable_trips(p_client, p_contract, p_period);
END $$;

-- Closes a run: period charges, totals and the draft invoice with its lines; refuses unless all of them agree with the ledger to the paisa.
-- Arguments as in 0010.
CREATE OR REPLACE FUNCTION api.finish_run(p_client uuid, p_run uuid, p_period jsonb, p_totals jsonb, p_groups jsonb, p_invoice jsonb, p_lines jsonb)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    r app.billing_runs := private.open_run(p_client, p_run);
    k app.contracts;
    t record;
    f app.billing_runs := jsonb_populate_record(NULL::app.billing_runs, p_totals);
    eligible bigint;
BEGIN
    INSERT INTO app.period_charges (client_id, run_id, version_number, code, slot, amount, tax_milli)
    SELECT p_client, p_run, x.version, x.code, coalesce(x.slot, ''), x.amount, x.tax_milli
      FROM jsonb_to_recordset(p_period) AS x(version smallint, code text, slot text, amount bigint, tax_milli integer);
    -- the ledger is read once, for all that is compared with it
    SELECT jsonb_agg(to_jsonb(p)) AS parts, coalesce(sum(p.trips), 0) AS trips, coalesce(sum(p.all_taxable), 0) AS taxable,
           coalesce(sum(p.all_non_taxable), 0) AS non_taxable, coalesce(sum(p.all_incentive), 0) AS incentive INTO t
      FROM private.ledger_parts(p_client, p_run) p;
    SELECT private.count_billable(p_client, r.contract_id, r.period) INTO eligible;
    IF t.trips <> eligible THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED',
            MESSAGE = format('The month has %s billable trips, but %s were rated.', eligible, t.trips), HINT = 'Run billing again.';
    END IF;
    SELECT t.taxable + coalesce(sum(c.amount), 0) INTO t.taxable FROM app.period_charges c WHERE c.client_id = p_client AND c.run_id = p_run;
    PERFORM private.check_sums(p_client, p_run, r, f, t.taxable::bigint, t.non_taxable::bigint, t.incentive::bigint, p_groups, p_lines, p_invoice, t.parts);
    UPDATE app.billing_runs x SET trips = t.trips, distance_m = f.distance_m, taxable = f.taxable, non_taxable = f.non_taxable, tax = f.tax,
           cgst = f.cgst, sgst = f.sgst, igst = f.igst, rcm_tax = f.rcm_tax, round_off = f.round_off, incentive = f.incentive,
           total = f.total, tds = f.tds, posted_at = clock_timestamp()
     WHERE x.client_id = p_client AND x.id = p_run;
    SELECT * INTO STRICT k FROM app.contracts c WHERE c.client_id = p_client AND c.id = r.contract_id;
    INSERT INTO app.invoices (client_id, id, run_id, contract_id, vendor_id, site_id, branch_id, doc_type, month, place_of_supply, supply, sac,
        reverse_charge, taxable, non_taxable, tax, cgst, sgst, igst, rcm_tax, round_off, total, tds_milli, tds, created_by)
    SELECT p_client, (p_invoice->>'id')::uuid, p_run, k.id, k.vendor_id, k.site_id, k.branch_id,
           CASE l.billing_mode WHEN 'FOR_VENDOR' THEN 'INVOICE' ELSE l.billing_mode END, r.month, p_invoice->>'place_of_supply',
           p_invoice->>'supply', k.sac, coalesce((p_invoice->>'reverse_charge')::boolean, false), f.taxable, f.non_taxable, f.tax, f.cgst, f.sgst,
           f.igst, f.rcm_tax, f.round_off, f.total - f.incentive, coalesce((p_invoice->>'tds_milli')::integer, 0), f.tds, actor
      FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = k.vendor_id;
    INSERT INTO app.invoice_lines (client_id, invoice_id, line_no, source, code, taxable, tax_milli, sac, description, quantity, unit, amount,
                                   tax, cgst, sgst, igst)
    SELECT p_client, (p_invoice->>'id')::uuid, n, x.source, x.code, x.taxable, x.tax_milli, k.sac, x.description, x.quantity, x.unit, x.amount,
           coalesce(x.tax, 0), coalesce(x.cgst, 0), coalesce(x.sgst, 0), coalesce(x.igst, 0)
      FROM ROWS FROM (jsonb_to_recordset(p_lines) AS (source text, code text, taxable boolean, tax_milli integer, description text,
           quantity bigint, unit text, amount bigint, tax bigint, cgst bigint, sgst bigint, igst bigint))
           WITH ORDINALITY AS x(source, code, taxable, tax_milli, description, quantity, unit, amount, tax, cgst, sgst, igst, n);
    PERFORM audit.write(p_client, 'RUN', 'billing_run', p_run, NULL, p_totals || jsonb_build_object(
        'contract_id', r.contract_id, 'month', r.month, 'trips', t.trips, 'inputs_hash', encode(r.inputs_hash, 'hex')));
END $$;

SET LOCAL ROLE mis_owner;

-- Where the program sends the ledger by COPY: a row is a batch as api.post_charges takes it. Nothing is stored here; the trigger calls that function
-- as the user, so a batch is in the ledger, or refused, while the next one is still being packed.
CREATE VIEW api.charge_batches WITH (security_invoker = true, security_barrier = true) AS
    SELECT NULL::uuid AS client_id, NULL::uuid AS run_id,
           NULL::uuid[] AS trips, NULL::integer[] AS revs, NULL::smallint[] AS versions, NULL::integer[] AS tax_milli,
           NULL::bigint[] AS shown, NULL::boolean[] AS toll_taxable, NULL::boolean[] AS parking_taxable, NULL::bigint[] AS taxable,
           NULL::bigint[] AS non_taxable, NULL::bigint[] AS tax, NULL::bigint[] AS incentive, NULL::bigint[] AS base_fare,
           NULL::bigint[] AS distance, NULL::bigint[] AS time, NULL::bigint[] AS slab, NULL::bigint[] AS zone, NULL::bigint[] AS seats,
           NULL::bigint[] AS package, NULL::bigint[] AS extra_km, NULL::bigint[] AS extra_hour, NULL::bigint[] AS driver_allowance,
           NULL::bigint[] AS min_fare_topup, NULL::bigint[] AS max_fare_cap, NULL::bigint[] AS carpool_discount, NULL::bigint[] AS night,
           NULL::bigint[] AS escort, NULL::bigint[] AS waiting, NULL::bigint[] AS toll, NULL::bigint[] AS parking,
           NULL::bigint[] AS no_show, NULL::bigint[] AS cancellation
     WHERE false;
GRANT INSERT (client_id, run_id, trips, revs, versions, tax_milli, shown, toll_taxable, parking_taxable, taxable, non_taxable, tax,
              incentive, base_fare, distance, time, slab, zone, seats, package, extra_km, extra_hour, driver_allowance, min_fare_topup,
              max_fare_cap, carpool_discount, night, escort, waiting, toll, parking, no_show, cancellation)
    ON api.charge_batches TO mis_super_admin, mis_client_admin;

CREATE FUNCTION private.post_batch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM api.post_charges(NEW.client_id, NEW.run_id,
        NEW.trips, NEW.revs, NEW.versions, NEW.tax_milli, NEW.shown, NEW.toll_taxable, NEW.parking_taxable, NEW.taxable, NEW.non_taxable,
        NEW.tax, NEW.incentive, NEW.base_fare, NEW.distance, NEW.time, NEW.slab, NEW.zone, NEW.seats, NEW.package, NEW.extra_km,
        NEW.extra_hour, NEW.driver_allowance, NEW.min_fare_topup, NEW.max_fare_cap, NEW.carpool_discount, NEW.night, NEW.escort,
        NEW.waiting, NEW.toll, NEW.parking, NEW.no_show, NEW.cancellation);
    RETURN NEW;
END $$;
CREATE TRIGGER post INSTEAD OF INSERT ON api.charge_batches FOR EACH ROW EXECUTE FUNCTION private.post_batch();

CREATE TRIGGER a_refuse_old_snapshot BEFORE DELETE ON app.trips FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_old_snapshot();
CREATE TRIGGER a_wait_for_run BEFORE DELETE ON app.trips FOR EACH ROW WHEN (OLD.contract_id IS NOT NULL) EXECUTE FUNCTION private.wait_for_run();
CREATE TRIGGER a_wait_for_run_moved BEFORE UPDATE OF contract_id ON app.trips FOR EACH ROW
    WHEN (OLD.contract_id IS DISTINCT FROM NEW.contract_id) EXECUTE FUNCTION private.wait_for_run();

-- The few trips that no run takes, which every bill counts at its end.
CREATE INDEX trips_left_out ON app.trips (client_id, start_time)
    WHERE superseded_at IS NULL AND (contract_id IS NULL OR acceptance <> 'ACCEPTED' OR hold_reason IS NOT NULL);

-- A ledger has few tax percents: without a word about it the planner expects a group a row, and sums on one processor (see 0034).
DO $$
DECLARE
    seed record;
BEGIN
    FOR seed IN SELECT * FROM (VALUES ('tax_milli', 2), ('toll_taxable', 1), ('parking_taxable', 1)) AS s (col, distinct_values) LOOP
        PERFORM pg_restore_attribute_stats('schemaname', 'app', 'relname', 'trip_charges', 'attname', seed.col, 'inherited', false,
            'null_frac', 0::real, 'avg_width', 4, 'n_distinct', seed.distinct_values::real);
    END LOOP;
END $$;
