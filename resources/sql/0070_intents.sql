-- Whether a transaction came to its end (SECURITY.md (e) 3). The program makes an id before it sends anything; the transaction that carries the
-- intent out notes the id, so the note is there exactly if the rest is. Where the answer of COMMIT is lost, or the program dies, the id is asked
-- for later. Asking settles it: an intent that was not carried out never will be, however late its statements arrive.

CREATE TABLE auth.intents (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES auth.users,
    outcome         text NOT NULL CHECK (outcome IN ('DONE', 'GIVEN_UP')),
    at              timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX intents_user ON auth.intents (user_id, at);

SELECT private.protect_table('auth.intents');
GRANT SELECT, INSERT, DELETE ON auth.intents TO mis_definer;

SET LOCAL ROLE mis_definer;

-- Whose connection this is. Not auth.user_id(): a transaction that ends the user's own session notes its intent, too.
CREATE FUNCTION private.login_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_user uuid := (SELECT u.id FROM auth.users u WHERE u.pg_role = session_user);
BEGIN
    IF found_user IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    RETURN found_user;
END $$;

-- The intent is being carried out by this transaction. The same id again waits for whoever carries it out, and is refused once it is done.
CREATE FUNCTION auth.note_intent(p_id uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := private.login_user();
    before text;
BEGIN
    INSERT INTO auth.intents (id, user_id, outcome) VALUES (p_id, actor, 'DONE') ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT i.outcome INTO before FROM auth.intents i WHERE i.id = p_id;
        IF before = 'DONE' THEN
            RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'ALREADY_DONE', MESSAGE = 'This was carried out already.';
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'MIS04', CONSTRAINT = 'GIVEN_UP', MESSAGE = 'This was given up when its connection was lost.',
            HINT = 'Do it again.';
    END IF;
    -- nobody asks after three months
    DELETE FROM auth.intents i WHERE i.user_id = actor AND i.at < clock_timestamp() - interval '90 days';
END $$;

-- Whether an own intent was carried out. Waits for a transaction that is still at it; one that nobody carried out is given up for good.
CREATE FUNCTION auth.settle_intent(p_id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := auth.user_id();
BEGIN
    IF actor IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '28000', CONSTRAINT = 'SESSION_OVER', MESSAGE = 'The session is over: sign in again.';
    END IF;
    INSERT INTO auth.intents (id, user_id, outcome) VALUES (p_id, actor, 'GIVEN_UP') ON CONFLICT DO NOTHING;
    RETURN (SELECT i.outcome = 'DONE' FROM auth.intents i WHERE i.id = p_id AND i.user_id = actor);
END $$;

GRANT EXECUTE ON FUNCTION auth.note_intent(uuid), auth.settle_intent(uuid) TO mis_user;

SET LOCAL ROLE mis_owner;
