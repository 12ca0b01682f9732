"""Calls of every function that a login may call, made from the catalogue: nobody has to think of a new function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

# Who may call what, and what it takes; trigger functions cannot be called.
CALLABLE = """
SELECT format('%%I.%%I', n.nspname, p.proname), coalesce(p.proargnames, '{}'),
       ARRAY(SELECT format_type(x.t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS x (t, o) ORDER BY x.o)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   AND n.nspname IN ('api', 'auth', 'app', 'audit', 'private')
 WHERE p.prorettype <> 'trigger'::regtype AND p.prokind = 'f' AND has_function_privilege(%s, p.oid, 'EXECUTE')
   AND has_schema_privilege(%s, n.oid, 'USAGE') ORDER BY 1, 3"""
# They end the caller's own session, which the other calls still need.
_LAST = frozenset({"auth.sign_out", "auth.change_password", "auth.end_own_sessions"})
_VALUES = {
    "text": "'x'",
    "integer": "1",
    "bigint": "1",
    "smallint": "1::smallint",
    "boolean": "true",
    "date": "'2026-10-01'::date",
    "jsonb": "'{}'::jsonb",
    "timestamp with time zone": "now()",
    "timestamp without time zone": "now()::timestamp",
    "bytea": "sha256('x')",
    "interval": "interval '1 day'",
}


def functions(root: Any, login: str) -> list[tuple[str, list[str], list[str]]]:
    """Name, names and types of the arguments of all that the login may call, the harmless ones first."""
    root.execute(CALLABLE, (login, login))
    found = [(name, list(names), list(types)) for name, names, types in root.fetchall()]
    return sorted(found, key=lambda one: one[0] in _LAST)


def calls(root: Any, login: str, ids: Mapping[str, UUID | str], client: UUID) -> Iterator[str]:
    """Every function once with each id in place of what is no client; the client's argument gets `client`."""
    for name, names, types in functions(root, login):
        if name in _LAST:
            continue
        has_ids = any(
            "uuid" in kind for kind, word in zip(types, _padded(names, types), strict=True) if not _is_client(word)
        )
        for one in dict.fromkeys(str(value) for value in ids.values()) if has_ids else [str(client)]:
            arguments = [
                _value(kind, str(client) if _is_client(word) else one)
                for word, kind in zip(_padded(names, types), types, strict=True)
            ]
            yield f"SELECT * FROM {name}({', '.join(arguments)})"


def _padded(names: list[str], types: list[str]) -> list[str]:
    return (names + [""] * len(types))[: len(types)]


def _is_client(word: str) -> bool:
    return word in ("p_client", "p_chain", "client")


def _value(kind: str, identity: str) -> str:
    if kind == "uuid":
        return f"'{identity}'::uuid"
    if kind == "uuid[]":
        return f"ARRAY['{identity}']::uuid[]"
    if kind.endswith("[]"):
        return f"'{{}}'::{kind}"
    return _VALUES.get(kind, f"NULL::{kind}")
