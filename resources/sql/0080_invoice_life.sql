-- The life of a document: draft, approved, issued, void; what replaces what; whose document it is (GST.md R0, R4, R5).

ALTER TABLE app.invoices
    ADD COLUMN approved_at  timestamptz,
    ADD COLUMN approved_by  uuid,
    ADD COLUMN replaces_id  uuid,                  -- the void document of the same contract and month in whose place it stands
    ADD COLUMN note_kind    text CHECK (note_kind IN ('LINES', 'SETTLEMENT')),
    ADD COLUMN note_reason  text CHECK (length(note_reason) BETWEEN 1 AND 500),
    ADD COLUMN commercial   boolean NOT NULL DEFAULT false,    -- a credit without GST, after 30 November (GST.md 8)
    ADD COLUMN credit_until date,                  -- the last day on which a credit may reduce the tax
    ADD FOREIGN KEY (client_id, replaces_id) REFERENCES app.invoices,
    ADD CHECK ((doc_type IN ('CREDIT_NOTE', 'DEBIT_NOTE')) = (corrects_id IS NOT NULL)),
    ADD CHECK ((corrects_id IS NULL) = (note_kind IS NULL)),
    ADD CHECK (corrects_id IS NULL OR note_reason IS NOT NULL),
    ADD CHECK (NOT commercial OR (doc_type = 'CREDIT_NOTE' AND tax = 0 AND rcm_tax = 0)),
    ADD CHECK ((approved_at IS NULL) = (approved_by IS NULL)),
    ADD CHECK (status <> 'APPROVED' OR approved_at IS NOT NULL);
CREATE INDEX invoices_corrects ON app.invoices (client_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE UNIQUE INDEX invoices_replaces ON app.invoices (client_id, replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX invoices_contract_month ON app.invoices (client_id, contract_id, month);
ALTER TABLE app.invoice_lines ADD COLUMN corrects_line smallint;   -- line_no of the corrected document; NULL: it has no such line

-- Notes to a statement are no tax documents: they have a series of their own (the note's doc_type stays CREDIT_NOTE or DEBIT_NOTE).
ALTER TABLE app.number_series DROP CONSTRAINT number_series_doc_type_check;
ALTER TABLE app.number_series ADD CONSTRAINT number_series_doc_type_check CHECK (doc_type IN ('INVOICE', 'CREDIT_NOTE', 'DEBIT_NOTE',
    'STATEMENT', 'STATEMENT_CREDIT', 'STATEMENT_DEBIT', 'SELF_INVOICE', 'SELF_CREDIT', 'SELF_DEBIT'));

SET LOCAL ROLE mis_definer;

-- What a document does to what is owed: a credit note takes away, everything else adds. Amounts are stored positive (GST.md 8).
CREATE FUNCTION api.document_sign(p_doc_type text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN p_doc_type = 'CREDIT_NOTE' THEN -1 ELSE 1 END;
GRANT EXECUTE ON FUNCTION api.document_sign(text) TO mis_user;

-- A control of the client, else of the workspace, else off. Keys control.* are written by a super admin alone (policy of app.settings).
CREATE FUNCTION private.control(p_client uuid, p_key text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT s.value = 'true'::jsonb FROM app.settings s
                      WHERE s.key = 'control.' || p_key AND (s.client_id = p_client OR s.client_id IS NULL)
                      ORDER BY s.client_id NULLS LAST LIMIT 1), false) $$;

-- The document for a change: first its contract, as runs and changes of versions lock it, then the original of a note, then itself.
CREATE FUNCTION private.take_invoice(p_client uuid, p_invoice uuid) RETURNS app.invoices
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    i app.invoices;
BEGIN
    PERFORM 1 FROM app.contracts k WHERE k.client_id = p_client AND k.id =
        (SELECT x.contract_id FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice) FOR UPDATE;
    PERFORM 1 FROM app.invoices o WHERE o.client_id = p_client AND o.id =
        (SELECT x.corrects_id FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice) FOR UPDATE;
    SELECT * INTO i FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice FOR UPDATE;
    IF i.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_NOT_FOUND', MESSAGE = 'There is no such invoice.';
    END IF;
    RETURN i;
END $$;

-- Refuses unless the draft may be issued as it stands: an invoice fresh, a note with room in what it corrects.
CREATE FUNCTION private.check_issuable(i app.invoices) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r app.billing_runs;
    mode text;
BEGIN
    SELECT * INTO STRICT r FROM app.billing_runs x WHERE x.client_id = i.client_id AND x.id = i.run_id;
    IF i.total < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NEGATIVE_TOTAL', MESSAGE = 'A bill below zero cannot be issued as an invoice.';
    ELSIF i.corrects_id IS NOT NULL THEN
        PERFORM private.check_note(i, r);
        RETURN;
    END IF;
    PERFORM private.check_fresh(i, r);
    PERFORM private.check_opening(i, r);   -- 0086, where the opening values are known
    SELECT CASE l.billing_mode WHEN 'FOR_VENDOR' THEN 'INVOICE' ELSE l.billing_mode END INTO mode
      FROM app.client_vendors l WHERE l.client_id = i.client_id AND l.vendor_id = i.vendor_id;
    IF mode <> i.doc_type THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'PARTIES_CHANGED',
            MESSAGE = 'Whose document this is was changed after the run.', HINT = 'Run billing again, then issue.';
    ELSIF i.doc_type = 'SELF_INVOICE' AND NOT i.reverse_charge AND EXISTS (
        SELECT 1 FROM app.vendor_branches b WHERE b.vendor_id = i.vendor_id AND b.id = i.branch_id AND b.gstin IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_SELF_INVOICE',
            MESSAGE = 'A self-invoice is for a vendor without GSTIN or under reverse charge (Rule 47A).',
            HINT = 'Choose "issued for the vendor" or "statement" for this vendor, run billing again, then issue.';
    END IF;
END $$;

-- The checker's word: the document is right as it stands. Whoever ran it may not say so where the client asks for two people.
CREATE FUNCTION api.approve_invoice(p_client uuid, p_invoice uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices := private.take_invoice(p_client, p_invoice);
BEGIN
    IF i.status = 'APPROVED' THEN
        RETURN 'unchanged';
    ELSIF i.status <> 'DRAFT' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_A_DRAFT', MESSAGE = 'Only a draft can be approved.';
    ELSIF private.control(p_client, 'approval') AND i.created_by = actor THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MAKER_IS_CHECKER', MESSAGE = 'You ran this bill: somebody else has to approve it.';
    END IF;
    PERFORM private.check_issuable(i);
    UPDATE app.invoices x SET status = 'APPROVED', approved_at = clock_timestamp(), approved_by = actor
     WHERE x.client_id = p_client AND x.id = p_invoice;
    PERFORM audit.write(p_client, 'APPROVE', 'invoice', p_invoice, NULL, jsonb_build_object('total', i.total, 'run_id', i.run_id));
    RETURN 'approved';
END $$;

-- Takes an approval back, with a reason: the document is a draft again.
CREATE FUNCTION api.send_back_invoice(p_client uuid, p_invoice uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices := private.take_invoice(p_client, p_invoice);
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the document is sent back.';
    ELSIF i.status <> 'APPROVED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_APPROVED', MESSAGE = 'Only an approved document can be sent back.';
    END IF;
    UPDATE app.invoices x SET status = 'DRAFT', approved_at = NULL, approved_by = NULL WHERE x.client_id = p_client AND x.id = p_invoice;
    PERFORM audit.write(p_client, 'SEND_BACK', 'invoice', p_invoice, jsonb_build_object('approved_by', i.approved_by), NULL, btrim(p_reason));
END $$;

-- A self-invoice is the client's own document: its prefixes are unique over all series of the client's self-invoices.
CREATE OR REPLACE FUNCTION private.prefix_taken(p_client uuid, p_branch uuid, p_gstin text, p_doc_type text, p_prefix text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM app.number_series x
                    WHERE x.prefix = p_prefix
                      AND (x.branch_id = p_branch OR x.gstin = p_gstin
                           OR (starts_with(p_doc_type, 'SELF_') AND starts_with(x.doc_type, 'SELF_') AND x.client_id = p_client))
                      AND (x.client_id, x.branch_id, x.doc_type) IS DISTINCT FROM (p_client, p_branch, p_doc_type)) $$;

-- The series that numbers a document: of its own type; a note's by what it corrects.
CREATE FUNCTION private.series_type(i app.invoices) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN i.corrects_id IS NULL THEN i.doc_type
                WHEN o.doc_type = 'STATEMENT' THEN CASE i.doc_type WHEN 'CREDIT_NOTE' THEN 'STATEMENT_CREDIT' ELSE 'STATEMENT_DEBIT' END
                WHEN o.doc_type = 'SELF_INVOICE' THEN CASE i.doc_type WHEN 'CREDIT_NOTE' THEN 'SELF_CREDIT' ELSE 'SELF_DEBIT' END
                ELSE i.doc_type END
      FROM (SELECT 1) one LEFT JOIN app.invoices o ON o.client_id = i.client_id AND o.id = i.corrects_id $$;

-- What is frozen with a note: the parties as they stand on what it corrects, and that document's number and date (Rule 53).
CREATE FUNCTION private.note_snapshot(i app.invoices) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (o.snapshot - 'words') || jsonb_build_object('reason', i.note_reason, 'original', jsonb_build_object(
               'id', o.id, 'number', o.number, 'date', o.invoice_date, 'doc_type', o.doc_type))
      FROM app.invoices o WHERE o.client_id = i.client_id AND o.id = i.corrects_id $$;

-- Issues a draft (an approved one, where the client asks for approval) and gives its number; asked again, gives the same number and changes nothing.
CREATE OR REPLACE FUNCTION api.issue_invoice(p_client uuid, p_invoice uuid, p_prefixes text[], p_words text,
                                             OUT number text, OUT invoice_date date, OUT state text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices := private.take_invoice(p_client, p_invoice);
    s app.number_series;
    today date;
BEGIN
    IF i.status = 'ISSUED' THEN
        number := i.number;
        invoice_date := i.invoice_date;
        state := 'unchanged';
        RETURN;
    ELSIF i.status = 'VOID' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INVOICE_VOID', MESSAGE = 'A void invoice cannot be issued again.',
            HINT = 'Run billing for the month again: it makes a new draft.';
    ELSIF i.status <> 'APPROVED' AND private.control(p_client, 'approval') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_APPROVED', MESSAGE = 'The document is not approved yet.',
            HINT = 'Somebody other than who ran it approves it first.';
    END IF;
    PERFORM 1 FROM app.billing_runs x WHERE x.client_id = p_client AND x.id = i.run_id FOR UPDATE;
    PERFORM private.check_issuable(i);
    SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date INTO STRICT today FROM app.clients c WHERE c.id = p_client;
    IF i.doc_type = 'CREDIT_NOTE' AND i.tax <> 0 AND today > i.credit_until THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'CREDIT_TOO_LATE',
            MESSAGE = format('A credit note could reduce the tax of this supply until %s.', to_char(i.credit_until, 'DD-MM-YYYY')),
            HINT = 'Discard it and write a commercial credit without GST.';
    END IF;
    s := private.take_series(p_client, i.vendor_id, i.branch_id, private.series_type(i), private.financial_year(today), p_prefixes);
    number := private.series_number(s.template, s.prefix, s.fy, s.next_number);
    IF number IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SERIES_FULL', MESSAGE = 'The number series of this year is used up.';
    END IF;
    UPDATE app.number_series x SET next_number = s.next_number + 1 WHERE x.client_id = p_client AND x.id = s.id;
    UPDATE app.invoices x SET status = 'ISSUED', number = issue_invoice.number, series_id = s.id, sequence_no = s.next_number, fy = s.fy,
           supplier_gstin = d.snapshot->'supplier'->>'gstin', recipient_gstin = d.snapshot->'recipient'->>'gstin', invoice_date = today,
           snapshot = d.snapshot || jsonb_build_object('words', p_words), issued_at = clock_timestamp(), issued_by = actor
      FROM (SELECT CASE WHEN i.corrects_id IS NULL THEN private.snapshot_of(i) ELSE private.note_snapshot(i) END AS snapshot) d
     WHERE x.client_id = p_client AND x.id = p_invoice;
    UPDATE app.billing_runs x SET status = 'ISSUED', issued_at = clock_timestamp() WHERE x.client_id = p_client AND x.id = i.run_id;
    invoice_date := today;
    state := 'issued';
    PERFORM audit.write(p_client, 'ISSUE', 'invoice', p_invoice, NULL, jsonb_build_object('number', number, 'total', i.total, 'run_id', i.run_id,
                        'date', today, 'doc_type', i.doc_type, 'corrects_id', i.corrects_id));
END $$;

-- Voids an issued document: the number stays used, its trips can be billed again. An invoice with notes is voided after them; of several
-- settlements of one month the newest goes first, because each was made on top of the one before.
CREATE OR REPLACE FUNCTION api.void_invoice(p_client uuid, p_invoice uuid, p_reason text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices := private.take_invoice(p_client, p_invoice);
BEGIN
    IF i.status = 'VOID' THEN
        RETURN i.number;
    ELSIF i.status <> 'ISSUED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'Only an issued invoice can be voided; a draft is discarded.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the invoice is voided.';
    ELSIF i.issued_by = actor AND private.control(p_client, 'issuer_may_not_void') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'VOID_BY_ISSUER', MESSAGE = 'You issued this document: somebody else has to void it.';
    ELSIF EXISTS (SELECT 1 FROM app.invoices n WHERE n.client_id = p_client AND n.corrects_id = p_invoice AND n.status <> 'VOID') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'HAS_NOTES', MESSAGE = 'Notes correct this invoice: void or discard them first.';
    ELSIF i.note_kind = 'SETTLEMENT' AND EXISTS (
        SELECT 1 FROM app.invoices n WHERE n.client_id = p_client AND n.corrects_id = i.corrects_id AND n.note_kind = 'SETTLEMENT'
           AND n.status <> 'VOID' AND n.id <> i.id AND coalesce(n.issued_at, 'infinity') > i.issued_at) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'LATER_NOTE',
            MESSAGE = 'A later settlement of this month was made on top of this note: void or discard that one first.';
    END IF;
    PERFORM private.refuse_closed(p_client, i.month, 'voided') WHERE i.corrects_id IS NULL;
    UPDATE app.invoices x SET status = 'VOID', void_at = clock_timestamp(), void_by = actor, void_reason = btrim(p_reason)
     WHERE x.client_id = p_client AND x.id = p_invoice;
    UPDATE app.billing_runs x SET status = 'VOID', ended_at = clock_timestamp() WHERE x.client_id = p_client AND x.id = i.run_id;
    UPDATE app.trip_charges x SET released_at = clock_timestamp() WHERE x.client_id = p_client AND x.run_id = i.run_id AND x.released_at IS NULL;
    IF i.corrects_id IS NOT NULL THEN
        PERFORM private.check_room(p_client, i.corrects_id);
    END IF;
    PERFORM audit.write(p_client, 'VOID', 'invoice', p_invoice, NULL, jsonb_build_object('number', i.number), btrim(p_reason));
    RETURN i.number;
END $$;

-- A new draft says which void document of the same contract and month it stands in for.
CREATE FUNCTION private.link_replaced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.corrects_id IS NULL AND NEW.replaces_id IS NULL THEN
        SELECT v.id INTO NEW.replaces_id FROM app.invoices v
         WHERE v.client_id = NEW.client_id AND v.contract_id = NEW.contract_id AND v.month = NEW.month AND v.status = 'VOID'
           AND v.corrects_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM app.invoices n WHERE n.client_id = v.client_id AND n.replaces_id = v.id)
         ORDER BY v.void_at DESC LIMIT 1;
    END IF;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.link_replaced() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.approve_invoice(uuid, uuid), api.send_back_invoice(uuid, uuid, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER link_replaced BEFORE INSERT ON app.invoices FOR EACH ROW EXECUTE FUNCTION private.link_replaced();
