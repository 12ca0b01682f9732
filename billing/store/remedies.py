"""What to do about each finding of the doctor: a sentence and, where one does it, the statement."""

from __future__ import annotations

_MIGRATED_BY_HAND = "Somebody changed the schema by hand. Undo it, or restore a backup; migrations never do this."

REMEDIES = {
    "OLD_SERVER": "Upgrade the server to the newest minor version of PostgreSQL 18 (docs/server.md).",
    "DEFINER_PATH": "ALTER FUNCTION ... SET search_path = pg_catalog, pg_temp. " + _MIGRATED_BY_HAND,
    "DEFINER_OWNER": "ALTER FUNCTION ... OWNER TO mis_definer. " + _MIGRATED_BY_HAND,
    "PUBLIC_EXECUTE": "REVOKE EXECUTE ON FUNCTION ... FROM PUBLIC.",
    "PRIVATE_OPEN": "REVOKE ALL ON SCHEMA private, audit (and the functions named) FROM the group named.",
    "SCHEMA_CREATE": "REVOKE CREATE ON SCHEMA ... FROM the group named, and from PUBLIC.",
    "RLS_OFF": "ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; it keeps tenants apart.",
    "NO_GATE": _MIGRATED_BY_HAND,
    "POLICY_TRUE": "DROP POLICY ... ON the table named.",
    "NO_CHECK": _MIGRATED_BY_HAND,
    "POLICY_PER_ROW": _MIGRATED_BY_HAND,
    "TOKEN_READER": _MIGRATED_BY_HAND,
    "OWNER_VIEW": "ALTER VIEW ... SET (security_invoker = true, security_barrier = true), or drop the view.",
    "TABLE_GRANT": "REVOKE the right named on the table named FROM the group named.",
    "KEY_GRANT": "REVOKE UPDATE (column) on the table named FROM the group named.",
    "FOREIGN_TENANT": _MIGRATED_BY_HAND,
    "UNIQUE_TENANT": _MIGRATED_BY_HAND,
    "INEXACT_TYPE": _MIGRATED_BY_HAND,
    "STRONG_ROLE": "ALTER ROLE ... NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOREPLICATION NOCREATEROLE.",
    "STRONG_LOGIN": "ALTER ROLE ... NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 8.",
    "MEMBERSHIP": "Set the user's role again on the Users screen; REVOKE any other group from the login named.",
    "NO_ROLE": "Reset the user's password on the Users screen, or disable the user: a restored dump brings no logins.",
    "OPEN_DATABASE": "REVOKE CONNECT ON DATABASE ... FROM PUBLIC, as a superuser.",
    "SECRET_SETTING": "ALTER ROLE (or DATABASE) ... RESET the setting: every role can read it.",
    "SIGNING_KEY": "SELECT private.rotate_signing_key(), as mis_definer; everybody signs in again.",
    "AUDIT_GAP": "ALTER TABLE ... ENABLE TRIGGER ...; changes made meanwhile are not in the audit trail: say so.",
    "UNSAFE_DISK": "ALTER SYSTEM SET fsync = on, full_page_writes = on, and reload; checksums: pg_checksums --enable.",
    "TRIGGER_MISSING": "Restore the trigger from resources/sql, or a backup: what it guards is open until then.",
    "BACKUP_BLIND": "GRANT SELECT ON ... TO mis_backup, with a policy for it: a dump would lack the rows, silently.",
    "SCHEMA_BEHIND": "moveinsync db migrate, after a backup.",
    "SCHEMA_UNKNOWN": "Use the newer program that migrated this database.",
    "BACKUP": "Choose a folder on another disk in Settings, Backups, or run `moveinsync db backup FILE` daily.",
    "OLD_POOLER": "Upgrade PgBouncer to 1.26.1 or later: older ones let a login be impersonated (CVE-2026-107350).",
    "POOLER_MODE": "Set server_reset_query_always = 1, and pool_mode = transaction (docs/server.md).",
}


def remedy(code: str) -> str:
    """What to do about a finding of that code."""
    return REMEDIES[code]
