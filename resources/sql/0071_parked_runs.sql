-- A run whose lines or total exceed three times last month's parks until somebody confirms it (SECURITY.md (e) 13). The database compares and
-- the database refuses to issue, whatever the program says.

CREATE TABLE app.run_parkings (
    client_id       uuid NOT NULL,
    run_id          uuid NOT NULL,
    last_run_id     uuid NOT NULL,           -- the run of the month before that it was compared with
    lines           bigint NOT NULL,         -- trips and charges of the month
    last_lines      bigint NOT NULL,
    total           bigint NOT NULL,         -- paise, incentive included
    last_total      bigint NOT NULL,
    parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at    timestamptz,
    confirmed_by    uuid,
    PRIMARY KEY (client_id, run_id),
    FOREIGN KEY (client_id, run_id) REFERENCES app.billing_runs,
    FOREIGN KEY (client_id, last_run_id) REFERENCES app.billing_runs,
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);

SELECT private.protect_table('app.run_parkings');
GRANT SELECT ON app.run_parkings TO mis_super_admin, mis_client_admin, mis_viewer;
GRANT SELECT, INSERT, UPDATE ON app.run_parkings TO mis_definer;
CREATE POLICY super_admin ON app.run_parkings FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.run_parkings FOR ALL TO mis_client_admin
    USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.run_parkings FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));

SET LOCAL ROLE mis_definer;

-- The bill of the month before, if these figures exceed three times its own; no row otherwise. Read with the caller's rights.
CREATE FUNCTION api.beyond_last_month(p_client uuid, p_contract uuid, p_month date, p_lines bigint, p_total bigint)
RETURNS TABLE (last_run_id uuid, last_lines bigint, last_total bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.id, n.lines, r.total
      FROM app.billing_runs r CROSS JOIN LATERAL (
           SELECT r.trips + count(*) AS lines FROM app.period_charges c WHERE c.client_id = r.client_id AND c.run_id = r.id) n
     WHERE r.client_id = p_client AND r.contract_id = p_contract AND r.month = (p_month - interval '1 month')::date AND r.kind = 'BILL'
       AND r.status IN ('DRAFT', 'ISSUED') AND r.posted_at IS NOT NULL
       AND (p_lines > 3 * n.lines OR p_total > 3 * greatest(r.total, 0)) $$;

CREATE FUNCTION private.park_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    many bigint := NEW.trips + (SELECT count(*) FROM app.period_charges c WHERE c.client_id = NEW.client_id AND c.run_id = NEW.id);
BEGIN
    INSERT INTO app.run_parkings (client_id, run_id, last_run_id, lines, last_lines, total, last_total)
    SELECT NEW.client_id, NEW.id, b.last_run_id, many, b.last_lines, NEW.total, b.last_total
      FROM api.beyond_last_month(NEW.client_id, NEW.contract_id, NEW.month, many, NEW.total) b;
    RETURN NULL;
END $$;

CREATE FUNCTION private.refuse_parked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app.run_parkings p WHERE p.client_id = NEW.client_id AND p.run_id = NEW.run_id AND p.confirmed_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'RUN_PARKED',
            MESSAGE = 'This bill is more than three times last month''s and waits to be confirmed.',
            HINT = 'Compare the figures with last month''s. If they are right, confirm the run; then it can be issued.';
    END IF;
    RETURN NEW;
END $$;

-- Somebody looked at a parked run and lets it go on. Asked again, nothing changes.
CREATE FUNCTION api.confirm_run(p_client uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    p app.run_parkings;
BEGIN
    SELECT * INTO p FROM app.run_parkings x WHERE x.client_id = p_client AND x.run_id = p_run FOR UPDATE;
    IF p.run_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_PARKED', MESSAGE = 'This billing run does not wait for a confirmation.';
    ELSIF p.confirmed_at IS NULL THEN
        UPDATE app.run_parkings x SET confirmed_at = clock_timestamp(), confirmed_by = actor WHERE x.client_id = p_client AND x.run_id = p_run;
        PERFORM audit.write(p_client, 'CONFIRM', 'billing_run', p_run, NULL, jsonb_build_object('lines', p.lines, 'last_lines', p.last_lines,
                            'total', p.total, 'last_total', p.last_total));
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION api.beyond_last_month(uuid, uuid, date, bigint, bigint), api.confirm_run(uuid, uuid) TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION private.park_run(), private.refuse_parked() TO mis_owner;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER park AFTER UPDATE OF posted_at ON app.billing_runs FOR EACH ROW
    WHEN (OLD.posted_at IS NULL AND NEW.posted_at IS NOT NULL AND NEW.kind = 'BILL') EXECUTE FUNCTION private.park_run();
CREATE TRIGGER parked BEFORE UPDATE OF status ON app.invoices FOR EACH ROW
    WHEN (NEW.status IN ('APPROVED', 'ISSUED') AND NEW.status <> OLD.status) EXECUTE FUNCTION private.refuse_parked();
