-- Sign-in, the token, and what a verified session may know about itself (SECURITY.md (a) 4-5, R10).
-- The only reader of the setting mis.jwt is auth.ctx(); everything it returns was checked against the signing key and the user's row.

GRANT SELECT, INSERT ON app.workspace TO mis_definer;
GRANT SELECT ON app.client_vendors TO mis_definer;
GRANT SELECT, UPDATE ON auth.users TO mis_definer;
GRANT SELECT, INSERT, UPDATE ON auth.sessions TO mis_definer;
GRANT SELECT, INSERT, UPDATE ON private.signing_key TO mis_definer;
GRANT SELECT, INSERT ON audit.events TO mis_definer;

SET LOCAL ROLE mis_definer;

CREATE FUNCTION private.base64url(data bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(encode(data, 'base64'), E'+/=\n', '-_');

CREATE FUNCTION private.from_base64url(data text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64');

-- A new 32-byte key from the server's strong random source (two UUIDv4 carry 122 bits each; hashing four fills 256).
CREATE FUNCTION private.rotate_signing_key() RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                        || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    new_kid text := substr(encode(sha256(uuid_send(gen_random_uuid())), 'hex'), 1, 8);
    inner_key bytea := ''::bytea;
    outer_key bytea := ''::bytea;
    octet integer;
BEGIN
    FOR i IN 0..63 LOOP
        octet := CASE WHEN i < 32 THEN get_byte(key, i) ELSE 0 END;
        inner_key := inner_key || set_byte('\x00'::bytea, 0, octet # 54);
        outer_key := outer_key || set_byte('\x00'::bytea, 0, octet # 92);
    END LOOP;
    UPDATE private.signing_key SET retired_at = clock_timestamp() WHERE retired_at IS NULL;
    INSERT INTO private.signing_key (kid, header, inner_pad, outer_pad)
    VALUES (new_kid,
            private.base64url(convert_to(format('{"alg":"HS256","kid":"%s","typ":"JWT"}', new_kid), 'UTF8')),
            inner_key, outer_key);
    RETURN new_kid;
END $$;

-- Who is speaking. Every output is NULL unless the token is ours, unexpired, unrevoked, and belongs to the login role of this connection.
-- statement_timestamp(), not now(): a transaction held open must not outlive its token.
CREATE FUNCTION auth.ctx(OUT user_id uuid, OUT role text, OUT client_id uuid, OUT vendor_id uuid, OUT jti uuid, OUT expires_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := string_to_array(current_setting('mis.jwt', true), '.');
    key private.signing_key;
    claim jsonb;
BEGIN
    IF (cardinality(part) = 3) IS NOT TRUE THEN RETURN; END IF;
    SELECT * INTO key FROM private.signing_key k
     WHERE k.header = part[1] AND (k.retired_at IS NULL OR k.retired_at > statement_timestamp() - interval '60 minutes');
    IF NOT FOUND THEN RETURN; END IF;
    -- compared as hashes: how many leading characters agree cannot be timed
    IF (sha256(convert_to(part[3], 'UTF8')) = sha256(convert_to(private.base64url(sha256(key.outer_pad
            || sha256(key.inner_pad || convert_to(part[1] || '.' || part[2], 'UTF8')))), 'UTF8'))) IS NOT TRUE THEN
        RETURN;
    END IF;
    claim := convert_from(private.from_base64url(part[2]), 'UTF8')::jsonb;
    SELECT u.id, u.role, u.client_id, u.vendor_id, s.jti, to_timestamp((claim->>'exp')::bigint)
      INTO user_id, role, client_id, vendor_id, jti, expires_at
      FROM auth.users u JOIN auth.sessions s ON s.user_id = u.id
     WHERE u.pg_role = session_user AND u.active
       AND u.id = (claim->>'sub')::uuid AND u.role = claim->>'role'
       AND u.client_id IS NOT DISTINCT FROM (claim->>'client_id')::uuid
       AND u.vendor_id IS NOT DISTINCT FROM (claim->>'vendor_id')::uuid
       AND s.jti = (claim->>'jti')::uuid AND s.revoked_at IS NULL AND s.expires_at > statement_timestamp()
       AND (claim->>'exp')::bigint > extract(epoch FROM statement_timestamp())
       AND (claim->>'aud')::uuid = (SELECT w.id FROM app.workspace w);
END $$;

CREATE FUNCTION auth.session_ok() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT c.user_id IS NOT NULL FROM auth.ctx() c $$;

CREATE FUNCTION auth.user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT c.user_id FROM auth.ctx() c $$;

CREATE FUNCTION auth.is_super() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT c.role IS NOT DISTINCT FROM 'SUPER_ADMIN' FROM auth.ctx() c $$;

-- The one client of a CLIENT_ADMIN or VIEWER, else NULL.
CREATE FUNCTION auth.client_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.role IN ('CLIENT_ADMIN', 'VIEWER') THEN c.client_id END FROM auth.ctx() c $$;

-- The vendor of a VENDOR_ADMIN, else NULL.
CREATE FUNCTION auth.vendor_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.role = 'VENDOR_ADMIN' THEN c.vendor_id END FROM auth.ctx() c $$;

-- The clients that a bound user may see something of: for a vendor the linked ones, cut to the bound one.
CREATE FUNCTION auth.client_ids() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN c.role IN ('CLIENT_ADMIN', 'VIEWER') THEN ARRAY[c.client_id]
        WHEN c.role = 'VENDOR_ADMIN' THEN ARRAY(
            SELECT l.client_id FROM app.client_vendors l
             WHERE l.vendor_id = c.vendor_id AND (c.client_id IS NULL OR l.client_id = c.client_id))
        END FROM auth.ctx() c $$;

-- The vendors that a bound user may see: those linked to its client, or itself.
CREATE FUNCTION auth.vendor_ids() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN c.role IN ('CLIENT_ADMIN', 'VIEWER') THEN ARRAY(SELECT l.vendor_id FROM app.client_vendors l WHERE l.client_id = c.client_id)
        WHEN c.role = 'VENDOR_ADMIN' THEN ARRAY[c.vendor_id]
        END FROM auth.ctx() c $$;

-- For definer functions: refuses unless the caller may act for this client. Returns the acting user.
CREATE FUNCTION auth.require_client(p_client uuid) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    IF (c.role = 'SUPER_ADMIN' OR (c.role = 'CLIENT_ADMIN' AND c.client_id = p_client)) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '42501', CONSTRAINT = 'NOT_ALLOWED', MESSAGE = 'Your role may not do this.';
    END IF;
    RETURN c.user_id;
END $$;

-- One audit entry; the chain is the client's or, without one, the workspace's (zero UUID).
CREATE FUNCTION audit.write(p_client uuid, p_action text, p_entity text, p_entity_id uuid,
                            p_before jsonb DEFAULT NULL, p_after jsonb DEFAULT NULL, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.events (chain, actor, action, entity, entity_id, before, after, reason)
    VALUES (coalesce(p_client, '00000000-0000-0000-0000-000000000000'),
            coalesce((SELECT c.user_id FROM auth.ctx() c), (SELECT u.id FROM auth.users u WHERE u.pg_role = session_user)),
            p_action, p_entity, p_entity_id, p_before, p_after, p_reason) $$;

CREATE FUNCTION private.mint(u auth.users, p_jti uuid, p_session_end timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key private.signing_key;
    signed text;
    issued bigint := floor(extract(epoch FROM clock_timestamp()));
BEGIN
    SELECT * INTO STRICT key FROM private.signing_key k WHERE k.retired_at IS NULL;
    signed := key.header || '.' || private.base64url(convert_to(jsonb_build_object(
        'iss', 'moveinsync-desktop', 'aud', (SELECT w.id FROM app.workspace w), 'sub', u.id, 'role', u.role,
        'client_id', u.client_id, 'vendor_id', u.vendor_id, 'jti', p_jti, 'iat', issued,
        'exp', least(issued + 3600, floor(extract(epoch FROM p_session_end))::bigint))::text, 'UTF8'));
    RETURN signed || '.' || private.base64url(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(signed, 'UTF8'))));
END $$;

-- The first call on a fresh connection: proves nothing that SCRAM has not proved, but starts the session and returns its token.
-- An old connection is refused, so that an unattended open one cannot mint for ever (the start is NULL without pg_read_all_stats).
CREATE FUNCTION auth.sign_in() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    u auth.users;
    connected timestamptz := (SELECT a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) a);
    new_jti uuid := gen_random_uuid();
BEGIN
    SELECT * INTO u FROM auth.users x WHERE x.pg_role = session_user AND x.active;
    IF NOT FOUND OR NOT pg_has_role(session_user, 'mis_' || lower(u.role), 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SIGN_IN_FAILED', MESSAGE = 'E-mail or password is not right.';
    END IF;
    IF connected < clock_timestamp() - interval '5 minutes' THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SIGN_IN_AGAIN', MESSAGE = 'Sign in again on a new connection.';
    END IF;
    INSERT INTO auth.sessions (jti, user_id, expires_at, addr)
    VALUES (new_jti, u.id, clock_timestamp() + interval '10 hours', inet_client_addr());
    UPDATE auth.users SET last_sign_in_at = clock_timestamp() WHERE id = u.id;
    PERFORM audit.write(u.client_id, 'SIGN_IN', 'user', u.id);
    RETURN private.mint(u, new_jti, clock_timestamp() + interval '10 hours');
END $$;

-- A new token for the same session while the old one still holds; the session itself ends 10 hours after sign-in.
CREATE FUNCTION auth.renew() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
    u auth.users;
    session_end timestamptz;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    SELECT * INTO STRICT u FROM auth.users x WHERE x.id = c.user_id;
    UPDATE auth.sessions SET renewed_at = clock_timestamp() WHERE jti = c.jti RETURNING expires_at INTO session_end;
    RETURN private.mint(u, c.jti, session_end);
END $$;

CREATE FUNCTION auth.sign_out() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c record;
BEGIN
    SELECT * INTO c FROM auth.ctx();
    IF c.user_id IS NULL THEN RETURN; END IF;
    UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE jti = c.jti;
    PERFORM audit.write(c.client_id, 'SIGN_OUT', 'user', c.user_id);
END $$;

GRANT EXECUTE ON FUNCTION auth.ctx(), auth.session_ok(), auth.user_id(), auth.is_super(), auth.client_id(), auth.vendor_id(),
    auth.client_ids(), auth.vendor_ids() TO mis_user, mis_rolemgr, mis_backup;
GRANT EXECUTE ON FUNCTION auth.sign_in(), auth.renew(), auth.sign_out() TO mis_user;
GRANT EXECUTE ON FUNCTION audit.write(uuid, text, text, uuid, jsonb, jsonb, text) TO mis_rolemgr;

SET LOCAL ROLE mis_owner;
