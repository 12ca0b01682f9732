-- What the client did with a credit note in the portal's invoice management system (GST.md 8, R9). A note that is rejected there takes the
-- reduction back: the tax is the supplier's liability again. Answers are only added; the last one holds.

CREATE TABLE app.ims_answers (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    invoice_id      uuid NOT NULL,
    status          text NOT NULL CHECK (status IN ('ACCEPTED', 'REJECTED', 'PENDING')),
    remark          text NOT NULL DEFAULT '' CHECK (length(remark) <= 500),
    acted_on        date NOT NULL,                                     -- the day on the portal
    recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by     text,                                              -- e-mail: a client's staff may not read the users' table
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES app.invoices,
    CHECK (status <> 'REJECTED' OR remark <> '')
);
CREATE INDEX ims_answers_invoice ON app.ims_answers (client_id, invoice_id, id);
SELECT private.protect_table('app.ims_answers');
GRANT SELECT ON app.ims_answers TO mis_super_admin, mis_client_admin, mis_viewer;
GRANT SELECT, INSERT ON app.ims_answers TO mis_definer;
CREATE POLICY super_admin ON app.ims_answers FOR SELECT TO mis_super_admin USING ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.ims_answers FOR SELECT TO mis_client_admin USING (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.ims_answers FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.ims_answers FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON app.ims_answers FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
SELECT private.record_table('app.ims_answers', 'ims_answer', 'invoice_id', 'client_id');

SET LOCAL ROLE mis_definer;

-- Records what the client did with an issued credit note; the same answer again changes nothing. Gives recorded or unchanged.
CREATE FUNCTION api.record_ims(p_client uuid, p_invoice uuid, p_status text, p_remark text, p_on date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices := private.take_invoice(p_client, p_invoice);
    last_answer app.ims_answers;
    today date := (SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date FROM app.clients c WHERE c.id = p_client);
    words text := btrim(coalesce(p_remark, ''));
BEGIN
    IF i.doc_type <> 'CREDIT_NOTE' OR i.status <> 'ISSUED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_CREDIT_NOTE', MESSAGE = 'Only an issued credit note is accepted or rejected on the portal.';
    ELSIF i.commercial THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_CREDIT_NOTE',
            MESSAGE = 'A commercial credit without GST is not on the portal: there is nothing to accept or reject.';
    ELSIF i.supplier_gstin IS NULL OR i.recipient_gstin IS NULL
          OR EXISTS (SELECT 1 FROM app.invoices o WHERE o.client_id = p_client AND o.id = i.corrects_id AND o.doc_type <> 'INVOICE') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_CREDIT_NOTE',
            MESSAGE = 'The note is not in a GSTR-1 of the supplier, so the portal does not show it to the client.';
    ELSIF (p_status IN ('ACCEPTED', 'REJECTED', 'PENDING')) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'The portal knows ACCEPTED, REJECTED and PENDING.';
    ELSIF p_status = 'REJECTED' AND words = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the client rejected the note.';
    ELSIF length(words) > 500 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'A remark has at most 500 characters.';
    ELSIF p_on > today OR p_on < i.invoice_date THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_DATE',
            MESSAGE = format('The client acted between %s, the date of the note, and today.', to_char(i.invoice_date, 'DD-MM-YYYY'));
    END IF;
    SELECT * INTO last_answer FROM app.ims_answers a WHERE a.client_id = p_client AND a.invoice_id = p_invoice ORDER BY a.id DESC LIMIT 1;
    IF (last_answer.status, last_answer.remark, last_answer.acted_on) IS NOT DISTINCT FROM (p_status, words, coalesce(p_on, today)) THEN
        RETURN 'unchanged';
    END IF;
    INSERT INTO app.ims_answers (client_id, invoice_id, status, remark, acted_on, recorded_by)
    VALUES (p_client, p_invoice, p_status, words, coalesce(p_on, today), (SELECT u.email FROM auth.users u WHERE u.id = actor));
    RETURN 'recorded';
END $$;
GRANT EXECUTE ON FUNCTION api.record_ims(uuid, uuid, text, text, date) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
