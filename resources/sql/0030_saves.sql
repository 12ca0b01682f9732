-- Who saved a record last, and when: a second editor is told both (SECURITY.md (e) 6). The e-mail is kept as text, because a client's
-- staff may not read the users' table; no user can write these columns, the trigger does.

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['clients', 'client_sites', 'employees', 'vendors', 'vendor_branches', 'client_vendors', 'vehicles', 'contracts',
                               'contract_versions'] LOOP
        EXECUTE format('ALTER TABLE app.%I ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_by text', tab);
    END LOOP;
END $$;

SET LOCAL ROLE mis_definer;
CREATE FUNCTION private.stamp_save() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    NEW.updated_by := (SELECT u.email FROM auth.users u WHERE u.id = auth.user_id());
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.stamp_save() TO mis_owner;
SET LOCAL ROLE mis_owner;

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['clients', 'client_sites', 'employees', 'vendors', 'vendor_branches', 'client_vendors', 'vehicles', 'contracts',
                               'contract_versions'] LOOP
        EXECUTE format('CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION private.stamp_save()', tab);
    END LOOP;
END $$;
