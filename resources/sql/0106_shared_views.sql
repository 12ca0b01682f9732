-- Saved views that a client's administrator shares with the client's own staff (UX.md 1): filters, columns and order under a name. A vendor's
-- staff does not see them: a filter may name another vendor.

CREATE TABLE app.shared_views (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    screen          text NOT NULL CHECK (length(screen) BETWEEN 1 AND 60),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    state           jsonb NOT NULL CHECK (length(state::text) <= 20000),
    withdrawn       boolean NOT NULL DEFAULT false,   -- users delete nothing
    shared_by       uuid DEFAULT auth.user_id(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, screen, name)
);
SELECT private.protect_table('app.shared_views');
GRANT SELECT ON app.shared_views TO mis_super_admin, mis_client_admin, mis_viewer, mis_definer;
GRANT INSERT (client_id, id, screen, name, state), UPDATE (name, state, withdrawn, updated_at) ON app.shared_views
    TO mis_super_admin, mis_client_admin;
CREATE POLICY super_admin ON app.shared_views FOR ALL TO mis_super_admin USING ((SELECT auth.is_super())) WITH CHECK ((SELECT auth.is_super()));
CREATE POLICY client_admin ON app.shared_views FOR ALL TO mis_client_admin
    USING (client_id = (SELECT auth.client_id())) WITH CHECK (client_id = (SELECT auth.client_id()));
CREATE POLICY viewer ON app.shared_views FOR SELECT TO mis_viewer USING (client_id = (SELECT auth.client_id()));
ALTER TABLE app.saved_views ADD CONSTRAINT saved_views_size CHECK (length(state::text) <= 20000);
GRANT DELETE ON app.saved_views TO mis_definer;

SET LOCAL ROLE mis_definer;

-- A user's own view is its own to remove.
CREATE FUNCTION api.drop_view(p_screen text, p_name text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM app.saved_views v WHERE v.user_id = auth.user_id() AND v.screen = p_screen AND v.name = p_name;
END $$;
GRANT EXECUTE ON FUNCTION api.drop_view(text, text) TO mis_user;

SET LOCAL ROLE mis_owner;
