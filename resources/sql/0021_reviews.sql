-- What a person has looked at and let pass: an oddity of a trip (kind) with the reason. The trip itself is not changed, and a review is never
-- edited or removed; the same oddity of the same trip is asked about once.

CREATE TABLE app.trip_reviews (
    client_id       uuid NOT NULL,
    trip_id         uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('OVERLAP', 'REPEATED', 'FAR_FROM_USUAL', 'NO_ESCORT')),
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    at              timestamptz NOT NULL DEFAULT now(),
    by_user         uuid NOT NULL DEFAULT auth.user_id(),
    PRIMARY KEY (client_id, trip_id, kind),
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips ON DELETE CASCADE
);

SELECT private.protect_table('app.trip_reviews');

GRANT SELECT ON app.trip_reviews TO mis_super_admin, mis_client_admin, mis_viewer;
GRANT INSERT (client_id, trip_id, kind, reason) ON app.trip_reviews TO mis_super_admin, mis_client_admin;
GRANT SELECT, DELETE ON app.trip_reviews TO mis_definer;
CREATE POLICY super_admin ON app.trip_reviews FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.trip_reviews FOR ALL TO mis_client_admin
    USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.trip_reviews FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
