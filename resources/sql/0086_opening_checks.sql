-- A draft whose month had used up other km or hours before than it was rated with is stale.

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.check_opening(i app.invoices, r app.billing_runs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce((r.inputs->'opening'->>'rev')::integer, 0) <> coalesce((SELECT u.rev FROM app.opening_usage u
            WHERE u.client_id = i.client_id AND u.contract_id = i.contract_id AND u.month = r.month), 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'INPUTS_CHANGED',
            MESSAGE = 'The opening km or hours of this month were changed after the run.', HINT = 'Run billing again, then issue.';
    END IF;
END $$;
