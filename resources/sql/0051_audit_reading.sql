-- Reading, verifying and anchoring the audit log. Users have no right on schema audit; a client's own staff read their chain, a super admin
-- reads and verifies all (SECURITY.md (c) 18).

GRANT SELECT ON audit.events, audit.heads TO mis_definer;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.require_chain(p_chain uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM auth.require_client(p_chain);   -- the chain of a client has its id; of the workspace, no client has it
END $$;

CREATE FUNCTION private.require_auditor() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT auth.is_super()) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Only a super admin verifies and exports the audit log.';
    END IF;
END $$;

-- Entries of a chain, newest first, before a sequence number; empty filters let everything through.
CREATE FUNCTION api.read_audit(p_chain uuid, p_before bigint, p_limit integer, p_entity text, p_entity_id uuid, p_action text, p_actor text,
                               p_from timestamptz, p_until timestamptz)
RETURNS TABLE (seq bigint, at timestamptz, actor text, db_user text, addr text, action text, entity text, entity_id uuid,
               before jsonb, after jsonb, reason text, hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_chain(p_chain);
    RETURN QUERY
    SELECT e.seq, e.at, coalesce(u.email, ''), e.db_user, host(e.addr), e.action, e.entity, e.entity_id, e.before, e.after, e.reason,
           encode(e.hash, 'hex')
      FROM audit.events e LEFT JOIN auth.users u ON u.id = e.actor
     WHERE e.chain = p_chain AND e.seq < coalesce(p_before, 9223372036854775807)
       AND (p_entity IS NULL OR e.entity = p_entity) AND (p_entity_id IS NULL OR e.entity_id = p_entity_id)
       AND (p_action IS NULL OR e.action = p_action) AND (p_actor IS NULL OR strpos(u.email, lower(p_actor)) > 0)
       AND (p_from IS NULL OR e.at >= p_from) AND (p_until IS NULL OR e.at < p_until)
     ORDER BY e.seq DESC LIMIT least(p_limit, 1000);
END $$;

-- Where each chain stands: what an anchor writes down outside the database.
CREATE FUNCTION api.audit_heads() RETURNS TABLE (chain uuid, seq bigint, hash text, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT h.chain, h.seq, encode(h.hash, 'hex'), h.at FROM audit.heads h
     WHERE (SELECT auth.is_super()) OR h.chain = (SELECT auth.client_id()) ORDER BY h.chain;
END $$;

-- Recomputes every chain (or one). `first_bad` is NULL for a clean chain; the problem names what does not fit.
CREATE FUNCTION api.verify_audit(p_chain uuid DEFAULT NULL)
RETURNS TABLE (chain uuid, entries bigint, first_bad bigint, problem text, head_seq bigint, head_hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_auditor();
    RETURN QUERY
    WITH entry AS (
        SELECT e.chain, e.seq, e.prev, e.hash, audit.entry_hash(e) AS should,
               lag(e.seq, 1, 0::bigint) OVER w AS seq_before, lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS hash_before
          FROM audit.events e WHERE p_chain IS NULL OR e.chain = p_chain
        WINDOW w AS (PARTITION BY e.chain ORDER BY e.seq)),
    judged AS (
        SELECT n.*, CASE WHEN n.seq <> n.seq_before + 1 THEN 'REMOVED' WHEN n.prev <> n.hash_before THEN 'UNLINKED'
                         WHEN n.hash <> n.should THEN 'CHANGED' END AS fault
          FROM entry n),
    summed AS (
        SELECT j.chain, count(*) AS entries, min(j.seq) FILTER (WHERE j.fault IS NOT NULL) AS first_bad, max(j.seq) AS last_seq
          FROM judged j GROUP BY j.chain)
    SELECT coalesce(s.chain, h.chain), coalesce(s.entries, 0), coalesce(s.first_bad, CASE WHEN h.seq IS DISTINCT FROM s.last_seq
               OR h.hash IS DISTINCT FROM l.hash THEN coalesce(s.last_seq, 0) END),
           coalesce((SELECT j.fault FROM judged j WHERE j.chain = s.chain AND j.seq = s.first_bad),
                    CASE WHEN h.seq IS DISTINCT FROM s.last_seq OR h.hash IS DISTINCT FROM l.hash THEN 'HEAD' END),
           h.seq, encode(h.hash, 'hex')
      FROM summed s FULL JOIN (SELECT * FROM audit.heads x WHERE p_chain IS NULL OR x.chain = p_chain) h ON h.chain = s.chain
      LEFT JOIN audit.events l ON l.chain = s.chain AND l.seq = s.last_seq
     ORDER BY 1;
END $$;

-- The tables whose changes would not be told of, because the trigger is gone or off.
CREATE FUNCTION api.audit_gaps() RETURNS TABLE (tab text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_auditor();
    RETURN QUERY
    SELECT r.tab::text FROM audit.recorded() r WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = r.tab AND t.tgname = 'zz_audit'
                                                               AND t.tgenabled IN ('O', 'A'))
    UNION ALL
    SELECT x.tab FROM (VALUES ('audit.queue', 'append'), ('audit.events', 'events_append_only'), ('audit.events', 'events_no_truncate'),
                              ('audit.heads', 'heads_rise'), ('audit.heads', 'heads_kept')) x (tab, trigger)
     WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = x.tab::regclass AND t.tgname = x.trigger AND t.tgenabled IN ('O', 'A'));
END $$;

-- A chain as it was hashed, in pages, for a reader that shares no code with this database.
CREATE FUNCTION api.export_audit(p_chain uuid, p_after bigint, p_limit integer) RETURNS TABLE (seq bigint, prev text, hash text, entry text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_auditor();
    RETURN QUERY SELECT e.seq, encode(e.prev, 'hex'), encode(e.hash, 'hex'), audit.entry_text(e)
      FROM audit.events e WHERE e.chain = p_chain AND e.seq > p_after ORDER BY e.seq LIMIT least(p_limit, 10000);
END $$;

-- The hash of one entry, to be compared with an anchor; NULL when there is no such entry (any more).
CREATE FUNCTION api.audit_hash(p_chain uuid, p_seq bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM private.require_chain(p_chain);
    RETURN (SELECT encode(e.hash, 'hex') FROM audit.events e WHERE e.chain = p_chain AND e.seq = p_seq);
END $$;

GRANT EXECUTE ON FUNCTION api.read_audit(uuid, bigint, integer, text, uuid, text, text, timestamptz, timestamptz), api.audit_heads(),
    api.audit_hash(uuid, bigint) TO mis_super_admin, mis_client_admin;
GRANT EXECUTE ON FUNCTION api.verify_audit(uuid), api.audit_gaps(), api.export_audit(uuid, bigint, integer) TO mis_super_admin;

SET LOCAL ROLE mis_owner;
