-- Credit and debit notes (GST.md 8). A note is a document with a run of its own (kind NOTE): of LINES, what people credit or debit against
-- lines; of a SETTLEMENT, the difference between the month rated now and what its issued runs charged so far: BILL rows for trips that were
-- on no bill, DELTA rows, signed, for those that shift. The note's lines are positive in the direction of its type; the ledger is signed.
-- Everything is checked here again, because the program that computed it is the user's own (SECURITY.md R9).

ALTER TABLE app.trip_charges DROP CONSTRAINT trip_charges_max_fare_cap_check, DROP CONSTRAINT trip_charges_carpool_discount_check;
ALTER TABLE app.trip_charges ADD CONSTRAINT trip_charges_max_fare_cap_check CHECK (max_fare_cap <= 0 OR kind = 'DELTA'),
    ADD CONSTRAINT trip_charges_carpool_discount_check CHECK (carpool_discount <= 0 OR kind = 'DELTA');
ALTER TABLE app.period_charges DROP CONSTRAINT period_charges_check;
ALTER TABLE app.period_charges ADD CONSTRAINT period_charges_check
    CHECK (amount >= 0 OR code IN ('ABSENCE', 'SLA_PENALTY', 'MONTHLY_CAP') OR kind = 'DELTA');
CREATE UNIQUE INDEX billing_runs_one_settlement ON app.billing_runs (client_id, contract_id, month)
    WHERE kind = 'NOTE' AND status = 'DRAFT' AND (inputs->'settles') IS NOT NULL;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.is_deduction(p_code text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT
RETURN p_code IN ('CARPOOL_DISCOUNT', 'MAX_FARE_CAP', 'ABSENCE', 'SLA_PENALTY', 'MONTHLY_CAP');

-- 30 November after the financial year of the supply (s.34(2)).
CREATE FUNCTION private.credit_deadline(p_month date) RETURNS date
LANGUAGE sql IMMUTABLE STRICT
RETURN make_date(extract(year FROM p_month - interval '3 months')::integer + 1, 11, 30);

-- What is left of a document, line by line: itself and its issued notes with their signs. p_with: a draft that is looked at as if it were issued.
CREATE FUNCTION private.net_lines(p_client uuid, p_original uuid, p_with uuid)
RETURNS TABLE (source text, code text, taxable boolean, tax_milli integer, billed bigint, amount bigint, tax bigint, cgst bigint, sgst bigint, igst bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH doc AS (
        SELECT i.id, CASE WHEN i.id = p_original THEN 1 ELSE api.document_sign(i.doc_type) END AS sign, i.id = p_original AS is_original
          FROM app.invoices i WHERE i.client_id = p_client
           AND (i.id IN (p_original, p_with) OR (i.corrects_id = p_original AND i.status = 'ISSUED')))
    SELECT l.source, l.code, l.taxable, l.tax_milli, coalesce(sum(l.amount) FILTER (WHERE d.is_original), 0)::bigint, sum(d.sign * l.amount)::bigint,
           sum(d.sign * l.tax)::bigint, sum(d.sign * l.cgst)::bigint, sum(d.sign * l.sgst)::bigint, sum(d.sign * l.igst)::bigint
      FROM doc d JOIN app.invoice_lines l ON l.client_id = p_client AND l.invoice_id = d.id
     GROUP BY 1, 2, 3, 4 $$;

-- Refuses when what is left of a document has the wrong sign: in a line, in a part of its tax, in a rate, in the whole.
CREATE FUNCTION private.check_room(p_client uuid, p_original uuid, p_with uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bad record;
    left_over bigint;
BEGIN
    SELECT n.*, CASE WHEN n.amount <> 0 AND sign(n.amount) <> n.should THEN n.amount ELSE 0 END AS over INTO bad
      FROM (SELECT x.*, CASE WHEN private.is_deduction(x.code) THEN -1 ELSE 1 END AS should FROM private.net_lines(p_client, p_original, p_with) x) n
     WHERE least(n.should * n.amount, n.should * n.tax, n.should * n.cgst, n.should * n.sgst, n.should * n.igst) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CREDIT_EXCEEDS',
            MESSAGE = CASE WHEN bad.over <> 0
                THEN format('Line %s: the notes take %s more than was billed.', bad.code, private.rupees(abs(bad.over)))
                ELSE format('Line %s: the notes take more tax than was billed.', bad.code) END;
    END IF;
    SELECT min(g.value) INTO left_over FROM (SELECT sum(x.amount) AS value FROM private.net_lines(p_client, p_original, p_with) x GROUP BY x.taxable, x.tax_milli
        UNION ALL SELECT sum(x.tax) FROM private.net_lines(p_client, p_original, p_with) x GROUP BY x.tax_milli
        UNION ALL SELECT sum(CASE WHEN i.id = p_original THEN 1 ELSE api.document_sign(i.doc_type) END * i.total) FROM app.invoices i
                   WHERE i.client_id = p_client AND (i.id IN (p_original, p_with) OR (i.corrects_id = p_original AND i.status = 'ISSUED'))) g;
    IF left_over < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CREDIT_EXCEEDS',
            MESSAGE = format('The notes take %s more than was billed.', private.rupees(-left_over));
    END IF;
END $$;

CREATE FUNCTION private.rupees(p_paise bigint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT RETURN 'INR ' || to_char(p_paise / 100.0, 'FM999999999999990.00');

-- The issued runs that charge a contract's month, oldest first: what a settlement is the difference to.
CREATE FUNCTION private.settled_runs(p_client uuid, p_contract uuid, p_month date) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(r.id ORDER BY r.issued_at, r.id), '{}') FROM app.billing_runs r
     WHERE r.client_id = p_client AND r.contract_id = p_contract AND r.month = p_month AND r.status = 'ISSUED' $$;

-- Opens the run of a note. p_versions: of a settlement, the versions that the month was rated with; empty for LINES. A draft settlement of the
-- same month gives way to the new one.
CREATE FUNCTION api.start_note(p_client uuid, p_run uuid, p_original uuid, p_inputs jsonb, p_inputs_hash bytea, p_engine_version integer,
                               p_versions uuid[], p_version_revs integer[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    o app.invoices := private.take_invoice(p_client, p_original);
    is_settlement boolean := p_inputs ? 'settles';
    months tstzrange := private.month_period(p_client, o.month);
    before uuid;
BEGIN
    IF o.status <> 'ISSUED' OR o.corrects_id IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'A note corrects an issued invoice.';
    END IF;
    IF is_settlement THEN
        PERFORM private.check_versions(p_client, o.contract_id, months, p_versions, p_version_revs);
        IF (SELECT array_agg(x::uuid ORDER BY n) FROM jsonb_array_elements_text(p_inputs->'settles') WITH ORDINALITY AS e(x, n))
           IS DISTINCT FROM private.settled_runs(p_client, o.contract_id, o.month) THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'SETTLED_MEANWHILE',
                MESSAGE = 'Another note of this month was issued or voided meanwhile.', HINT = 'Settle again.';
        END IF;
        SELECT r.id INTO before FROM app.billing_runs r WHERE r.client_id = p_client AND r.contract_id = o.contract_id AND r.month = o.month
           AND r.kind = 'NOTE' AND r.status = 'DRAFT' AND (r.inputs->'settles') IS NOT NULL;
        IF before IS NOT NULL THEN
            PERFORM private.retire_draft(p_client, before);
        END IF;
    END IF;
    INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, kind, inputs, inputs_hash, engine_version, created_by)
    VALUES (p_client, p_run, o.contract_id, o.month, months, 'NOTE', p_inputs || jsonb_build_object('corrects_id', p_original), p_inputs_hash,
            p_engine_version, actor);
    INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)
    SELECT p_client, p_run, v.id, v.number, v.rev FROM private.versions_of(p_client, o.contract_id, months) v WHERE is_settlement;
END $$;

-- What shifted, a row a trip: signed differences to what the month's issued runs charged. Keys of a row as app.trip_charges has them; what is
-- not there is 0. api.post_charges takes the trips that were on no bill.
CREATE FUNCTION api.post_deltas(p_client uuid, p_run uuid, p_rows jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.billing_runs := private.open_run(p_client, p_run);
    written integer;
BEGIN
    IF r.kind <> 'NOTE' OR NOT r.inputs ? 'settles' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_NOT_OPEN', MESSAGE = 'Only a settlement has differences.';
    END IF;
    INSERT INTO app.trip_charges (client_id, run_id, trip_id, kind, trip_rev, version_number, tax_milli, lines_shown, toll_taxable, parking_taxable,
        taxable, non_taxable, tax, incentive, base_fare, distance, time, slab, zone, seats, package, extra_km, extra_hour, driver_allowance,
        min_fare_topup, max_fare_cap, carpool_discount, night, escort, waiting, toll, parking, no_show, cancellation)
    SELECT p_client, p_run, x.trip_id, 'DELTA', t.rev, x.version_number, x.tax_milli, coalesce(x.lines_shown, 0), coalesce(x.toll_taxable, true),
        coalesce(x.parking_taxable, true), coalesce(x.taxable, 0), coalesce(x.non_taxable, 0), coalesce(x.tax, 0), coalesce(x.incentive, 0),
        coalesce(x.base_fare, 0), coalesce(x.distance, 0), coalesce(x.time, 0), coalesce(x.slab, 0), coalesce(x.zone, 0), coalesce(x.seats, 0),
        coalesce(x.package, 0), coalesce(x.extra_km, 0), coalesce(x.extra_hour, 0), coalesce(x.driver_allowance, 0), coalesce(x.min_fare_topup, 0),
        coalesce(x.max_fare_cap, 0), coalesce(x.carpool_discount, 0), coalesce(x.night, 0), coalesce(x.escort, 0), coalesce(x.waiting, 0),
        coalesce(x.toll, 0), coalesce(x.parking, 0), coalesce(x.no_show, 0), coalesce(x.cancellation, 0)
      FROM jsonb_populate_recordset(NULL::app.trip_charges, p_rows) x
      JOIN app.trips t ON t.client_id = p_client AND t.id = x.trip_id AND t.contract_id = r.contract_id
     WHERE EXISTS (SELECT 1 FROM app.trip_charges b JOIN app.billing_runs m ON m.client_id = b.client_id AND m.id = b.run_id
                    WHERE b.client_id = p_client AND b.trip_id = x.trip_id AND b.kind = 'BILL' AND b.released_at IS NULL
                      AND m.contract_id = r.contract_id AND m.month = r.month AND m.status = 'ISSUED'
                      AND (b.tax_milli, b.toll_taxable, b.parking_taxable) = (x.tax_milli, coalesce(x.toll_taxable, true), coalesce(x.parking_taxable, true)));
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> jsonb_array_length(p_rows) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_BILLED',
            MESSAGE = format('%s differences are of trips that this month did not bill, or at another tax rate.', jsonb_array_length(p_rows) - written);
    END IF;
    RETURN written;
END $$;

-- After a settlement nothing is billed twice and nothing below zero: a trip's charges together have the sign of their code, a superseded trip
-- costs nothing, every billable trip of the month is on a bill once (the unique index sees to twice), and every row adds up.
CREATE FUNCTION private.check_settlement(p_client uuid, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    wrong bigint;
    runs uuid[] := private.settled_runs(p_client, r.contract_id, r.month) || r.id;
BEGIN
    SELECT count(*) INTO wrong FROM app.trip_charges c WHERE c.client_id = p_client AND c.run_id = r.id AND (
        c.taxable <> c.base_fare + c.distance + c.time + c.slab + c.zone + c.seats + c.package + c.extra_km + c.extra_hour + c.driver_allowance
            + c.min_fare_topup + c.max_fare_cap + c.carpool_discount + c.night + c.escort + c.waiting + c.no_show + c.cancellation
            + CASE WHEN c.toll_taxable THEN c.toll ELSE 0 END + CASE WHEN c.parking_taxable THEN c.parking ELSE 0 END
        OR c.non_taxable <> CASE WHEN c.toll_taxable THEN 0 ELSE c.toll END + CASE WHEN c.parking_taxable THEN 0 ELSE c.parking END);
    IF wrong > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = format('The differences of %s trips do not add up.', wrong);
    END IF;
    SELECT count(*) INTO wrong FROM (
        SELECT c.trip_id FROM app.trip_charges c JOIN app.trips t ON t.client_id = c.client_id AND t.id = c.trip_id
         WHERE c.client_id = p_client AND c.run_id = ANY (runs) AND c.released_at IS NULL
         GROUP BY c.trip_id, t.superseded_at
        HAVING least(sum(c.base_fare), sum(c.distance), sum(c.time), sum(c.slab), sum(c.zone), sum(c.seats), sum(c.package), sum(c.extra_km),
                     sum(c.extra_hour), sum(c.driver_allowance), sum(c.min_fare_topup), -sum(c.max_fare_cap), -sum(c.carpool_discount), sum(c.night),
                     sum(c.escort), sum(c.waiting), sum(c.toll), sum(c.parking), sum(c.no_show), sum(c.cancellation), sum(c.incentive)) < 0
            OR (t.superseded_at IS NOT NULL AND (sum(c.taxable) <> 0 OR sum(c.non_taxable) <> 0 OR sum(c.incentive) <> 0))) x;
    IF wrong > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER',
            MESSAGE = format('After this note %s trips would cost less than nothing, or something although they were withdrawn.', wrong);
    END IF;
    SELECT count(*) INTO wrong FROM private.billable_trips(p_client, r.contract_id, r.period) b
     WHERE NOT EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = p_client AND c.trip_id = b.id AND c.kind = 'BILL' AND c.released_at IS NULL);
    IF wrong > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED', MESSAGE = format('%s trips of the month are on no bill.', wrong),
            HINT = 'Settle again.';
    END IF;
END $$;

-- Closes a note with its draft document. p_period: signed differences [{version, code, slot, amount, tax_milli}]; p_totals: the document's figures,
-- positive (trips, distance_m, incentive as the run has them, signed); p_note: {id, doc_type, reason, commercial, tds}; p_lines as of finish_run, with line_no of the original in corrects_line.
CREATE FUNCTION api.finish_note(p_client uuid, p_run uuid, p_period jsonb, p_totals jsonb, p_note jsonb, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    r app.billing_runs := private.open_run(p_client, p_run);
    o app.invoices := private.take_invoice(p_client, (r.inputs->>'corrects_id')::uuid);
    f app.billing_runs := jsonb_populate_record(NULL::app.billing_runs, p_totals);
    n app.invoices;
    kind text := CASE WHEN r.inputs ? 'settles' THEN 'SETTLEMENT' ELSE 'LINES' END;
    sign integer := api.document_sign(p_note->>'doc_type');
    reason text := btrim(coalesce(p_note->>'reason', ''));
BEGIN
    IF r.kind <> 'NOTE' OR p_note->>'doc_type' NOT IN ('CREDIT_NOTE', 'DEBIT_NOTE') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_NOT_OPEN', MESSAGE = 'This run does not make a note.';
    ELSIF reason = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the note is written: it is printed on it.';
    END IF;
    INSERT INTO app.period_charges (client_id, run_id, version_number, code, slot, amount, tax_milli, kind)
    SELECT p_client, p_run, x.version, x.code, coalesce(x.slot, ''), x.amount, x.tax_milli, 'DELTA'
      FROM jsonb_to_recordset(p_period) AS x(version smallint, code text, slot text, amount bigint, tax_milli integer);
    INSERT INTO app.invoices (client_id, id, run_id, contract_id, vendor_id, site_id, branch_id, doc_type, month, place_of_supply, supply, sac,
        reverse_charge, taxable, non_taxable, tax, cgst, sgst, igst, rcm_tax, round_off, total, tds_milli, tds, corrects_id, note_kind, note_reason,
        commercial, credit_until, created_by)
    VALUES (p_client, (p_note->>'id')::uuid, p_run, o.contract_id, o.vendor_id, o.site_id, o.branch_id, p_note->>'doc_type', o.month,
        o.place_of_supply, o.supply, o.sac, o.reverse_charge, f.taxable, f.non_taxable, f.tax, f.cgst, f.sgst, f.igst, f.rcm_tax, f.round_off,
        f.total, o.tds_milli, f.tds, o.id, kind, left(reason, 500), coalesce((p_note->>'commercial')::boolean, false),
        CASE WHEN p_note->>'doc_type' = 'CREDIT_NOTE' THEN private.credit_deadline(o.month) END, actor)
    RETURNING * INTO n;
    INSERT INTO app.invoice_lines (client_id, invoice_id, line_no, source, code, taxable, tax_milli, sac, description, quantity, unit, amount,
                                   tax, cgst, sgst, igst, corrects_line)
    SELECT p_client, n.id, x.n, x.source, x.code, x.taxable, x.tax_milli, o.sac, x.description, x.quantity, x.unit, x.amount,
           coalesce(x.tax, 0), coalesce(x.cgst, 0), coalesce(x.sgst, 0), coalesce(x.igst, 0), l.line_no
      FROM ROWS FROM (jsonb_to_recordset(p_lines) AS (source text, code text, taxable boolean, tax_milli integer, description text,
           quantity bigint, unit text, amount bigint, tax bigint, cgst bigint, sgst bigint, igst bigint))
           WITH ORDINALITY AS x(source, code, taxable, tax_milli, description, quantity, unit, amount, tax, cgst, sgst, igst, n)
      LEFT JOIN app.invoice_lines l ON l.client_id = p_client AND l.invoice_id = o.id AND l.source = x.source AND l.code = x.code
                                   AND l.taxable = x.taxable AND l.tax_milli = x.tax_milli;
    PERFORM private.check_note_sums(n, o, r);
    UPDATE app.billing_runs x SET trips = coalesce(f.trips, 0), distance_m = coalesce(f.distance_m, 0), taxable = sign * n.taxable,
           non_taxable = sign * n.non_taxable, tax = sign * n.tax, cgst = sign * n.cgst, sgst = sign * n.sgst, igst = sign * n.igst,
           rcm_tax = sign * n.rcm_tax, round_off = sign * n.round_off, incentive = coalesce(f.incentive, 0),
           total = sign * n.total + coalesce(f.incentive, 0), tds = sign * n.tds, posted_at = clock_timestamp()
     WHERE x.client_id = p_client AND x.id = p_run;
    IF kind = 'SETTLEMENT' THEN
        PERFORM private.check_settlement(p_client, r);
    END IF;
    PERFORM private.check_room(p_client, o.id, n.id);
    PERFORM audit.write(p_client, 'NOTE', 'invoice', n.id, NULL, jsonb_build_object('doc_type', n.doc_type, 'corrects_id', o.id,
        'number', o.number, 'total', n.total, 'kind', kind), left(reason, 500));
END $$;

-- A note's figures agree with each other, with its ledger and with what it corrects: lines, tax from the value of each rate, split, round-off.
CREATE FUNCTION private.check_note_sums(n app.invoices, o app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    sums record;
    sign integer := api.document_sign(n.doc_type);
    lines bigint;
    is_rest boolean;
BEGIN
    SELECT count(*) AS lines, coalesce(sum(l.amount) FILTER (WHERE l.taxable), 0) AS taxable, coalesce(sum(l.amount) FILTER (WHERE NOT l.taxable), 0) AS non_taxable,
           coalesce(sum(l.tax), 0) AS tax, coalesce(sum(l.cgst), 0) AS cgst, coalesce(sum(l.sgst), 0) AS sgst, coalesce(sum(l.igst), 0) AS igst INTO sums
      FROM app.invoice_lines l WHERE l.client_id = n.client_id AND l.invoice_id = n.id;
    SELECT bool_and(x.amount = 0) INTO is_rest FROM private.net_lines(n.client_id, o.id, n.id) x;
    IF n.total <= 0 OR sums.lines = 0 THEN wrong := 'the amount';
    ELSIF (sums.taxable, sums.non_taxable, sums.tax, sums.cgst, sums.sgst, sums.igst)
          IS DISTINCT FROM (n.taxable, n.non_taxable, n.tax, n.cgst, n.sgst, n.igst) THEN wrong := 'the lines';
    ELSIF (n.reverse_charge OR n.commercial) AND n.tax <> 0 THEN wrong := 'the tax';
    ELSIF abs(n.round_off) > (CASE WHEN is_rest THEN 9999 ELSE 50 END) THEN wrong := 'the round-off';
    ELSIF NOT n.commercial AND EXISTS (
        SELECT 1 FROM (SELECT l.tax_milli, sum(l.amount) AS value, sum(l.tax) AS tax, sum(l.cgst) AS cgst, sum(l.sgst) AS sgst, sum(l.igst) AS igst
                         FROM app.invoice_lines l WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND l.taxable GROUP BY 1) g
         -- the last part of a line takes what is left of its tax, which may be a paisa a line off the rate
         WHERE abs(g.tax - CASE WHEN n.reverse_charge THEN 0 WHEN n.supply = 'INTRA' THEN 2 * round(g.value * g.tax_milli / 200000.0)
                                ELSE round(g.value * g.tax_milli / 100000.0) END) > 2 * sums.lines + 2
            OR (n.supply = 'INTRA' AND (abs(g.cgst - g.sgst) > sums.lines OR g.tax <> g.cgst + g.sgst OR g.igst <> 0))
            OR (n.supply = 'INTER' AND (g.tax <> g.igst OR g.cgst <> 0 OR g.sgst <> 0))) THEN wrong := 'the tax';
    ELSIF n.note_kind = 'LINES' THEN
        IF EXISTS (SELECT 1 FROM app.invoice_lines l LEFT JOIN app.invoice_lines b ON b.client_id = l.client_id AND b.invoice_id = o.id AND b.line_no = l.corrects_line
                    WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND (b.line_no IS NULL OR l.amount = 0 OR sign(l.amount) <> sign(b.amount)))
        THEN wrong := 'the lines that it corrects'; END IF;
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT s.source, s.code, s.taxable, s.tax_milli, sign * s.amount AS amount FROM private.ledger_sums(n.client_id, n.run_id) s) s
        FULL JOIN (SELECT l.source, l.code, l.taxable, l.tax_milli, l.amount FROM app.invoice_lines l
                    WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND l.amount <> 0) l
               USING (source, code, taxable, tax_milli, amount)
         WHERE s.code IS NULL OR l.code IS NULL) THEN wrong := 'the lines and the ledger';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = format('The note was refused: %s of it do not agree.', wrong);
    END IF;
END $$;

-- Refuses a note that is not what settling now would give: other notes came, trips or versions changed, or there is no room for it any more.
CREATE FUNCTION private.check_note(n app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM app.invoices o WHERE o.client_id = n.client_id AND o.id = n.corrects_id AND o.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'What the note corrects is void.';
    END IF;
    IF n.note_kind = 'SETTLEMENT' THEN
        IF (SELECT array_agg(x::uuid ORDER BY p) FROM jsonb_array_elements_text(r.inputs->'settles') WITH ORDINALITY AS e(x, p))
           IS DISTINCT FROM private.settled_runs(n.client_id, r.contract_id, r.month) THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SETTLED_MEANWHILE',
                MESSAGE = 'Another note of this month was issued or voided after this draft.', HINT = 'Settle again.';
        END IF;
        SELECT count(*) INTO changed FROM app.trip_charges c JOIN app.trips t ON t.client_id = c.client_id AND t.id = c.trip_id
         WHERE c.client_id = n.client_id AND c.run_id = r.id AND (t.rev <> c.trip_rev OR (c.kind = 'BILL' AND (t.superseded_at IS NOT NULL
               OR t.acceptance <> 'ACCEPTED' OR t.hold_reason IS NOT NULL OR t.contract_id <> r.contract_id)));
        IF changed > 0 THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIPS_CHANGED', MESSAGE = format('%s trips of this note were changed after it was drafted.', changed),
                HINT = 'Settle again, then issue.';
        END IF;
        PERFORM private.check_versions(n.client_id, r.contract_id, r.period, array_agg(b.version_id), array_agg(b.version_rev))
           FROM app.billing_run_versions b WHERE b.client_id = n.client_id AND b.run_id = r.id;
        PERFORM private.check_settlement(n.client_id, r);
    END IF;
    PERFORM private.check_room(n.client_id, n.corrects_id, n.id);
END $$;

GRANT EXECUTE ON FUNCTION api.start_note(uuid, uuid, uuid, jsonb, bytea, integer, uuid[], integer[]), api.post_deltas(uuid, uuid, jsonb),
    api.finish_note(uuid, uuid, jsonb, jsonb, jsonb, jsonb) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
