"""Verify an exported audit chain without the product: `python3 verify_audit.py EXPORT.jsonl [ANCHORS.jsonl]`.

Standard library only and no code shared with the database or the program. Each line of the export has seq, prev, hash
and text; hash = sha256(prev + text), prev is the hash before (32 zero bytes first), and text is the JSON array of the
entry's fields, the chain first and seq second. Exit status: 0 clean, 1 tampered with, 2 cannot tell.
"""

from __future__ import annotations

import hashlib
import json
import sys


def main(arguments: list[str]) -> int:
    """Verify the export, and the anchors if given."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        anchors = []
        if len(arguments) == 2:
            with open(arguments[1], encoding="utf-8") as file:
                anchors = [json.loads(line) for line in file]
        return _verify(entries, anchors)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot tell: {error}", file=sys.stderr)
        return 2


def _verify(entries: list[dict], anchors: list[dict]) -> int:
    before = bytes(32)
    chain = None
    for place, entry in enumerate(entries, start=1):
        fields = json.loads(entry["text"])
        chain = chain or fields[0]
        digest = hashlib.sha256(before + entry["text"].encode()).hexdigest()
        sound = (
            entry["seq"] == place
            and fields[:2] == [chain, str(place)]
            and entry["prev"] == before.hex()
            and entry["hash"] == digest
        )
        if not sound:
            print(f"entry {place} was changed, removed or reordered")
            return 1
        before = bytes.fromhex(digest)
    compared = 0
    for anchor in anchors:
        if anchor["chain"] != chain:
            continue
        compared += 1
        if not (0 < anchor["seq"] <= len(entries) and entries[anchor["seq"] - 1]["hash"] == anchor["hash"]):
            print(f"entry {anchor['seq']} is not the one that an anchor names")
            return 1
    print(f"clean: {len(entries)} entries, {compared} anchors compared")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
