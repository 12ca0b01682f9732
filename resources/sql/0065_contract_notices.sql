-- Other workstations hear that contracts changed, and a bill is not issued when its vehicle slots did.

SET LOCAL ROLE mis_definer;

-- The notice names nobody: every role may listen (SECURITY.md R18), so it says only that something is to be read again.
CREATE FUNCTION private.tell_contracts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('mis_contracts', '');
    RETURN NULL;
END $$;

GRANT EXECUTE ON FUNCTION private.tell_contracts() TO mis_owner;

-- What a trip's slot follows from in a month, as one text: the rows of the contract's vehicle slots that hold on any of its days.
-- Rows that were ended before the month or begin after it do no harm; '' where there are none.
CREATE FUNCTION api.slots_state(p_client uuid, p_contract uuid, p_month date) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(md5(string_agg(concat_ws('|', s.slot, coalesce(s.vehicle_no, '-'), greatest(s.valid_from, p_month),
                                   least(s.valid_until, (p_month + interval '1 month')::date)), ',' ORDER BY s.slot, s.vehicle_no, s.valid_from, s.id)), '')
      FROM app.vehicle_slots s
     WHERE s.client_id = p_client AND s.contract_id = p_contract AND s.valid_from < (p_month + interval '1 month')::date
       AND (s.valid_until IS NULL OR s.valid_until > p_month) $$;
GRANT EXECUTE ON FUNCTION api.slots_state(uuid, uuid, date) TO mis_super_admin, mis_client_admin, mis_viewer;

-- Refuses when the vehicles of the contract's slots, or the fuel price of the month, are others than the run was rated with.
CREATE FUNCTION private.check_month(p_client uuid, p_contract uuid, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fuel_paise bigint := (SELECT f.price_paise FROM app.fuel_prices f WHERE f.client_id = p_client AND f.valid_from <= r.month
                           ORDER BY f.valid_from DESC LIMIT 1);
BEGIN
    IF coalesce(r.inputs->>'slots_state', '') <> api.slots_state(p_client, p_contract, r.month) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The vehicle slots of this contract were changed after the run.', HINT = 'Run billing again, then issue.';
    ELSIF EXISTS (SELECT 1 FROM jsonb_array_elements(r.inputs->'versions') AS v(version)
                   WHERE (v.version->'rules_config'->'fuel'->>'current_price')::numeric * 100 <> fuel_paise) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The fuel price of this month was changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
END $$;

-- As in 0011, and what else the month is rated from.
CREATE OR REPLACE FUNCTION private.check_fresh(i app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    facts record;
BEGIN
    SELECT count(*) INTO changed FROM app.trip_charges c JOIN app.trips t ON t.client_id = c.client_id AND t.id = c.trip_id
     WHERE c.client_id = i.client_id AND c.run_id = i.run_id AND (t.rev <> c.trip_rev OR t.superseded_at IS NOT NULL);
    IF changed > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIPS_CHANGED',
            MESSAGE = format('%s trips of this bill were changed after the run.', changed), HINT = 'Run billing again, then issue.';
    END IF;
    SELECT count(*) - r.trips INTO changed FROM private.billable_trips(i.client_id, i.contract_id, r.period);
    IF changed <> 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIPS_CHANGED',
            MESSAGE = format('The month has %s more billable trips than this bill.', changed),
            HINT = 'Run billing again, or hold the trips that shall wait.';
    END IF;
    IF coalesce((r.inputs->>'month_inputs_rev')::integer, 0) <> coalesce((SELECT m.rev FROM app.month_inputs m
            WHERE m.client_id = i.client_id AND m.contract_id = i.contract_id AND m.month = r.month), 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The month inputs of this contract were changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
    PERFORM private.check_month(i.client_id, i.contract_id, r);
    PERFORM private.check_versions(i.client_id, i.contract_id, r.period, array_agg(b.version_id), array_agg(b.version_rev))
       FROM app.billing_run_versions b WHERE b.client_id = i.client_id AND b.run_id = i.run_id;
    SELECT k.site_id, k.branch_id, k.sac, b.state_code AS supplier, s.state_code AS recipient, s.is_sez INTO STRICT facts
      FROM app.contracts k JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
      JOIN app.client_sites s ON s.client_id = k.client_id AND s.id = k.site_id
     WHERE k.client_id = i.client_id AND k.id = i.contract_id;
    IF (facts.site_id, facts.branch_id, facts.sac) IS DISTINCT FROM (i.site_id, i.branch_id, i.sac)
       OR (facts.is_sez AND i.supply <> 'INTER')
       OR (NOT facts.is_sez AND facts.supplier IS NOT NULL AND facts.recipient IS NOT NULL
           AND i.supply <> CASE WHEN facts.supplier = facts.recipient THEN 'INTRA' ELSE 'INTER' END) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'PARTIES_CHANGED',
            MESSAGE = 'The contract''s site, branch, SAC or their states changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
END $$;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER zy_tell AFTER INSERT OR UPDATE OR DELETE ON app.contracts FOR EACH STATEMENT EXECUTE FUNCTION private.tell_contracts();
CREATE TRIGGER zy_tell AFTER INSERT OR UPDATE OR DELETE ON app.contract_versions FOR EACH STATEMENT EXECUTE FUNCTION private.tell_contracts();
