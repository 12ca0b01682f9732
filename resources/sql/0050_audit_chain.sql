-- The audit log as a hash chain per tenant (SECURITY.md (d)). What happened is queued by the statement that did it and appended when its
-- transaction commits, so that a chain's head is locked only then; an entry that cannot be appended undoes what it tells of.

ALTER TABLE audit.events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit.events DISABLE TRIGGER events_append_only;
ALTER TABLE audit.events ALTER COLUMN seq DROP IDENTITY, ADD COLUMN prev bytea, ADD COLUMN hash bytea;
ALTER TABLE audit.events ALTER COLUMN at DROP DEFAULT, ALTER COLUMN db_user DROP DEFAULT, ALTER COLUMN addr DROP DEFAULT,
    ALTER COLUMN txid DROP DEFAULT;
CREATE INDEX events_entity ON audit.events (chain, entity, entity_id, seq);

CREATE TABLE audit.heads (
    chain           uuid PRIMARY KEY,
    seq             bigint NOT NULL CHECK (seq >= 0),
    hash            bytea NOT NULL CHECK (length(hash) = 32),
    at              timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit.queue (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain           uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor           uuid,
    action          text NOT NULL,
    entity          text NOT NULL,
    entity_id       uuid,
    before          jsonb,
    after           jsonb,
    reason          text
);

-- What is hashed: every field as text in one JSON array, the time as epoch microseconds, so that no time zone and no setting changes it.
CREATE FUNCTION audit.entry_text(e audit.events) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_array(e.chain::text, e.seq::text, (extract(epoch FROM e.at) * 1000000)::bigint::text, e.actor::text, e.db_user,
        host(e.addr), e.txid::text, e.action, e.entity, e.entity_id::text, e.before::text, e.after::text, e.reason, e.app_version)::text $$;

CREATE FUNCTION audit.entry_hash(e audit.events) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT sha256(e.prev || convert_to(audit.entry_text(e), 'UTF8')) $$;

-- Entries made before there was a chain are chained in the order they were made.
DO $$
DECLARE
    e audit.events;
    last audit.heads;
    rows_before bigint := (SELECT count(*) FROM audit.events);
    rows_after bigint := 0;
BEGIN
    FOR e IN SELECT * FROM audit.events x ORDER BY x.chain, x.seq LOOP
        IF last.chain IS DISTINCT FROM e.chain THEN
            INSERT INTO audit.heads (chain, seq, hash) SELECT last.chain, last.seq, last.hash WHERE last.chain IS NOT NULL;
            last := ROW(e.chain, 0, decode(repeat('00', 32), 'hex'), now());
        END IF;
        UPDATE audit.events x SET seq = last.seq + 1, prev = last.hash WHERE x.chain = e.chain AND x.seq = e.seq;
        e.seq := last.seq + 1;
        e.prev := last.hash;
        e.hash := audit.entry_hash(e);
        UPDATE audit.events x SET hash = e.hash WHERE x.chain = e.chain AND x.seq = e.seq;
        last.seq := e.seq;
        last.hash := e.hash;
        rows_after := rows_after + 1;
    END LOOP;
    INSERT INTO audit.heads (chain, seq, hash) SELECT last.chain, last.seq, last.hash WHERE last.chain IS NOT NULL;
    ASSERT rows_before = rows_after, 'every entry must be chained';
END $$;

ALTER TABLE audit.events ALTER COLUMN prev SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
ALTER TABLE audit.events ENABLE TRIGGER events_append_only;
ALTER TABLE audit.events FORCE ROW LEVEL SECURITY;
SELECT private.protect_table('audit.heads');
SELECT private.protect_table('audit.queue');
GRANT SELECT, INSERT, UPDATE ON audit.heads TO mis_definer;
GRANT SELECT, INSERT, DELETE ON audit.queue TO mis_definer;
GRANT EXECUTE ON FUNCTION audit.entry_text(audit.events), audit.entry_hash(audit.events) TO mis_definer;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION audit.append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head audit.heads;
    e audit.events;
BEGIN
    DELETE FROM audit.queue q WHERE q.id = NEW.id;
    INSERT INTO audit.heads (chain, seq, hash) VALUES (NEW.chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit.heads h WHERE h.chain = NEW.chain FOR UPDATE;
    e.chain := NEW.chain;
    e.seq := head.seq + 1;
    e.at := NEW.at;
    e.actor := NEW.actor;
    e.db_user := session_user;
    e.addr := inet_client_addr();
    e.txid := pg_current_xact_id();
    e.action := NEW.action;
    e.entity := NEW.entity;
    e.entity_id := NEW.entity_id;
    e.before := NEW.before;
    e.after := NEW.after;
    e.reason := NEW.reason;
    e.app_version := (SELECT left(a.application_name, 60) FROM pg_stat_get_activity(pg_backend_pid()) a);   -- the client's own claim
    e.prev := head.hash;
    e.hash := audit.entry_hash(e);
    INSERT INTO audit.events (chain, seq, at, actor, db_user, addr, txid, action, entity, entity_id, before, after, reason, app_version, prev, hash)
    VALUES (e.chain, e.seq, e.at, e.actor, e.db_user, e.addr, e.txid, e.action, e.entity, e.entity_id, e.before, e.after, e.reason, e.app_version,
            e.prev, e.hash);
    UPDATE audit.heads h SET seq = e.seq, hash = e.hash, at = clock_timestamp() WHERE h.chain = e.chain;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit.write(p_client uuid, p_action text, p_entity text, p_entity_id uuid,
                                       p_before jsonb DEFAULT NULL, p_after jsonb DEFAULT NULL, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.queue (chain, actor, action, entity, entity_id, before, after, reason)
    VALUES (coalesce(p_client, '00000000-0000-0000-0000-000000000000'),
            coalesce((SELECT c.user_id FROM auth.ctx() c), (SELECT u.id FROM auth.users u WHERE u.pg_role = session_user)),
            p_action, p_entity, p_entity_id, p_before, p_after, p_reason) $$;

-- One entry for a row written: of an UPDATE only what it changed. Arguments: the entity's name, the column of its id, the column of its chain.
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    -- stamps and counters say nothing that the entry itself does not say
    stamps CONSTANT text[] := '{rev,created_at,created_by,recorded_at,recorded_by,updated_at,updated_by,next_number}';
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - stamps END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - stamps END;
    key jsonb := coalesce(new_row, old_row);
    chain uuid := key->>TG_ARGV[2];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row->o.key) INTO old_row, new_row
          FROM jsonb_each(old_row) o WHERE new_row->o.key IS DISTINCT FROM o.value;
        IF old_row IS NULL THEN RETURN NULL; END IF;
    END IF;
    PERFORM audit.write(chain, TG_OP, TG_ARGV[0], (key->>TG_ARGV[1])::uuid, old_row, new_row);
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION audit.append(), audit.record() TO mis_owner;

SET LOCAL ROLE mis_owner;

CREATE CONSTRAINT TRIGGER append AFTER INSERT ON audit.queue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.append();
CREATE TRIGGER heads_kept BEFORE DELETE ON audit.heads FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER heads_rise BEFORE UPDATE ON audit.heads FOR EACH ROW WHEN (NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1)
    EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER heads_no_truncate BEFORE TRUNCATE ON audit.heads FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();

-- The tables whose rows are told of: master data, contracts, settings, numbering, invoices (SECURITY.md (d)). Trips and ledger rows go by
-- one entry a batch or run, written by their functions.
CREATE FUNCTION audit.recorded() RETURNS TABLE (tab regclass, entity text, id_column text, chain_column text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES ('app.workspace'::regclass, 'workspace', 'id', '-'), ('app.clients', 'client', 'id', 'id'),
           ('app.client_sites', 'client_site', 'id', 'client_id'), ('app.employees', 'employee', 'id', 'client_id'),
           ('app.vendors', 'vendor', 'id', '-'), ('app.vendor_branches', 'vendor_branch', 'id', '-'),
           ('app.client_vendors', 'client_vendor', 'vendor_id', 'client_id'), ('app.vehicles', 'vehicle', 'id', 'client_id'),
           ('app.contracts', 'contract', 'id', 'client_id'), ('app.contract_versions', 'contract_version', 'id', 'client_id'),
           ('app.vehicle_slots', 'vehicle_slot', 'id', 'client_id'), ('app.fuel_prices', 'fuel_price', 'id', 'client_id'),
           ('app.gst_rates', 'gst_rate', 'id', '-'),
           ('app.settings', 'setting', '-', 'client_id'), ('app.number_series', 'number_series', 'id', 'client_id'),
           ('app.invoices', 'invoice', 'id', 'client_id') $$;
GRANT EXECUTE ON FUNCTION audit.recorded() TO mis_definer;

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM audit.recorded() LOOP
        EXECUTE format('CREATE TRIGGER zz_audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record(%L, %L, %L)',
                       r.tab, r.entity, r.id_column, r.chain_column);
    END LOOP;
END $$;
