-- A bill with fees per employee is not issued when the list of employees was changed after its run.

SET LOCAL ROLE mis_definer;

-- As in 0065, and the employees: where nobody entered their days for the month, the run counted the days on which the list has them active
-- (services/month_inputs.py); days that were entered are covered by the revision of the month inputs.
CREATE OR REPLACE FUNCTION private.check_month(p_client uuid, p_contract uuid, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fuel_paise bigint := (SELECT f.price_paise FROM app.fuel_prices f WHERE f.client_id = p_client AND f.valid_from <= r.month
                           ORDER BY f.valid_from DESC LIMIT 1);
    following date := (r.month + interval '1 month')::date;
BEGIN
    IF coalesce(r.inputs->>'slots_state', '') <> api.slots_state(p_client, p_contract, r.month) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The vehicle slots of this contract were changed after the run.', HINT = 'Run billing again, then issue.';
    ELSIF EXISTS (SELECT 1 FROM jsonb_array_elements(r.inputs->'versions') AS v(version)
                   WHERE (v.version->'rules_config'->'fuel'->>'current_price')::numeric * 100 <> fuel_paise) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The fuel price of this month was changed after the run.', HINT = 'Run billing again, then issue.';
    ELSIF r.inputs->'employees'->0 IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM app.employee_months m
                           WHERE m.client_id = p_client AND m.contract_id = p_contract AND m.month = r.month)
          AND EXISTS (SELECT 1 FROM (SELECT x.person->>'id' AS code, coalesce((x.person->>'active_days')::numeric, following - r.month) AS days
                                       FROM jsonb_array_elements(r.inputs->'employees') AS x(person)) was
                        FULL JOIN (SELECT e.code, least(coalesce(e.active_until, following), following)
                                                  - greatest(coalesce(e.active_from, r.month), r.month) AS days
                                     FROM app.employees e
                                    WHERE e.client_id = p_client AND (e.active_from IS NULL OR e.active_from < following)
                                      AND (e.active_until IS NULL OR e.active_until > r.month)) held ON held.code = was.code
                       WHERE was.days IS DISTINCT FROM held.days) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The list of employees was changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
END $$;

SET LOCAL ROLE mis_owner;
