-- What of a document will not be paid although it is not noted: a short payment that both sides let rest, a paisa of rounding, a bad debt. A
-- write-off says why, is never changed or deleted, and can be reversed with a reason: then the document is open again.
-- A set-off is two of them, one against the other: what a document was credited beyond its payment pays another one of the vendor.

CREATE TABLE app.write_offs (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    invoice_id      uuid,
    opening_id      uuid,
    written_on      date NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0 OR reason = 'SET_OFF' AND amount < 0),
    set_off_id      uuid,                        -- both sides of a set-off have it
    reason          text NOT NULL CHECK (reason IN ('SET_OFF', 'SHORT_PAID', 'ROUNDING', 'DISCOUNT', 'PENALTY', 'TDS_DIFFERENCE', 'BAD_DEBT', 'OTHER')),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    recorded_by     text NOT NULL DEFAULT '',
    reversed_at     timestamptz,
    reversed_by     text,
    reverse_reason  text CHECK (length(reverse_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (client_id, invoice_id) REFERENCES app.invoices,
    FOREIGN KEY (client_id, opening_id) REFERENCES app.opening_invoices,
    CHECK (num_nonnulls(invoice_id, opening_id) = 1),
    CHECK (reason <> 'OTHER' OR note <> ''),
    CHECK ((reason = 'SET_OFF') = (set_off_id IS NOT NULL)),
    CHECK ((reversed_at IS NULL) = (reverse_reason IS NULL))
);
CREATE INDEX write_offs_invoice ON app.write_offs (client_id, invoice_id);
CREATE INDEX write_offs_opening ON app.write_offs (client_id, opening_id);

SELECT private.protect_table('app.write_offs'::regclass);
GRANT SELECT ON app.write_offs TO mis_super_admin, mis_client_admin, mis_viewer, mis_definer;
GRANT INSERT, UPDATE ON app.write_offs TO mis_definer;
CREATE POLICY super_admin ON app.write_offs FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.write_offs FOR ALL TO mis_client_admin
    USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.write_offs FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.write_offs FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();

SET LOCAL ROLE mis_definer;

-- As 0096, less what was written off.
CREATE OR REPLACE FUNCTION private.open_amount(p_client uuid, p_document uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (d.open - coalesce((SELECT sum(w.amount) FROM app.write_offs w WHERE w.client_id = p_client AND w.reversed_at IS NULL
                                  AND (w.invoice_id = p_document OR w.opening_id = p_document)), 0))::bigint
      FROM (
        SELECT i.total + coalesce((SELECT sum(CASE n.doc_type WHEN 'DEBIT_NOTE' THEN n.total ELSE -n.total END) FROM app.invoices n
                                    WHERE n.client_id = i.client_id AND n.corrects_id = i.id AND n.status = 'ISSUED'
                                      AND n.doc_type IN ('CREDIT_NOTE', 'DEBIT_NOTE')), 0)
               - coalesce((SELECT sum(l.amount + l.tds) FROM app.receipt_lines l
                             JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                            WHERE l.client_id = i.client_id AND l.invoice_id = i.id AND r.reversed_at IS NULL), 0) AS open
          FROM app.invoices i
         WHERE i.client_id = p_client AND i.id = p_document AND i.status = 'ISSUED' AND i.doc_type NOT IN ('CREDIT_NOTE', 'DEBIT_NOTE')
        UNION ALL
        SELECT o.open_amount - coalesce((SELECT sum(l.amount + l.tds) FROM app.receipt_lines l
                                           JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                                          WHERE l.client_id = o.client_id AND l.opening_id = o.id AND r.reversed_at IS NULL), 0)
          FROM app.opening_invoices o WHERE o.client_id = p_client AND o.id = p_document AND o.doc_type <> 'CREDIT_NOTE') d $$;

-- p_content: document_id, written_on, amount, reason, note. The same id again is the same intention: nothing happens.
CREATE FUNCTION api.write_off(p_client uuid, p_id uuid, p_content jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    x app.write_offs := jsonb_populate_record(NULL::app.write_offs, p_content);
    document uuid := (p_content->>'document_id')::uuid;
    d record;
    still bigint;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT i.vendor_id, i.number, false AS is_opening INTO d FROM app.invoices i WHERE i.client_id = p_client AND i.id = document;
    IF d.vendor_id IS NULL THEN
        SELECT o.vendor_id, o.number, true AS is_opening INTO d FROM app.opening_invoices o WHERE o.client_id = p_client AND o.id = document;
    END IF;
    PERFORM 1 FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = d.vendor_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM app.write_offs w WHERE w.client_id = p_client AND w.id = p_id) THEN RETURN; END IF;
    still := private.open_amount(p_client, document);
    IF still IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_PAYABLE', MESSAGE = 'Only what is open of an issued invoice is written off.';
    ELSIF x.reason = 'SET_OFF' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'A set-off names both documents.';
    ELSIF x.amount > still THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_OPEN',
            MESSAGE = format('%s is open with %s only.', d.number, to_char(still / 100.0, 'FM999999999990.00'));
    ELSIF x.reason = 'OTHER' AND coalesce(btrim(x.note), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why it is written off.';
    END IF;
    INSERT INTO app.write_offs (client_id, id, vendor_id, invoice_id, opening_id, written_on, amount, reason, note, recorded_by)
    VALUES (p_client, p_id, d.vendor_id, CASE WHEN NOT d.is_opening THEN document END, CASE WHEN d.is_opening THEN document END, x.written_on,
            x.amount, x.reason, coalesce(btrim(x.note), ''), private.my_name());
    PERFORM audit.write(p_client, 'WRITE_OFF', 'write_off', p_id, NULL, p_content || jsonb_build_object('number', d.number), x.note);
END $$;

-- p_content: source_id (a document credited beyond its payment), target_id (an open one of the same vendor), amount, written_on, note.
CREATE FUNCTION api.set_off(p_client uuid, p_id uuid, p_content jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source uuid := (p_content->>'source_id')::uuid;
    target uuid := (p_content->>'target_id')::uuid;
    x app.write_offs := jsonb_populate_record(NULL::app.write_offs, p_content);
    vendor uuid;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT i.vendor_id INTO vendor FROM app.invoices i WHERE i.client_id = p_client AND i.id = source;
    PERFORM 1 FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = vendor FOR UPDATE;
    IF EXISTS (SELECT 1 FROM app.write_offs w WHERE w.client_id = p_client AND w.id = p_id) THEN RETURN; END IF;
    IF coalesce(private.open_amount(p_client, source), 0) >= 0 OR x.amount <= 0 OR x.amount > -private.open_amount(p_client, source) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_CREDIT', MESSAGE = 'So much is not left over of the credited document.';
    ELSIF coalesce(private.open_amount(p_client, target), 0) < x.amount
          OR NOT EXISTS (SELECT 1 FROM app.invoices i WHERE i.client_id = p_client AND i.id = target AND i.vendor_id = vendor
                         UNION ALL SELECT 1 FROM app.opening_invoices o WHERE o.client_id = p_client AND o.id = target AND o.vendor_id = vendor) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_OPEN', MESSAGE = 'So much is not open of an invoice of this vendor.';
    END IF;
    INSERT INTO app.write_offs (client_id, id, vendor_id, invoice_id, opening_id, written_on, amount, reason, set_off_id, note, recorded_by)
    SELECT p_client, v.id, vendor, i.id, CASE WHEN i.id IS NULL THEN v.document END, x.written_on, v.amount, 'SET_OFF', p_id,
           coalesce(btrim(x.note), ''), private.my_name()
      FROM (VALUES (p_id, source, -x.amount), (uuidv7(), target, x.amount)) AS v(id, document, amount)
      LEFT JOIN app.invoices i ON i.client_id = p_client AND i.id = v.document;
    PERFORM audit.write(p_client, 'SET_OFF', 'write_off', p_id, NULL, p_content, x.note);
END $$;

CREATE FUNCTION api.reverse_write_off(p_client uuid, p_id uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    w app.write_offs;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO w FROM app.write_offs o WHERE o.client_id = p_client AND o.id = p_id FOR UPDATE;
    IF w.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'WRITE_OFF_NOT_FOUND', MESSAGE = 'There is no such write-off.';
    ELSIF w.reversed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'REVERSED', MESSAGE = 'This write-off was reversed already.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the write-off is reversed.';
    END IF;
    UPDATE app.write_offs o SET reversed_at = clock_timestamp(), reversed_by = private.my_name(), reverse_reason = p_reason
     WHERE o.client_id = p_client AND (o.id = p_id OR o.set_off_id = w.set_off_id);
    PERFORM audit.write(p_client, 'REVERSE', 'write_off', p_id, to_jsonb(w), NULL, p_reason);
END $$;

CREATE FUNCTION private.guard_write_off() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.reversed_at IS NOT NULL OR (to_jsonb(NEW) - '{reversed_at,reversed_by,reverse_reason}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{reversed_at,reversed_by,reverse_reason}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'WRITE_OFF_FINAL', MESSAGE = 'A write-off is not changed; it can be reversed.';
    END IF;
    RETURN NEW;
END $$;

-- As 0096, with write-offs: a document that something was written off is not voided before that is reversed.
CREATE OR REPLACE FUNCTION private.guard_paid_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.receipt_lines l JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
                WHERE l.client_id = NEW.client_id AND l.invoice_id = NEW.id AND r.reversed_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_PAID', MESSAGE = format('%s has payments: it cannot be voided.', NEW.number),
            HINT = 'Reverse the payment first, or correct the invoice by a credit note.';
    ELSIF EXISTS (SELECT 1 FROM app.write_offs w WHERE w.client_id = NEW.client_id AND w.invoice_id = NEW.id AND w.reversed_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_PAID',
            MESSAGE = format('Something of %s was written off: it cannot be voided.', NEW.number), HINT = 'Reverse the write-off first.';
    END IF;
    RETURN NEW;
END $$;

GRANT EXECUTE ON FUNCTION private.guard_write_off() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.write_off(uuid, uuid, jsonb), api.set_off(uuid, uuid, jsonb), api.reverse_write_off(uuid, uuid, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER a_final BEFORE UPDATE OR DELETE ON app.write_offs FOR EACH ROW EXECUTE FUNCTION private.guard_write_off();
