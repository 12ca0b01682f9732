-- Bills as vendors really send them: rows of other clients in one sheet, and one row for all that a vehicle drove on a day.

ALTER TABLE app.vendor_bill_rows ADD COLUMN other_client text NOT NULL DEFAULT '' CHECK (length(other_client) <= 200);

-- The trips of ours that stand together beside one row of theirs: the package of a vehicle's day. A trip is on one bill of the vendor, once.
CREATE TABLE app.vendor_bill_day_trips (
    client_id       uuid NOT NULL,
    bill_id         uuid NOT NULL,
    place           integer NOT NULL,
    trip_id         uuid NOT NULL,
    PRIMARY KEY (client_id, bill_id, place, trip_id),
    FOREIGN KEY (client_id, bill_id, place) REFERENCES app.vendor_bill_matches ON DELETE CASCADE,
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips ON DELETE CASCADE
);
CREATE UNIQUE INDEX vendor_bill_day_trips_trip ON app.vendor_bill_day_trips (client_id, trip_id);

SELECT private.protect_table('app.vendor_bill_day_trips'::regclass);
GRANT SELECT ON app.vendor_bill_day_trips TO mis_super_admin, mis_client_admin, mis_definer;
GRANT INSERT, DELETE ON app.vendor_bill_day_trips TO mis_definer;
CREATE POLICY super_admin ON app.vendor_bill_day_trips FOR ALL TO mis_super_admin
    USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.vendor_bill_day_trips FOR ALL TO mis_client_admin
    USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()));
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.vendor_bill_day_trips FOR EACH STATEMENT EXECUTE FUNCTION private.refuse_change();

SET LOCAL ROLE mis_definer;

-- As 0095, with the client that a row names where it is another one.
CREATE OR REPLACE FUNCTION api.add_vendor_bill(p_client uuid, p_bill jsonb, p_rows jsonb) RETURNS void
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
                                      description, other_client)
    SELECT p_client, b.id, x.row_no, x.sheet_row, coalesce(x.trip_ref, ''), coalesce(x.vehicle_no, ''), x.start_time, coalesce(x.has_time, false),
           x.distance_m, x.amount, coalesce(x.tax, 0), coalesce(x.description, ''), coalesce(x.other_client, '')
      FROM jsonb_to_recordset(p_rows) AS x(row_no integer, sheet_row integer, trip_ref text, vehicle_no text, start_time timestamptz,
           has_time boolean, distance_m integer, amount bigint, tax bigint, description text, other_client text);
    PERFORM audit.write(p_client, 'IMPORT', 'vendor_bill', b.id, NULL, p_bill || jsonb_build_object('rows', t.rows, 'amount', t.amount, 'tax', t.tax));
END $$;

-- As 0095, with the trips behind a package of a day: each is on one bill once, and together they are what the ledger charged.
CREATE OR REPLACE FUNCTION api.match_vendor_bill(p_client uuid, p_bill uuid, p_matches jsonb) RETURNS void
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
    DELETE FROM app.vendor_bill_day_trips d WHERE d.client_id = p_client AND d.bill_id = p_bill;
    DELETE FROM app.vendor_bill_matches m WHERE m.client_id = p_client AND m.bill_id = p_bill;
    INSERT INTO app.vendor_bill_matches (client_id, bill_id, place, row_no, trip_id, contract_id, code, ref, how, bucket, theirs, their_tax, ours,
                                         our_tax, untaxed, tax_milli, our_state, cause, cause_text, explained)
    SELECT p_client, p_bill, x.place, x.row_no, x.trip_id, x.contract_id, x.code, coalesce(x.ref, ''), x.how, x.bucket, x.theirs, x.their_tax,
           x.ours, x.our_tax, x.untaxed, x.tax_milli, coalesce(x.our_state, ''), coalesce(x.cause, ''), coalesce(x.cause_text, ''),
           coalesce(x.explained, 0)
      FROM jsonb_to_recordset(p_matches) AS x(place integer, row_no integer, trip_id uuid, contract_id uuid, code text, ref text, how text,
           bucket text, theirs bigint, their_tax bigint, ours bigint, our_tax bigint, untaxed bigint, tax_milli integer, our_state text, cause text,
           cause_text text, explained bigint);
    INSERT INTO app.vendor_bill_day_trips (client_id, bill_id, place, trip_id)
    SELECT p_client, p_bill, x.place, u.trip_id
      FROM jsonb_to_recordset(p_matches) AS x(place integer, members uuid[]) CROSS JOIN LATERAL unnest(x.members) AS u(trip_id);
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
    ELSIF EXISTS (SELECT 1 FROM app.vendor_bill_day_trips d JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.bill_id = d.bill_id
                   AND m.place = d.place AND m.trip_id IS NOT NULL WHERE d.client_id = p_client AND d.bill_id = p_bill)
          OR EXISTS (SELECT 1 FROM app.vendor_bill_day_trips d JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.trip_id = d.trip_id
                      AND m.row_no IS NOT NULL WHERE d.client_id = p_client AND d.bill_id = p_bill)
          OR EXISTS (SELECT 1 FROM app.vendor_bill_matches m CROSS JOIN LATERAL (
                         SELECT coalesce(sum(c.taxable + c.non_taxable), 0) AS amount, coalesce(sum(c.tax), 0) AS tax
                           FROM app.vendor_bill_day_trips d JOIN app.trip_charges c ON c.client_id = d.client_id AND c.trip_id = d.trip_id
                            AND c.released_at IS NULL
                          WHERE d.client_id = m.client_id AND d.bill_id = m.bill_id AND d.place = m.place) l
                      WHERE m.client_id = p_client AND m.bill_id = p_bill AND m.our_state = 'BILLED' AND m.code = 'DAY_PACKAGE'
                        AND (m.ours, m.our_tax) <> (l.amount, l.tax))
    THEN wrong := 'A package of a day and its trips';
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
