-- What a month is billed from beside trips may turn out wrong after the month was invoiced: inputs, fuel prices, vehicle slots, employees. It is
-- corrected with a reason, the invoice stays as it is, and a settlement bills the difference (GST.md 8, DESIGN.md section 3).

SET LOCAL ROLE mis_definer;

-- As in 0081; but of a contract that is invoiced the inputs may be corrected in a closed month too: the difference goes onto a note.
CREATE OR REPLACE FUNCTION private.guard_closed_inputs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = NEW.client_id AND r.contract_id = NEW.contract_id AND r.month = NEW.month
                                                     AND r.kind = 'BILL' AND r.status = 'ISSUED') THEN
        PERFORM private.refuse_closed(NEW.client_id, NEW.month, 'changed');
    END IF;
    RETURN NEW;
END $$;

DROP FUNCTION api.save_month_inputs(uuid, uuid, date, integer, integer, integer, text, jsonb, jsonb);
-- Saves the inputs of a contract's month as a whole, as in 0035. p_reason: of a month that is invoiced, why they change.
CREATE FUNCTION api.save_month_inputs(p_client uuid, p_contract uuid, p_month date, p_rev integer, p_sla_breaches integer,
                                      p_vehicles_count integer, p_note text, p_slots jsonb, p_employees jsonb, p_reason text DEFAULT '') RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before app.month_inputs;
    saved integer;
    reason text := btrim(coalesce(p_reason, ''));
BEGIN
    PERFORM auth.require_client(p_client);
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id = p_contract FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CONTRACT_NOT_FOUND', MESSAGE = 'There is no such contract.';
    ELSIF reason = '' AND EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = p_client AND r.contract_id = p_contract AND r.month = p_month
                                                     AND r.kind = 'BILL' AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'MONTH_ISSUED', MESSAGE = 'The month is invoiced: say why its inputs change.',
            HINT = 'The invoice stays as it is; settle the month, and the difference goes onto a note.';
    END IF;
    SELECT * INTO before FROM app.month_inputs m WHERE m.client_id = p_client AND m.contract_id = p_contract AND m.month = p_month;
    IF coalesce(before.rev, 0) <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE',
            MESSAGE = format('%s saved the inputs of this month meanwhile.', coalesce(before.updated_by, 'Somebody else')),
            HINT = 'Read them again; what you typed is still here.';
    END IF;
    DELETE FROM app.slot_months s WHERE s.client_id = p_client AND s.contract_id = p_contract AND s.month = p_month;
    DELETE FROM app.employee_months e WHERE e.client_id = p_client AND e.contract_id = p_contract AND e.month = p_month;
    INSERT INTO app.month_inputs AS m (client_id, contract_id, month, sla_breaches, vehicles_count, note)
    VALUES (p_client, p_contract, p_month, p_sla_breaches, p_vehicles_count, p_note)
    ON CONFLICT (client_id, contract_id, month) DO UPDATE
       SET sla_breaches = excluded.sla_breaches, vehicles_count = excluded.vehicles_count, note = excluded.note
    RETURNING m.rev INTO saved;
    INSERT INTO app.slot_months (client_id, contract_id, month, slot, distance_m, duty_s, duty_by_day, active_days, absent_days)
    SELECT p_client, p_contract, p_month, x.slot, x.distance_m, x.duty_s, x.duty_by_day, x.active_days, x.absent_days
      FROM jsonb_to_recordset(p_slots) AS x(slot text, distance_m bigint, duty_s bigint, duty_by_day jsonb, active_days integer, absent_days integer);
    INSERT INTO app.employee_months (client_id, contract_id, month, employee_code, active_days)
    SELECT p_client, p_contract, p_month, x.code, x.active_days FROM jsonb_to_recordset(p_employees) AS x(code text, active_days integer);
    PERFORM audit.write(p_client, 'MONTH_INPUTS', 'contract', p_contract, to_jsonb(before),
        jsonb_build_object('month', p_month, 'rev', saved, 'sla_breaches', p_sla_breaches, 'vehicles_count', p_vehicles_count,
                           'slots', p_slots, 'employees', p_employees), nullif(left(reason, 500), ''));
    RETURN saved;
END $$;
GRANT EXECUTE ON FUNCTION api.save_month_inputs(uuid, uuid, date, integer, integer, integer, text, jsonb, jsonb, text)
    TO mis_super_admin, mis_client_admin;

-- As in 0111, and the month inputs themselves; of a settlement the next step is to settle again.
CREATE OR REPLACE FUNCTION private.check_month(p_client uuid, p_contract uuid, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fuel_paise bigint := (SELECT f.price_paise FROM app.fuel_prices f WHERE f.client_id = p_client AND f.valid_from <= r.month
                           ORDER BY f.valid_from DESC LIMIT 1);
    following date := (r.month + interval '1 month')::date;
    what text;
BEGIN
    IF coalesce((r.inputs->>'month_inputs_rev')::integer, 0) <> coalesce((SELECT m.rev FROM app.month_inputs m
            WHERE m.client_id = p_client AND m.contract_id = p_contract AND m.month = r.month), 0) THEN what := 'The month inputs of this contract were';
    ELSIF coalesce(r.inputs->>'slots_state', '') <> api.slots_state(p_client, p_contract, r.month) THEN what := 'The vehicle slots of this contract were';
    ELSIF EXISTS (SELECT 1 FROM jsonb_array_elements(r.inputs->'versions') AS v(version)
                   WHERE (v.version->'rules_config'->'fuel'->>'current_price')::numeric * 100 <> fuel_paise) THEN what := 'The fuel price of this month was';
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
                       WHERE was.days IS DISTINCT FROM held.days) THEN what := 'The list of employees was';
    END IF;
    IF what IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED', MESSAGE = what || ' changed after the run.',
            HINT = CASE r.kind WHEN 'NOTE' THEN 'Settle again, then issue.' ELSE 'Run billing again, then issue.' END;
    END IF;
END $$;

SET LOCAL ROLE mis_owner;
