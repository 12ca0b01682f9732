-- The vendor's own bill, compared with ours trip by trip (GST.md R0: a statement is matched to the vendor's bill). A bill is a file read once; its
-- rows never change. Matches can be made again while nothing was paid out. Disputes and payouts are only added and closed. Clients' staff only.

CREATE TABLE app.vendor_bills (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    number          text NOT NULL DEFAULT '' CHECK (length(number) <= 60),
    bill_date       date,
    first_day       date NOT NULL,
    last_day        date NOT NULL CHECK (last_day >= first_day),
    file_name       text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    file_sha256     bytea NOT NULL CHECK (length(file_sha256) = 32),
    sheet           text NOT NULL DEFAULT '' CHECK (length(sheet) <= 200),
    mapping         jsonb NOT NULL DEFAULT '{}',
    basis           text NOT NULL CHECK (basis IN ('BEFORE_TAX', 'WITH_TAX')),   -- WITH_TAX: the sheet says each row's tax, or amounts with tax
    tolerance       bigint NOT NULL CHECK (tolerance >= 0),                      -- paise a trip
    window_s        integer NOT NULL CHECK (window_s BETWEEN 0 AND 86400),       -- how far start times of one trip may lie apart
    stated_total    bigint,                                                      -- what the bill itself says it comes to
    rows            integer NOT NULL CHECK (rows > 0),
    rejected        integer NOT NULL DEFAULT 0 CHECK (rejected >= 0),
    amount          bigint NOT NULL,                                             -- sums of the rows
    tax             bigint NOT NULL DEFAULT 0,
    ours_amount     bigint,                                                      -- sums of the matches; NULL until matched
    ours_tax        bigint,
    status          text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'UNDONE')),
    matched_at      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text NOT NULL DEFAULT '',
    undone_at       timestamptz,
    undone_by       text,
    undone_reason   text,
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors
);
CREATE UNIQUE INDEX vendor_bills_file ON app.vendor_bills (client_id, vendor_id, file_sha256) WHERE status = 'OPEN';
CREATE UNIQUE INDEX vendor_bills_number ON app.vendor_bills (client_id, vendor_id, upper(number), first_day) WHERE status = 'OPEN' AND number <> '';
CREATE INDEX vendor_bills_recent ON app.vendor_bills (client_id, first_day, id);

CREATE TABLE app.vendor_bill_rows (
    client_id       uuid NOT NULL,
    bill_id         uuid NOT NULL,
    row_no          integer NOT NULL CHECK (row_no > 0),
    sheet_row       integer NOT NULL,
    trip_ref        text NOT NULL DEFAULT '' CHECK (length(trip_ref) <= 100),
    vehicle_no      text NOT NULL DEFAULT '' CHECK (length(vehicle_no) <= 20),
    start_time      timestamptz,
    has_time        boolean NOT NULL DEFAULT false,
    distance_m      integer CHECK (distance_m >= 0),
    amount          bigint NOT NULL,             -- before tax
    tax             bigint NOT NULL DEFAULT 0,
    description     text NOT NULL DEFAULT '' CHECK (length(description) <= 300),
    PRIMARY KEY (client_id, bill_id, row_no),
    FOREIGN KEY (client_id, bill_id) REFERENCES app.vendor_bills
);

-- One line of the comparison: a row of theirs, a trip or monthly charge of ours, or both.
CREATE TABLE app.vendor_bill_matches (
    client_id       uuid NOT NULL,
    bill_id         uuid NOT NULL,
    place           integer NOT NULL CHECK (place > 0),
    row_no          integer,
    trip_id         uuid,
    contract_id     uuid,
    code            text,                        -- a charge of the month, where the line is no trip
    ref             text NOT NULL DEFAULT '',    -- how people call the line: trip id, or words
    how             text CHECK (how IN ('ID', 'VEHICLE_TIME', 'VEHICLE_DAY', 'CHARGE')),
    bucket          text NOT NULL CHECK (bucket IN ('EXACT', 'TOLERANCE', 'OVER', 'UNDER', 'ONLY_VENDOR', 'ONLY_US')),
    theirs          bigint NOT NULL DEFAULT 0,
    their_tax       bigint NOT NULL DEFAULT 0,
    ours            bigint NOT NULL DEFAULT 0,   -- before tax, untaxed toll and parking included
    our_tax         bigint NOT NULL DEFAULT 0,
    untaxed         bigint NOT NULL DEFAULT 0,   -- the untaxed part of ours
    tax_milli       integer NOT NULL DEFAULT 0,
    our_state       text NOT NULL DEFAULT '',    -- BILLED, PREVIEW, or why no bill takes the trip
    cause           text NOT NULL DEFAULT '',
    cause_text      text NOT NULL DEFAULT '' CHECK (length(cause_text) <= 500),
    explained       bigint NOT NULL DEFAULT 0,   -- the part of the difference that the cause explains
    PRIMARY KEY (client_id, bill_id, place),
    FOREIGN KEY (client_id, bill_id) REFERENCES app.vendor_bills,
    FOREIGN KEY (client_id, bill_id, row_no) REFERENCES app.vendor_bill_rows,
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips ON DELETE CASCADE,
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts,
    CHECK ((bucket = 'ONLY_US') = (row_no IS NULL)),
    CHECK ((bucket = 'ONLY_VENDOR') = (trip_id IS NULL AND code IS NULL)),
    CHECK ((how IS NULL) = (bucket IN ('ONLY_US', 'ONLY_VENDOR')))
);
CREATE UNIQUE INDEX vendor_bill_matches_row ON app.vendor_bill_matches (client_id, bill_id, row_no);
-- a trip is on one bill of the vendor, once
CREATE UNIQUE INDEX vendor_bill_matches_trip ON app.vendor_bill_matches (client_id, trip_id) WHERE row_no IS NOT NULL;

CREATE TABLE app.vendor_disputes (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    bill_id         uuid NOT NULL,
    row_no          integer NOT NULL,
    reason          text NOT NULL CHECK (reason IN ('RATE', 'DISTANCE', 'NOT_DRIVEN', 'TWICE', 'TAX', 'CONTRACT', 'OTHER')),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    owner           text NOT NULL CHECK (length(owner) BETWEEN 1 AND 254),
    raised_at       timestamptz NOT NULL DEFAULT now(),
    raised_by       text NOT NULL,
    status          text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'RESOLVED')),
    resolution      text CHECK (resolution IN ('THEIRS', 'OURS', 'SPLIT')),
    pay_amount      bigint NOT NULL,             -- payable now, before tax: the undisputed part, then what was agreed
    pay_tax         bigint NOT NULL DEFAULT 0,
    resolved_at     timestamptz,
    resolved_by     text,
    resolve_reason  text CHECK (length(resolve_reason) BETWEEN 1 AND 1000),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, bill_id, row_no),
    FOREIGN KEY (client_id, bill_id, row_no) REFERENCES app.vendor_bill_rows,
    CHECK ((status = 'RESOLVED') = (resolution IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE INDEX vendor_disputes_open ON app.vendor_disputes (client_id, raised_at, id) WHERE status = 'OPEN';

CREATE TABLE app.vendor_dispute_files (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    dispute_id      uuid NOT NULL,
    file_name       text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200 AND file_name !~ '[/\\[:cntrl:]]'),
    media_type      text NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'text/csv', 'text/plain',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')),
    content         bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 5242880),
    added_at        timestamptz NOT NULL DEFAULT now(),
    added_by        text NOT NULL,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, dispute_id) REFERENCES app.vendor_disputes
);
CREATE INDEX vendor_dispute_files_dispute ON app.vendor_dispute_files (client_id, dispute_id);

-- Where a vendor's money goes. Told of in the audit log, as every change of it can be a fraud.
CREATE TABLE app.vendor_payees (
    client_id       uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    beneficiary     text NOT NULL CHECK (length(beneficiary) BETWEEN 1 AND 140),
    account_no      text NOT NULL CHECK (account_no ~ '^[A-Z0-9]{6,34}$'),
    ifsc            text NOT NULL CHECK (ifsc ~ '^[A-Z]{4}0[A-Z0-9]{6}$'),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text NOT NULL DEFAULT '',
    PRIMARY KEY (client_id, vendor_id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors
);

CREATE TABLE app.vendor_payouts (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    bill_id         uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    paid_on         date NOT NULL,
    fy              text NOT NULL,
    amount          bigint NOT NULL CHECK (amount >= 0),      -- agreed, before tax
    tax             bigint NOT NULL CHECK (tax >= 0),
    tds_base        bigint NOT NULL CHECK (tds_base >= 0),    -- without GST; with earlier payments of the year that had no deduction yet
    tds_milli       integer NOT NULL CHECK (tds_milli BETWEEN 0 AND 100000),
    tds             bigint NOT NULL CHECK (tds >= 0),
    tds_reason      text NOT NULL DEFAULT '',
    net             bigint NOT NULL CHECK (net = amount + tax - tds AND net >= 0),
    settled_against bigint NOT NULL DEFAULT 0,                -- what disputes took off the bill, before tax: the debit memo
    payee           jsonb NOT NULL DEFAULT '{}',              -- the account as it was then
    status          text NOT NULL DEFAULT 'MADE' CHECK (status IN ('MADE', 'REVERSED')),
    made_at         timestamptz NOT NULL DEFAULT now(),
    made_by         text NOT NULL,
    reversed_at     timestamptz,
    reversed_by     text,
    reverse_reason  text CHECK (length(reverse_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, bill_id) REFERENCES app.vendor_bills,
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    CHECK ((status = 'REVERSED') = (reversed_at IS NOT NULL))
);
CREATE INDEX vendor_payouts_bill ON app.vendor_payouts (client_id, bill_id);
CREATE INDEX vendor_payouts_year ON app.vendor_payouts (client_id, vendor_id, fy);

DO $$
DECLARE
    tab text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['vendor_bills', 'vendor_bill_rows', 'vendor_bill_matches', 'vendor_disputes', 'vendor_dispute_files',
                               'vendor_payees', 'vendor_payouts'] LOOP
        PERFORM private.protect_table(('app.' || tab)::regclass);
        EXECUTE format('GRANT SELECT ON app.%I TO mis_super_admin, mis_client_admin, mis_definer', tab);
        EXECUTE format('CREATE POLICY super_admin ON app.%I FOR ALL TO mis_super_admin '
                       'USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()))', tab);
        EXECUTE format('CREATE POLICY client_admin ON app.%I FOR ALL TO mis_client_admin '
                       'USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()))', tab);
    END LOOP;
END $$;
GRANT INSERT, UPDATE ON app.vendor_bills, app.vendor_disputes, app.vendor_payouts, app.vendor_payees TO mis_definer;
GRANT INSERT ON app.vendor_bill_rows, app.vendor_dispute_files TO mis_definer;
GRANT INSERT, DELETE ON app.vendor_bill_matches TO mis_definer;
GRANT UPDATE (rev) ON app.client_vendors TO mis_definer;   -- its row is the lock of the payouts and payments of a vendor
CREATE TRIGGER z_rev BEFORE UPDATE ON app.vendor_bills FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER z_rev BEFORE UPDATE ON app.vendor_disputes FOR EACH ROW EXECUTE FUNCTION private.count_revision();
CREATE TRIGGER rows_kept BEFORE UPDATE OR DELETE ON app.vendor_bill_rows FOR EACH ROW EXECUTE FUNCTION private.refuse_change();
CREATE TRIGGER files_kept BEFORE UPDATE OR DELETE ON app.vendor_dispute_files FOR EACH ROW EXECUTE FUNCTION private.refuse_change();

-- Settings of a client's own comparison and payouts.
CREATE POLICY client_admin_add_bills ON app.settings FOR INSERT TO mis_client_admin
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'vendor_bill.'));
CREATE POLICY client_admin_edit_bills ON app.settings FOR UPDATE TO mis_client_admin
    USING (client_id = (SELECT auth.client_id()) AND starts_with(key, 'vendor_bill.'))
    WITH CHECK (client_id = (SELECT auth.client_id()) AND starts_with(key, 'vendor_bill.'));

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.my_name() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT u.email FROM auth.users u WHERE u.id = auth.user_id()), session_user::text) $$;

-- The bill, locked, as its caller may change it.
CREATE FUNCTION private.take_vendor_bill(p_client uuid, p_bill uuid) RETURNS app.vendor_bills
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO b FROM app.vendor_bills x WHERE x.client_id = p_client AND x.id = p_bill FOR UPDATE;
    IF b.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'BILL_NOT_FOUND', MESSAGE = 'There is no such vendor bill.';
    ELSIF b.status <> 'OPEN' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'BILL_UNDONE', MESSAGE = 'This vendor bill was undone.';
    END IF;
    RETURN b;
END $$;

-- p_bill: the columns of vendor_bills that are given; p_rows: an array of the columns of vendor_bill_rows. Sums are made here.
CREATE FUNCTION api.add_vendor_bill(p_client uuid, p_bill jsonb, p_rows jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := jsonb_populate_record(NULL::app.vendor_bills, p_bill);
    known app.vendor_bills;
    t record;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO known FROM app.vendor_bills x WHERE x.client_id = p_client AND x.vendor_id = b.vendor_id AND x.status = 'OPEN'
       AND (x.file_sha256 = b.file_sha256 OR (b.number <> '' AND upper(x.number) = upper(b.number) AND x.first_day = b.first_day)) LIMIT 1;
    IF known.id IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'BILL_KNOWN',
            MESSAGE = CASE WHEN known.file_sha256 = b.file_sha256 THEN format('This very file is here already: %s, imported on %s.',
                known.file_name, to_char(known.created_at, 'DD-MM-YYYY')) ELSE format('Bill %s of this vendor is here already.', known.number) END,
            HINT = 'Undo that import first if this one shall take its place.';
    END IF;
    SELECT count(*)::integer AS rows, coalesce(sum(x.amount), 0)::bigint AS amount, coalesce(sum(x.tax), 0)::bigint AS tax INTO t
      FROM jsonb_to_recordset(p_rows) AS x(amount bigint, tax bigint);
    INSERT INTO app.vendor_bills (client_id, id, vendor_id, number, bill_date, first_day, last_day, file_name, file_sha256, sheet, mapping, basis,
                                  tolerance, window_s, stated_total, rows, rejected, amount, tax, created_by)
    VALUES (p_client, b.id, b.vendor_id, coalesce(b.number, ''), b.bill_date, b.first_day, b.last_day, b.file_name, b.file_sha256,
            coalesce(b.sheet, ''), coalesce(b.mapping, '{}'), b.basis, b.tolerance, b.window_s, b.stated_total, t.rows, coalesce(b.rejected, 0),
            t.amount, t.tax, private.my_name());
    INSERT INTO app.vendor_bill_rows (client_id, bill_id, row_no, sheet_row, trip_ref, vehicle_no, start_time, has_time, distance_m, amount, tax,
                                      description)
    SELECT p_client, b.id, x.row_no, x.sheet_row, coalesce(x.trip_ref, ''), coalesce(x.vehicle_no, ''), x.start_time, coalesce(x.has_time, false),
           x.distance_m, x.amount, coalesce(x.tax, 0), coalesce(x.description, '')
      FROM jsonb_to_recordset(p_rows) AS x(row_no integer, sheet_row integer, trip_ref text, vehicle_no text, start_time timestamptz,
           has_time boolean, distance_m integer, amount bigint, tax bigint, description text);
    PERFORM audit.write(p_client, 'IMPORT', 'vendor_bill', b.id, NULL, p_bill || jsonb_build_object('rows', t.rows, 'amount', t.amount, 'tax', t.tax));
END $$;

-- Stores a comparison as a whole, in place of an earlier one. Every row of theirs stands in it once with its own amounts, what the ledger charged
-- for a billed trip is what the ledger says, and the buckets add up to both totals; else it is refused.
CREATE FUNCTION api.match_vendor_bill(p_client uuid, p_bill uuid, p_matches jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
    t record;
    wrong text;
BEGIN
    IF EXISTS (SELECT 1 FROM app.vendor_payouts x WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.status = 'MADE') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'BILL_PAID', MESSAGE = 'A payout was made on this comparison; it stays as it is.',
            HINT = 'Reverse the payout first.';
    END IF;
    DELETE FROM app.vendor_bill_matches m WHERE m.client_id = p_client AND m.bill_id = p_bill;
    INSERT INTO app.vendor_bill_matches (client_id, bill_id, place, row_no, trip_id, contract_id, code, ref, how, bucket, theirs, their_tax, ours,
                                         our_tax, untaxed, tax_milli, our_state, cause, cause_text, explained)
    SELECT p_client, p_bill, x.place, x.row_no, x.trip_id, x.contract_id, x.code, coalesce(x.ref, ''), x.how, x.bucket, x.theirs, x.their_tax,
           x.ours, x.our_tax, x.untaxed, x.tax_milli, coalesce(x.our_state, ''), coalesce(x.cause, ''), coalesce(x.cause_text, ''),
           coalesce(x.explained, 0)
      FROM jsonb_to_recordset(p_matches) AS x(place integer, row_no integer, trip_id uuid, contract_id uuid, code text, ref text, how text,
           bucket text, theirs bigint, their_tax bigint, ours bigint, our_tax bigint, untaxed bigint, tax_milli integer, our_state text, cause text,
           cause_text text, explained bigint);
    SELECT count(m.row_no) AS rows, coalesce(sum(m.theirs), 0)::bigint AS theirs, coalesce(sum(m.their_tax), 0)::bigint AS their_tax,
           coalesce(sum(m.ours), 0)::bigint AS ours, coalesce(sum(m.our_tax), 0)::bigint AS our_tax INTO t
      FROM app.vendor_bill_matches m WHERE m.client_id = p_client AND m.bill_id = p_bill;
    IF (t.rows, t.theirs, t.their_tax) IS DISTINCT FROM (b.rows::bigint, b.amount, b.tax) THEN wrong := 'The buckets and the vendor''s bill';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_bill_matches m JOIN app.vendor_bill_rows r ON r.client_id = m.client_id AND r.bill_id = m.bill_id
                   AND r.row_no = m.row_no WHERE m.client_id = p_client AND m.bill_id = p_bill AND (m.theirs, m.their_tax) <> (r.amount, r.tax))
    THEN wrong := 'A row and its match';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_bill_matches m CROSS JOIN LATERAL (
                       SELECT coalesce(sum(c.taxable + c.non_taxable), 0) AS amount, coalesce(sum(c.tax), 0) AS tax FROM app.trip_charges c
                        WHERE c.client_id = m.client_id AND c.trip_id = m.trip_id AND c.released_at IS NULL) l
                   WHERE m.client_id = p_client AND m.bill_id = p_bill AND m.our_state = 'BILLED' AND m.trip_id IS NOT NULL
                     AND (m.ours, m.our_tax) <> (l.amount, l.tax))
    THEN wrong := 'Our side and the ledger';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_bill_matches m WHERE m.client_id = p_client AND m.bill_id = p_bill AND m.bucket <> CASE
        WHEN m.row_no IS NULL THEN 'ONLY_US' WHEN m.trip_id IS NULL AND m.code IS NULL THEN 'ONLY_VENDOR'
        WHEN (m.theirs, CASE b.basis WHEN 'WITH_TAX' THEN m.their_tax ELSE 0 END) = (m.ours, CASE b.basis WHEN 'WITH_TAX' THEN m.our_tax ELSE 0 END)
            THEN 'EXACT'
        WHEN abs(m.theirs - m.ours + CASE b.basis WHEN 'WITH_TAX' THEN m.their_tax - m.our_tax ELSE 0 END) <= b.tolerance THEN 'TOLERANCE'
        WHEN m.theirs - m.ours + CASE b.basis WHEN 'WITH_TAX' THEN m.their_tax - m.our_tax ELSE 0 END > 0 THEN 'OVER' ELSE 'UNDER' END)
    THEN wrong := 'A bucket and its difference';
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = format('The comparison was refused: %s do not agree.', lower(left(wrong, 1)) || substr(wrong, 2));
    END IF;
    UPDATE app.vendor_bills x SET ours_amount = t.ours, ours_tax = t.our_tax, matched_at = clock_timestamp()
     WHERE x.client_id = p_client AND x.id = p_bill;
    PERFORM audit.write(p_client, 'MATCH', 'vendor_bill', p_bill, NULL, jsonb_build_object('theirs', t.theirs, 'ours', t.ours,
        'buckets', (SELECT jsonb_object_agg(g.bucket, g.many) FROM (SELECT m.bucket, count(*) AS many FROM app.vendor_bill_matches m
                     WHERE m.client_id = p_client AND m.bill_id = p_bill GROUP BY m.bucket) g)));
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED', MESSAGE = 'A trip of this bill is on another bill of the vendor meanwhile.',
        HINT = 'Compare again.';
END $$;

CREATE FUNCTION api.undo_vendor_bill(p_client uuid, p_bill uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
BEGIN
    IF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the import is undone.';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_payouts x WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.status = 'MADE') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'BILL_PAID', MESSAGE = 'A payout was made on this bill: it cannot be undone.',
            HINT = 'Reverse the payout first.';
    END IF;
    DELETE FROM app.vendor_bill_matches m WHERE m.client_id = p_client AND m.bill_id = p_bill;
    UPDATE app.vendor_bills x SET status = 'UNDONE', undone_at = now(), undone_by = private.my_name(), undone_reason = p_reason
     WHERE x.client_id = p_client AND x.id = p_bill;
    PERFORM audit.write(p_client, 'UNDO_IMPORT', 'vendor_bill', p_bill, to_jsonb(b) - 'mapping', NULL, p_reason);
END $$;

-- A row of theirs is questioned; p_pay is the part that is payable all the same (NULL: ours where they ask for more, else nothing).
CREATE FUNCTION api.raise_dispute(p_client uuid, p_bill uuid, p_row integer, p_id uuid, p_reason text, p_note text, p_owner text, p_pay bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
    m app.vendor_bill_matches;
    pay bigint;
BEGIN
    SELECT * INTO m FROM app.vendor_bill_matches x WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.row_no = p_row;
    IF m.place IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'ROW_NOT_FOUND', MESSAGE = 'The vendor''s bill has no such row.';
    ELSIF EXISTS (SELECT 1 FROM app.vendor_disputes d WHERE d.client_id = p_client AND d.bill_id = p_bill AND d.row_no = p_row) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTED', MESSAGE = 'This row is in dispute already.';
    END IF;
    pay := coalesce(p_pay, CASE WHEN m.bucket = 'OVER' AND p_reason <> 'NOT_DRIVEN' THEN m.ours ELSE 0 END);
    IF pay < least(0, m.theirs) OR pay > greatest(m.theirs, 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'The undisputed part lies between nothing and what the vendor asks.';
    END IF;
    INSERT INTO app.vendor_disputes (client_id, id, bill_id, row_no, reason, note, owner, raised_by, pay_amount, pay_tax)
    VALUES (p_client, p_id, p_bill, p_row, p_reason, coalesce(p_note, ''), coalesce(nullif(btrim(p_owner), ''), private.my_name()), private.my_name(),
            pay, CASE WHEN pay = m.theirs THEN m.their_tax ELSE round(greatest(pay - m.untaxed, 0) * m.tax_milli / 100000.0) END);
    PERFORM audit.write(p_client, 'DISPUTE', 'vendor_bill', p_bill, NULL, jsonb_build_object('row', p_row, 'ref', m.ref, 'reason', p_reason,
        'theirs', m.theirs, 'ours', m.ours, 'payable', pay), p_note);
END $$;

CREATE FUNCTION api.attach_evidence(p_client uuid, p_dispute uuid, p_id uuid, p_name text, p_type text, p_content bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    d app.vendor_disputes;
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT * INTO d FROM app.vendor_disputes x WHERE x.client_id = p_client AND x.id = p_dispute;
    IF d.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTE_NOT_FOUND', MESSAGE = 'There is no such dispute.';
    ELSIF (SELECT count(*) FROM app.vendor_dispute_files f WHERE f.client_id = p_client AND f.dispute_id = p_dispute) >= 20 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TOO_MANY_FILES', MESSAGE = 'A dispute takes at most 20 files.';
    END IF;
    INSERT INTO app.vendor_dispute_files (client_id, id, dispute_id, file_name, media_type, content, added_by)
    VALUES (p_client, p_id, p_dispute, p_name, p_type, p_content, private.my_name());
    PERFORM audit.write(p_client, 'ATTACH', 'vendor_dispute', p_dispute, NULL, jsonb_build_object('file', p_name, 'type', p_type,
        'bytes', octet_length(p_content), 'sha256', encode(sha256(p_content), 'hex')));
END $$;

-- p_resolution: THEIRS, OURS, SPLIT (p_amount: what is agreed, before tax), or NULL to open it again. Not below what was paid out already.
CREATE FUNCTION api.resolve_dispute(p_client uuid, p_dispute uuid, p_rev integer, p_resolution text, p_amount bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    d app.vendor_disputes;
    m app.vendor_bill_matches;
    pay bigint;
    tax_on_it bigint;
BEGIN
    SELECT * INTO d FROM app.vendor_disputes x WHERE x.client_id = p_client AND x.id = p_dispute;
    IF d.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTE_NOT_FOUND', MESSAGE = 'There is no such dispute.';
    END IF;
    PERFORM private.take_vendor_bill(p_client, d.bill_id);
    SELECT * INTO d FROM app.vendor_disputes x WHERE x.client_id = p_client AND x.id = p_dispute FOR UPDATE;
    SELECT * INTO m FROM app.vendor_bill_matches x WHERE x.client_id = p_client AND x.bill_id = d.bill_id AND x.row_no = d.row_no;
    IF d.rev IS DISTINCT FROM p_rev THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'CHANGED_MEANWHILE', MESSAGE = 'Somebody else changed this dispute meanwhile.',
            HINT = 'Look at it again.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why it is settled so.';
    ELSIF (d.status = 'OPEN') <> (p_resolution IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'DISPUTE_STATE',
            MESSAGE = CASE d.status WHEN 'OPEN' THEN 'This dispute is open.' ELSE 'This dispute is settled already.' END;
    END IF;
    pay := CASE p_resolution WHEN 'THEIRS' THEN m.theirs WHEN 'OURS' THEN m.ours WHEN 'SPLIT' THEN p_amount
           ELSE CASE WHEN m.bucket = 'OVER' THEN m.ours ELSE 0 END END;
    IF pay IS NULL OR (p_resolution = 'SPLIT' AND (pay <= least(m.ours, m.theirs) OR pay >= greatest(m.ours, m.theirs))) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'BAD_INPUT', MESSAGE = 'A split lies between our amount and the vendor''s.';
    END IF;
    tax_on_it := CASE WHEN pay = m.theirs THEN m.their_tax WHEN pay = m.ours THEN m.our_tax
                    ELSE round(greatest(pay - m.untaxed, 0) * m.tax_milli / 100000.0) END;
    UPDATE app.vendor_disputes x SET status = CASE WHEN p_resolution IS NULL THEN 'OPEN' ELSE 'RESOLVED' END, resolution = p_resolution,
           pay_amount = pay, pay_tax = tax_on_it, resolved_at = CASE WHEN p_resolution IS NOT NULL THEN clock_timestamp() END,
           resolved_by = CASE WHEN p_resolution IS NOT NULL THEN private.my_name() END, resolve_reason = p_reason
     WHERE x.client_id = p_client AND x.id = p_dispute;
    PERFORM private.check_paid_out(p_client, d.bill_id);
    PERFORM audit.write(p_client, CASE WHEN p_resolution IS NULL THEN 'REOPEN' ELSE 'RESOLVE' END, 'vendor_dispute', p_dispute,
        jsonb_build_object('payable', d.pay_amount, 'resolution', d.resolution),
        jsonb_build_object('payable', pay, 'resolution', p_resolution, 'bill', d.bill_id, 'row', d.row_no), p_reason);
END $$;

-- What of a bill may be paid: the vendor's figures where they agree with ours or ask for less, ours where they ask for more, nothing for what we
-- do not know, and for a disputed row what its dispute says. Where the sheet has no tax, ours is put on the sum of each percentage.
CREATE FUNCTION private.bill_payable(p_client uuid, p_bill uuid, OUT amount bigint, OUT tax bigint, OUT withheld bigint, OUT settled_against bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH part AS (
        SELECT m.theirs, m.tax_milli, least(m.untaxed, greatest(m.ours, 0)) AS untaxed, d.status,
               CASE WHEN d.id IS NOT NULL THEN d.pay_amount WHEN m.bucket IN ('EXACT', 'TOLERANCE', 'UNDER') THEN m.theirs
                    WHEN m.bucket = 'OVER' THEN least(m.ours, m.theirs)
                    WHEN m.bucket = 'ONLY_VENDOR' THEN least(m.theirs, 0) ELSE 0 END AS pay,   -- what they take off by themselves is taken
               CASE WHEN d.id IS NOT NULL THEN d.pay_tax WHEN m.bucket IN ('EXACT', 'TOLERANCE', 'UNDER') THEN m.their_tax
                    WHEN m.bucket = 'OVER' THEN least(m.our_tax, m.their_tax)
                    WHEN m.bucket = 'ONLY_VENDOR' THEN least(m.their_tax, 0) ELSE 0 END AS pay_tax
          FROM app.vendor_bill_matches m
          LEFT JOIN app.vendor_disputes d ON d.client_id = m.client_id AND d.bill_id = m.bill_id AND d.row_no = m.row_no
         WHERE m.client_id = p_client AND m.bill_id = p_bill AND m.row_no IS NOT NULL),
    taxed AS (
        SELECT coalesce(sum(round(g.base * g.tax_milli / 100000.0)), 0)::bigint AS tax
          FROM (SELECT p.tax_milli, sum(greatest(p.pay - p.untaxed, 0)) AS base FROM part p GROUP BY p.tax_milli) g)
    SELECT coalesce(sum(p.pay), 0)::bigint,
           CASE (SELECT b.basis FROM app.vendor_bills b WHERE b.client_id = p_client AND b.id = p_bill) WHEN 'WITH_TAX'
                THEN coalesce(sum(p.pay_tax), 0)::bigint ELSE (SELECT t.tax FROM taxed t) END,
           coalesce(sum(p.theirs - p.pay) FILTER (WHERE p.status IS DISTINCT FROM 'RESOLVED'), 0)::bigint,
           coalesce(sum(p.theirs - p.pay) FILTER (WHERE p.status = 'RESOLVED'), 0)::bigint
      FROM part p $$;

CREATE FUNCTION private.check_paid_out(p_client uuid, p_bill uuid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    may record;
    paid record;
BEGIN
    SELECT * INTO may FROM private.bill_payable(p_client, p_bill);
    SELECT coalesce(sum(x.amount), 0) AS amount, coalesce(sum(x.tax), 0) AS tax INTO paid FROM app.vendor_payouts x
     WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.status = 'MADE';
    IF paid.amount > may.amount OR paid.tax > may.tax THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'MORE_THAN_AGREED', MESSAGE = 'More would be paid out than is agreed.',
            HINT = 'Look at the bill again; what is in dispute is not payable.';
    END IF;
END $$;

-- What is payable of a bill, what was paid, and what the vendor had in the financial year of p_day: what a payout is computed from.
CREATE FUNCTION api.vendor_bill_payable(p_client uuid, p_bill uuid, p_day date, OUT amount bigint, OUT tax bigint, OUT withheld bigint,
    OUT settled_against bigint, OUT paid_amount bigint, OUT paid_tax bigint, OUT year_amount bigint, OUT year_tds_base bigint, OUT fy text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM auth.require_client(p_client);
    SELECT p.amount, p.tax, p.withheld, p.settled_against INTO amount, tax, withheld, settled_against FROM private.bill_payable(p_client, p_bill) p;
    SELECT coalesce(sum(x.amount), 0), coalesce(sum(x.tax), 0) INTO paid_amount, paid_tax FROM app.vendor_payouts x
     WHERE x.client_id = p_client AND x.bill_id = p_bill AND x.status = 'MADE';
    fy := private.financial_year(p_day);
    SELECT coalesce(sum(x.amount), 0), coalesce(sum(x.tds_base), 0) INTO year_amount, year_tds_base
      FROM app.vendor_payouts x JOIN app.vendor_bills b ON b.client_id = p_client AND b.id = p_bill
     WHERE x.client_id = p_client AND x.vendor_id = b.vendor_id AND x.fy = vendor_bill_payable.fy AND x.status = 'MADE';
END $$;

CREATE FUNCTION api.make_payout(p_client uuid, p_bill uuid, p_payout jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    b app.vendor_bills := private.take_vendor_bill(p_client, p_bill);
    x app.vendor_payouts := jsonb_populate_record(NULL::app.vendor_payouts, p_payout);
BEGIN
    -- the link's row is the lock: two payouts to one vendor see each other's sums of the year
    PERFORM 1 FROM app.client_vendors l WHERE l.client_id = p_client AND l.vendor_id = b.vendor_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM app.vendor_payouts o WHERE o.client_id = p_client AND o.id = x.id) THEN
        RETURN;   -- the same intention, sent again
    ELSIF x.amount + x.tax <= 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'NOTHING_PAYABLE', MESSAGE = 'Nothing of this bill is payable now.';
    ELSIF x.tds_base > x.amount + (SELECT coalesce(sum(o.amount - o.tds_base), 0) FROM app.vendor_payouts o WHERE o.client_id = p_client
             AND o.vendor_id = b.vendor_id AND o.fy = private.financial_year(x.paid_on) AND o.status = 'MADE')
          OR abs(x.tds - round(x.tds_base * x.tds_milli / 100000.0)) >= 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'SUMS_DIFFER', MESSAGE = 'The tax to be deducted does not fit the payout.';
    END IF;
    INSERT INTO app.vendor_payouts (client_id, id, bill_id, vendor_id, paid_on, fy, amount, tax, tds_base, tds_milli, tds, tds_reason, net,
                                    settled_against, payee, made_by)
    VALUES (p_client, x.id, p_bill, b.vendor_id, x.paid_on, private.financial_year(x.paid_on), x.amount, x.tax, x.tds_base, x.tds_milli, x.tds,
            coalesce(x.tds_reason, ''), x.net, (SELECT p.settled_against FROM private.bill_payable(p_client, p_bill) p),
            coalesce((SELECT to_jsonb(a) FROM app.vendor_payees a WHERE a.client_id = p_client AND a.vendor_id = b.vendor_id), '{}'),
            private.my_name());
    PERFORM private.check_paid_out(p_client, p_bill);
    PERFORM audit.write(p_client, 'PAYOUT', 'vendor_payout', x.id, NULL, p_payout || jsonb_build_object('bill', p_bill));
END $$;

CREATE FUNCTION api.reverse_payout(p_client uuid, p_payout uuid, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.require_client(p_client);
    x app.vendor_payouts;
BEGIN
    SELECT * INTO x FROM app.vendor_payouts o WHERE o.client_id = p_client AND o.id = p_payout FOR UPDATE;
    IF x.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'PAYOUT_NOT_FOUND', MESSAGE = 'There is no such payout.';
    ELSIF x.status = 'REVERSED' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'REVERSED', MESSAGE = 'This payout was reversed already.';
    ELSIF coalesce(btrim(p_reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS05', CONSTRAINT = 'REASON_REQUIRED', MESSAGE = 'Say why the payout is reversed.';
    END IF;
    UPDATE app.vendor_payouts o SET status = 'REVERSED', reversed_at = clock_timestamp(), reversed_by = private.my_name(), reverse_reason = p_reason
     WHERE o.client_id = p_client AND o.id = p_payout;
    PERFORM audit.write(p_client, 'REVERSE', 'vendor_payout', p_payout, to_jsonb(x), NULL, p_reason);
END $$;

-- A payout keeps its figures for ever; only its reversal is added.
CREATE FUNCTION private.guard_payout() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'REVERSED' OR (to_jsonb(NEW) - '{status,reversed_at,reversed_by,reverse_reason}'::text[])
       IS DISTINCT FROM (to_jsonb(OLD) - '{status,reversed_at,reversed_by,reverse_reason}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS01', CONSTRAINT = 'PAYOUT_FINAL', MESSAGE = 'A payout is not changed; it can be reversed.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION api.save_payee(p_client uuid, p_vendor uuid, p_beneficiary text, p_account text, p_ifsc text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before jsonb;
BEGIN
    PERFORM auth.require_client(p_client);
    before := (SELECT to_jsonb(a) FROM app.vendor_payees a WHERE a.client_id = p_client AND a.vendor_id = p_vendor);
    INSERT INTO app.vendor_payees AS a (client_id, vendor_id, beneficiary, account_no, ifsc, updated_by)
    VALUES (p_client, p_vendor, p_beneficiary, p_account, p_ifsc, private.my_name())
    ON CONFLICT (client_id, vendor_id) DO UPDATE SET beneficiary = excluded.beneficiary, account_no = excluded.account_no, ifsc = excluded.ifsc,
        updated_at = now(), updated_by = excluded.updated_by;
    PERFORM audit.write(p_client, 'SAVE', 'vendor_payee', p_vendor, before,
        jsonb_build_object('beneficiary', p_beneficiary, 'account_no', p_account, 'ifsc', p_ifsc));
END $$;

GRANT EXECUTE ON FUNCTION private.guard_payout() TO mis_owner;
GRANT EXECUTE ON FUNCTION api.add_vendor_bill(uuid, jsonb, jsonb), api.match_vendor_bill(uuid, uuid, jsonb), api.undo_vendor_bill(uuid, uuid, text),
    api.raise_dispute(uuid, uuid, integer, uuid, text, text, text, bigint), api.attach_evidence(uuid, uuid, uuid, text, text, bytea),
    api.resolve_dispute(uuid, uuid, integer, text, bigint, text), api.vendor_bill_payable(uuid, uuid, date), api.make_payout(uuid, uuid, jsonb),
    api.reverse_payout(uuid, uuid, text), api.save_payee(uuid, uuid, text, text, text) TO mis_super_admin, mis_client_admin;

SET LOCAL ROLE mis_owner;

CREATE TRIGGER a_final BEFORE UPDATE OR DELETE ON app.vendor_payouts FOR EACH ROW EXECUTE FUNCTION private.guard_payout();
