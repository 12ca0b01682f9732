-- What users may call besides plain tables (corrections of versions, own drafts), and the views of the brief.
-- Activation, renewal and vendors have files of their own.

SET LOCAL ROLE mis_definer;

-- The version row under change, its contract locked, so that two of these never run at once for one contract.
CREATE FUNCTION private.take_version(p_client uuid, p_version uuid, p_rev integer) RETURNS app.contract_versions
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v app.contract_versions;
BEGIN
    PERFORM 1 FROM app.contracts c WHERE c.client_id = p_client AND c.id =
        (SELECT x.contract_id FROM app.contract_versions x WHERE x.client_id = p_client AND x.id = p_version) FOR UPDATE;
    SELECT * INTO v FROM app.contract_versions x WHERE x.client_id = p_client AND x.id = p_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'VERSION_NOT_FOUND', MESSAGE = 'There is no such contract version.';
    ELSIF v.rev <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else changed this version meanwhile.';
    ELSIF v.superseded_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_SUPERSEDED', MESSAGE = 'This version was replaced and is kept as it was.';
    END IF;
    RETURN v;
END $$;

-- Corrects a version in force that no issued invoice used: the old row is superseded, a new one takes its number and dates.
CREATE FUNCTION api.correct_version(p_client uuid, p_version uuid, p_rev integer, p_new_id uuid, p_model text, p_rules jsonb, p_reason text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    v app.contract_versions := private.take_version(p_client, p_version, p_rev);
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the version is corrected.';
    ELSIF v.status <> 'ACTIVE' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'VERSION_DRAFT', MESSAGE = 'A draft is edited, not corrected.';
    ELSIF EXISTS (SELECT 1 FROM app.billing_run_versions b JOIN app.billing_runs r ON r.client_id = b.client_id AND r.id = b.run_id
                   WHERE b.client_id = p_client AND b.version_id = p_version AND r.status = 'ISSUED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'VERSION_BILLED', MESSAGE = 'An issued invoice was made with this version.',
            HINT = 'Renew it from the next month on.';
    END IF;
    UPDATE app.contract_versions o SET superseded_at = clock_timestamp(), superseded_by = p_new_id, superseded_reason = p_reason
     WHERE o.client_id = p_client AND o.id = p_version;
    INSERT INTO app.contract_versions (client_id, id, contract_id, number, billing_model, rules_config, validity, status, note, recorded_by)
    VALUES (p_client, p_new_id, v.contract_id, v.number, p_model, p_rules, v.validity, 'ACTIVE', v.note, actor);
    PERFORM audit.write(p_client, 'CORRECT', 'contract_version', p_version, to_jsonb(v),
                        jsonb_build_object('id', p_new_id, 'billing_model', p_model, 'rules_config', p_rules), p_reason);
END $$;

CREATE FUNCTION api.discard_version(p_client uuid, p_version uuid, p_rev integer) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    v app.contract_versions := private.take_version(p_client, p_version, p_rev);
BEGIN
    DELETE FROM app.contract_versions o WHERE o.client_id = p_client AND o.id = p_version;
    PERFORM audit.write(p_client, 'DISCARD', 'contract_version', p_version, to_jsonb(v));
END $$;

CREATE FUNCTION api.forget_draft(p_form text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM app.drafts d WHERE d.user_id = (SELECT auth.user_id()) AND d.form = p_form $$;

CREATE FUNCTION api.forget_view(p_id uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM app.saved_views v WHERE v.user_id = (SELECT auth.user_id()) AND v.id = p_id $$;

GRANT EXECUTE ON FUNCTION api.correct_version(uuid, uuid, integer, uuid, text, jsonb, text), api.discard_version(uuid, uuid, integer)
    TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION api.forget_draft(text), api.forget_view(uuid) TO mis_user;

SET LOCAL ROLE mis_owner;

-- The views of the brief: names and types as given there, rows as the caller's own rights allow.
CREATE VIEW api.users WITH (security_invoker = true, security_barrier = true) AS
    SELECT u.id, u.email, u.role, u.client_id, u.vendor_id FROM auth.users u;

CREATE VIEW api.clients WITH (security_invoker = true, security_barrier = true) AS
    SELECT c.id AS client_id, c.name AS client_name, c.created_at FROM app.clients c;

CREATE VIEW api.vendors WITH (security_invoker = true, security_barrier = true) AS
    SELECT v.id AS vendor_id, v.name AS vendor_name, v.created_at FROM app.vendors v;

-- One row a contract: the version in force now, else the last one before now, else the first to come; dates in the client's zone, the last day included.
CREATE VIEW api.contracts WITH (security_invoker = true, security_barrier = true) AS
    SELECT k.id AS contract_id, k.client_id, k.vendor_id, v.billing_model, v.rules_config,
           (s.first_start AT TIME ZONE c.time_zone)::date AS start_date,
           ((s.last_end AT TIME ZONE c.time_zone) - interval '1 microsecond')::date AS end_date,
           coalesce(v.validity @> now(), false) AS is_active
      FROM app.contracts k
      JOIN app.clients c ON c.id = k.client_id
      JOIN LATERAL (SELECT min(lower(x.validity)) AS first_start,
                           CASE WHEN bool_or(upper_inf(x.validity)) THEN NULL ELSE max(upper(x.validity)) END AS last_end
                      FROM app.contract_versions x
                     WHERE x.client_id = k.client_id AND x.contract_id = k.id AND x.status = 'ACTIVE' AND x.superseded_at IS NULL) s
        ON s.first_start IS NOT NULL
      JOIN LATERAL (SELECT x.billing_model, x.rules_config, x.validity
                      FROM app.contract_versions x
                     WHERE x.client_id = k.client_id AND x.contract_id = k.id AND x.status = 'ACTIVE' AND x.superseded_at IS NULL
                     ORDER BY lower(x.validity) <= now() DESC,
                              CASE WHEN lower(x.validity) <= now() THEN -extract(epoch FROM lower(x.validity)) ELSE extract(epoch FROM lower(x.validity)) END
                     LIMIT 1) v ON true;

CREATE VIEW api.trips WITH (security_invoker = true, security_barrier = true) AS
    SELECT t.id AS trip_id, t.client_id, t.vendor_id,
           (SELECT r.employee_code FROM app.trip_riders r WHERE r.client_id = t.client_id AND r.trip_id = t.id ORDER BY r.seq LIMIT 1) AS employee_id,
           (t.distance_m / 1000.0)::numeric(10,3) AS distance_km, t.start_time, t.end_time, t.is_carpool, t.created_at
      FROM app.trips t WHERE t.superseded_at IS NULL;

GRANT SELECT ON api.users, api.clients, api.vendors, api.contracts, api.trips TO mis_user;
