-- The head of the client's audit chain is frozen with every document at its issue, invoice or note, and printed on it (SECURITY.md (d)): paper
-- outside this database then proves the chain up to there. The head of that moment says it; an entry looked up later would not.

SET LOCAL ROLE mis_definer;
DROP FUNCTION api.invoice_anchors(uuid, uuid[]);
CREATE FUNCTION private.freeze_anchor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.snapshot := (NEW.snapshot - 'anchor') || coalesce((SELECT jsonb_build_object('anchor', jsonb_build_object('seq', h.seq,
        'hash', encode(h.hash, 'hex'))) FROM audit.heads h WHERE h.chain = NEW.client_id), '{}');
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION private.freeze_anchor() TO mis_owner;
SET LOCAL ROLE mis_owner;

CREATE TRIGGER freeze_anchor BEFORE UPDATE OF status ON app.invoices FOR EACH ROW
    WHEN (NEW.status = 'ISSUED' AND OLD.status <> 'ISSUED') EXECUTE FUNCTION private.freeze_anchor();
