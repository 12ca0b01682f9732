-- What the planner believes of vendors' bills before it has seen their rows (as 0034): a bill of 100,000 rows is stored and compared in one
-- transaction, and without statistics its rows against its matches counted as one row against one row, a loop within a loop that took
-- more than ten minutes (measured). The newest bill is never among the values of the last ANALYZE, so a bill counts as one in ten for good.

DO $$
DECLARE
    seed record;
BEGIN
    FOR seed IN SELECT * FROM (VALUES
        -- table, column, share of NULL, distinct values (negative: share of rows)
        ('vendor_bill_rows', 'client_id', 0, 4), ('vendor_bill_rows', 'bill_id', 0, 10), ('vendor_bill_rows', 'row_no', 0, -0.1),
        ('vendor_bill_matches', 'client_id', 0, 4), ('vendor_bill_matches', 'bill_id', 0, 10), ('vendor_bill_matches', 'place', 0, -0.1),
        ('vendor_bill_matches', 'row_no', 0.02, -0.1), ('vendor_bill_matches', 'trip_id', 0.05, -0.9),
        ('vendor_bill_day_trips', 'client_id', 0, 4), ('vendor_bill_day_trips', 'bill_id', 0, 10), ('vendor_bill_day_trips', 'trip_id', 0, -1)
        ) AS s (tab, col, nulls, distinct_values)
    LOOP
        PERFORM pg_restore_attribute_stats('schemaname', 'app', 'relname', seed.tab, 'attname', seed.col, 'inherited', false,
            'null_frac', seed.nulls::real, 'avg_width', 16, 'n_distinct', seed.distinct_values::real);
    END LOOP;
END $$;

ALTER TABLE app.vendor_bill_rows ALTER COLUMN bill_id SET STATISTICS 0;
ALTER TABLE app.vendor_bill_matches ALTER COLUMN bill_id SET STATISTICS 0;

-- A check by EXISTS is planned as if it would find something at once, as a loop; here it finds nothing, on purpose.
SET LOCAL ROLE mis_definer;
ALTER FUNCTION api.match_vendor_bill(uuid, uuid, jsonb) SET enable_nestloop = off;
