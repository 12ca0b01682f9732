-- Who may do what (SECURITY.md (c)): a table grant, a row policy and, where money moves, a definer function must all agree.
-- Every table has the restrictive gate, one permissive policy per group, and no DELETE for anybody who signs in.

DO $$
DECLARE
    tab regclass;
BEGIN
    FOR tab IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND n.nspname IN ('app', 'auth', 'private', 'audit') ORDER BY 1 LOOP
        PERFORM private.protect_table(tab);
    END LOOP;
END $$;

-- Tables with client_id that CLIENT_ADMIN and VIEWER see their own part of, and SUPER_ADMIN all of.
DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['client_sites', 'employees', 'client_vendors', 'vehicles', 'contracts', 'contract_versions', 'vehicle_slots',
        'import_mappings', 'import_batches', 'trips', 'trip_riders', 'trip_actions', 'billing_runs', 'billing_run_versions', 'trip_charges',
        'period_charges', 'number_series', 'invoices', 'invoice_lines'] LOOP
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_viewer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY viewer ON app.%I FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()))', tab);
        IF tab <> 'contract_versions' THEN
            EXECUTE format('CREATE POLICY client_admin ON app.%I FOR ALL TO mis_client_admin '
                           'USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()))', tab);
        END IF;
    END LOOP;
END $$;

-- Versions: users write drafts; activation, renewal and correction go through api functions.
CREATE POLICY client_admin_read ON app.contract_versions FOR SELECT TO mis_client_admin USING (client_id = (SELECT auth.client_id()));
CREATE POLICY client_admin_add ON app.contract_versions FOR INSERT TO mis_client_admin
    WITH CHECK (client_id = (SELECT auth.client_id()) AND status = 'DRAFT');
CREATE POLICY client_admin_edit ON app.contract_versions FOR UPDATE TO mis_client_admin
    USING (client_id = (SELECT auth.client_id()) AND status = 'DRAFT') WITH CHECK (client_id = (SELECT auth.client_id()) AND status = 'DRAFT');
CREATE POLICY only_drafts_add ON app.contract_versions AS RESTRICTIVE FOR INSERT TO mis_user WITH CHECK (status = 'DRAFT');
CREATE POLICY only_drafts_edit ON app.contract_versions AS RESTRICTIVE FOR UPDATE TO mis_user USING (status = 'DRAFT') WITH CHECK (status = 'DRAFT');

-- Parties of the workspace
GRANT SELECT ON app.clients, app.vendors, app.vendor_branches TO mis_user;
CREATE POLICY super_admin ON app.clients FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.clients FOR SELECT TO mis_client_admin USING (id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.clients FOR SELECT TO mis_viewer USING (id = (SELECT auth.client_id()));
CREATE POLICY vendor_admin ON app.clients FOR SELECT TO mis_vendor_admin USING (id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY super_admin ON app.vendors FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.vendors FOR SELECT TO mis_client_admin USING (id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY viewer ON app.vendors FOR SELECT TO mis_viewer USING (id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.vendors FOR SELECT TO mis_vendor_admin USING (id = (SELECT auth.vendor_id()));
CREATE POLICY super_admin ON app.vendor_branches FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.vendor_branches FOR SELECT TO mis_client_admin USING (vendor_id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY viewer ON app.vendor_branches FOR SELECT TO mis_viewer USING (vendor_id = ANY ((SELECT auth.vendor_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.vendor_branches FOR SELECT TO mis_vendor_admin USING (vendor_id = (SELECT auth.vendor_id()));

-- What a vendor's staff sees and sends: own links, contracts, vehicles, batches and trips; no employees, no amounts.
GRANT SELECT ON app.client_sites, app.client_vendors, app.vehicles, app.contracts, app.contract_versions, app.vehicle_slots, app.import_mappings,
    app.import_batches, app.trips, app.trip_riders TO mis_vendor_admin;
CREATE POLICY vendor_admin ON app.client_sites FOR SELECT TO mis_vendor_admin USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.client_vendors FOR SELECT TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.vehicles FOR SELECT TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.contracts FOR SELECT TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.contract_versions FOR SELECT TO mis_vendor_admin
    USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND status = 'ACTIVE' AND EXISTS (SELECT 1 FROM app.contracts c
           WHERE c.client_id = contract_versions.client_id AND c.id = contract_versions.contract_id));
CREATE POLICY vendor_admin ON app.vehicle_slots FOR SELECT TO mis_vendor_admin
    USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND EXISTS (SELECT 1 FROM app.contracts c
           WHERE c.client_id = vehicle_slots.client_id AND c.id = vehicle_slots.contract_id));
CREATE POLICY vendor_admin ON app.import_mappings FOR ALL TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]))
    WITH CHECK (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin ON app.import_batches FOR ALL TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]))
    WITH CHECK (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin_read ON app.trips FOR SELECT TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY vendor_admin_add ON app.trips FOR INSERT TO mis_vendor_admin
    WITH CHECK (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND acceptance = 'SUBMITTED');
CREATE POLICY vendor_admin_edit ON app.trips FOR UPDATE TO mis_vendor_admin
    USING (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND acceptance = 'SUBMITTED')
    WITH CHECK (vendor_id = (SELECT auth.vendor_id()) AND client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND acceptance = 'SUBMITTED');
CREATE POLICY vendor_admin_read ON app.trip_riders FOR SELECT TO mis_vendor_admin
    USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND EXISTS (SELECT 1 FROM app.trips t
           WHERE t.client_id = trip_riders.client_id AND t.id = trip_riders.trip_id));
CREATE POLICY vendor_admin_add ON app.trip_riders FOR INSERT TO mis_vendor_admin
    WITH CHECK (client_id = ANY ((SELECT auth.client_ids())::uuid[]) AND EXISTS (SELECT 1 FROM app.trips t
           WHERE t.client_id = trip_riders.client_id AND t.id = trip_riders.trip_id AND t.acceptance = 'SUBMITTED'));

-- Everybody signed in
GRANT SELECT ON app.schema_versions TO mis_user;
CREATE POLICY everybody ON app.schema_versions FOR SELECT TO mis_user USING ((SELECT auth.session_ok()));
CREATE POLICY migration ON app.schema_versions FOR ALL TO mis_owner USING (true) WITH CHECK (true);   -- forced security holds the owner too
GRANT SELECT ON app.workspace, app.gst_rates TO mis_user;
CREATE POLICY everybody ON app.workspace FOR SELECT TO mis_user USING ((SELECT auth.session_ok()));
CREATE POLICY super_admin ON app.workspace FOR UPDATE TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY everybody ON app.gst_rates FOR SELECT TO mis_user USING ((SELECT auth.session_ok()));
CREATE POLICY super_admin ON app.gst_rates FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));

GRANT SELECT ON app.settings TO mis_user;
CREATE POLICY everybody ON app.settings FOR SELECT TO mis_user USING (client_id IS NULL OR client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE POLICY super_admin ON app.settings FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin_add ON app.settings FOR INSERT TO mis_client_admin
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'invoice.'));
CREATE POLICY client_admin_edit ON app.settings FOR UPDATE TO mis_client_admin
    USING (client_id = (SELECT auth.client_id()) AND starts_with(key, 'invoice.'))
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'invoice.'));

GRANT SELECT ON app.saved_views, app.drafts TO mis_user;
CREATE POLICY own ON app.saved_views FOR ALL TO mis_user USING (user_id = (SELECT auth.user_id())) WITH CHECK (user_id = (SELECT auth.user_id()));
CREATE POLICY own ON app.drafts FOR ALL TO mis_user USING (user_id = (SELECT auth.user_id())) WITH CHECK (user_id = (SELECT auth.user_id()));

GRANT SELECT ON auth.users TO mis_user;
CREATE POLICY own ON auth.users FOR SELECT TO mis_user USING (id = (SELECT auth.user_id()));
CREATE POLICY super_admin ON auth.users FOR SELECT TO mis_super_admin USING ((SELECT auth.is_super()));
CREATE POLICY rolemgr ON auth.users FOR ALL TO mis_rolemgr USING (true) WITH CHECK (true);
GRANT SELECT ON auth.sessions TO mis_user;
CREATE POLICY own ON auth.sessions FOR SELECT TO mis_user USING (user_id = (SELECT auth.user_id()));
CREATE POLICY super_admin ON auth.sessions FOR SELECT TO mis_super_admin USING ((SELECT auth.is_super()));
CREATE POLICY rolemgr ON auth.sessions FOR ALL TO mis_rolemgr USING (true) WITH CHECK (true);
CREATE POLICY rolemgr ON app.workspace FOR SELECT TO mis_rolemgr USING (true);
-- mis_rolemgr is a member of every login role of the cluster (R14), hence of mis_user, whose gate would shut it out where nobody is
-- signed in: at the foundation of a second workspace. Nobody can become it; its functions check their caller.
DO $$
DECLARE
    tab regclass;
BEGIN
    FOREACH tab IN ARRAY ARRAY['app.workspace', 'auth.users', 'auth.sessions']::regclass[] LOOP
        EXECUTE format('ALTER POLICY gate ON %s USING ((SELECT auth.session_ok()) OR current_user = ''mis_rolemgr'') '
                       'WITH CHECK ((SELECT auth.session_ok()) OR current_user = ''mis_rolemgr'')', tab);
    END LOOP;
END $$;

-- Writes, column by column: keys are given once, revisions and stamps belong to the database.
GRANT UPDATE (name, idle_minutes) ON app.workspace TO mis_super_admin;
GRANT INSERT (id, code, name, aliases, time_zone, pan, is_body_corporate, active), UPDATE (code, name, aliases, time_zone, pan, is_body_corporate, active)
    ON app.clients TO mis_super_admin;
GRANT INSERT (client_id, id, code, name, legal_name, is_default, gstin, state_code, address_1, address_2, city, pin, is_sez, lut_no, lut_until, active),
    UPDATE (code, name, legal_name, is_default, gstin, state_code, address_1, address_2, city, pin, is_sez, lut_no, lut_until, active)
    ON app.client_sites TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, code, name, site_id, gender, active_from, active_until),
    UPDATE (code, name, site_id, gender, active_from, active_until) ON app.employees TO mis_super_admin, mis_client_admin;
GRANT INSERT (id, name, pan, is_body_corporate, tds_status, active), UPDATE (name, pan, is_body_corporate, tds_status, active)
    ON app.vendors TO mis_super_admin;
GRANT INSERT (vendor_id, id, code, name, legal_name, is_default, gstin, state_code, address_1, address_2, city, pin, einvoice_liable,
              round_tax_to_rupee, bank, active),
    UPDATE (code, name, legal_name, is_default, gstin, state_code, address_1, address_2, city, pin, einvoice_liable, round_tax_to_rupee, bank, active)
    ON app.vendor_branches TO mis_super_admin;
GRANT INSERT (client_id, vendor_id, code, aliases, billing_mode, authority_ref, authority_from, authority_until, active)
    ON app.client_vendors TO mis_super_admin;
GRANT UPDATE (code, aliases, billing_mode, authority_ref, authority_from, authority_until, active) ON app.client_vendors
    TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, vendor_id, vehicle_no, vehicle_type, seats, active), UPDATE (vendor_id, vehicle_no, vehicle_type, seats, active)
    ON app.vehicles TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, vendor_id, name, site_id, branch_id, sac, fuel_included, itc_option, reverse_charge, scope_sites, scope_vehicle_types,
              renewal_cycle, renews_on, notice_days, escalation_percent, po_number),
    UPDATE (name, site_id, branch_id, sac, fuel_included, itc_option, reverse_charge, scope_sites, scope_vehicle_types,
            renewal_cycle, renews_on, notice_days, escalation_percent, po_number) ON app.contracts TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, contract_id, number, billing_model, rules_config, validity, note), UPDATE (number, billing_model, rules_config, validity, note)
    ON app.contract_versions TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, contract_id, slot, vehicle_no, valid_from, valid_until), UPDATE (slot, vehicle_no, valid_from, valid_until)
    ON app.vehicle_slots TO mis_super_admin, mis_client_admin;
GRANT INSERT (id, sac_prefix, fuel_included, itc_option, valid_from, valid_until, percent, source),
    UPDATE (sac_prefix, fuel_included, itc_option, valid_from, valid_until, percent, source) ON app.gst_rates TO mis_super_admin;
GRANT INSERT (client_id, key, value), UPDATE (value, updated_at) ON app.settings TO mis_super_admin, mis_client_admin;
GRANT INSERT (id, user_id, screen, name, state), UPDATE (name, state, updated_at) ON app.saved_views TO mis_user;
GRANT INSERT (user_id, form, content), UPDATE (content, updated_at) ON app.drafts TO mis_user;
GRANT INSERT (client_id, id, vendor_id, name, mapping), UPDATE (name, mapping, updated_at) ON app.import_mappings
    TO mis_super_admin, mis_client_admin, mis_vendor_admin;
GRANT INSERT (client_id, id, file_id, vendor_id, file_name, file_sha256, sheet, mapping, options, rows_read, accepted, rejected, duplicates, distance_m)
    ON app.import_batches TO mis_super_admin, mis_client_admin, mis_vendor_admin;
GRANT INSERT (client_id, id, vendor_id, contract_id, batch_id, start_time, end_time, distance_m, batch_row, garage_m, claimed_m, gps_m, waiting_s,
              late_s, cancelled_before_s, toll_paise, parking_paise, seats_boarded, calendar_days, is_carpool, escort, external_ref, status, acceptance,
              exception, vehicle_no, vehicle_type, vehicle_slot, site, zone, batch_sheet)
    ON app.trips TO mis_super_admin, mis_client_admin, mis_vendor_admin;
GRANT UPDATE (contract_id, exception, start_time, end_time, distance_m, garage_m, claimed_m, gps_m, waiting_s, late_s, cancelled_before_s, toll_paise,
              parking_paise, seats_boarded, calendar_days, is_carpool, escort, status, vehicle_no, vehicle_type, vehicle_slot, site, zone)
    ON app.trips TO mis_super_admin, mis_client_admin, mis_vendor_admin;
GRANT UPDATE (acceptance, hold_reason, held_at, held_by) ON app.trips TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, trip_id, seq, employee_code) ON app.trip_riders TO mis_super_admin, mis_client_admin, mis_vendor_admin;
GRANT UPDATE (employee_code) ON app.trip_riders TO mis_super_admin, mis_client_admin;
GRANT INSERT (client_id, id, trip_id, action, reason, by_user) ON app.trip_actions TO mis_super_admin, mis_client_admin;
CREATE POLICY own_name ON app.trip_actions AS RESTRICTIVE FOR INSERT TO mis_user WITH CHECK (by_user = (SELECT auth.user_id()));

-- Who made a row is the database's word, not the program's.
GRANT USAGE ON SCHEMA auth TO mis_owner;
ALTER TABLE app.contracts ALTER COLUMN created_by SET DEFAULT auth.user_id();
ALTER TABLE app.contract_versions ALTER COLUMN recorded_by SET DEFAULT auth.user_id();
ALTER TABLE app.import_batches ALTER COLUMN created_by SET DEFAULT auth.user_id();

-- What the definers of money, imports and contracts may touch, table by table.
GRANT INSERT, UPDATE, DELETE ON app.billing_run_versions, app.trip_charges, app.period_charges, app.invoice_lines, app.invoices TO mis_definer;
GRANT INSERT, UPDATE ON app.billing_runs, app.number_series TO mis_definer;
GRANT INSERT, UPDATE, DELETE ON app.contract_versions TO mis_definer;
GRANT UPDATE (rev) ON app.contracts, app.clients TO mis_definer;
GRANT UPDATE, DELETE ON app.trips TO mis_definer;
GRANT DELETE ON app.trip_riders, app.trip_actions, app.drafts, app.saved_views TO mis_definer;
GRANT UPDATE ON app.import_batches TO mis_definer;
