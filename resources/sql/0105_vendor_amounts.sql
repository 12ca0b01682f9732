-- A client may let its vendors' staff see what their own trips were charged (SECURITY.md (c) 12, setting vendor_sees_amounts; off without one).
-- Only charges of issued invoices: what is still a draft is nobody else's business.

GRANT SELECT ON app.settings, app.invoices TO mis_definer;

SET LOCAL ROLE mis_definer;

-- The runs of a VENDOR_ADMIN's own issued invoices, at clients that let their vendors see amounts; NULL for every other role.
CREATE FUNCTION auth.shown_run_ids() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.role = 'VENDOR_ADMIN' THEN ARRAY(
        SELECT i.run_id FROM app.invoices i
          JOIN app.client_vendors l ON l.client_id = i.client_id AND l.vendor_id = i.vendor_id
          JOIN app.settings s ON s.client_id = i.client_id AND s.key = 'vendor_sees_amounts' AND s.value = 'true'
         WHERE i.vendor_id = c.vendor_id AND i.status = 'ISSUED' AND (c.client_id IS NULL OR i.client_id = c.client_id))
        END FROM auth.ctx() c $$;

GRANT EXECUTE ON FUNCTION auth.shown_run_ids() TO mis_user, mis_rolemgr, mis_backup;

SET LOCAL ROLE mis_owner;

GRANT SELECT ON app.trip_charges, app.period_charges TO mis_vendor_admin;
CREATE POLICY vendor_admin ON app.trip_charges FOR SELECT TO mis_vendor_admin
    USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND run_id = ANY ((SELECT auth.shown_run_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.period_charges FOR SELECT TO mis_vendor_admin
    USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND run_id = ANY ((SELECT auth.shown_run_ids())::uuid[]));
