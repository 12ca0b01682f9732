"""Lints of a live database: what must hold of roles, grants, policies and functions, whoever changed them last.

`moveinsync db doctor` prints what they find, and tests/integration/security runs the same ones, so that a new table or
function is judged without being listed (SECURITY.md (b)). They read the catalogue only, as the owner.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.schemas.workspace import Administrator
from billing.store.administration import administrator
from billing.store.remedies import remedy

_OURS = "('app', 'api', 'auth', 'private', 'audit')"
_GROUPS = "unnest(ARRAY['mis_user', 'mis_super_admin', 'mis_client_admin', 'mis_vendor_admin', 'mis_viewer'])"
_FUNCTIONS = f"pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname IN {_OURS}"
_TABLES = f"pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN {_OURS}"
_COLUMNS = f"{_TABLES} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
_PERSONAL = "r.rolname LIKE 'mis\\_u\\_%'"


@dataclass(frozen=True, slots=True)
class Lint:
    """One rule: its code, what must hold, and a query whose rows (one text each) are the offenders."""

    code: str
    rule: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold, and for what."""

    code: str
    rule: str
    offender: str

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return remedy(self.code)


LINTS = (
    Lint(
        "OLD_SERVER",
        "The server is PostgreSQL 18.4 or later (R2).",
        "SELECT version() WHERE current_setting('server_version_num')::integer < 180004",
    ),
    Lint(
        "DEFINER_PATH",
        "Definer functions pin their search path to pg_catalog, pg_temp (R6).",
        f"""SELECT p.oid::regprocedure::text FROM {_FUNCTIONS} WHERE p.prosecdef
            AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)""",
    ),
    Lint(
        "DEFINER_OWNER",
        "Definer functions belong to mis_definer or mis_rolemgr (R1).",
        f"""SELECT p.oid::regprocedure::text FROM {_FUNCTIONS} WHERE p.prosecdef
            AND p.proowner::regrole::text NOT IN ('mis_definer', 'mis_rolemgr')""",
    ),
    Lint(
        "PUBLIC_EXECUTE",
        "No function of ours is executable by PUBLIC (R4).",
        f"SELECT p.oid::regprocedure::text FROM {_FUNCTIONS} WHERE has_function_privilege('public', p.oid, 'EXECUTE')",
    ),
    Lint(
        "PRIVATE_OPEN",
        "The schemas private and audit are closed to users (R3).",
        f"""SELECT g || ' on ' || s FROM {_GROUPS} g, unnest(ARRAY['private', 'audit']) s
            WHERE has_schema_privilege(g, s, 'USAGE') OR has_schema_privilege(g, s, 'CREATE')
            UNION ALL SELECT g || ' calls ' || p.oid::regprocedure::text FROM {_FUNCTIONS} CROSS JOIN {_GROUPS} g
            WHERE n.nspname IN ('private', 'audit') AND has_function_privilege(g, p.oid, 'EXECUTE')""",
    ),
    Lint(
        "SCHEMA_CREATE",
        "Users create nothing in any schema of this database (R3).",
        f"""SELECT g || ' in ' || n.nspname FROM {_GROUPS} g, pg_namespace n
            WHERE n.nspname !~ '^pg_(temp|toast)' AND has_schema_privilege(g, n.oid, 'CREATE')""",
    ),
    Lint(
        "RLS_OFF",
        "Row-level security is on and forced for every table (R5).",
        f"""SELECT c.oid::regclass::text FROM {_TABLES}
            WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    ),
    Lint(
        "NO_GATE",
        "Every table has the restrictive gate of a verified session (R5).",
        f"""SELECT c.oid::regclass::text FROM {_TABLES} WHERE c.relkind IN ('r', 'p') AND NOT EXISTS (
            SELECT 1 FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname
               AND p.policyname = 'gate' AND p.permissive = 'RESTRICTIVE' AND p.roles = '{{mis_user}}' AND p.cmd = 'ALL'
               AND p.qual ~ 'session_ok' AND p.with_check = p.qual)""",
    ),
    Lint(
        "POLICY_TRUE",
        "Policies that are simply true serve only roles that nobody signs in as (R5).",
        f"""SELECT tablename || '.' || policyname FROM pg_policies WHERE schemaname IN {_OURS}
            AND (qual = 'true' OR with_check = 'true')
            AND NOT roles <@ '{{mis_definer,mis_backup,mis_rolemgr,mis_owner}}'""",
    ),
    Lint(
        "NO_CHECK",
        "Policies for writing have a WITH CHECK (R5).",
        f"""SELECT tablename || '.' || policyname FROM pg_policies
            WHERE schemaname IN {_OURS} AND cmd IN ('ALL', 'INSERT', 'UPDATE') AND with_check IS NULL""",
    ),
    Lint(
        "POLICY_PER_ROW",
        "Policies call session functions once a statement, as (SELECT auth.f()): 300 times faster ((b) 9).",
        f"""SELECT tablename || '.' || policyname FROM pg_policies WHERE schemaname IN {_OURS} AND regexp_replace(
            coalesce(qual, '') || ' ' || coalesce(with_check, ''), '\\(\\s*SELECT auth\\.\\w+\\(\\) AS \\w+\\)', '',
            'g') ~ 'auth\\.'""",
    ),
    Lint(
        "TOKEN_READER",
        "Only auth.ctx() reads a session setting ((b) 3).",
        f"""SELECT p.oid::regprocedure::text FROM {_FUNCTIONS} WHERE p.prosrc ~ 'current_setting'
            AND p.oid <> 'auth.ctx'::regproc UNION ALL SELECT tablename || '.' || policyname FROM pg_policies
            WHERE coalesce(qual, '') || coalesce(with_check, '') ~ 'current_setting'""",
    ),
    Lint(
        "OWNER_VIEW",
        "Views run as their caller, with a security barrier; there is no materialised view (R7).",
        f"""SELECT c.oid::regclass::text FROM {_TABLES} WHERE c.relkind = 'm' OR c.relkind = 'v'
            AND NOT coalesce(c.reloptions @> '{{security_invoker=true,security_barrier=true}}', false)""",
    ),
    Lint(
        "TABLE_GRANT",
        "Users write column by column and delete nothing (R4).",
        f"""SELECT g || ' ' || r || ' on ' || c.oid::regclass::text FROM {_TABLES} CROSS JOIN {_GROUPS} g CROSS JOIN
            unnest(ARRAY['DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN', 'INSERT', 'UPDATE']) r
            WHERE c.relkind IN ('r', 'p', 'v') AND has_table_privilege(g, c.oid, r)""",
    ),
    Lint(
        "KEY_GRANT",
        "Keys, revisions and stamps are not the user's to change (R4).",
        f"""SELECT g || ' on ' || c.oid::regclass::text || '.' || a.attname FROM {_COLUMNS} CROSS JOIN {_GROUPS} g
            WHERE c.relkind = 'r' AND has_column_privilege(g, c.oid, a.attnum, 'UPDATE') AND a.attname IN ('client_id',
            'id', 'rev', 'created_at', 'created_by', 'recorded_at', 'recorded_by', 'updated_by', 'superseded_at',
            'batch_id')""",
    ),
    Lint(
        "FOREIGN_TENANT",
        "Foreign keys between tenant tables hold client_id: they ignore row security (R8).",
        """SELECT k.conrelid::regclass::text || '.' || k.conname FROM pg_constraint k
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'client_id'
           JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'client_id'
           WHERE k.contype = 'f' AND k.connamespace = 'app'::regnamespace AND NOT a.attnum = ANY (k.conkey)""",
    ),
    Lint(
        "UNIQUE_TENANT",
        "Unique keys of tenant tables hold client_id: else one tenant learns what another has (R8).",
        """SELECT i.indexrelid::regclass::text FROM pg_index i
           JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'app'::regnamespace
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id'
           WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY (i.indkey)""",
    ),
    Lint(
        "INEXACT_TYPE",
        "Amounts are whole paise and states text: no float, money, enum or numeric but percents.",
        f"""SELECT c.oid::regclass::text || '.' || a.attname FROM {_COLUMNS} JOIN pg_type t ON t.oid = a.atttypid
            WHERE c.relkind = 'r' AND a.attname !~ 'percent'
            AND (t.typtype = 'e' OR t.typname IN ('float4', 'float8', 'money', 'numeric'))""",
    ),
    Lint(
        "STRONG_ROLE",
        "Our roles cannot sign in, and none is a superuser, bypasses row security or makes databases (R1, (b) 14).",
        """SELECT rolname FROM pg_roles WHERE rolname LIKE 'mis\\_%' AND rolname !~ '^mis_(u_|boot$)' AND (rolcanlogin
           OR rolsuper OR rolbypassrls OR rolcreatedb OR rolreplication OR (rolcreaterole AND rolname <> 'mis_rolemgr'))
           """,
    ),
    Lint(
        "STRONG_LOGIN",
        "A user's login has no attribute and at most 8 connections (R1).",
        f"""SELECT r.rolname FROM pg_roles r WHERE {_PERSONAL} AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
            OR r.rolcreatedb OR r.rolreplication OR r.rolconnlimit NOT BETWEEN 0 AND 8)""",
    ),
    Lint(
        "MEMBERSHIP",
        "A user's login belongs to mis_user and exactly the group of its role, without SET and ADMIN (R1, (b) 4).",
        """SELECT u.pg_role FROM auth.users u JOIN pg_roles r ON r.rolname = u.pg_role
           WHERE ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                        WHERE m.member = r.oid AND NOT m.set_option AND NOT m.admin_option ORDER BY 1)
                 <> (SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['mis_user', 'mis_' || lower(u.role)]) x)""",
    ),
    Lint(
        "NO_ROLE",
        "Every user of the workspace has a database role: a restored dump lacks them.",
        "SELECT u.email FROM auth.users u WHERE NOT EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = u.pg_role)",
    ),
    Lint(
        "OPEN_DATABASE",
        "Nobody enters a database by being anybody (R3).",
        """SELECT datname FROM pg_database WHERE datname IN (current_database(), 'postgres', 'template1')
           AND has_database_privilege('public', oid, 'CONNECT')""",
    ),
    Lint(
        "SECRET_SETTING",
        "No secret stands in a role's or database's settings ((b) 13).",
        "SELECT setrole::regrole::text FROM pg_db_role_setting WHERE setconfig::text ~* '(jwt|secret|password|key)'",
    ),
    Lint(
        "SIGNING_KEY",
        "Exactly one signing key is in use (R10).",
        "SELECT count(*)::text || ' keys' FROM private.signing_key WHERE retired_at IS NULL HAVING count(*) <> 1",
    ),
    Lint(
        "AUDIT_GAP",
        "Every audited table tells of its changes, and the log only grows ((d)).",
        """SELECT r.tab::text FROM audit.recorded() r WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t
                  WHERE t.tgrelid = r.tab AND t.tgname = 'zz_audit' AND t.tgenabled IN ('O', 'A'))
           UNION ALL SELECT c.oid::regclass::text || '.' || t.tgname FROM pg_trigger t
           JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace IN ('audit'::regnamespace, 'app'::regnamespace)
           WHERE NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')""",
    ),
    Lint(
        "UNSAFE_DISK",
        "What is committed is on disk, and broken pages are noticed (R13).",
        """SELECT name || ' is ' || setting FROM pg_settings
           WHERE (name, setting) IN (('fsync', 'off'), ('full_page_writes', 'off'), ('data_checksums', 'off'))""",
    ),
)


def examine(admin: Administrator, database: str) -> list[Finding]:
    """Run every lint on a database; an empty list is a healthy one.

    Raises UnavailableError, NotSignedInError where the server refuses the administrator.
    """
    from billing.store.doctor_more import look_further

    findings = []
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        # a shared server's administrator reads no table of ours by itself
        cursor.execute("SET ROLE mis_definer")
        for lint in LINTS:
            cursor.execute(lint.sql)
            findings += [Finding(lint.code, lint.rule, str(row[0])) for row in cursor.fetchall()]
        findings += look_further(cursor)
    return findings
