-- A settlement that owes nothing either way: late trips that cost nothing, kilometres that only moved between trips. Its rows are posted, so
-- that the trips are on a bill; no document is made of it.

SET LOCAL ROLE mis_definer;

CREATE FUNCTION api.finish_shift(p_client uuid, p_run uuid, p_period jsonb, p_totals jsonb, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    r app.billing_runs := private.open_run(p_client, p_run);
    f app.billing_runs := jsonb_populate_record(NULL::app.billing_runs, p_totals);
BEGIN
    IF r.kind <> 'NOTE' OR NOT r.inputs ? 'settles' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_NOT_OPEN', MESSAGE = 'This run does not settle a month.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the month is settled.';
    END IF;
    INSERT INTO app.period_charges (client_id, run_id, version_number, code, slot, amount, tax_milli, kind)
    SELECT p_client, p_run, x.version, x.code, coalesce(x.slot, ''), x.amount, x.tax_milli, 'DELTA'
      FROM jsonb_to_recordset(p_period) AS x(version smallint, code text, slot text, amount bigint, tax_milli integer);
    IF EXISTS (SELECT 1 FROM private.ledger_sums(p_client, p_run) s GROUP BY s.taxable, s.tax_milli HAVING sum(s.amount) <> 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = 'This settlement owes something: it needs a note.';
    END IF;
    PERFORM private.check_settlement(p_client, r);
    UPDATE app.billing_runs x SET trips = coalesce(f.trips, 0), distance_m = coalesce(f.distance_m, 0), incentive = coalesce(f.incentive, 0),
           total = coalesce(f.incentive, 0), posted_at = clock_timestamp(), status = 'ISSUED', issued_at = clock_timestamp()
     WHERE x.client_id = p_client AND x.id = p_run;
    PERFORM audit.write(p_client, 'SHIFT', 'billing_run', p_run, NULL,
        jsonb_build_object('contract_id', r.contract_id, 'month', r.month, 'trips', f.trips), left(btrim(p_reason), 500));
END $$;

GRANT EXECUTE ON FUNCTION api.finish_shift(uuid, uuid, jsonb, jsonb, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
