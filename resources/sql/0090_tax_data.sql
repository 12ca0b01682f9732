-- What tax documents and returns need to know about parties and contracts (GST.md sections 1, 3, 5, 9 and 11), and rates of tax deducted at
-- source by date. Turnover decides the digits of the SAC and the portal's 30-day clock; it is kept in paise like every amount.

ALTER TABLE app.vendors ADD COLUMN aato bigint CHECK (aato >= 0);
GRANT INSERT (aato), UPDATE (aato) ON app.vendors TO mis_super_admin;

-- A check character cannot tell a registration that was cancelled: what the portal said, and when somebody looked.
ALTER TABLE app.client_sites ADD COLUMN gstin_status text CHECK (gstin_status IN ('ACTIVE', 'SUSPENDED', 'CANCELLED')),
    ADD COLUMN gstin_checked_on date;
ALTER TABLE app.vendor_branches ADD COLUMN gstin_status text CHECK (gstin_status IN ('ACTIVE', 'SUSPENDED', 'CANCELLED')),
    ADD COLUMN gstin_checked_on date;
GRANT INSERT (gstin_status, gstin_checked_on), UPDATE (gstin_status, gstin_checked_on) ON app.client_sites TO mis_super_admin, mis_client_admin;
GRANT INSERT (gstin_status, gstin_checked_on), UPDATE (gstin_status, gstin_checked_on) ON app.vendor_branches TO mis_super_admin;

-- The client's input tax credit (s.17(5)): blocked for vehicles of up to 13 seats unless a law obliges the employer to drive its people.
ALTER TABLE app.contracts ADD COLUMN seating_capacity smallint CHECK (seating_capacity BETWEEN 1 AND 100),
    ADD COLUMN statutory_obligation boolean NOT NULL DEFAULT false;
GRANT INSERT (seating_capacity, statutory_obligation), UPDATE (seating_capacity, statutory_obligation) ON app.contracts
    TO mis_super_admin, mis_client_admin;

-- Tax deducted at source by status of the deductee and date. Workspace table; sections and codes are text, because sources differ.
CREATE TABLE app.tds_rates (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    section         text NOT NULL CHECK (length(section) BETWEEN 1 AND 60),
    code            text NOT NULL DEFAULT '' CHECK (length(code) <= 20),
    status          text NOT NULL CHECK (status IN ('INDIVIDUAL', 'OTHER', 'NO_PAN')),
    percent         numeric(6,3) NOT NULL CHECK (percent BETWEEN 0 AND 100),
    single_limit    bigint NOT NULL DEFAULT 0 CHECK (single_limit >= 0),    -- paise: deduct when one payment is above it
    year_limit      bigint NOT NULL DEFAULT 0 CHECK (year_limit >= 0),      -- or the payments of the year together
    valid_from      date NOT NULL,
    valid_until     date,
    source          text NOT NULL DEFAULT '',
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text,
    rev             integer NOT NULL DEFAULT 1,
    CHECK (valid_until > valid_from),
    CONSTRAINT tds_rates_no_overlap EXCLUDE USING gist (status WITH =, daterange(valid_from, valid_until) WITH &&)
);
INSERT INTO app.tds_rates (section, code, status, percent, single_limit, year_limit, valid_from, valid_until, source)
SELECT t.section, t.code, s.status, s.percent, 3000000, 10000000, t.f::date, t.u::date, t.src
  FROM (VALUES ('194C', '', '2017-04-01', '2026-04-01', 'Income-tax Act 1961, s.194C'),
               ('393(1) Sl. 6(i)', '1023', '2026-04-01', NULL, 'Income-tax Act 2025; sources conflict about the code')) AS t (section, code, f, u, src)
 CROSS JOIN (VALUES ('INDIVIDUAL', 1), ('OTHER', 2), ('NO_PAN', 20)) AS s (status, percent);

SELECT private.protect_table('app.tds_rates');
GRANT SELECT ON app.tds_rates TO mis_user, mis_definer;
CREATE POLICY everybody ON app.tds_rates FOR SELECT TO mis_user USING ((SELECT auth.session_ok()));
CREATE POLICY super_admin ON app.tds_rates FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
GRANT INSERT (id, section, code, status, percent, single_limit, year_limit, valid_from, valid_until, source),
    UPDATE (section, code, percent, single_limit, year_limit, valid_from, valid_until, source) ON app.tds_rates TO mis_super_admin;

-- Rates are edited in forms now: a second editor is told who saved (as 0030 for the other master data).
ALTER TABLE app.gst_rates ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_by text;
CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.gst_rates FOR EACH ROW EXECUTE FUNCTION private.stamp_save();
CREATE TRIGGER y_saved BEFORE INSERT OR UPDATE ON app.tds_rates FOR EACH ROW EXECUTE FUNCTION private.stamp_save();
CREATE TRIGGER z_rev BEFORE UPDATE ON app.tds_rates FOR EACH ROW EXECUTE FUNCTION private.count_revision();

-- Names one more table whose rows the audit log tells of: its trigger, and the list that the doctor compares with. The list is made anew from
-- what it says now, so that files written side by side do not lose each other's tables.
CREATE FUNCTION private.record_table(p_tab regclass, p_entity text, p_id_column text, p_chain_column text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    listed text;
BEGIN
    SELECT string_agg(format('(%L::regclass, %L, %L, %L)', x.tab::text, x.entity, x.id_column, x.chain_column), ', ') INTO listed
      FROM (SELECT * FROM audit.recorded() r WHERE r.tab <> p_tab UNION ALL SELECT p_tab, p_entity, p_id_column, p_chain_column) x;
    EXECUTE format('CREATE OR REPLACE FUNCTION audit.recorded() RETURNS TABLE (tab regclass, entity text, id_column text, chain_column text) '
                   'LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS %L', 'VALUES ' || listed);
    EXECUTE format('CREATE TRIGGER zz_audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record(%L, %L, %L)',
                   p_tab, p_entity, p_id_column, p_chain_column);
END $$;

SELECT private.record_table('app.tds_rates', 'tds_rate', 'id', '-');
