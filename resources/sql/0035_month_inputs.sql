-- What a month is billed from beside trips: usage and days of vehicle slots, days of employees, breaches, vehicles, fuel prices
-- (TARIFF.md sections 3 and 4). The inputs of a contract's month are one document: saved as a whole under its revision, frozen once issued.
-- Days are kept in hundredths (half days occur), usage in metres and seconds; NULL is "not given", never 0.

CREATE TABLE app.month_inputs (
    client_id       uuid NOT NULL,
    contract_id     uuid NOT NULL,
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    sla_breaches    integer CHECK (sla_breaches >= 0),
    vehicles_count  integer CHECK (vehicles_count >= 0),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    rev             integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text,
    PRIMARY KEY (client_id, contract_id, month),
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts
);

CREATE TABLE app.slot_months (
    client_id       uuid NOT NULL,
    contract_id     uuid NOT NULL,
    month           date NOT NULL,
    slot            text NOT NULL CHECK (length(slot) BETWEEN 1 AND 40),
    distance_m      bigint CHECK (distance_m >= 0),
    duty_s          bigint CHECK (duty_s >= 0),
    duty_by_day     jsonb CHECK (jsonb_typeof(duty_by_day) = 'object'),    -- {"2026-10-01": seconds}
    active_days     integer CHECK (active_days BETWEEN 0 AND 3100),
    absent_days     integer CHECK (absent_days BETWEEN 0 AND 3100),
    PRIMARY KEY (client_id, contract_id, month, slot),
    FOREIGN KEY (client_id, contract_id, month) REFERENCES app.month_inputs,
    CHECK (duty_s IS NULL OR duty_by_day IS NULL)
);

CREATE TABLE app.employee_months (
    client_id       uuid NOT NULL,
    contract_id     uuid NOT NULL,
    month           date NOT NULL,
    employee_code   text NOT NULL CHECK (length(employee_code) BETWEEN 1 AND 60),
    active_days     integer CHECK (active_days BETWEEN 0 AND 3100),
    PRIMARY KEY (client_id, contract_id, month, employee_code),
    FOREIGN KEY (client_id, contract_id, month) REFERENCES app.month_inputs
);

-- The price in force on the first day of a month is that month's price; a run keeps the one it used.
CREATE TABLE app.fuel_prices (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    valid_from      date NOT NULL,
    price_paise     bigint NOT NULL CHECK (price_paise > 0),               -- a litre
    source          text NOT NULL DEFAULT '' CHECK (length(source) <= 200),
    rev             integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text,
    PRIMARY KEY (client_id, id)
);
CREATE UNIQUE INDEX fuel_prices_day ON app.fuel_prices (client_id, valid_from);

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['month_inputs', 'slot_months', 'employee_months', 'fuel_prices'] LOOP
        PERFORM private.protect_table(('app.' || tab)::regclass);
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_viewer, mis_definer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY client_admin ON app.%I FOR ALL TO mis_client_admin '
                       'USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()))', tab);
        EXECUTE format('CREATE POLICY viewer ON app.%I FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()))', tab);
    END LOOP;
END $$;
GRANT INSERT (client_id, id, valid_from, price_paise, source), UPDATE (price_paise, source) ON app.fuel_prices TO mis_super_admin, mis_client_admin;
CREATE TRIGGER z_rev BEFORE UPDATE ON app.fuel_prices FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.fuel_prices FOR EACH ROW EXECUTE FUNCTION private.stamp_save();
CREATE TRIGGER z_rev BEFORE UPDATE ON app.month_inputs FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.month_inputs FOR EACH ROW EXECUTE FUNCTION private.stamp_save();

GRANT INSERT, UPDATE ON app.month_inputs TO mis_definer;
GRANT INSERT, DELETE ON app.slot_months, app.employee_months TO mis_definer;
SET LOCAL ROLE mis_definer;

-- Saves the inputs of a contract's month as a whole. p_rev is the revision that was read, 0 for none. An issued month does not change.
-- p_slots: [{slot, distance_m, duty_s, duty_by_day, active_days, absent_days}]; p_employees: [{code, active_days}].
CREATE FUNCTION api.save_month_inputs(p_client uuid, p_contract uuid, p_month date, p_rev integer, p_sla_breaches integer,
                                      p_vehicles_count integer, p_note text, p_slots jsonb, p_employees jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before app.month_inputs;
    saved integer;
BEGIN
    PERFORM auth.require_client(p_client);
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id = p_contract FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CONTRACT_NOT_FOUND', MESSAGE = 'There is no such contract.';
    ELSIF EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = p_client AND r.contract_id = p_contract AND r.month = p_month
                                                     AND r.kind = 'BILL' AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'MONTH_ISSUED', MESSAGE = 'The month is invoiced; its inputs do not change any more.',
            HINT = 'Void the invoice first, or settle the difference by a note.';
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
                           'slots', p_slots, 'employees', p_employees));
    RETURN saved;
END $$;

GRANT EXECUTE ON FUNCTION api.save_month_inputs(uuid, uuid, date, integer, integer, integer, text, jsonb, jsonb)
    TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
