-- What a client brings along when it starts in the middle of a year: km and hours that the month had used before, invoices that are still open.
-- Next numbers are those of app.number_series (api.set_series).

CREATE TABLE app.opening_usage (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    contract_id     uuid NOT NULL,
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    distance_m      bigint NOT NULL DEFAULT 0 CHECK (distance_m >= 0),     -- km of the month already used up, in metres
    duty_s          bigint NOT NULL DEFAULT 0 CHECK (duty_s >= 0),         -- duty hours already used up, in seconds
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    rev             integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, contract_id, month),
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts
);

CREATE TABLE app.opening_invoices (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    contract_id     uuid,
    doc_type        text NOT NULL DEFAULT 'INVOICE' CHECK (doc_type IN ('INVOICE', 'CREDIT_NOTE', 'DEBIT_NOTE', 'STATEMENT', 'SELF_INVOICE')),
    number          text NOT NULL CHECK (length(number) BETWEEN 1 AND 30 AND number = upper(number)),
    invoice_date    date NOT NULL,
    due_date        date CHECK (due_date >= invoice_date),
    total           bigint NOT NULL CHECK (total > 0),                     -- paise
    open_amount     bigint NOT NULL CHECK (open_amount > 0),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, vendor_id, doc_type, number),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (client_id, vendor_id, contract_id) REFERENCES app.contracts (client_id, vendor_id, id),
    CHECK (open_amount <= total)
);

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['opening_usage', 'opening_invoices'] LOOP
        PERFORM private.protect_table(('app.' || tab)::regclass);
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_viewer, mis_definer', tab);
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON app.%I TO mis_definer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY client_admin ON app.%I FOR SELECT TO mis_client_admin USING (client_id = (SELECT auth.client_id()))', tab);
        EXECUTE format('CREATE POLICY viewer ON app.%I FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()))', tab);
        EXECUTE format('CREATE TRIGGER z_rev BEFORE UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION private.count_revision()', tab);
        EXECUTE format('CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION private.stamp_save()', tab);
    END LOOP;
END $$;

SET LOCAL ROLE mis_definer;

-- Stores opening values, all or none: the same row again changes nothing, other figures replace what was entered. Usage of a month that is
-- invoiced does not change. p_usage: [{contract_id, month, distance_m, duty_s, note}]; p_invoices: columns of app.opening_invoices by name.
CREATE FUNCTION api.save_opening(p_client uuid, p_usage jsonb, p_invoices jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    billed date;
    changed integer;
    more integer;
BEGIN
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id IN
        (SELECT x.contract_id FROM jsonb_to_recordset(p_usage) AS x(contract_id uuid)) ORDER BY k.id FOR UPDATE;
    SELECT r.month INTO billed FROM app.billing_runs r JOIN jsonb_to_recordset(p_usage) AS x(contract_id uuid, month date)
        ON r.contract_id = x.contract_id AND r.month = x.month WHERE r.client_id = p_client AND r.kind = 'BILL' AND r.status = 'ISSUED' LIMIT 1;
    IF billed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'MONTH_ISSUED',
            MESSAGE = format('%s is invoiced: what it had used before does not change any more.', to_char(billed, 'FMMonth YYYY'));
    END IF;
    INSERT INTO app.opening_usage AS u (client_id, contract_id, month, distance_m, duty_s, note)
    SELECT p_client, x.contract_id, x.month, coalesce(x.distance_m, 0), coalesce(x.duty_s, 0), coalesce(x.note, '')
      FROM jsonb_to_recordset(p_usage) AS x(contract_id uuid, month date, distance_m bigint, duty_s bigint, note text)
    ON CONFLICT (client_id, contract_id, month) DO UPDATE SET distance_m = excluded.distance_m, duty_s = excluded.duty_s, note = excluded.note
     WHERE (u.distance_m, u.duty_s, u.note) IS DISTINCT FROM (excluded.distance_m, excluded.duty_s, excluded.note);
    GET DIAGNOSTICS changed = ROW_COUNT;
    INSERT INTO app.opening_invoices AS o (client_id, vendor_id, contract_id, doc_type, number, invoice_date, due_date, total, open_amount, note)
    SELECT p_client, x.vendor_id, x.contract_id, coalesce(x.doc_type, 'INVOICE'), upper(x.number), x.invoice_date, x.due_date, x.total, x.open_amount,
           coalesce(x.note, '')
      FROM jsonb_to_recordset(p_invoices) AS x(vendor_id uuid, contract_id uuid, doc_type text, number text, invoice_date date, due_date date,
                                               total bigint, open_amount bigint, note text)
    ON CONFLICT (client_id, vendor_id, doc_type, number) DO UPDATE SET contract_id = excluded.contract_id, invoice_date = excluded.invoice_date,
        due_date = excluded.due_date, total = excluded.total, open_amount = excluded.open_amount, note = excluded.note
     WHERE (o.contract_id, o.invoice_date, o.due_date, o.total, o.open_amount, o.note)
           IS DISTINCT FROM (excluded.contract_id, excluded.invoice_date, excluded.due_date, excluded.total, excluded.open_amount, excluded.note);
    GET DIAGNOSTICS more = ROW_COUNT;
    IF changed + more > 0 THEN
        PERFORM audit.write(p_client, 'OPENING_VALUES', 'client', p_client, NULL, jsonb_build_object('usage', p_usage, 'invoices', p_invoices));
    END IF;
    RETURN changed + more;
END $$;

-- Takes an opening value back, with a reason.
CREATE FUNCTION api.remove_opening(p_client uuid, p_id uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    gone jsonb;
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the opening value is removed.';
    END IF;
    IF EXISTS (SELECT 1 FROM app.opening_usage u JOIN app.billing_runs r ON r.client_id = u.client_id AND r.contract_id = u.contract_id AND r.month = u.month
                WHERE u.client_id = p_client AND u.id = p_id AND r.kind = 'BILL' AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'MONTH_ISSUED', MESSAGE = 'The month is invoiced: what it had used before does not change any more.';
    END IF;
    WITH u AS (DELETE FROM app.opening_usage x WHERE x.client_id = p_client AND x.id = p_id RETURNING to_jsonb(x) AS row),
         o AS (DELETE FROM app.opening_invoices x WHERE x.client_id = p_client AND x.id = p_id RETURNING to_jsonb(x) AS row)
    SELECT row INTO gone FROM (SELECT row FROM u UNION ALL SELECT row FROM o) d;
    IF gone IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such opening value.';
    END IF;
    PERFORM audit.write(p_client, 'REMOVE_OPENING', 'client', p_client, gone, NULL, btrim(p_reason));
END $$;

GRANT EXECUTE ON FUNCTION api.save_opening(uuid, jsonb, jsonb), api.remove_opening(uuid, uuid, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
