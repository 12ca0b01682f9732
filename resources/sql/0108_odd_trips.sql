-- What is odd about stored trips: one source for the list that is shown and for the control before billing.

SET LOCAL ROLE mis_definer;

-- Completed trips of a client's dates that are odd in one way; reviewed ones too. `other_ref` is the trip it collides with, `usual_m` the
-- route's median. A route is known when it was driven ten times; half, or half again as much, is far from its usual. Night is 20:00 to 06:00.
CREATE FUNCTION api.odd_trips(p_client uuid, p_from timestamptz, p_until timestamptz, p_zone text, p_kind text)
RETURNS TABLE (trip_id uuid, other_ref text, usual_m integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_kind = 'OVERLAP' THEN
        RETURN QUERY SELECT x.id, x.before, NULL::integer
          FROM (SELECT t.id, t.start_time, lag(t.external_ref) OVER w AS before,
                       max(t.end_time) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
                  FROM app.trips t
                 WHERE t.client_id = p_client AND t.start_time >= p_from AND t.start_time < p_until AND t.superseded_at IS NULL
                   AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED' AND t.vehicle_no IS NOT NULL
                WINDOW w AS (PARTITION BY t.vehicle_no ORDER BY t.start_time, t.external_ref)) x
         WHERE x.start_time < x.busy_until;
    ELSIF p_kind = 'REPEATED' THEN
        RETURN QUERY SELECT x.id, x.first_ref, NULL::integer
          FROM (SELECT t.id, first_value(t.external_ref) OVER w AS first_ref, row_number() OVER w AS place
                  FROM app.trips t
                 WHERE t.client_id = p_client AND t.start_time >= p_from AND t.start_time < p_until AND t.superseded_at IS NULL
                   AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED' AND t.vehicle_no IS NOT NULL
                WINDOW w AS (PARTITION BY t.vehicle_no, date_trunc('minute', t.start_time), t.distance_m ORDER BY t.external_ref)) x
         WHERE x.place > 1;
    ELSIF p_kind = 'FAR_FROM_USUAL' THEN
        RETURN QUERY WITH routes AS MATERIALIZED (
            SELECT t.id, t.site, t.zone, t.distance_m FROM app.trips t
             WHERE t.client_id = p_client AND t.start_time >= p_from AND t.start_time < p_until AND t.superseded_at IS NULL
               AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED' AND t.site IS NOT NULL AND t.zone IS NOT NULL)
        SELECT s.id, NULL::text, u.usual
          FROM routes s
          JOIN (SELECT g.site, g.zone, percentile_disc(0.5) WITHIN GROUP (ORDER BY g.distance_m) AS usual
                  FROM routes g GROUP BY g.site, g.zone HAVING count(*) >= 10) u ON u.site = s.site AND u.zone = s.zone
         WHERE s.distance_m::bigint * 2 > u.usual::bigint * 3 OR s.distance_m::bigint * 2 < u.usual;
    ELSIF p_kind = 'NO_ESCORT' THEN
        RETURN QUERY SELECT t.id, NULL::text, NULL::integer
          FROM app.trips t
         WHERE t.client_id = p_client AND t.start_time >= p_from AND t.start_time < p_until AND t.superseded_at IS NULL
           AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED' AND NOT t.escort
           AND extract(hour FROM t.start_time AT TIME ZONE p_zone) NOT BETWEEN 6 AND 19
           AND EXISTS (SELECT 1 FROM app.trip_riders r JOIN app.employees e ON e.client_id = r.client_id AND e.code = r.employee_code
                        WHERE r.client_id = t.client_id AND r.trip_id = t.id AND e.gender = 'F');
    ELSE
        RETURN QUERY SELECT t.id, NULL::text, NULL::integer
          FROM app.trips t
         WHERE t.client_id = p_client AND t.start_time >= p_from AND t.start_time < p_until AND t.superseded_at IS NULL
           AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED' AND t.exception = p_kind
           AND p_kind IN ('NO_CONTRACT', 'AMBIGUOUS_CONTRACT');
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION api.odd_trips(uuid, timestamptz, timestamptz, text, text) TO mis_super_admin, mis_client_admin, mis_viewer;
