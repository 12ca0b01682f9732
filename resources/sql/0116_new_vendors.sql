-- A vendor comes with all that its documents need: turnover, written authority, e-invoice duty, tax in whole rupees, bank (GST.md sections 3, 7, 9, R0).

SET LOCAL ROLE mis_definer;

DROP FUNCTION api.add_vendor(uuid, uuid, text, text[], text, text, text, boolean, text, jsonb);
-- As in 0032. p_authority: {ref, from, until}, the vendor's written authority to issue in its name. Of a vendor that the workspace knows (its GSTIN)
-- only the link is new; what it is stays as it was entered.
CREATE FUNCTION api.add_vendor(p_client uuid, p_vendor uuid, p_code text, p_aliases text[], p_billing_mode text, p_name text, p_pan text,
                               p_body_corporate boolean, p_tds_status text, p_branch jsonb, p_aato bigint DEFAULT NULL,
                               p_authority jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known uuid;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT b.vendor_id INTO known FROM app.vendor_branches b WHERE b.gstin = p_branch->>'gstin';
    IF known IS NULL THEN
        INSERT INTO app.vendors (id, name, pan, is_body_corporate, tds_status, aato)
        VALUES (p_vendor, p_name, p_pan, p_body_corporate, p_tds_status, p_aato);
        UPDATE app.vendor_branches b
           SET code = p_branch->>'code', name = p_branch->>'name', legal_name = p_branch->>'legal_name', gstin = p_branch->>'gstin',
               state_code = p_branch->>'state_code', address_1 = p_branch->>'address_1', address_2 = p_branch->>'address_2',
               city = p_branch->>'city', pin = p_branch->>'pin', bank = coalesce(p_branch->>'bank', ''),
               einvoice_liable = coalesce((p_branch->>'einvoice_liable')::boolean, false),
               round_tax_to_rupee = coalesce((p_branch->>'round_tax_to_rupee')::boolean, false)
         WHERE b.vendor_id = p_vendor AND b.is_default;
        known := p_vendor;
    END IF;
    INSERT INTO app.client_vendors (client_id, vendor_id, code, aliases, billing_mode, authority_ref, authority_from, authority_until)
    VALUES (p_client, known, p_code, p_aliases, p_billing_mode, p_authority->>'ref', (p_authority->>'from')::date, (p_authority->>'until')::date);
    PERFORM audit.write(p_client, 'ADD_VENDOR', 'vendor', known, NULL, jsonb_build_object('code', p_code));
    RETURN known;
END $$;
GRANT EXECUTE ON FUNCTION api.add_vendor(uuid, uuid, text, text[], text, text, text, boolean, text, jsonb, bigint, jsonb)
    TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
