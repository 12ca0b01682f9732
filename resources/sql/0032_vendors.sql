-- A client's own staff add vendors: linked when the GSTIN is known in the workspace, else created. Through the link they then see the vendor
-- itself, and nothing of its other clients (SECURITY.md (c) 16).

GRANT INSERT ON app.vendors, app.vendor_branches, app.client_vendors TO mis_definer;
GRANT UPDATE ON app.vendor_branches TO mis_definer;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION api.add_vendor(p_client uuid, p_vendor uuid, p_code text, p_aliases text[], p_billing_mode text, p_name text, p_pan text,
                               p_body_corporate boolean, p_tds_status text, p_branch jsonb) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known uuid;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT b.vendor_id INTO known FROM app.vendor_branches b WHERE b.gstin = p_branch->>'gstin';
    IF known IS NULL THEN
        INSERT INTO app.vendors (id, name, pan, is_body_corporate, tds_status)
        VALUES (p_vendor, p_name, p_pan, p_body_corporate, p_tds_status);
        UPDATE app.vendor_branches b
           SET code = p_branch->>'code', name = p_branch->>'name', legal_name = p_branch->>'legal_name', gstin = p_branch->>'gstin',
               state_code = p_branch->>'state_code', address_1 = p_branch->>'address_1', address_2 = p_branch->>'address_2',
               city = p_branch->>'city', pin = p_branch->>'pin'
         WHERE b.vendor_id = p_vendor AND b.is_default;
        known := p_vendor;
    END IF;
    INSERT INTO app.client_vendors (client_id, vendor_id, code, aliases, billing_mode)
    VALUES (p_client, known, p_code, p_aliases, p_billing_mode);
    PERFORM audit.write(p_client, 'ADD_VENDOR', 'vendor', known, NULL, jsonb_build_object('code', p_code));
    RETURN known;
END $$;

GRANT EXECUTE ON FUNCTION api.add_vendor(uuid, uuid, text, text[], text, text, text, boolean, text, jsonb) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
