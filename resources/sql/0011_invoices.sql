-- Issuing and voiding (GST.md sections 4 and 14). The number is allocated in the transaction that issues, under a lock on its series' row.

GRANT UPDATE (rev) ON app.vendor_branches TO mis_definer;

SET LOCAL ROLE mis_definer;

-- The financial year (April to March) of a day, as 26-27.
CREATE FUNCTION private.financial_year(p_day date) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN to_char(p_day - interval '3 months', 'YY') || '-' || to_char(p_day - interval '3 months' + interval '1 year', 'YY');

-- The number that a template gives to the n-th document; NULL when the series is full or the portal would not take the number.
CREATE FUNCTION private.series_number(p_template text, p_prefix text, p_fy text, p_n integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counter text := substring(p_template FROM '\{(0*1)\}$');
    made text := replace(replace(regexp_replace(p_template, '\{0*1\}$', ''), '{prefix}', p_prefix), '{yy-yy}', p_fy)
                 || lpad(p_n::text, greatest(length(counter), length(p_n::text)), '0');
BEGIN
    RETURN CASE WHEN p_template ~ '^\{prefix\}[/-]\{yy-yy\}[/-]\{0*1\}$' AND length(p_n::text) <= length(counter)
                 AND made ~ '^[A-Z1-9][A-Z0-9/-]{0,15}$' THEN made END;
END $$;

-- The series of (client, branch, document type, year), locked; made at first use with last year's prefix, else with the first suggested one that
-- no other series of the same GSTIN has. The branch's row is the lock, so that two tenants never take one prefix at once.
CREATE FUNCTION private.take_series(p_client uuid, p_vendor uuid, p_branch uuid, p_doc_type text, p_fy text, p_prefixes text[])
RETURNS app.number_series LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s app.number_series;
    branch_gstin text;
    last_year app.number_series;
    chosen text;
BEGIN
    SELECT * INTO s FROM app.number_series x
     WHERE x.client_id = p_client AND x.branch_id = p_branch AND x.doc_type = p_doc_type AND x.fy = p_fy FOR UPDATE;
    IF FOUND THEN RETURN s; END IF;
    SELECT b.gstin INTO branch_gstin FROM app.vendor_branches b WHERE b.vendor_id = p_vendor AND b.id = p_branch FOR NO KEY UPDATE;
    SELECT * INTO s FROM app.number_series x
     WHERE x.client_id = p_client AND x.branch_id = p_branch AND x.doc_type = p_doc_type AND x.fy = p_fy FOR UPDATE;
    IF FOUND THEN RETURN s; END IF;
    SELECT * INTO last_year FROM app.number_series x
     WHERE x.client_id = p_client AND x.branch_id = p_branch AND x.doc_type = p_doc_type ORDER BY x.fy DESC LIMIT 1;
    chosen := coalesce(last_year.prefix, (
        SELECT u.prefix FROM unnest(p_prefixes) WITH ORDINALITY AS u(prefix, n)
         WHERE private.series_number('{prefix}/{yy-yy}/{00001}', u.prefix, p_fy, 1) IS NOT NULL
           AND NOT private.prefix_taken(p_client, p_branch, branch_gstin, p_doc_type, u.prefix)
         ORDER BY u.n LIMIT 1));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_SERIES', MESSAGE = 'No free prefix was found for the number series.',
            HINT = 'A super admin can set one.';
    END IF;
    INSERT INTO app.number_series (client_id, vendor_id, branch_id, doc_type, fy, gstin, prefix, template)
    VALUES (p_client, p_vendor, p_branch, p_doc_type, p_fy, branch_gstin, chosen, coalesce(last_year.template, '{prefix}/{yy-yy}/{00001}'))
    RETURNING * INTO s;
    RETURN s;
END $$;

-- Whether another series under the same GSTIN (or, without one, the same branch) uses this prefix. Answers yes or no, never whose.
CREATE FUNCTION private.prefix_taken(p_client uuid, p_branch uuid, p_gstin text, p_doc_type text, p_prefix text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM app.number_series x
                    WHERE x.prefix = p_prefix AND (x.branch_id = p_branch OR x.gstin = p_gstin)
                      AND (x.client_id, x.branch_id, x.doc_type) IS DISTINCT FROM (p_client, p_branch, p_doc_type)) $$;

-- SUPER_ADMIN: prefix, template and first number of a series before its first use (SECURITY.md (c) 19, GST.md R0).
CREATE FUNCTION api.set_series(p_client uuid, p_vendor uuid, p_branch uuid, p_doc_type text, p_fy text, p_prefix text, p_template text,
                               p_first integer) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    s app.number_series;
    branch_gstin text;
    sample text := private.series_number(p_template, p_prefix, p_fy, p_first);
BEGIN
    IF NOT auth.is_super() THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Only a super admin sets number series.';
    ELSIF sample IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_SERIES_TEMPLATE',
            MESSAGE = 'A number has at most 16 characters A-Z, 0-9, / and -, and begins with a letter or 1-9.';
    END IF;
    SELECT b.gstin INTO branch_gstin FROM app.vendor_branches b WHERE b.vendor_id = p_vendor AND b.id = p_branch FOR NO KEY UPDATE;
    IF private.prefix_taken(p_client, p_branch, branch_gstin, p_doc_type, p_prefix) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'PREFIX_TAKEN', MESSAGE = 'Another series under this GSTIN has this prefix.';
    END IF;
    INSERT INTO app.number_series AS n (client_id, vendor_id, branch_id, doc_type, fy, gstin, prefix, template, first_number, next_number)
    VALUES (p_client, p_vendor, p_branch, p_doc_type, p_fy, branch_gstin, p_prefix, p_template, p_first, p_first)
    ON CONFLICT (client_id, branch_id, doc_type, fy) DO UPDATE
       SET prefix = excluded.prefix, template = excluded.template, first_number = excluded.first_number, next_number = excluded.next_number
     WHERE n.next_number = n.first_number
    RETURNING * INTO s;
    IF s.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'SERIES_USED', MESSAGE = 'A number series that was used does not change.';
    END IF;
    PERFORM audit.write(p_client, 'SET_SERIES', 'number_series', s.id, NULL, to_jsonb(s));
    RETURN sample;
END $$;

-- Refuses unless the draft still says what a run of now would say: trips, versions, contract and parties as they were rated.
CREATE FUNCTION private.check_fresh(i app.invoices, r app.billing_runs) RETURNS void
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

CREATE FUNCTION private.address_of(p_1 text, p_2 text, p_city text, p_pin text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN concat_ws(E'\n', nullif(concat_ws(', ', nullif(p_1, ''), nullif(p_2, '')), ''), nullif(concat_ws(' ', nullif(p_city, ''), p_pin), ''));

-- Everything printed about the parties and the contract, frozen with the document (GST.md R4). Made here, so that it is what the tables say.
CREATE FUNCTION private.snapshot_of(i app.invoices) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'supplier', jsonb_build_object('name', coalesce(nullif(b.legal_name, ''), v.name), 'code', l.code, 'address', private.address_of(b.address_1, b.address_2, b.city, b.pin),
                                       'gstin', b.gstin, 'pan', v.pan, 'state_code', b.state_code, 'bank', b.bank),
        'recipient', jsonb_build_object('name', coalesce(nullif(s.legal_name, ''), c.name), 'code', c.code, 'address', private.address_of(s.address_1, s.address_2, s.city, s.pin),
                                        'gstin', s.gstin, 'pan', c.pan, 'state_code', s.state_code, 'is_sez', s.is_sez, 'lut_no', s.lut_no),
        'contract', jsonb_build_object('name', k.name, 'po_number', k.po_number, 'sac', k.sac), 'time_zone', c.time_zone)
      FROM app.contracts k
      JOIN app.clients c ON c.id = k.client_id
      JOIN app.vendors v ON v.id = k.vendor_id
      JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
      JOIN app.client_sites s ON s.client_id = k.client_id AND s.id = k.site_id
      JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
     WHERE k.client_id = i.client_id AND k.id = i.contract_id $$;

-- Issues a draft and gives its number; asked again, gives the same number and changes nothing.
CREATE FUNCTION api.issue_invoice(p_client uuid, p_invoice uuid, p_prefixes text[], p_words text, OUT number text, OUT invoice_date date, OUT state text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices;
    r app.billing_runs;
    s app.number_series;
    today date;
BEGIN
    -- first the contract, as runs and changes of its versions do: none of them may come in between
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id =
        (SELECT x.contract_id FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice) FOR UPDATE;
    SELECT * INTO i FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice FOR UPDATE;
    IF i.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_NOT_FOUND', MESSAGE = 'There is no such invoice.';
    ELSIF i.status = 'ISSUED' THEN
        number := i.number;
        invoice_date := i.invoice_date;
        state := 'unchanged';
        RETURN;
    ELSIF i.status = 'VOID' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_VOID', MESSAGE = 'A void invoice cannot be issued again.',
            HINT = 'Run billing for the month again: it makes a new draft.';
    ELSIF i.total < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NEGATIVE_TOTAL', MESSAGE = 'A bill below zero cannot be issued as an invoice.';
    END IF;
    SELECT * INTO STRICT r FROM app.billing_runs x WHERE x.client_id = p_client AND x.id = i.run_id FOR UPDATE;
    PERFORM private.check_fresh(i, r);
    SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date INTO STRICT today FROM app.clients c WHERE c.id = p_client;
    s := private.take_series(p_client, i.vendor_id, i.branch_id, i.doc_type, private.financial_year(today), p_prefixes);
    number := private.series_number(s.template, s.prefix, s.fy, s.next_number);
    IF number IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SERIES_FULL', MESSAGE = 'The number series of this year is used up.';
    END IF;
    UPDATE app.number_series x SET next_number = s.next_number + 1 WHERE x.client_id = p_client AND x.id = s.id;
    UPDATE app.invoices x SET status = 'ISSUED', number = issue_invoice.number, series_id = s.id, sequence_no = s.next_number, fy = s.fy,
           supplier_gstin = d.snapshot->'supplier'->>'gstin', recipient_gstin = d.snapshot->'recipient'->>'gstin', invoice_date = today,
           snapshot = d.snapshot || jsonb_build_object('words', p_words), issued_at = clock_timestamp(), issued_by = actor
      FROM (SELECT private.snapshot_of(i) AS snapshot) d
     WHERE x.client_id = p_client AND x.id = p_invoice;
    UPDATE app.billing_runs x SET status = 'ISSUED', issued_at = clock_timestamp() WHERE x.client_id = p_client AND x.id = i.run_id;
    invoice_date := today;
    state := 'issued';
    PERFORM audit.write(p_client, 'ISSUE', 'invoice', p_invoice, NULL,
                        jsonb_build_object('number', number, 'total', i.total, 'run_id', i.run_id, 'date', today));
END $$;

-- Voids an issued invoice: the number stays used, its trips can be billed again.
CREATE FUNCTION api.void_invoice(p_client uuid, p_invoice uuid, p_reason text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices;
BEGIN
    SELECT * INTO i FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice FOR UPDATE;
    IF i.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_NOT_FOUND', MESSAGE = 'There is no such invoice.';
    ELSIF i.status = 'VOID' THEN
        RETURN i.number;
    ELSIF i.status <> 'ISSUED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'Only an issued invoice can be voided; a draft is discarded.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the invoice is voided.';
    END IF;
    UPDATE app.invoices x SET status = 'VOID', void_at = clock_timestamp(), void_by = actor, void_reason = btrim(p_reason)
     WHERE x.client_id = p_client AND x.id = p_invoice;
    UPDATE app.billing_runs x SET status = 'VOID', ended_at = clock_timestamp() WHERE x.client_id = p_client AND x.id = i.run_id;
    UPDATE app.trip_charges x SET released_at = clock_timestamp() WHERE x.client_id = p_client AND x.run_id = i.run_id AND x.released_at IS NULL;
    PERFORM audit.write(p_client, 'VOID', 'invoice', p_invoice, NULL, jsonb_build_object('number', i.number), btrim(p_reason));
    RETURN i.number;
END $$;

GRANT EXECUTE ON FUNCTION api.issue_invoice(uuid, uuid, text[], text), api.void_invoice(uuid, uuid, text) TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION api.set_series(uuid, uuid, uuid, text, text, text, text, integer) TO mis_super_admin;

SET LOCAL ROLE mis_owner;
