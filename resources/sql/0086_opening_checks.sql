-- A draft whose month had used up other km or hours before than it was rated with is stale.

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.check_opening(i app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce((r.inputs->'opening'->>'rev')::integer, 0) <> coalesce((SELECT u.rev FROM app.opening_usage u
            WHERE u.client_id = i.client_id AND u.contract_id = i.contract_id AND u.month = r.month), 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The opening km or hours of this month were changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
END $$;

-- As in 0080, and the opening values.
CREATE OR REPLACE FUNCTION private.check_issuable(i app.invoices) RETURNS void
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
    PERFORM private.check_opening(i, r);
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

SET LOCAL ROLE mis_owner;
