-- A month that finance has closed: runs and month inputs of it are over; trips that come later are late for it and go onto a note.
-- Opening it again needs the right and a reason (GST.md 8, DESIGN.md section 3).

CREATE TABLE app.billing_periods (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    is_closed       boolean NOT NULL,
    closed_at       timestamptz NOT NULL DEFAULT now(),
    closed_by       uuid NOT NULL,
    reopened_at     timestamptz,
    reopened_by     uuid,
    reason          text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),    -- of the last reopening
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, month),
    CHECK (is_closed OR (reopened_at IS NOT NULL AND reason <> ''))
);
SELECT private.protect_table('app.billing_periods');
GRANT SELECT ON app.billing_periods TO mis_super_admin, mis_client_admin, mis_viewer, mis_vendor_admin, mis_definer;
GRANT INSERT, UPDATE ON app.billing_periods TO mis_definer;
CREATE POLICY super_admin ON app.billing_periods FOR ALL TO mis_super_admin
    USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.billing_periods FOR SELECT TO mis_client_admin USING (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.billing_periods FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
CREATE POLICY vendor_admin ON app.billing_periods FOR SELECT TO mis_vendor_admin USING (client_id = ANY ((SELECT auth.client_ids())::uuid[]));
CREATE TRIGGER z_rev BEFORE UPDATE ON app.billing_periods FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER guard BEFORE DELETE ON app.billing_periods FOR EACH ROW EXECUTE FUNCTION private.refuse_change();

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.is_closed(p_client uuid, p_month date) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM app.billing_periods p WHERE p.client_id = p_client AND p.month = p_month AND p.is_closed) $$;

CREATE FUNCTION private.refuse_closed(p_client uuid, p_month date, p_deed text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF private.is_closed(p_client, p_month) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MONTH_CLOSED',
            MESSAGE = format('%s is closed: nothing of it is %s any more.', to_char(p_month, 'FMMonth YYYY'), p_deed),
            HINT = 'Late and corrected trips are settled by a note; or a super admin opens the month again.';
    END IF;
END $$;

-- A run and the close of its month wait for each other: both take the client's row first.
CREATE FUNCTION private.guard_closed_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.kind = 'BILL' THEN
        PERFORM 1 FROM app.clients c WHERE c.id = NEW.client_id FOR KEY SHARE;
        PERFORM private.refuse_closed(NEW.client_id, NEW.month, 'billed');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION private.guard_closed_inputs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.refuse_closed(NEW.client_id, NEW.month, 'changed');
    RETURN NEW;
END $$;

-- Closes a month. Drafts are issued or discarded first; trips that wait (held, not assigned, never billed) become late.
CREATE FUNCTION api.close_month(p_client uuid, p_month date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    drafts bigint;
    made app.billing_periods;
BEGIN
    PERFORM 1 FROM app.clients c WHERE c.id = p_client FOR UPDATE;
    IF private.is_closed(p_client, p_month) THEN
        RETURN 'unchanged';
    ELSIF p_month >= (SELECT date_trunc('month', clock_timestamp() AT TIME ZONE c.time_zone)::date FROM app.clients c WHERE c.id = p_client) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MONTH_NOT_OVER', MESSAGE = 'A month is closed after it is over.';
    END IF;
    SELECT count(*) INTO drafts FROM app.billing_runs r
     WHERE r.client_id = p_client AND r.month = p_month AND r.kind = 'BILL' AND r.status = 'DRAFT';
    IF drafts > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DRAFTS_LEFT',
            MESSAGE = format('%s draft invoices of this month are not issued.', drafts), HINT = 'Issue or discard them, then close the month.';
    END IF;
    INSERT INTO app.billing_periods AS p (client_id, month, is_closed, closed_by) VALUES (p_client, p_month, true, actor)
    ON CONFLICT (client_id, month) DO UPDATE SET is_closed = true, closed_at = clock_timestamp(), closed_by = actor
    RETURNING * INTO made;
    PERFORM audit.write(p_client, 'CLOSE_MONTH', 'billing_period', made.id, NULL, jsonb_build_object('month', p_month));
    RETURN 'closed';
END $$;

CREATE FUNCTION api.reopen_month(p_client uuid, p_month date, p_reason text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    made app.billing_periods;
BEGIN
    IF (SELECT auth.is_super()) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Only a super admin opens a closed month again.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the month is opened again.';
    END IF;
    UPDATE app.billing_periods p SET is_closed = false, reopened_at = clock_timestamp(), reopened_by = actor, reason = btrim(p_reason)
     WHERE p.client_id = p_client AND p.month = p_month AND p.is_closed RETURNING * INTO made;
    IF made.id IS NULL THEN
        RETURN 'unchanged';
    END IF;
    PERFORM audit.write(p_client, 'REOPEN_MONTH', 'billing_period', made.id, NULL, jsonb_build_object('month', p_month), btrim(p_reason));
    RETURN 'reopened';
END $$;

GRANT EXECUTE ON FUNCTION private.guard_closed_run(), private.guard_closed_inputs() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.close_month(uuid, date) TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION api.reopen_month(uuid, date, text) TO mis_super_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER guard_closed BEFORE INSERT ON app.billing_runs FOR EACH ROW EXECUTE FUNCTION private.guard_closed_run();
CREATE TRIGGER guard_closed BEFORE INSERT OR UPDATE ON app.month_inputs FOR EACH ROW EXECUTE FUNCTION private.guard_closed_inputs();
