-- Tax in whole rupees where a vendor's branch asks for it (GST.md section 7, section 170 of the Act): each component of a document's tax is rounded
-- half up to the rupee, once, from the taxable values; rates and lines share it. A note keeps to what its original says. And what only the day of
-- issue can tell: whether a letter of undertaking still holds, whether the SAC has as many digits as the turnover asks for.

ALTER TABLE app.invoices ADD COLUMN tax_to_rupee boolean NOT NULL DEFAULT false;    -- frozen with the document

SET LOCAL ROLE mis_definer;

-- Whether the branch of a contract charges tax in whole rupees.
CREATE FUNCTION private.tax_to_rupee(p_client uuid, p_contract uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.round_tax_to_rupee FROM app.contracts k JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
     WHERE k.client_id = p_client AND k.id = p_contract $$;

-- A bill has its branch's option of that moment, a note that of what it corrects: no program says it.
CREATE FUNCTION private.freeze_tax_option() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.tax_to_rupee := CASE WHEN NEW.corrects_id IS NULL THEN private.tax_to_rupee(NEW.client_id, NEW.contract_id)
                             ELSE (SELECT o.tax_to_rupee FROM app.invoices o WHERE o.client_id = NEW.client_id AND o.id = NEW.corrects_id) END;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.freeze_tax_option() TO mis_owner;

-- As in 0060. In whole rupees every component is checked for the whole document; a rate may then be off its own figure by what rounding moved.
CREATE OR REPLACE FUNCTION private.check_sums(p_client uuid, p_run uuid, r app.billing_runs, f app.billing_runs, p_taxable bigint, p_non_taxable bigint,
                                   p_incentive bigint, p_groups jsonb, p_lines jsonb, p_invoice jsonb, p_parts jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    reverse boolean := coalesce((p_invoice->>'reverse_charge')::boolean, false);
    rupees boolean := NOT reverse AND private.tax_to_rupee(p_client, r.contract_id);
    halves integer := CASE WHEN p_invoice->>'supply' = 'INTRA' THEN 2 ELSE 1 END;
    -- tax_level line sums many roundings, so it can only be bounded
    slack bigint := CASE WHEN p_invoice->>'tax_level' = 'line' THEN 1 + f.trips + jsonb_array_length(p_lines) ELSE 0 END;
    moved bigint := CASE WHEN rupees THEN 51 * halves ELSE 0 END;
BEGIN
    IF (f.taxable, f.non_taxable, f.incentive) IS DISTINCT FROM (p_taxable, p_non_taxable, p_incentive) THEN wrong := 'the ledger';
    ELSIF f.total <> f.taxable + f.non_taxable + f.tax + f.round_off + f.incentive THEN wrong := 'the total';
    ELSIF abs(f.round_off) > 50 THEN wrong := 'the round-off';
    ELSIF f.tds < 0 OR f.rcm_tax < 0 AND f.taxable > 0 THEN wrong := 'the tax withheld';
    ELSIF EXISTS (
        SELECT 1 FROM private.lines_of(p_client, p_run, p_parts) s
        FULL JOIN (SELECT x.source, x.code, x.taxable, x.tax_milli, x.amount FROM jsonb_to_recordset(p_lines)
                   AS x(source text, code text, taxable boolean, tax_milli integer, amount bigint) WHERE x.amount <> 0) l
               USING (source, code, taxable, tax_milli, amount)
         WHERE s.code IS NULL OR l.code IS NULL) THEN wrong := 'the lines';
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT x.tax_milli, sum(x.amount) AS taxable FROM jsonb_to_recordset(p_lines)
                       AS x(taxable boolean, tax_milli integer, amount bigint) WHERE x.taxable GROUP BY 1) l
        FULL JOIN jsonb_to_recordset(p_groups) AS g(tax_milli integer, taxable bigint, tax bigint, cgst bigint, sgst bigint, igst bigint)
               USING (tax_milli)
         WHERE l.taxable IS DISTINCT FROM g.taxable
            OR abs(g.tax - CASE WHEN reverse THEN 0
                                WHEN p_invoice->>'supply' = 'INTRA' THEN 2 * round(g.taxable * tax_milli / 200000.0)
                                ELSE round(g.taxable * tax_milli / 100000.0) END) > slack + moved
            OR (p_invoice->>'supply' = 'INTRA' AND (g.cgst <> g.sgst OR g.tax <> g.cgst + g.sgst))) THEN wrong := 'the tax';
    ELSIF rupees AND (
        SELECT coalesce(sum(g.tax), 0) % (100 * halves) <> 0
            OR (slack = 0 AND coalesce(sum(g.tax), 0) <> 100 * halves * round(coalesce(sum(g.taxable * g.tax_milli::numeric), 0) / (10000000.0 * halves)))
          FROM jsonb_to_recordset(p_groups) AS g(tax_milli integer, taxable bigint, tax bigint)) THEN wrong := 'the tax in whole rupees';
    ELSIF (f.tax, f.cgst, f.sgst, f.igst) IS DISTINCT FROM (
        SELECT (coalesce(sum(g.tax), 0)::bigint, coalesce(sum(g.cgst), 0)::bigint, coalesce(sum(g.sgst), 0)::bigint, coalesce(sum(g.igst), 0)::bigint)
          FROM jsonb_to_recordset(p_groups) AS g(tax bigint, cgst bigint, sgst bigint, igst bigint)) THEN wrong := 'the tax of the groups';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER',
            MESSAGE = format('The billing run was refused: %s and the charges posted do not agree.', wrong);
    END IF;
END $$;

-- As in 0082. A note to a document with tax in whole rupees has whole rupees itself. What rounding moved between its parts stays with lines that
-- are credited to their end: the note that takes the rest takes it, on lines of 0.00 where need be.
CREATE OR REPLACE FUNCTION private.check_note_sums(n app.invoices, o app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
    sums record;
    sign integer := api.document_sign(n.doc_type);
    is_rest boolean;
    rupees boolean := n.tax_to_rupee AND NOT n.reverse_charge AND NOT n.commercial;
    moved bigint;
BEGIN
    SELECT count(*) AS lines, coalesce(sum(l.amount) FILTER (WHERE l.taxable), 0) AS taxable, coalesce(sum(l.amount) FILTER (WHERE NOT l.taxable), 0) AS non_taxable,
           coalesce(sum(l.tax), 0) AS tax, coalesce(sum(l.cgst), 0) AS cgst, coalesce(sum(l.sgst), 0) AS sgst, coalesce(sum(l.igst), 0) AS igst INTO sums
      FROM app.invoice_lines l WHERE l.client_id = n.client_id AND l.invoice_id = n.id;
    SELECT bool_and(x.amount = 0) INTO is_rest FROM private.net_lines(n.client_id, o.id, n.id) x;
    -- this note and each one before may have moved up to two rupees of each half from one line to another
    SELECT CASE WHEN rupees THEN 400 * (1 + count(*)) ELSE 0 END INTO moved
      FROM app.invoices b WHERE b.client_id = n.client_id AND b.corrects_id = o.id AND b.status = 'ISSUED';
    IF n.total <= 0 OR sums.lines = 0 THEN wrong := 'the amount';
    ELSIF (sums.taxable, sums.non_taxable, sums.tax, sums.cgst, sums.sgst, sums.igst)
          IS DISTINCT FROM (n.taxable, n.non_taxable, n.tax, n.cgst, n.sgst, n.igst) THEN wrong := 'the lines';
    ELSIF (n.reverse_charge OR n.commercial) AND n.tax <> 0 THEN wrong := 'the tax';
    ELSIF rupees AND (n.tax % 100 <> 0 OR n.cgst % 100 <> 0 OR n.sgst % 100 <> 0 OR n.igst % 100 <> 0) THEN wrong := 'the tax in whole rupees';
    ELSIF abs(n.round_off) > (CASE WHEN is_rest THEN 9999 ELSE 50 END) THEN wrong := 'the round-off';
    ELSIF NOT n.commercial AND EXISTS (
        SELECT 1 FROM (SELECT l.tax_milli, sum(l.amount) AS value, sum(l.tax) AS tax, sum(l.cgst) AS cgst, sum(l.sgst) AS sgst, sum(l.igst) AS igst
                         FROM app.invoice_lines l WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND l.taxable GROUP BY 1) g
         -- the last part of a line takes what is left of its tax, which may be a paisa a line off the rate
         WHERE abs(g.tax - CASE WHEN n.reverse_charge THEN 0 WHEN n.supply = 'INTRA' THEN 2 * round(g.value * g.tax_milli / 200000.0)
                                ELSE round(g.value * g.tax_milli / 100000.0) END) > 2 * sums.lines + 2 + moved
            OR (n.supply = 'INTRA' AND (abs(g.cgst - g.sgst) > sums.lines OR g.tax <> g.cgst + g.sgst OR g.igst <> 0))
            OR (n.supply = 'INTER' AND (g.tax <> g.igst OR g.cgst <> 0 OR g.sgst <> 0))) THEN wrong := 'the tax';
    ELSIF n.note_kind = 'LINES' THEN
        IF EXISTS (SELECT 1 FROM app.invoice_lines l LEFT JOIN app.invoice_lines b ON b.client_id = l.client_id AND b.invoice_id = o.id AND b.line_no = l.corrects_line
                    WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND (b.line_no IS NULL OR CASE WHEN l.amount = 0
                          THEN NOT (rupees AND is_rest AND l.tax <> 0) ELSE sign(l.amount) <> sign(b.amount) END))
        THEN wrong := 'the lines that it corrects'; END IF;
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT s.source, s.code, s.taxable, s.tax_milli, sign * s.amount AS amount FROM private.ledger_sums(n.client_id, n.run_id) s) s
        FULL JOIN (SELECT l.source, l.code, l.taxable, l.tax_milli, l.amount FROM app.invoice_lines l
                    WHERE l.client_id = n.client_id AND l.invoice_id = n.id AND l.amount <> 0) l
               USING (source, code, taxable, tax_milli, amount)
         WHERE s.code IS NULL OR l.code IS NULL) THEN wrong := 'the lines and the ledger';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = format('The note was refused: %s of it do not agree.', wrong);
    END IF;
END $$;

-- What the branch, the site and the turnover ask of a tax document on the day it is issued.
CREATE FUNCTION private.check_tax_facts(i app.invoices) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    x record;
BEGIN
    SELECT b.round_tax_to_rupee, b.gstin, v.aato, s.is_sez, s.lut_no, s.lut_until, (clock_timestamp() AT TIME ZONE c.time_zone)::date AS today INTO STRICT x
      FROM app.vendor_branches b JOIN app.vendors v ON v.id = b.vendor_id
      JOIN app.client_sites s ON s.client_id = i.client_id AND s.id = i.site_id JOIN app.clients c ON c.id = i.client_id
     WHERE b.vendor_id = i.vendor_id AND b.id = i.branch_id;
    IF x.round_tax_to_rupee <> i.tax_to_rupee THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'PARTIES_CHANGED',
            MESSAGE = 'Whether the vendor charges tax in whole rupees was changed after the run.', HINT = 'Run billing again, then issue.';
    ELSIF i.doc_type = 'STATEMENT' THEN
        RETURN;
    ELSIF x.is_sez AND x.lut_no IS NOT NULL AND x.lut_until < x.today AND i.tax = 0 AND i.taxable <> 0 AND NOT i.reverse_charge AND NOT EXISTS (
        SELECT 1 FROM app.invoice_lines l WHERE l.client_id = i.client_id AND l.invoice_id = i.id AND l.taxable AND l.tax_milli <> 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'LUT_EXPIRED',
            MESSAGE = format('The letter of undertaking %s was valid until %s: without one a SEZ unit is billed with integrated tax.',
                             x.lut_no, to_char(x.lut_until, 'DD-MM-YYYY')),
            HINT = 'Enter the new letter at the client''s site; or clear the old one and run billing again.';
    ELSIF i.doc_type = 'INVOICE' AND x.gstin IS NOT NULL AND x.aato > 5000000000 AND length(i.sac) < 6 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SAC_TOO_SHORT',
            MESSAGE = format('SAC %s has %s digits: above a turnover of 5 crore a tax invoice shows 6 (Notification 78/2020).', i.sac, length(i.sac)),
            HINT = 'Correct the SAC of the contract, run billing again, then issue.';
    END IF;
END $$;

-- As in 0080, with the facts of the day.
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
    PERFORM private.check_tax_facts(i);
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

CREATE TRIGGER freeze_tax_option BEFORE INSERT ON app.invoices FOR EACH ROW EXECUTE FUNCTION private.freeze_tax_option();
