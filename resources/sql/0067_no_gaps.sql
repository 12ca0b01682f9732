-- The versions of a contract follow each other without a gap: a month that nobody agreed on is no accident of a date. Overlaps are refused by
-- versions_no_overlap; a gap beside a version that was changed is refused when the transaction ends, so that one may end before the next begins.
-- Gaps of before this file stay as they are until somebody changes a version beside them.

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.guard_gap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v app.contract_versions;
    before app.contract_versions;
    after app.contract_versions;
    zone text;
BEGIN
    -- as it stands at the end of the transaction: it may have been moved again, or superseded, since the statement
    SELECT * INTO v FROM app.contract_versions x WHERE x.client_id = NEW.client_id AND x.id = NEW.id;
    IF v.id IS NULL OR v.status <> 'ACTIVE' OR v.superseded_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO before FROM app.contract_versions x
     WHERE x.client_id = v.client_id AND x.contract_id = v.contract_id AND x.status = 'ACTIVE' AND x.superseded_at IS NULL
       AND lower(x.validity) < lower(v.validity) ORDER BY lower(x.validity) DESC LIMIT 1;
    SELECT * INTO after FROM app.contract_versions x
     WHERE x.client_id = v.client_id AND x.contract_id = v.contract_id AND x.status = 'ACTIVE' AND x.superseded_at IS NULL
       AND lower(x.validity) > lower(v.validity) ORDER BY lower(x.validity) LIMIT 1;
    IF upper(v.validity) < lower(after.validity) THEN
        before := v;
    ELSIF upper(before.validity) < lower(v.validity) THEN
        after := v;
    ELSE
        RETURN NULL;
    END IF;
    SELECT c.time_zone INTO zone FROM app.clients c WHERE c.id = v.client_id;
    RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'GAP_BETWEEN_VERSIONS',
        MESSAGE = format('Nothing would hold from %s until %s: version %s ends before version %s begins.',
                         to_char(upper(before.validity) AT TIME ZONE zone, 'DD-MM-YYYY'), to_char(lower(after.validity) AT TIME ZONE zone, 'DD-MM-YYYY'),
                         before.number, after.number),
        HINT = 'Let one begin when the other ends; what was agreed anew after a pause is a contract of its own.';
END $$;
GRANT EXECUTE ON FUNCTION private.guard_gap() TO mis_owner;

SET LOCAL ROLE mis_owner;

CREATE CONSTRAINT TRIGGER zx_gap AFTER INSERT OR UPDATE ON app.contract_versions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION private.guard_gap();
