-- Debit notes to vendors: what a settled dispute takes off a vendor's bill, on a paper of the recipient with a number of its own. It is no tax
-- document of section 34 (only the supplier issues those); it says why less is paid, and asks the vendor for its credit note.
-- A note is never changed: it is voided with a reason, and its number stays used. What is payable does not depend on it, but on the disputes.

CREATE TABLE app.vendor_debit_series (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    fy              text NOT NULL CHECK (fy ~ '^[0-9]{2}-[0-9]{2}$'),
    prefix          text NOT NULL CHECK (prefix ~ '^[A-Z1-9][A-Z0-9]{0,3}$'),
    next_number     integer NOT NULL DEFAULT 1 CHECK (next_number BETWEEN 1 AND 100000),
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, fy, prefix)
);

CREATE TABLE app.vendor_debit_notes (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    bill_id         uuid NOT NULL,
    series_id       uuid NOT NULL,
    sequence_no     integer NOT NULL CHECK (sequence_no > 0),
    number          text NOT NULL CHECK (number ~ '^[A-Z1-9][A-Z0-9/-]{0,15}$'),
    note_date       date NOT NULL,
    amount          bigint NOT NULL,                          -- before tax
    tax             bigint NOT NULL,                          -- in the proportion of the vendor's bill
    total           bigint NOT NULL CHECK (total = amount + tax AND total > 0),
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    parties         jsonb NOT NULL,                           -- both sides and the bill, as they were
    status          text NOT NULL DEFAULT 'ISSUED' CHECK (status IN ('ISSUED', 'VOID')),
    issued_at       timestamptz NOT NULL DEFAULT now(),
    issued_by       text NOT NULL,
    voided_at       timestamptz,
    voided_by       text,
    void_reason     text CHECK (length(void_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, series_id, sequence_no),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (client_id, bill_id) REFERENCES app.vendor_bills,
    FOREIGN KEY (client_id, series_id) REFERENCES app.vendor_debit_series,
    CHECK ((status = 'VOID') = (voided_at IS NOT NULL AND void_reason IS NOT NULL))
);
CREATE UNIQUE INDEX vendor_debit_notes_number ON app.vendor_debit_notes (client_id, number);
CREATE INDEX vendor_debit_notes_bill ON app.vendor_debit_notes (client_id, bill_id);

CREATE TABLE app.vendor_debit_lines (
    client_id       uuid NOT NULL,
    note_id         uuid NOT NULL,
    line_no         integer NOT NULL CHECK (line_no > 0),
    dispute_id      uuid NOT NULL,
    row_no          integer NOT NULL,
    ref             text NOT NULL,
    reason          text NOT NULL,                            -- the dispute's
    words           text NOT NULL DEFAULT '',                 -- why it was settled so
    started         timestamptz,
    vehicle_no      text NOT NULL DEFAULT '',
    billed          bigint NOT NULL,
    agreed          bigint NOT NULL,
    amount          bigint NOT NULL CHECK (amount = billed - agreed),
    tax             bigint NOT NULL,
    PRIMARY KEY (client_id, note_id, line_no),
    FOREIGN KEY (client_id, note_id) REFERENCES app.vendor_debit_notes,
    FOREIGN KEY (client_id, dispute_id) REFERENCES app.vendor_disputes
);
CREATE INDEX vendor_debit_lines_dispute ON app.vendor_debit_lines (client_id, dispute_id);

-- The bank's reference comes after the payout was recorded; it is added to it, the figures stay.
ALTER TABLE app.vendor_payouts ADD COLUMN reference text NOT NULL DEFAULT '' CHECK (length(reference) <= 60);

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['vendor_debit_series', 'vendor_debit_notes', 'vendor_debit_lines'] LOOP
        PERFORM private.protect_table(('app.' || tab)::regclass);
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_definer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY client_admin ON app.%I FOR ALL TO mis_client_admin '
                       'USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()))', tab);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.%I FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change()', tab);
    END LOOP;
END $$;
GRANT INSERT, UPDATE ON app.vendor_debit_series, app.vendor_debit_notes TO mis_definer;
GRANT INSERT ON app.vendor_debit_lines TO mis_definer;

SET LOCAL ROLE mis_definer;

-- What settled disputes take off a bill and no standing note says yet. The tax of a row is the part of the vendor's own tax that goes with it;
-- where the sheet has none, the bill's percentage of the row, carried forward so that the sum of a percentage is rounded once.
CREATE FUNCTION private.debit_lines(p_client uuid, p_bill uuid) RETURNS TABLE (dispute_id uuid, row_no integer, ref text, reason text, words text,
    started timestamptz, vehicle_no text, billed bigint, agreed bigint, amount bigint, tax bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH part AS (
        SELECT d.id, m.row_no, m.ref, d.reason, coalesce(d.resolve_reason, '') AS words, r.start_time, r.vehicle_no, m.theirs, d.pay_amount,
               m.their_tax - d.pay_tax AS their_tax, m.tax_milli, b.basis,
               greatest(m.theirs - u.untaxed, 0) - greatest(d.pay_amount - u.untaxed, 0) AS base
          FROM app.vendor_disputes d
          JOIN app.vendor_bills b ON b.client_id = d.client_id AND b.id = d.bill_id
          JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.bill_id = d.bill_id AND m.row_no = d.row_no
          JOIN app.vendor_bill_rows r ON r.client_id = d.client_id AND r.bill_id = d.bill_id AND r.row_no = d.row_no
         CROSS JOIN LATERAL (SELECT least(m.untaxed, greatest(m.ours, 0)) AS untaxed) u
         WHERE d.client_id = p_client AND d.bill_id = p_bill AND d.status = 'RESOLVED' AND d.resolution <> 'THEIRS'
           AND NOT EXISTS (SELECT 1 FROM app.vendor_debit_lines l
                             JOIN app.vendor_debit_notes n ON n.client_id = l.client_id AND n.id = l.note_id AND n.status = 'ISSUED'
                            WHERE l.client_id = d.client_id AND l.dispute_id = d.id)),
    summed AS (SELECT p.*, sum(p.base) OVER (PARTITION BY p.tax_milli ORDER BY p.row_no) AS so_far FROM part p),
    taxed AS (
        SELECT s.*, CASE s.basis WHEN 'WITH_TAX' THEN s.their_tax
            ELSE round(s.so_far * s.tax_milli / 100000.0) - round((s.so_far - s.base) * s.tax_milli / 100000.0) END::bigint AS off_tax
          FROM summed s)
    SELECT t.id, t.row_no, t.ref, t.reason, t.words, t.start_time, t.vehicle_no, t.theirs, t.pay_amount, t.theirs - t.pay_amount, t.off_tax
      FROM taxed t WHERE t.theirs - t.pay_amount + t.off_tax > 0 ORDER BY t.row_no $$;

-- What a note would say now: the same lines that issuing takes.
CREATE FUNCTION api.debit_lines(p_client uuid, p_bill uuid) RETURNS TABLE (dispute_id uuid, row_no integer, ref text, reason text, words text,
    started timestamptz, vehicle_no text, billed bigint, agreed bigint, amount bigint, tax bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM auth.require_client(p_client);
    RETURN QUERY SELECT * FROM private.debit_lines(p_client, p_bill);
END $$;

-- Both sides as they are now: the site and branch of the contracts that the bill was compared with, where it is one, else the default ones.
CREATE FUNCTION private.debit_parties(b app.vendor_bills) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH used AS (
        SELECT CASE WHEN count(DISTINCT k.site_id) = 1 THEN min(k.site_id::text)::uuid END AS site_id,
               CASE WHEN count(DISTINCT k.branch_id) = 1 THEN min(k.branch_id::text)::uuid END AS branch_id
          FROM app.vendor_bill_matches m JOIN app.contracts k ON k.client_id = m.client_id AND k.id = m.contract_id
         WHERE m.client_id = b.client_id AND m.bill_id = b.id),
    site AS (
        SELECT s.* FROM app.client_sites s CROSS JOIN used u WHERE s.client_id = b.client_id
         ORDER BY s.id = u.site_id DESC NULLS LAST, s.is_default DESC, s.code LIMIT 1),
    branch AS (
        SELECT x.* FROM app.vendor_branches x CROSS JOIN used u WHERE x.vendor_id = b.vendor_id
         ORDER BY x.id = u.branch_id DESC NULLS LAST, x.is_default DESC, x.code LIMIT 1)
    SELECT jsonb_build_object(
        'payer', jsonb_build_object('name', coalesce(nullif(s.legal_name, ''), c.name), 'gstin', s.gstin, 'pan', c.pan, 'state_code', s.state_code,
            'address', concat_ws(E'\n', nullif(s.address_1, ''), nullif(s.address_2, ''), nullif(concat_ws(' ', nullif(s.city, ''), s.pin), ''))),
        'vendor', jsonb_build_object('name', coalesce(nullif(x.legal_name, ''), v.name), 'gstin', x.gstin, 'pan', v.pan, 'state_code', x.state_code,
            'address', concat_ws(E'\n', nullif(x.address_1, ''), nullif(x.address_2, ''), nullif(concat_ws(' ', nullif(x.city, ''), x.pin), ''))),
        'bill', jsonb_build_object('number', b.number, 'date', b.bill_date, 'file', b.file_name, 'from', b.first_day, 'to', b.last_day,
            'amount', b.amount, 'tax', b.tax))
      FROM app.clients c JOIN app.vendors v ON v.id = b.vendor_id LEFT JOIN site s ON true LEFT JOIN branch x ON true
     WHERE c.id = b.client_id $$;

-- Both sides of a bill as they are now, for papers that are not frozen.
CREATE FUNCTION api.bill_parties(p_client uuid, p_bill uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM auth.require_client(p_client);
    RETURN (SELECT private.debit_parties(b) FROM app.vendor_bills b WHERE b.client_id = p_client AND b.id = p_bill);
END $$;

-- p_disputes: whose takings the note says; NULL: all that stand on no note. Asked again with the same id, gives the same number.
CREATE FUNCTION api.issue_debit_note(p_client uuid, p_bill uuid, p_id uuid, p_disputes uuid[], p_reason text, p_prefix text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
    s app.vendor_debit_series;
    made text;
    today date;
    t record;
BEGIN
    SELECT n.number INTO made FROM app.vendor_debit_notes n WHERE n.client_id = p_client AND n.id = p_id;
    IF made IS NOT NULL THEN
        RETURN made;
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say what the debit note is for.';
    END IF;
    SELECT count(*) AS lines, sum(l.amount)::bigint AS amount, sum(l.tax)::bigint AS tax, array_agg(l.dispute_id) AS disputes INTO t
      FROM private.debit_lines(p_client, p_bill) l WHERE p_disputes IS NULL OR l.dispute_id = ANY (p_disputes);
    IF t.lines = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOTHING_TO_NOTE', MESSAGE = 'No settled dispute takes anything off this bill.',
            HINT = 'Settle a dispute first; what stands on a debit note already is not noted again.';
    ELSIF t.lines <> cardinality(p_disputes) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_NOTABLE',
            MESSAGE = 'Not every one of these disputes is settled, takes something off, and stands on no debit note yet.';
    END IF;
    SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date INTO STRICT today FROM app.clients c WHERE c.id = p_client;
    INSERT INTO app.vendor_debit_series AS x (client_id, fy, prefix) VALUES (p_client, private.financial_year(today), upper(p_prefix))
    ON CONFLICT (client_id, fy, prefix) DO UPDATE SET prefix = x.prefix RETURNING * INTO s;   -- which locks it
    made := private.series_number('{prefix}/{yy-yy}/{00001}', s.prefix, s.fy, s.next_number);
    IF made IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SERIES_FULL', MESSAGE = 'The number series of this year is used up.',
            HINT = 'Set another prefix.';
    END IF;
    UPDATE app.vendor_debit_series x SET next_number = s.next_number + 1 WHERE x.client_id = p_client AND x.id = s.id;
    INSERT INTO app.vendor_debit_notes (client_id, id, vendor_id, bill_id, series_id, sequence_no, number, note_date, amount, tax, total, reason,
                                        parties, issued_by)
    VALUES (p_client, p_id, b.vendor_id, p_bill, s.id, s.next_number, made, today, t.amount, t.tax, t.amount + t.tax, btrim(p_reason),
            private.debit_parties(b), private.my_name());
    INSERT INTO app.vendor_debit_lines (client_id, note_id, line_no, dispute_id, row_no, ref, reason, words, started, vehicle_no, billed, agreed,
                                        amount, tax)
    SELECT p_client, p_id, row_number() OVER (ORDER BY l.row_no), l.dispute_id, l.row_no, l.ref, l.reason, l.words, l.started, l.vehicle_no,
           l.billed, l.agreed, l.amount, l.tax
      FROM private.debit_lines(p_client, p_bill) l WHERE l.dispute_id = ANY (t.disputes);
    PERFORM audit.write(p_client, 'ISSUE', 'vendor_debit_note', p_id, NULL, jsonb_build_object('number', made, 'date', today, 'bill', p_bill,
        'lines', t.lines, 'amount', t.amount, 'tax', t.tax), p_reason);
    RETURN made;
END $$;

CREATE FUNCTION api.void_debit_note(p_client uuid, p_note uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n app.vendor_debit_notes;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO n FROM app.vendor_debit_notes x WHERE x.client_id = p_client AND x.id = p_note FOR UPDATE;
    IF n.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOTE_NOT_FOUND', MESSAGE = 'There is no such debit note.';
    ELSIF n.status = 'VOID' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOTE_VOID', MESSAGE = format('%s is void already.', n.number);
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the debit note is voided.';
    END IF;
    UPDATE app.vendor_debit_notes x SET status = 'VOID', voided_at = clock_timestamp(), voided_by = private.my_name(), void_reason = btrim(p_reason)
     WHERE x.client_id = p_client AND x.id = p_note;
    PERFORM audit.write(p_client, 'VOID', 'vendor_debit_note', p_note, to_jsonb(n) - 'parties', NULL, p_reason);
END $$;

CREATE FUNCTION private.guard_debit_note() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'VOID' OR (to_jsonb(NEW) - '{status,voided_at,voided_by,void_reason}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{status,voided_at,voided_by,void_reason}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'NOTE_FINAL', MESSAGE = 'An issued debit note is not changed; it can be voided.';
    END IF;
    RETURN NEW;
END $$;

-- What a note says stays true while it stands: its disputes and the comparison behind them are kept.
CREATE FUNCTION private.guard_noted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_number text;
BEGIN
    IF TG_TABLE_NAME = 'vendor_disputes' THEN
        SELECT n.number INTO found_number FROM app.vendor_debit_lines l
          JOIN app.vendor_debit_notes n ON n.client_id = l.client_id AND n.id = l.note_id AND n.status = 'ISSUED'
         WHERE l.client_id = OLD.client_id AND l.dispute_id = OLD.id LIMIT 1;
    ELSE
        SELECT n.number INTO found_number FROM app.vendor_debit_notes n
         WHERE n.client_id = OLD.client_id AND n.bill_id = OLD.id AND n.status = 'ISSUED' LIMIT 1;
    END IF;
    IF found_number IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOTED', MESSAGE = format('Debit note %s says this; it stays as it is.', found_number),
            HINT = 'Void the debit note first.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION api.set_payout_reference(p_client uuid, p_payout uuid, p_reference text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    x app.vendor_payouts;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO x FROM app.vendor_payouts o WHERE o.client_id = p_client AND o.id = p_payout FOR UPDATE;
    IF x.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'PAYOUT_NOT_FOUND', MESSAGE = 'There is no such payout.';
    ELSIF x.status = 'REVERSED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'REVERSED', MESSAGE = 'This payout was reversed already.';
    ELSIF p_reference !~ '^[A-Za-z0-9/-]{1,60}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_REFERENCE',
            MESSAGE = 'A bank reference is 1 to 60 letters, digits, hyphens or slashes.';
    END IF;
    UPDATE app.vendor_payouts o SET reference = upper(p_reference) WHERE o.client_id = p_client AND o.id = p_payout;
    PERFORM audit.write(p_client, 'REFERENCE', 'vendor_payout', p_payout, jsonb_build_object('reference', x.reference),
        jsonb_build_object('reference', upper(p_reference)));
END $$;

-- A payout keeps its figures for ever; only its reversal and the bank's reference are added.
CREATE OR REPLACE FUNCTION private.guard_payout() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'REVERSED' OR (to_jsonb(NEW) - '{status,reversed_at,reversed_by,reverse_reason,reference}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{status,reversed_at,reversed_by,reverse_reason,reference}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'PAYOUT_FINAL', MESSAGE = 'A payout is not changed; it can be reversed.';
    END IF;
    RETURN NEW;
END $$;

-- As 0095, but the tax of the payable part follows the side that was accepted, not equal amounts (a dispute about the tax alone took nothing off);
-- what was paid out already is not questioned; and our amount is payable only up to theirs.
CREATE OR REPLACE FUNCTION api.raise_dispute(p_client uuid, p_bill uuid, p_row integer, p_id uuid, p_reason text, p_note text, p_owner text,
    p_pay bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
    m app.vendor_bill_matches;
    pay bigint;
BEGIN
    SELECT * INTO m FROM app.vendor_bill_matches x WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.row_no = p_row;
    IF m.place IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'ROW_NOT_FOUND', MESSAGE = 'The vendor''s bill has no such row.';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_disputes d WHERE d.client_id = p_client AND d.bill_id = p_bill AND d.row_no = p_row) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTED', MESSAGE = 'This row is in dispute already.';
    END IF;
    pay := coalesce(p_pay, CASE WHEN m.bucket = 'OVER' AND p_reason <> 'NOT_DRIVEN' THEN least(m.ours, m.theirs) ELSE 0 END);
    IF pay < least(0, m.theirs) OR pay > greatest(m.theirs, 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'The undisputed part lies between nothing and what the vendor asks.';
    END IF;
    INSERT INTO app.vendor_disputes (client_id, id, bill_id, row_no, reason, note, owner, raised_by, pay_amount, pay_tax)
    VALUES (p_client, p_id, p_bill, p_row, p_reason, coalesce(p_note, ''), coalesce(nullif(btrim(p_owner), ''), private.my_name()), private.my_name(),
            pay, private.tax_of_part(m, pay));
    PERFORM private.check_paid_out(p_client, p_bill);
    PERFORM audit.write(p_client, 'DISPUTE', 'vendor_bill', p_bill, NULL, jsonb_build_object('row', p_row, 'ref', m.ref, 'reason', p_reason,
        'theirs', m.theirs, 'ours', m.ours, 'payable', pay), p_note);
END $$;

-- The tax of a part of a row: ours where the part is ours (never more than theirs), else the vendor's own tax in proportion.
CREATE FUNCTION private.tax_of_part(m app.vendor_bill_matches, p_pay bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_pay = m.ours AND m.bucket <> 'ONLY_VENDOR' THEN least(m.our_tax, m.their_tax)
                WHEN p_pay = m.theirs THEN m.their_tax
                WHEN m.theirs <> 0 THEN round(m.their_tax * p_pay::numeric / m.theirs)
                ELSE 0 END::bigint $$;

CREATE OR REPLACE FUNCTION api.resolve_dispute(p_client uuid, p_dispute uuid, p_rev integer, p_resolution text, p_amount bigint, p_reason text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    d app.vendor_disputes;
    m app.vendor_bill_matches;
    pay bigint;
    tax_on_it bigint;
BEGIN
    SELECT * INTO d FROM app.vendor_disputes x WHERE x.client_id = p_client AND x.id = p_dispute;
    IF d.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTE_NOT_FOUND', MESSAGE = 'There is no such dispute.';
    END IF;
    PERFORM private.take_vendor_bill(p_client, d.bill_id);
    SELECT * INTO d FROM app.vendor_disputes x WHERE x.client_id = p_client AND x.id = p_dispute FOR UPDATE;
    SELECT * INTO m FROM app.vendor_bill_matches x WHERE x.client_id = p_client AND x.bill_id = d.bill_id AND x.row_no = d.row_no;
    IF d.rev IS DISTINCT FROM p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else changed this dispute meanwhile.',
            HINT = 'Look at it again.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why it is settled so.';
    ELSIF (d.status = 'OPEN') <> (p_resolution IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTE_STATE',
            MESSAGE = CASE d.status WHEN 'OPEN' THEN 'This dispute is open.' ELSE 'This dispute is settled already.' END;
    END IF;
    pay := CASE p_resolution WHEN 'THEIRS' THEN m.theirs WHEN 'OURS' THEN m.ours WHEN 'SPLIT' THEN p_amount
           ELSE CASE WHEN m.bucket = 'OVER' THEN least(m.ours, m.theirs) ELSE 0 END END;
    IF pay IS NULL OR (p_resolution = 'SPLIT' AND (pay <= least(m.ours, m.theirs) OR pay >= greatest(m.ours, m.theirs))) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'A split lies between our amount and the vendor''s.';
    END IF;
    tax_on_it := CASE p_resolution WHEN 'THEIRS' THEN m.their_tax WHEN 'OURS' THEN m.our_tax ELSE private.tax_of_part(m, pay) END;
    UPDATE app.vendor_disputes x SET status = CASE WHEN p_resolution IS NULL THEN 'OPEN' ELSE 'RESOLVED' END, resolution = p_resolution,
           pay_amount = pay, pay_tax = tax_on_it, resolved_at = CASE WHEN p_resolution IS NOT NULL THEN clock_timestamp() END,
           resolved_by = CASE WHEN p_resolution IS NOT NULL THEN private.my_name() END, resolve_reason = p_reason
     WHERE x.client_id = p_client AND x.id = p_dispute;
    PERFORM private.check_paid_out(p_client, d.bill_id);
    PERFORM audit.write(p_client, CASE WHEN p_resolution IS NULL THEN 'REOPEN' ELSE 'RESOLVE' END, 'vendor_dispute', p_dispute,
        jsonb_build_object('payable', d.pay_amount, 'resolution', d.resolution),
        jsonb_build_object('payable', pay, 'resolution', p_resolution, 'bill', d.bill_id, 'row', d.row_no), p_reason);
END $$;

GRANT EXECUTE ON FUNCTION private.guard_debit_note(), private.guard_noted() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.debit_lines(uuid, uuid), api.bill_parties(uuid, uuid), api.issue_debit_note(uuid, uuid, uuid, uuid[], text, text),
    api.void_debit_note(uuid, uuid, text), api.set_payout_reference(uuid, uuid, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER a_final BEFORE UPDATE OR DELETE ON app.vendor_debit_notes FOR EACH ROW EXECUTE FUNCTION private.guard_debit_note();
CREATE TRIGGER lines_kept BEFORE UPDATE OR DELETE ON app.vendor_debit_lines FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER noted BEFORE UPDATE ON app.vendor_disputes FOR EACH ROW EXECUTE FUNCTION private.guard_noted();
CREATE TRIGGER noted BEFORE UPDATE OF status, matched_at ON app.vendor_bills FOR EACH ROW EXECUTE FUNCTION private.guard_noted();
