-- A settlement in which the tax percent changes (docs/decisions/tax-corrections.md): the lines that it touches are credited in full at the rate of the
-- original, by one note, and billed again at the right rate by another that follows it; both are drafted, and issued, together. The first half
-- says inputs.half = 'first'; the second names it in inputs.follows and settles it, too.

DROP INDEX app.billing_runs_one_settlement;
CREATE UNIQUE INDEX billing_runs_one_settlement ON app.billing_runs (client_id, contract_id, month, ((inputs->'follows') IS NULL))
    WHERE kind = 'NOTE' AND status = 'DRAFT' AND (inputs->'settles') IS NOT NULL;

SET LOCAL ROLE mis_definer;

-- As in 0082. A note that follows another settles that one as well, and leaves it where it is; it may be issued already (its second half was
-- voided).
CREATE OR REPLACE FUNCTION api.start_note(p_client uuid, p_run uuid, p_original uuid, p_inputs jsonb, p_inputs_hash bytea, p_engine_version integer,
                               p_versions uuid[], p_version_revs integer[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    o app.invoices := private.take_invoice(p_client, p_original);
    is_settlement boolean := p_inputs ? 'settles';
    months tstzrange := private.month_period(p_client, o.month);
    expected uuid[];
    before uuid;
BEGIN
    IF o.status <> 'ISSUED' OR o.corrects_id IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'A note corrects an issued invoice.';
    ELSIF p_inputs ? 'follows' AND NOT EXISTS (
        SELECT 1 FROM app.billing_runs h JOIN app.invoices i ON i.client_id = h.client_id AND i.run_id = h.id
         WHERE h.client_id = p_client AND h.id = (p_inputs->>'follows')::uuid AND h.status IN ('DRAFT', 'ISSUED') AND h.inputs->>'half' = 'first'
           AND h.inputs->'settles' IS NOT NULL AND i.corrects_id = p_original) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_NOT_OPEN', MESSAGE = 'The credit note that this one follows is not there.';
    END IF;
    IF is_settlement THEN
        PERFORM private.check_versions(p_client, o.contract_id, months, p_versions, p_version_revs);
        expected := private.settled_runs(p_client, o.contract_id, o.month);
        IF p_inputs ? 'follows' AND NOT (p_inputs->>'follows')::uuid = ANY (expected) THEN
            expected := expected || (p_inputs->>'follows')::uuid;
        END IF;
        IF (SELECT array_agg(x::uuid ORDER BY n) FROM jsonb_array_elements_text(p_inputs->'settles') WITH ORDINALITY AS e(x, n))
           IS DISTINCT FROM expected THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'SETTLED_MEANWHILE',
                MESSAGE = 'Another note of this month was issued or voided meanwhile.', HINT = 'Settle again.';
        END IF;
        FOR before IN SELECT r.id FROM app.billing_runs r WHERE r.client_id = p_client AND r.contract_id = o.contract_id AND r.month = o.month
                         AND r.kind = 'NOTE' AND r.status = 'DRAFT' AND (r.inputs->'settles') IS NOT NULL
                         AND r.id IS DISTINCT FROM (p_inputs->>'follows')::uuid LOOP
            PERFORM private.retire_draft(p_client, before);
        END LOOP;
    END IF;
    INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, kind, inputs, inputs_hash, engine_version, created_by)
    VALUES (p_client, p_run, o.contract_id, o.month, months, 'NOTE', p_inputs || jsonb_build_object('corrects_id', p_original), p_inputs_hash,
            p_engine_version, actor);
    INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)
    SELECT p_client, p_run, v.id, v.number, v.rev FROM private.versions_of(p_client, o.contract_id, months) v WHERE is_settlement;
END $$;

-- As in 0082. A difference has the rate at which its trip is charged now; only what follows a full credit may have another.
CREATE OR REPLACE FUNCTION api.post_deltas(p_client uuid, p_run uuid, p_rows jsonb) RETURNS integer
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
                      AND m.contract_id = r.contract_id AND m.month = r.month AND m.status = 'ISSUED')
       AND (r.inputs ? 'follows' OR EXISTS (
            SELECT 1 FROM app.trip_charges b JOIN app.billing_runs m ON m.client_id = b.client_id AND m.id = b.run_id
             WHERE b.client_id = p_client AND b.trip_id = x.trip_id AND b.released_at IS NULL AND m.contract_id = r.contract_id AND m.month = r.month
               AND m.status = 'ISSUED'
               AND (b.tax_milli, b.toll_taxable, b.parking_taxable) = (x.tax_milli, coalesce(x.toll_taxable, true), coalesce(x.parking_taxable, true))));
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> jsonb_array_length(p_rows) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_BILLED',
            MESSAGE = format('%s differences are of trips that this month did not bill, or at another tax rate.', jsonb_array_length(p_rows) - written);
    END IF;
    RETURN written;
END $$;

-- As in 0082. The first half of a pair leaves trips that cost nothing until the second is there; the second counts the first.
CREATE OR REPLACE FUNCTION private.check_settlement(p_client uuid, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    wrong bigint;
    is_first boolean := r.inputs->>'half' IS NOT DISTINCT FROM 'first';
    runs uuid[] := private.settled_runs(p_client, r.contract_id, r.month) || r.id;
BEGIN
    IF r.inputs ? 'follows' THEN
        runs := runs || (r.inputs->>'follows')::uuid;
    END IF;
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
            OR (NOT is_first AND t.superseded_at IS NOT NULL AND (sum(c.taxable) <> 0 OR sum(c.non_taxable) <> 0 OR sum(c.incentive) <> 0))) x;
    IF wrong > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER',
            MESSAGE = format('After this note %s trips would cost less than nothing, or something although they were withdrawn.', wrong);
    END IF;
    IF is_first THEN
        RETURN;
    END IF;
    SELECT count(*) INTO wrong FROM private.billable_trips(p_client, r.contract_id, r.period) b
     WHERE NOT EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = p_client AND c.trip_id = b.id AND c.kind = 'BILL' AND c.released_at IS NULL);
    IF wrong > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED', MESSAGE = format('%s trips of the month are on no bill.', wrong),
            HINT = 'Settle again.';
    END IF;
END $$;

-- As in 0082. Lines that are billed again at another rate have the contract's SAC of now.
CREATE OR REPLACE FUNCTION api.finish_note(p_client uuid, p_run uuid, p_period jsonb, p_totals jsonb, p_note jsonb, p_lines jsonb) RETURNS void
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
    sac_now text := CASE WHEN r.inputs ? 'follows' THEN (SELECT k.sac FROM app.contracts k WHERE k.client_id = p_client AND k.id = o.contract_id)
                         ELSE o.sac END;
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
        o.place_of_supply, o.supply, sac_now, o.reverse_charge, f.taxable, f.non_taxable, f.tax, f.cgst, f.sgst, f.igst, f.rcm_tax, f.round_off,
        f.total, o.tds_milli, f.tds, o.id, kind, left(reason, 500), coalesce((p_note->>'commercial')::boolean, false),
        CASE WHEN p_note->>'doc_type' = 'CREDIT_NOTE' THEN private.credit_deadline(o.month) END, actor)
    RETURNING * INTO n;
    INSERT INTO app.invoice_lines (client_id, invoice_id, line_no, source, code, taxable, tax_milli, sac, description, quantity, unit, amount,
                                   tax, cgst, sgst, igst, corrects_line)
    SELECT p_client, n.id, x.n, x.source, x.code, x.taxable, x.tax_milli, CASE WHEN l.line_no IS NULL THEN sac_now ELSE o.sac END, x.description,
           x.quantity, x.unit, x.amount, coalesce(x.tax, 0), coalesce(x.cgst, 0), coalesce(x.sgst, 0), coalesce(x.igst, 0), l.line_no
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
        'number', o.number, 'total', n.total, 'kind', kind, 'follows', r.inputs->'follows'), left(reason, 500));
END $$;

-- As in 0082, with the inputs of the month, and for a note that follows another: that one may be a draft still (approved together), but not
-- anything else than a draft or the last thing that was issued.
CREATE OR REPLACE FUNCTION private.check_note(n app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    settled uuid[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM app.invoices o WHERE o.client_id = n.client_id AND o.id = n.corrects_id AND o.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'What the note corrects is void.';
    END IF;
    IF n.note_kind = 'SETTLEMENT' THEN
        settled := private.settled_runs(n.client_id, r.contract_id, r.month);
        IF r.inputs ? 'follows' AND EXISTS (SELECT 1 FROM app.billing_runs h WHERE h.client_id = n.client_id AND h.id = (r.inputs->>'follows')::uuid
                                                                              AND h.status = 'DRAFT') THEN
            settled := settled || (r.inputs->>'follows')::uuid;
        END IF;
        IF (SELECT array_agg(x::uuid ORDER BY p) FROM jsonb_array_elements_text(r.inputs->'settles') WITH ORDINALITY AS e(x, p))
           IS DISTINCT FROM settled THEN
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
        PERFORM private.check_month(n.client_id, r.contract_id, r);
        PERFORM private.check_settlement(n.client_id, r);
    END IF;
    PERFORM private.check_room(n.client_id, n.corrects_id, n.id);
END $$;

-- What bills again is issued after what credits.
CREATE FUNCTION private.guard_second_half() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.billing_runs r JOIN app.billing_runs h ON h.client_id = r.client_id AND h.id = (r.inputs->>'follows')::uuid
                WHERE r.client_id = NEW.client_id AND r.id = NEW.run_id AND h.status <> 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'FIRST_HALF_WAITS', MESSAGE = 'The credit note at the old rate is not issued.',
            HINT = 'Issue that one: both get their numbers together.';
    END IF;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.guard_second_half() TO mis_owner;

-- As in 0080. What bills again at another rate declares what the contract says now, and names the credit note before it.
CREATE OR REPLACE FUNCTION private.note_snapshot(i app.invoices) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (o.snapshot - 'words') || jsonb_build_object('reason', i.note_reason, 'original', jsonb_build_object(
               'id', o.id, 'number', o.number, 'date', o.invoice_date, 'doc_type', o.doc_type))
           || CASE WHEN r.inputs ? 'follows' THEN jsonb_build_object('contract', private.snapshot_of(i)->'contract', 'follows',
                  (SELECT jsonb_build_object('number', h.number, 'date', h.invoice_date) FROM app.invoices h
                    WHERE h.client_id = i.client_id AND h.run_id = (r.inputs->>'follows')::uuid)) ELSE '{}' END
      FROM app.invoices o JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
     WHERE o.client_id = i.client_id AND o.id = i.corrects_id $$;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER guard_second_half BEFORE UPDATE OF status ON app.invoices FOR EACH ROW
    WHEN (NEW.status = 'ISSUED' AND OLD.status <> 'ISSUED' AND NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION private.guard_second_half();
