-- The life of a contract: a draft is activated, a version ends, the next begins at the same instant (SECURITY.md R9). Drafts are written by
-- users themselves; what is in force is moved only here. Every move names the contract's revision as the editor saw it.

SET LOCAL ROLE mis_definer;

-- The contract, locked, and counted one revision further: two editors cannot both move it from the same state.
CREATE FUNCTION private.take_contract(p_client uuid, p_contract uuid, p_rev integer) RETURNS app.contracts
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c app.contracts;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO c FROM app.contracts x WHERE x.client_id = p_client AND x.id = p_contract FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such contract.';
    ELSIF c.rev <> p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE',
            MESSAGE = format('%s changed this contract on %s UTC, after you opened it.', coalesce(c.updated_by, 'Somebody else'),
                             to_char(c.updated_at AT TIME ZONE 'UTC', 'DD-MM-YYYY HH24:MI')),
            HINT = 'Look at both versions and save again.';
    END IF;
    UPDATE app.contracts SET rev = rev WHERE client_id = p_client AND id = p_contract;
    RETURN c;
END $$;

-- Put a draft in force over [p_from, p_until). With p_end_previous the version in force at p_from ends there: that is a renewal.
-- Any other overlap is refused by versions_no_overlap.
CREATE FUNCTION api.activate_version(p_client uuid, p_version uuid, p_version_rev integer, p_contract_rev integer,
                                     p_from timestamptz, p_until timestamptz, p_end_previous boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v app.contract_versions;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO v FROM app.contract_versions x WHERE x.client_id = p_client AND x.id = p_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_FOUND', MESSAGE = 'There is no such version.';
    END IF;
    PERFORM private.take_contract(p_client, v.contract_id, p_contract_rev);
    SELECT * INTO v FROM app.contract_versions x WHERE x.client_id = p_client AND x.id = p_version FOR UPDATE;
    IF v.status <> 'DRAFT' OR v.superseded_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_A_DRAFT', MESSAGE = 'Only a draft can be activated.';
    ELSIF v.rev <> p_version_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE',
            MESSAGE = format('%s saved this draft on %s UTC, after you opened it.', coalesce(v.updated_by, 'Somebody else'),
                             to_char(v.updated_at AT TIME ZONE 'UTC', 'DD-MM-YYYY HH24:MI')),
            HINT = 'Look at both versions and save again.';
    ELSIF p_until <= p_from THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'A version ends after it begins.';
    END IF;
    IF p_end_previous THEN
        UPDATE app.contract_versions x SET validity = tstzrange(lower(x.validity), p_from)
         WHERE x.client_id = p_client AND x.contract_id = v.contract_id AND x.status = 'ACTIVE' AND x.superseded_at IS NULL
           AND lower(x.validity) < p_from AND x.validity @> p_from;
    END IF;
    UPDATE app.contract_versions x SET status = 'ACTIVE', validity = tstzrange(p_from, p_until)
     WHERE x.client_id = p_client AND x.id = p_version;
    PERFORM audit.write(p_client, CASE WHEN p_end_previous THEN 'RENEW' ELSE 'ACTIVATE' END, 'contract_version', p_version, NULL,
        jsonb_build_object('contract_id', v.contract_id, 'number', v.number, 'billing_model', v.billing_model, 'rules_config', v.rules_config,
                           'from', p_from, 'until', p_until));
END $$;

-- Move the end of the last version in force; NULL opens it again. guard_version refuses an end inside an issued month.
CREATE FUNCTION api.end_contract(p_client uuid, p_contract uuid, p_contract_rev integer, p_until timestamptz, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v app.contract_versions;
BEGIN
    PERFORM private.take_contract(p_client, p_contract, p_contract_rev);
    SELECT * INTO v FROM app.contract_versions x
     WHERE x.client_id = p_client AND x.contract_id = p_contract AND x.status = 'ACTIVE' AND x.superseded_at IS NULL
     ORDER BY lower(x.validity) DESC LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOT_IN_FORCE', MESSAGE = 'No version of this contract is in force.';
    ELSIF p_until <= lower(v.validity) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'LATER_VERSION',
            MESSAGE = format('Version %s begins after that day; a contract ends with its last version.', v.number);
    END IF;
    UPDATE app.contract_versions x SET validity = tstzrange(lower(x.validity), p_until) WHERE x.client_id = p_client AND x.id = v.id;
    PERFORM audit.write(p_client, 'END', 'contract', p_contract,
        jsonb_build_object('until', upper(v.validity)), jsonb_build_object('until', p_until), p_reason);
END $$;

GRANT EXECUTE ON FUNCTION api.activate_version(uuid, uuid, integer, integer, timestamptz, timestamptz, boolean),
    api.end_contract(uuid, uuid, integer, timestamptz, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;
