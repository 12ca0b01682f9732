-- Letterheads of vendor branches, answers of the invoice registration portal, and what is frozen with an issued document.

-- A letterhead is never edited: a new one takes its place, and issued documents keep theirs. The image is checked here once more, because a
-- client may be any program.
CREATE TABLE app.letterheads (
    vendor_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    branch_id       uuid NOT NULL,
    image           bytea NOT NULL DEFAULT '' CHECK (length(image) <= 524288),
    kind            text NOT NULL DEFAULT '' CHECK (kind IN ('', 'png', 'jpeg')),
    width           integer NOT NULL DEFAULT 0 CHECK (width BETWEEN 0 AND 4000),
    height          integer NOT NULL DEFAULT 0 CHECK (height BETWEEN 0 AND 4000),
    headline        text NOT NULL DEFAULT '' CHECK (length(headline) <= 200),
    footer          text NOT NULL DEFAULT '' CHECK (length(footer) <= 400),
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    replaced_at     timestamptz,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, branch_id) REFERENCES app.vendor_branches,
    CHECK ((kind = '') = (length(image) = 0)),
    CHECK (kind <> 'png' OR substr(image, 1, 8) = '\x89504e470d0a1a0a'),
    CHECK (kind <> 'jpeg' OR substr(image, 1, 3) = '\xffd8ff')
);
CREATE UNIQUE INDEX letterheads_current ON app.letterheads (vendor_id, branch_id) WHERE replaced_at IS NULL;
SELECT private.protect_table('app.letterheads');
GRANT SELECT ON app.letterheads TO mis_user;
GRANT SELECT, INSERT, UPDATE ON app.letterheads TO mis_definer;
CREATE POLICY super_admin ON app.letterheads FOR SELECT TO mis_super_admin USING ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.letterheads FOR SELECT TO mis_client_admin USING (vendor_id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY viewer ON app.letterheads FOR SELECT TO mis_viewer USING (vendor_id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.letterheads FOR SELECT TO mis_vendor_admin USING (vendor_id = (SELECT auth.vendor_id()));

-- What the portal answered for a document. Written by api.store_einvoice only, which recomputes the IRN; afterwards only a cancellation is added.
CREATE TABLE app.einvoices (
    client_id       uuid NOT NULL,
    invoice_id      uuid NOT NULL,
    irn             text NOT NULL CHECK (irn ~ '^[0-9a-f]{64}$'),
    ack_no          text NOT NULL CHECK (ack_no ~ '^[0-9]{1,20}$'),
    ack_date        timestamp NOT NULL,      -- the portal's own clock, India's time
    signed_qr       text NOT NULL DEFAULT '' CHECK (length(signed_qr) <= 8000),
    status          text NOT NULL DEFAULT 'ACT' CHECK (status IN ('ACT', 'CNL')),
    cancel_reason   text CHECK (cancel_reason IN ('1', '2', '3', '4')),
    cancel_remark   text CHECK (length(cancel_remark) <= 100),
    cancelled_at    timestamp,
    imported_at     timestamptz NOT NULL DEFAULT now(),
    imported_by     uuid,
    PRIMARY KEY (client_id, invoice_id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES app.invoices,
    CHECK ((status = 'CNL') = (cancelled_at IS NOT NULL))
);
SELECT private.protect_table('app.einvoices');
GRANT SELECT ON app.einvoices TO mis_super_admin, mis_client_admin, mis_viewer;
GRANT SELECT, INSERT, UPDATE ON app.einvoices TO mis_definer;
CREATE POLICY super_admin ON app.einvoices FOR SELECT TO mis_super_admin USING ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.einvoices FOR SELECT TO mis_client_admin USING (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.einvoices FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.einvoices FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER no_delete BEFORE DELETE ON app.einvoices FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER guard BEFORE UPDATE ON app.einvoices FOR EACH ROW
    WHEN (OLD.status = 'CNL' OR (NEW.client_id, NEW.invoice_id, NEW.irn, NEW.ack_no, NEW.ack_date)
          IS DISTINCT FROM (OLD.client_id, OLD.invoice_id, OLD.irn, OLD.ack_no, OLD.ack_date)
          OR (OLD.signed_qr <> '' AND NEW.signed_qr <> OLD.signed_qr))
    EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER letterheads_no_delete BEFORE DELETE ON app.letterheads FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER letterheads_kept BEFORE UPDATE ON app.letterheads FOR EACH ROW
    WHEN (OLD.replaced_at IS NOT NULL OR (NEW.vendor_id, NEW.id, NEW.branch_id, NEW.image, NEW.kind, NEW.headline, NEW.footer)
          IS DISTINCT FROM (OLD.vendor_id, OLD.id, OLD.branch_id, OLD.image, OLD.kind, OLD.headline, OLD.footer))
    EXECUTE FUNCTION private.refuse_change();
SELECT private.record_table('app.einvoices', 'einvoice', 'invoice_id', 'client_id');

SET LOCAL ROLE mis_definer;

-- SUPER_ADMIN: what a branch prints from now on. Neither image nor words: the plain head again.
CREATE FUNCTION api.set_letterhead(p_vendor uuid, p_branch uuid, p_image bytea, p_kind text, p_width integer, p_height integer,
                                   p_headline text, p_footer text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.user_id();
    made uuid;
BEGIN
    IF auth.is_super() IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Only a super admin sets letterheads.';
    ELSIF NOT EXISTS (SELECT 1 FROM app.vendor_branches b WHERE b.vendor_id = p_vendor AND b.id = p_branch) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such branch.';
    ELSIF length(p_image) > 524288 OR (p_kind = '') <> (length(p_image) = 0) OR p_kind NOT IN ('', 'png', 'jpeg')
          OR (p_kind = 'png' AND substr(p_image, 1, 8) <> '\x89504e470d0a1a0a') OR (p_kind = 'jpeg' AND substr(p_image, 1, 3) <> '\xffd8ff') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_LOGO', MESSAGE = 'A logo is a PNG or JPEG image of at most 512 kB.';
    END IF;
    UPDATE app.letterheads l SET replaced_at = clock_timestamp() WHERE l.vendor_id = p_vendor AND l.branch_id = p_branch AND l.replaced_at IS NULL;
    IF length(p_image) > 0 OR p_headline <> '' OR p_footer <> '' THEN
        INSERT INTO app.letterheads (vendor_id, branch_id, image, kind, width, height, headline, footer, created_by)
        VALUES (p_vendor, p_branch, p_image, p_kind, p_width, p_height, p_headline, p_footer, actor) RETURNING id INTO made;
    END IF;
    PERFORM audit.write(NULL, 'SET_LETTERHEAD', 'vendor_branch', p_branch, NULL, jsonb_build_object('letterhead', made, 'headline', p_headline,
        'footer', p_footer, 'image_sha256', CASE WHEN length(p_image) > 0 THEN encode(sha256(p_image), 'hex') END));
    RETURN made;
END $$;
GRANT EXECUTE ON FUNCTION api.set_letterhead(uuid, uuid, bytea, text, integer, integer, text, text) TO mis_super_admin;

-- The invoice reference number of an issued document: what the portal's must equal (GST.md section 9). NULL without GSTIN or number.
CREATE FUNCTION private.irn_of(i app.invoices) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(i.supplier_gstin || '20' || i.fy || CASE i.doc_type WHEN 'CREDIT_NOTE' THEN 'CRN' WHEN 'DEBIT_NOTE' THEN 'DBN'
                  WHEN 'INVOICE' THEN 'INV' END || upper(i.number), 'UTF8')), 'hex') $$;

-- Stores the portal's answer for an issued document; the same answer again changes nothing; a later CNL cancels. Gives stored, cancelled or
-- unchanged.
CREATE FUNCTION api.store_einvoice(p_client uuid, p_invoice uuid, p_irn text, p_ack_no text, p_ack_date timestamp, p_signed_qr text,
                                   p_status text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    i app.invoices;
    e app.einvoices;
BEGIN
    SELECT * INTO i FROM app.invoices x WHERE x.client_id = p_client AND x.id = p_invoice FOR UPDATE;
    IF i.id IS NULL OR i.number IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_ISSUED', MESSAGE = 'Only an issued document has an IRN.';
    ELSIF private.irn_of(i) IS DISTINCT FROM p_irn THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'IRN_DIFFERS',
            MESSAGE = format('The IRN of %s is not the one that its GSTIN, year, type and number give.', i.number),
            HINT = 'The portal''s file belongs to another document.';
    ELSIF p_status NOT IN ('ACT', 'CNL') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = format('%s is no status of the portal.', p_status);
    END IF;
    SELECT * INTO e FROM app.einvoices x WHERE x.client_id = p_client AND x.invoice_id = p_invoice FOR UPDATE;
    IF e.irn IS NULL THEN
        INSERT INTO app.einvoices (client_id, invoice_id, irn, ack_no, ack_date, signed_qr, status, cancelled_at, imported_by)
        VALUES (p_client, p_invoice, p_irn, p_ack_no, p_ack_date, p_signed_qr, p_status,
                CASE WHEN p_status = 'CNL' THEN clock_timestamp() AT TIME ZONE 'Asia/Kolkata' END, actor);
        RETURN CASE p_status WHEN 'CNL' THEN 'cancelled' ELSE 'stored' END;
    ELSIF (e.ack_no, e.ack_date) IS DISTINCT FROM (p_ack_no, p_ack_date) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'ACK_DIFFERS',
            MESSAGE = format('%s has acknowledgement %s of %s already.', i.number, e.ack_no, to_char(e.ack_date, 'DD-MM-YYYY HH24:MI'));
    ELSIF e.status = 'ACT' AND p_status = 'CNL' THEN
        UPDATE app.einvoices x SET status = 'CNL', cancelled_at = clock_timestamp() AT TIME ZONE 'Asia/Kolkata'
         WHERE x.client_id = p_client AND x.invoice_id = p_invoice;
        RETURN 'cancelled';
    END IF;
    RETURN 'unchanged';
END $$;

-- Records that an IRN was cancelled on the portal: within 24 hours of its acknowledgement, with one of the portal's four reasons.
CREATE FUNCTION api.cancel_einvoice(p_client uuid, p_invoice uuid, p_reason text, p_remark text) RETURNS timestamp
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    e app.einvoices;
    now_there timestamp := clock_timestamp() AT TIME ZONE 'Asia/Kolkata';
BEGIN
    SELECT * INTO e FROM app.einvoices x WHERE x.client_id = p_client AND x.invoice_id = p_invoice FOR UPDATE;
    IF e.irn IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NO_IRN', MESSAGE = 'This document has no IRN.';
    ELSIF e.status = 'CNL' THEN
        RETURN e.cancelled_at;
    ELSIF (p_reason IN ('1', '2', '3', '4')) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED',
            MESSAGE = 'The portal knows four reasons: 1 duplicate, 2 data entry mistake, 3 order cancelled, 4 other.';
    ELSIF coalesce(btrim(p_remark), '') = '' OR length(p_remark) > 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'The portal wants a remark of 1 to 100 characters.';
    ELSIF now_there > e.ack_date + interval '24 hours' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TOO_LATE_TO_CANCEL',
            MESSAGE = format('The portal cancels within 24 hours; this IRN is of %s.', to_char(e.ack_date, 'DD-MM-YYYY HH24:MI')),
            HINT = 'Write a credit note instead.';
    END IF;
    UPDATE app.einvoices x SET status = 'CNL', cancel_reason = p_reason, cancel_remark = btrim(p_remark), cancelled_at = now_there
     WHERE x.client_id = p_client AND x.invoice_id = p_invoice;
    RETURN now_there;
END $$;
GRANT EXECUTE ON FUNCTION api.store_einvoice(uuid, uuid, text, text, timestamp, text, text), api.cancel_einvoice(uuid, uuid, text, text)
    TO mis_super_admin, mis_client_admin;

-- A registered document is cancelled on the portal before it is void here; later only a note corrects it.
CREATE FUNCTION private.guard_registered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.einvoices e WHERE e.client_id = OLD.client_id AND e.invoice_id = OLD.id AND e.status = 'ACT') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'EINVOICE_ACTIVE',
            MESSAGE = format('%s is registered as an e-invoice.', OLD.number),
            HINT = 'Cancel it on the portal within 24 hours and record that here; after that write a credit note.';
    END IF;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.guard_registered() TO mis_owner;

-- The audit entries that tell of documents' issue: printed on them, so that paper outside this database proves the chain up to there.
CREATE FUNCTION api.invoice_anchors(p_client uuid, p_invoices uuid[]) RETURNS TABLE (invoice_id uuid, chain uuid, seq bigint, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT ON (e.entity_id) e.entity_id, e.chain, e.seq, encode(e.hash, 'hex')
      FROM audit.events e
     WHERE (SELECT auth.session_ok()) AND ((SELECT auth.is_super()) OR p_client = (SELECT auth.client_id()))
       AND e.chain = p_client AND e.entity = 'invoice' AND e.action = 'ISSUE' AND e.entity_id = ANY (p_invoices)
     ORDER BY e.entity_id, e.seq $$;
GRANT EXECUTE ON FUNCTION api.invoice_anchors(uuid, uuid[]) TO mis_super_admin, mis_client_admin, mis_viewer;

CREATE OR REPLACE FUNCTION private.snapshot_of(i app.invoices) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'supplier', jsonb_build_object('name', coalesce(nullif(b.legal_name, ''), v.name), 'code', l.code,
            'address', private.address_of(b.address_1, b.address_2, b.city, b.pin), 'gstin', b.gstin, 'pan', v.pan, 'state_code', b.state_code,
            'bank', b.bank, 'address_1', b.address_1, 'address_2', b.address_2, 'city', b.city, 'pin', b.pin,
            'einvoice_liable', b.einvoice_liable, 'is_body_corporate', v.is_body_corporate, 'aato', v.aato,
            'letterhead', (SELECT h.id FROM app.letterheads h WHERE h.vendor_id = b.vendor_id AND h.branch_id = b.id AND h.replaced_at IS NULL)),
        'recipient', jsonb_build_object('name', coalesce(nullif(s.legal_name, ''), c.name), 'code', c.code,
            'address', private.address_of(s.address_1, s.address_2, s.city, s.pin), 'gstin', s.gstin, 'pan', c.pan, 'state_code', s.state_code,
            'is_sez', s.is_sez, 'lut_no', s.lut_no, 'lut_until', s.lut_until, 'address_1', s.address_1, 'address_2', s.address_2,
            'city', s.city, 'pin', s.pin, 'is_body_corporate', c.is_body_corporate),
        'contract', jsonb_build_object('name', k.name, 'po_number', k.po_number, 'sac', k.sac, 'fuel_included', k.fuel_included,
            'itc_option', k.itc_option, 'seating_capacity', k.seating_capacity, 'statutory_obligation', k.statutory_obligation),
        'mode', l.billing_mode, 'authority', jsonb_build_object('ref', l.authority_ref, 'from', l.authority_from, 'until', l.authority_until),
        'time_zone', c.time_zone)
      FROM app.contracts k
      JOIN app.clients c ON c.id = k.client_id
      JOIN app.vendors v ON v.id = k.vendor_id
      JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
      JOIN app.client_sites s ON s.client_id = k.client_id AND s.id = k.site_id
      JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
     WHERE k.client_id = i.client_id AND k.id = i.contract_id $$;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER guard_registered BEFORE UPDATE OF status ON app.invoices FOR EACH ROW
    WHEN (NEW.status = 'VOID' AND OLD.status <> 'VOID') EXECUTE FUNCTION private.guard_registered();
