-- A billing run: one contract, one month, one transaction (DESIGN.md section 3). The rating is done by the program, which is the user's own;
-- so every figure that can be checked in SQL is checked here before it counts (SECURITY.md R9).
-- Order of calls: api.start_run, api.post_charges (20,000 trips a call), api.finish_run. A run that is not finished is rolled back with its transaction.

SET LOCAL ROLE mis_definer;

-- The instants of a month in the client's zone.
CREATE FUNCTION private.month_period(p_client uuid, p_month date) RETURNS tstzrange
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT tstzrange(p_month::timestamp AT TIME ZONE c.time_zone, (p_month + interval '1 month')::timestamp AT TIME ZONE c.time_zone)
      FROM app.clients c WHERE c.id = p_client $$;

-- Active versions of a contract that touch a period.
CREATE FUNCTION private.versions_of(p_client uuid, p_contract uuid, p_period tstzrange)
RETURNS TABLE (id uuid, number integer, rev integer, validity tstzrange)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.id, v.number, v.rev, v.validity FROM app.contract_versions v
     WHERE v.client_id = p_client AND v.contract_id = p_contract AND v.status = 'ACTIVE' AND v.superseded_at IS NULL AND v.validity && p_period $$;

-- Refuses unless the versions named are exactly the active ones of the period, as they stand now.
CREATE FUNCTION private.check_versions(p_client uuid, p_contract uuid, p_period tstzrange, p_versions uuid[], p_revs integer[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT v.id, v.rev FROM private.versions_of(p_client, p_contract, p_period) v) now_active
               FULL JOIN (SELECT u.id, u.rev FROM unnest(p_versions, p_revs) AS u(id, rev)) given USING (id, rev)
               WHERE now_active.id IS NULL OR given.id IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'VERSIONS_CHANGED',
            MESSAGE = 'The contract''s versions changed after the month was rated.', HINT = 'Run billing again.';
    END IF;
END $$;

-- Drops the charges and the draft document of a run that was never issued; the run's row stays.
CREATE FUNCTION private.retire_draft(p_client uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM app.invoice_lines l USING app.invoices i
     WHERE i.client_id = p_client AND i.run_id = p_run AND l.client_id = i.client_id AND l.invoice_id = i.id;
    DELETE FROM app.invoices i WHERE i.client_id = p_client AND i.run_id = p_run;
    DELETE FROM app.trip_charges c WHERE c.client_id = p_client AND c.run_id = p_run;
    DELETE FROM app.period_charges c WHERE c.client_id = p_client AND c.run_id = p_run;
    UPDATE app.billing_runs r SET status = 'SUPERSEDED', ended_at = clock_timestamp() WHERE r.client_id = p_client AND r.id = p_run;
END $$;

-- Opens a run. `state` is created, replaced (an earlier draft gave way) or unchanged (the same inputs were billed already: run_id is that run).
CREATE FUNCTION api.start_run(p_client uuid, p_run uuid, p_contract uuid, p_month date, p_inputs jsonb, p_inputs_hash bytea,
                              p_engine_version integer, p_versions uuid[], p_version_revs integer[], OUT state text, OUT run_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    before app.billing_runs;
    months tstzrange := private.month_period(p_client, p_month);
BEGIN
    -- the contract's row is the lock: two runs of one contract wait for each other, whoever starts them
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id = p_contract FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CONTRACT_NOT_FOUND', MESSAGE = 'There is no such contract.';
    END IF;
    SELECT * INTO before FROM app.billing_runs r
     WHERE r.client_id = p_client AND r.contract_id = p_contract AND r.month = p_month AND r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED');
    IF before.id IS NOT NULL AND before.inputs_hash = p_inputs_hash AND before.engine_version = p_engine_version THEN
        state := 'unchanged';
        run_id := before.id;
        RETURN;
    ELSIF before.status = 'ISSUED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_ISSUED', MESSAGE = 'This month of the contract is invoiced already.',
            HINT = 'What changed since is settled by a note; or void the invoice and run again.';
    END IF;
    PERFORM private.check_versions(p_client, p_contract, months, p_versions, p_version_revs);
    IF before.id IS NOT NULL THEN
        PERFORM private.retire_draft(p_client, before.id);
    END IF;
    INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, inputs, inputs_hash, engine_version, created_by)
    VALUES (p_client, p_run, p_contract, p_month, months, p_inputs, p_inputs_hash, p_engine_version, actor);
    INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)
    SELECT p_client, p_run, v.id, v.number, v.rev FROM private.versions_of(p_client, p_contract, months) v;
    state := CASE WHEN before.id IS NULL THEN 'created' ELSE 'replaced' END;
    run_id := p_run;
END $$;

-- The run, if its charges may still be posted by this caller.
CREATE FUNCTION private.open_run(p_client uuid, p_run uuid) RETURNS app.billing_runs
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.billing_runs;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO r FROM app.billing_runs x WHERE x.client_id = p_client AND x.id = p_run;
    IF r.id IS NULL OR r.status <> 'DRAFT' OR r.posted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_NOT_OPEN', MESSAGE = 'This billing run is not open for charges.';
    END IF;
    RETURN r;
END $$;

-- One batch of the ledger, as columns; a code that no trip of the batch has is NULL. Every row's figures must add up and have the right sign;
-- private.guard_charges sees to it that it is a trip of the run's contract and month, accepted, not held, and as it was rated.
-- From the sixth call in a session on, a generic plan would join the trips without knowing their contract: 20 times slower (measured).
CREATE FUNCTION api.post_charges(p_client uuid, p_run uuid, p_trips uuid[], p_revs integer[], p_versions smallint[], p_tax_milli integer[],
    p_shown bigint[], p_toll_taxable boolean[], p_parking_taxable boolean[], p_taxable bigint[], p_non_taxable bigint[], p_tax bigint[],
    p_incentive bigint[], p_base_fare bigint[], p_distance bigint[], p_time bigint[], p_slab bigint[], p_zone bigint[], p_seats bigint[],
    p_package bigint[], p_extra_km bigint[], p_extra_hour bigint[], p_driver_allowance bigint[], p_min_fare_topup bigint[],
    p_max_fare_cap bigint[], p_carpool_discount bigint[], p_night bigint[], p_escort bigint[], p_waiting bigint[], p_toll bigint[],
    p_parking bigint[], p_no_show bigint[], p_cancellation bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    r app.billing_runs := private.open_run(p_client, p_run);
    written integer;
BEGIN
    INSERT INTO app.trip_charges (client_id, run_id, trip_id, trip_rev, version_number, tax_milli, lines_shown, toll_taxable, parking_taxable,
        taxable, non_taxable, tax, incentive, base_fare, distance, time, slab, zone, seats, package, extra_km, extra_hour, driver_allowance,
        min_fare_topup, max_fare_cap, carpool_discount, night, escort, waiting, toll, parking, no_show, cancellation)
    SELECT p_client, p_run, u.trip, u.rev, u.version, u.tax_milli, u.shown, coalesce(u.toll_taxable, true), coalesce(u.parking_taxable, true),
        u.taxable, coalesce(u.non_taxable, 0), coalesce(u.tax, 0), coalesce(u.incentive, 0), coalesce(u.base_fare, 0), coalesce(u.distance, 0),
        coalesce(u.time, 0), coalesce(u.slab, 0), coalesce(u.zone, 0), coalesce(u.seats, 0), coalesce(u.package, 0), coalesce(u.extra_km, 0),
        coalesce(u.extra_hour, 0), coalesce(u.driver_allowance, 0), coalesce(u.min_fare_topup, 0), coalesce(u.max_fare_cap, 0),
        coalesce(u.carpool_discount, 0), coalesce(u.night, 0), coalesce(u.escort, 0), coalesce(u.waiting, 0), coalesce(u.toll, 0),
        coalesce(u.parking, 0), coalesce(u.no_show, 0), coalesce(u.cancellation, 0)
      -- unnest in the select list runs along the arrays; in FROM it would first copy all of them
      FROM (SELECT unnest(p_trips) AS trip, unnest(p_revs) AS rev, unnest(p_versions) AS version, unnest(p_tax_milli) AS tax_milli,
                   unnest(p_shown) AS shown, unnest(p_toll_taxable) AS toll_taxable, unnest(p_parking_taxable) AS parking_taxable,
                   unnest(p_taxable) AS taxable, unnest(p_non_taxable) AS non_taxable, unnest(p_tax) AS tax,
                   unnest(p_incentive) AS incentive, unnest(p_base_fare) AS base_fare, unnest(p_distance) AS distance,
                   unnest(p_time) AS time, unnest(p_slab) AS slab, unnest(p_zone) AS zone, unnest(p_seats) AS seats,
                   unnest(p_package) AS package, unnest(p_extra_km) AS extra_km, unnest(p_extra_hour) AS extra_hour,
                   unnest(p_driver_allowance) AS driver_allowance, unnest(p_min_fare_topup) AS min_fare_topup,
                   unnest(p_max_fare_cap) AS max_fare_cap, unnest(p_carpool_discount) AS carpool_discount, unnest(p_night) AS night,
                   unnest(p_escort) AS escort, unnest(p_waiting) AS waiting, unnest(p_toll) AS toll, unnest(p_parking) AS parking,
                   unnest(p_no_show) AS no_show, unnest(p_cancellation) AS cancellation) u
     WHERE least(u.base_fare, u.distance, u.time, u.slab, u.zone, u.seats, u.package, u.extra_km, u.extra_hour, u.driver_allowance,
                 u.min_fare_topup, u.night, u.escort, u.waiting, u.toll, u.parking, u.no_show, u.cancellation, u.incentive, 0) >= 0
       AND greatest(u.max_fare_cap, u.carpool_discount, 0) <= 0
       AND u.taxable = coalesce(u.base_fare, 0) + coalesce(u.distance, 0) + coalesce(u.time, 0) + coalesce(u.slab, 0) + coalesce(u.zone, 0)
           + coalesce(u.seats, 0) + coalesce(u.package, 0) + coalesce(u.extra_km, 0) + coalesce(u.extra_hour, 0) + coalesce(u.driver_allowance, 0)
           + coalesce(u.min_fare_topup, 0) + coalesce(u.max_fare_cap, 0) + coalesce(u.carpool_discount, 0) + coalesce(u.night, 0)
           + coalesce(u.escort, 0) + coalesce(u.waiting, 0) + coalesce(u.no_show, 0) + coalesce(u.cancellation, 0)
           + CASE WHEN coalesce(u.toll_taxable, true) THEN coalesce(u.toll, 0) ELSE 0 END
           + CASE WHEN coalesce(u.parking_taxable, true) THEN coalesce(u.parking, 0) ELSE 0 END
       AND coalesce(u.non_taxable, 0) = CASE WHEN u.toll_taxable IS FALSE THEN coalesce(u.toll, 0) ELSE 0 END
           + CASE WHEN u.parking_taxable IS FALSE THEN coalesce(u.parking, 0) ELSE 0 END;
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

-- What the ledger of a run comes to, a row per (code, tax percent, taxed, from trips or period): what the invoice must say.
CREATE FUNCTION private.ledger_sums(p_client uuid, p_run uuid)
RETURNS TABLE (source text, code text, taxable boolean, tax_milli integer, amount bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH part AS (
        SELECT c.tax_milli, c.toll_taxable, c.parking_taxable, sum(c.base_fare) base_fare, sum(c.distance) distance, sum(c.time) time,
               sum(c.slab) slab, sum(c.zone) zone, sum(c.seats) seats, sum(c.package) package, sum(c.extra_km) extra_km,
               sum(c.extra_hour) extra_hour, sum(c.driver_allowance) driver_allowance, sum(c.min_fare_topup) min_fare_topup,
               sum(c.max_fare_cap) max_fare_cap, sum(c.carpool_discount) carpool_discount, sum(c.night) night, sum(c.escort) escort,
               sum(c.waiting) waiting, sum(c.toll) toll, sum(c.parking) parking, sum(c.no_show) no_show, sum(c.cancellation) cancellation
          FROM app.trip_charges c WHERE c.client_id = p_client AND c.run_id = p_run
         GROUP BY c.tax_milli, c.toll_taxable, c.parking_taxable),
    flat AS (
        SELECT 'TRIP' AS source, x.code, x.taxable, CASE WHEN x.taxable THEN p.tax_milli ELSE 0 END AS tax_milli, x.amount
          FROM part p CROSS JOIN LATERAL (VALUES
            ('BASE_FARE', true, p.base_fare), ('DISTANCE', true, p.distance), ('TIME', true, p.time), ('SLAB', true, p.slab),
            ('ZONE', true, p.zone), ('SEATS', true, p.seats), ('PACKAGE', true, p.package), ('EXTRA_KM', true, p.extra_km),
            ('EXTRA_HOUR', true, p.extra_hour), ('DRIVER_ALLOWANCE', true, p.driver_allowance), ('MIN_FARE_TOPUP', true, p.min_fare_topup),
            ('MAX_FARE_CAP', true, p.max_fare_cap), ('CARPOOL_DISCOUNT', true, p.carpool_discount), ('NIGHT', true, p.night),
            ('ESCORT', true, p.escort), ('WAITING', true, p.waiting), ('TOLL', p.toll_taxable, p.toll),
            ('PARKING', p.parking_taxable, p.parking), ('NO_SHOW', true, p.no_show), ('CANCELLATION', true, p.cancellation)) AS x(code, taxable, amount)
        UNION ALL
        SELECT 'PERIOD', c.code, true, c.tax_milli, c.amount FROM app.period_charges c WHERE c.client_id = p_client AND c.run_id = p_run)
    SELECT f.source, f.code, f.taxable, f.tax_milli, sum(f.amount)::bigint FROM flat f GROUP BY 1, 2, 3, 4 HAVING sum(f.amount) <> 0 $$;

-- Closes a run: period charges, totals and the draft invoice with its lines; refuses unless all of them agree with the ledger to the paisa.
-- p_period: [{version, code, slot, amount, tax_milli}]; p_totals: the run's figures; p_groups: [{tax_milli, taxable, tax, cgst, sgst, igst}];
-- p_invoice: {id, supply, place_of_supply, tds_milli}; p_lines: [{source, code, taxable, tax_milli, description, quantity, unit, amount,...}].
CREATE FUNCTION api.finish_run(p_client uuid, p_run uuid, p_period jsonb, p_totals jsonb, p_groups jsonb, p_invoice jsonb, p_lines jsonb)
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
    SELECT count(*) AS trips, coalesce(sum(c.taxable), 0) AS taxable, coalesce(sum(c.non_taxable), 0) AS non_taxable,
           coalesce(sum(c.incentive), 0) AS incentive INTO t
      FROM app.trip_charges c WHERE c.client_id = p_client AND c.run_id = p_run;
    SELECT count(*) INTO eligible FROM private.billable_trips(p_client, r.contract_id, r.period);
    IF t.trips <> eligible THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED',
            MESSAGE = format('The month has %s billable trips, but %s were rated.', eligible, t.trips), HINT = 'Run billing again.';
    END IF;
    SELECT t.taxable + coalesce(sum(c.amount), 0) INTO t.taxable FROM app.period_charges c WHERE c.client_id = p_client AND c.run_id = p_run;
    PERFORM private.check_sums(p_client, p_run, r, f, t.taxable::bigint, t.non_taxable::bigint, t.incentive::bigint, p_groups, p_lines, p_invoice);
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

-- Trips that a run of this contract and period bills: accepted, not held, not billed elsewhere.
CREATE FUNCTION private.billable_trips(p_client uuid, p_contract uuid, p_period tstzrange) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.id FROM app.trips t
     WHERE t.client_id = p_client AND t.contract_id = p_contract AND t.start_time >= lower(p_period) AND t.start_time < upper(p_period)
       AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL $$;

-- The assertions of SECURITY.md (e): lines = ledger, groups = lines, tax from taxable value, total = its parts.
CREATE FUNCTION private.check_sums(p_client uuid, p_run uuid, r app.billing_runs, f app.billing_runs, p_taxable bigint, p_non_taxable bigint,
                                   p_incentive bigint, p_groups jsonb, p_lines jsonb, p_invoice jsonb) RETURNS void
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
        SELECT 1 FROM (SELECT * FROM private.ledger_sums(p_client, p_run)) s
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

-- Gives up a draft that nobody wants: its trips are free again.
CREATE FUNCTION api.discard_run(p_client uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    r app.billing_runs;
BEGIN
    SELECT * INTO r FROM app.billing_runs x WHERE x.client_id = p_client AND x.id = p_run FOR UPDATE;
    IF r.id IS NULL OR r.status <> 'DRAFT' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_A_DRAFT', MESSAGE = 'Only a draft can be discarded.';
    END IF;
    PERFORM private.retire_draft(p_client, p_run);
    PERFORM audit.write(p_client, 'DISCARD', 'billing_run', p_run);
END $$;

GRANT EXECUTE ON FUNCTION
    api.start_run(uuid, uuid, uuid, date, jsonb, bytea, integer, uuid[], integer[]),
    api.post_charges(uuid, uuid, uuid[], integer[], smallint[], integer[], bigint[], boolean[], boolean[], bigint[], bigint[], bigint[], bigint[],
                     bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
                     bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]),
    api.finish_run(uuid, uuid, jsonb, jsonb, jsonb, jsonb, jsonb), api.discard_run(uuid, uuid) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
