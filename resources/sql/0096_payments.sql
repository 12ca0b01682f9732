-- Payments on issued documents. A receipt says what came on a day from (or to) one vendor's account and how it is spread; it is never changed or
-- deleted, it is reversed with a reason. What is not spread is an advance, and can be spread later by further allocations.
-- Open amount of a document = total + its debit notes - its credit notes - receipts - tax withheld.

CREATE TABLE app.receipts (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    received_on     date NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0),
    mode            text NOT NULL DEFAULT 'BANK' CHECK (mode IN ('BANK', 'UPI', 'CHEQUE', 'CASH', 'OTHER')),
    reference       text NOT NULL DEFAULT '' CHECK (length(reference) <= 60),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    recorded_by     text NOT NULL DEFAULT '',
    reversed_at     timestamptz,
    reversed_by     text,
    reverse_reason  text CHECK (length(reverse_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    CHECK ((reversed_at IS NULL) = (reverse_reason IS NULL))
);
CREATE INDEX receipts_recent ON app.receipts (client_id, received_on, id);
-- the same transfer typed in twice is the usual mistake
CREATE UNIQUE INDEX receipts_reference ON app.receipts (client_id, vendor_id, upper(reference), received_on)
    WHERE reference <> '' AND reversed_at IS NULL;

CREATE TABLE app.receipt_lines (
    client_id       uuid NOT NULL,
    receipt_id      uuid NOT NULL,
    line_no         integer NOT NULL CHECK (line_no > 0),
    invoice_id      uuid,
    opening_id      uuid,                        -- an open invoice of the program before (0084)
    amount          bigint NOT NULL CHECK (amount >= 0),
    tds             bigint NOT NULL DEFAULT 0 CHECK (tds >= 0),
    added_at        timestamptz NOT NULL DEFAULT now(),
    added_by        text NOT NULL DEFAULT '',
    PRIMARY KEY (client_id, receipt_id, line_no),
    FOREIGN KEY (client_id, receipt_id) REFERENCES app.receipts,
    FOREIGN KEY (client_id, invoice_id) REFERENCES app.invoices,
    FOREIGN KEY (client_id, opening_id) REFERENCES app.opening_invoices,
    CHECK (num_nonnulls(invoice_id, opening_id) = 1),
    CHECK (amount + tds > 0)
);
CREATE INDEX receipt_lines_invoice ON app.receipt_lines (client_id, invoice_id);
CREATE INDEX receipt_lines_opening ON app.receipt_lines (client_id, opening_id);

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['receipts', 'receipt_lines'] LOOP
        PERFORM private.protect_table(('app.' || tab)::regclass);
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_viewer, mis_definer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY client_admin ON app.%I FOR ALL TO mis_client_admin '
                       'USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()))', tab);
        EXECUTE format('CREATE POLICY viewer ON app.%I FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()))', tab);
    END LOOP;
END $$;
GRANT INSERT, UPDATE ON app.receipts TO mis_definer;
GRANT INSERT ON app.receipt_lines TO mis_definer;

CREATE POLICY client_admin_add_payments ON app.settings FOR INSERT TO mis_client_admin
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'payment.'));
CREATE POLICY client_admin_edit_payments ON app.settings FOR UPDATE TO mis_client_admin
    USING (client_id = (SELECT auth.client_id()) AND starts_with(key, 'payment.'))
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'payment.'));

SET LOCAL ROLE mis_definer;

-- What is still open of an issued document that is no note itself, or of an opening invoice; NULL for any other. Notes count with their sign.
CREATE FUNCTION private.open_amount(p_client uuid, p_document uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (i.total + coalesce((SELECT sum(CASE n.doc_type WHEN 'DEBIT_NOTE' THEN n.total ELSE -n.total END) FROM app.invoices n
                                 WHERE n.client_id = i.client_id AND n.corrects_id = i.id AND n.status = 'ISSUED'
                                   AND n.doc_type IN ('CREDIT_NOTE', 'DEBIT_NOTE')), 0)
            - coalesce((SELECT sum(l.amount + l.tds) FROM app.receipt_lines l
                          JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                         WHERE l.client_id = i.client_id AND l.invoice_id = i.id AND r.reversed_at IS NULL), 0))::bigint
      FROM app.invoices i
     WHERE i.client_id = p_client AND i.id = p_document AND i.status = 'ISSUED' AND i.doc_type NOT IN ('CREDIT_NOTE', 'DEBIT_NOTE')
    UNION ALL
    SELECT (o.open_amount - coalesce((SELECT sum(l.amount + l.tds) FROM app.receipt_lines l
                                        JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                                       WHERE l.client_id = o.client_id AND l.opening_id = o.id AND r.reversed_at IS NULL), 0))::bigint
      FROM app.opening_invoices o WHERE o.client_id = p_client AND o.id = p_document AND o.doc_type <> 'CREDIT_NOTE' $$;

-- Adds lines to a receipt that the caller holds locked; refuses what is more than the receipt has left or the document is open. The vendor's link
-- is locked by the caller, so that two receipts of a vendor see each other. p_lines: [{document_id, amount, tds}], one a document.
CREATE FUNCTION private.spread_receipt(p_client uuid, r app.receipts, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
    so_far integer;
BEGIN
    SELECT x.document_id, coalesce(i.number, o.number) AS number, private.open_amount(p_client, x.document_id) AS open INTO wrong
      FROM jsonb_to_recordset(p_lines) AS x(document_id uuid, amount bigint, tds bigint)
      LEFT JOIN app.invoices i ON i.client_id = p_client AND i.id = x.document_id AND i.vendor_id = r.vendor_id
      LEFT JOIN app.opening_invoices o ON o.client_id = p_client AND o.id = x.document_id AND o.vendor_id = r.vendor_id
     WHERE (i.id IS NULL AND o.id IS NULL) OR coalesce(private.open_amount(p_client, x.document_id), -1) < x.amount + coalesce(x.tds, 0) LIMIT 1;
    IF FOUND AND (wrong.number IS NULL OR wrong.open IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_PAYABLE', MESSAGE = 'Only an issued invoice of this vendor is paid.';
    ELSIF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_OPEN',
            MESSAGE = format('%s is open with %s only.', wrong.number, to_char(wrong.open / 100.0, 'FM999999999990.00')),
            HINT = 'What is over stays on the receipt as an advance.';
    END IF;
    SELECT coalesce(max(l.line_no), 0) INTO so_far FROM app.receipt_lines l WHERE l.client_id = p_client AND l.receipt_id = r.id;
    INSERT INTO app.receipt_lines (client_id, receipt_id, line_no, invoice_id, opening_id, amount, tds, added_by)
    SELECT p_client, r.id, so_far + row_number() OVER (), i.id, CASE WHEN i.id IS NULL THEN x.document_id END, x.amount, coalesce(x.tds, 0),
           private.my_name()
      FROM jsonb_to_recordset(p_lines) AS x(document_id uuid, amount bigint, tds bigint)
      LEFT JOIN app.invoices i ON i.client_id = p_client AND i.id = x.document_id;
    IF (SELECT sum(l.amount) FROM app.receipt_lines l WHERE l.client_id = p_client AND l.receipt_id = r.id) > r.amount THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_RECEIVED', MESSAGE = 'More is spread over invoices than was paid.';
    ELSIF EXISTS (SELECT 1 FROM jsonb_to_recordset(p_lines) AS x(document_id uuid) WHERE private.open_amount(p_client, x.document_id) < 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_OPEN', MESSAGE = 'An invoice would be paid more than is open.';
    END IF;
END $$;

-- The same id again is the same intention: nothing happens.
CREATE FUNCTION api.record_receipt(p_client uuid, p_receipt jsonb, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    x app.receipts := jsonb_populate_record(NULL::app.receipts, p_receipt);
    r app.receipts;
BEGIN
    PERFORM auth.require_client(p_client);
    PERFORM 1 FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = x.vendor_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM app.receipts o WHERE o.client_id = p_client AND o.id = x.id) THEN RETURN; END IF;
    INSERT INTO app.receipts (client_id, id, vendor_id, received_on, amount, mode, reference, note, recorded_by)
    VALUES (p_client, x.id, x.vendor_id, x.received_on, x.amount, coalesce(x.mode, 'BANK'), coalesce(x.reference, ''), coalesce(x.note, ''),
            private.my_name()) RETURNING * INTO r;
    PERFORM private.spread_receipt(p_client, r, p_lines);
    PERFORM audit.write(p_client, 'RECEIPT', 'receipt', r.id, NULL, p_receipt || jsonb_build_object('lines', p_lines));
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RECEIPT_KNOWN', MESSAGE = format('Payment %s of that day is recorded already.', x.reference),
        HINT = 'Reverse it first if it was recorded wrongly.';
END $$;

CREATE FUNCTION api.spread_advance(p_client uuid, p_receipt uuid, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.receipts;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO r FROM app.receipts o WHERE o.client_id = p_client AND o.id = p_receipt;
    PERFORM 1 FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = r.vendor_id FOR UPDATE;
    SELECT * INTO r FROM app.receipts o WHERE o.client_id = p_client AND o.id = p_receipt FOR UPDATE;
    IF r.id IS NULL OR r.reversed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RECEIPT_NOT_FOUND', MESSAGE = 'There is no such payment, or it was reversed.';
    END IF;
    PERFORM private.spread_receipt(p_client, r, p_lines);
    PERFORM audit.write(p_client, 'SPREAD', 'receipt', p_receipt, NULL, jsonb_build_object('lines', p_lines));
END $$;

CREATE FUNCTION api.reverse_receipt(p_client uuid, p_receipt uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.receipts;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO r FROM app.receipts o WHERE o.client_id = p_client AND o.id = p_receipt FOR UPDATE;
    IF r.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RECEIPT_NOT_FOUND', MESSAGE = 'There is no such payment.';
    ELSIF r.reversed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'REVERSED', MESSAGE = 'This payment was reversed already.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the payment is reversed.';
    END IF;
    UPDATE app.receipts o SET reversed_at = clock_timestamp(), reversed_by = private.my_name(), reverse_reason = p_reason
     WHERE o.client_id = p_client AND o.id = p_receipt;
    PERFORM audit.write(p_client, 'REVERSE', 'receipt', p_receipt, to_jsonb(r), NULL, p_reason);
END $$;

CREATE FUNCTION private.guard_receipt() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.reversed_at IS NOT NULL OR (to_jsonb(NEW) - '{reversed_at,reversed_by,reverse_reason}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{reversed_at,reversed_by,reverse_reason}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'RECEIPT_FINAL', MESSAGE = 'A recorded payment is not changed; it can be reversed.';
    END IF;
    RETURN NEW;
END $$;

-- A document with money on it is not voided: the payment is reversed (or spread elsewhere) first.
CREATE FUNCTION private.guard_paid_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.receipt_lines l JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.id AND r.reversed_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_PAID', MESSAGE = format('%s has payments: it cannot be voided.', NEW.number),
            HINT = 'Reverse the payment first, or correct the invoice by a credit note.';
    END IF;
    RETURN NEW;
END $$;

GRANT EXECUTE ON FUNCTION private.guard_receipt(), private.guard_paid_invoice() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.record_receipt(uuid, jsonb, jsonb), api.spread_advance(uuid, uuid, jsonb), api.reverse_receipt(uuid, uuid, text)
    TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER a_final BEFORE UPDATE OR DELETE ON app.receipts FOR EACH ROW EXECUTE FUNCTION private.guard_receipt();
CREATE TRIGGER lines_kept BEFORE UPDATE OR DELETE ON app.receipt_lines FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER paid_kept BEFORE UPDATE OF status ON app.invoices FOR EACH ROW WHEN (NEW.status = 'VOID' AND OLD.status <> 'VOID')
    EXECUTE FUNCTION private.guard_paid_invoice();
