-- Undoing an import: users have no DELETE, and a trip that was ever on a bill stays (DESIGN.md sections 3 and 6).

SET LOCAL ROLE mis_definer;

-- Removes the trips of one batch and marks it undone; their ids are free again. A client's staff undo any batch of the client, a vendor's
-- staff their own while the client has decided about none of its trips. Gives the number of trips removed.
CREATE FUNCTION api.undo_batch(p_client uuid, p_batch uuid) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
    b app.import_batches;
    removed integer;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    SELECT * INTO b FROM app.import_batches x WHERE x.client_id = p_client AND x.id = p_batch FOR UPDATE;
    IF (c.role = 'SUPER_ADMIN' OR (c.role = 'CLIENT_ADMIN' AND c.client_id = p_client)
        OR (c.role = 'VENDOR_ADMIN' AND b.vendor_id = c.vendor_id AND (c.client_id IS NULL OR c.client_id = p_client))) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Your role may not do this.';
    END IF;
    IF b.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'BATCH_NOT_FOUND', MESSAGE = 'There is no such import.';
    END IF;
    IF b.status = 'UNDONE' THEN
        RETURN 0;
    END IF;
    IF c.role = 'VENDOR_ADMIN' AND EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = p_client AND t.batch_id = p_batch AND t.acceptance <> 'SUBMITTED') THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIPS_DECIDED', MESSAGE = 'The client has decided about trips of this import already.';
    END IF;
    IF EXISTS (SELECT 1 FROM app.trips t JOIN app.trip_charges x ON x.client_id = t.client_id AND x.trip_id = t.id
                WHERE t.client_id = p_client AND t.batch_id = p_batch) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS02', CONSTRAINT = 'TRIP_BILLED', MESSAGE = 'Trips of this import are on a bill: it cannot be undone.',
            HINT = 'Discard the draft bill first; an issued one is corrected by a note.';
    END IF;
    DELETE FROM app.trips t WHERE t.client_id = p_client AND t.batch_id = p_batch;
    GET DIAGNOSTICS removed = ROW_COUNT;
    UPDATE app.import_batches x SET status = 'UNDONE', undone_at = now(), undone_by = c.user_id WHERE x.client_id = p_client AND x.id = p_batch;
    PERFORM audit.write(p_client, 'UNDO_IMPORT', 'import_batch', p_batch, jsonb_build_object('trips', removed), NULL);
    RETURN removed;
END $$;

GRANT EXECUTE ON FUNCTION api.undo_batch(uuid, uuid) TO mis_super_admin, mis_client_admin, mis_vendor_admin;

-- A trip that was sent back and comes again corrected: the old row is superseded, its id belongs to the new one.
CREATE FUNCTION api.supersede_returned(p_client uuid, p_trips uuid[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
    done integer;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF (c.role = 'SUPER_ADMIN' OR (c.role = 'CLIENT_ADMIN' AND c.client_id = p_client)
        OR (c.role = 'VENDOR_ADMIN' AND (c.client_id IS NULL OR c.client_id = p_client))) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Your role may not do this.';
    END IF;
    UPDATE app.trips t SET superseded_at = now(), superseded_by = c.user_id, superseded_reason = 'sent again'
     WHERE t.client_id = p_client AND t.id = ANY (p_trips) AND t.superseded_at IS NULL AND t.acceptance = 'REJECTED'
       AND (c.role <> 'VENDOR_ADMIN' OR t.vendor_id = c.vendor_id)
       AND NOT EXISTS (SELECT 1 FROM app.trip_charges x WHERE x.client_id = t.client_id AND x.trip_id = t.id AND x.released_at IS NULL);
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(p_trips) THEN
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'TRIPS_CHANGED', MESSAGE = 'Somebody decided about these trips meanwhile.',
            HINT = 'Import the file again.';
    END IF;
    RETURN done;
END $$;

GRANT EXECUTE ON FUNCTION api.supersede_returned(uuid, uuid[]) TO mis_super_admin, mis_client_admin, mis_vendor_admin;

SET LOCAL ROLE mis_owner;
