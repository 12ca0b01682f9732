"""Encrypted files come back whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.errors import BadInputError
from billing.store import sealed
from billing.store.sealed import CHUNK, key_mark, read_label, seal, unseal

KEY = bytes(range(16))


def sealed_file(folder: Path, content: bytes, name: str = "sealed") -> Path:
    (folder / "plain").write_bytes(content)
    with (folder / name).open("wb") as file:
        seal(folder / "plain", file, KEY, {"name": "Acme"})
    return folder / name


def opened(file: Path, key: bytes = KEY) -> bytes:
    unseal(file, file.with_suffix(".out"), key)
    return file.with_suffix(".out").read_bytes()


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_goes_in_comes_out(tmp_path: Path, length: int) -> None:
    content = secrets.token_bytes(length)
    file = sealed_file(tmp_path, content)
    assert opened(file) == content
    assert content[:64] not in file.read_bytes() or length < 64
    label = read_label(file)
    assert label is not None
    assert (label["name"], label["key_mark"]) == ("Acme", key_mark(KEY))


def test_the_same_content_twice_is_not_the_same_file(tmp_path: Path) -> None:
    one, two = (sealed_file(tmp_path, b"x" * 100, name).read_bytes() for name in ("one", "two"))
    assert one.partition(b"\n")[2] != two.partition(b"\n")[2]


def test_another_key_is_told_apart_from_damage(tmp_path: Path) -> None:
    file = sealed_file(tmp_path, b"x" * 100)
    with pytest.raises(BadInputError) as refused:
        opened(file, bytes(16))
    assert refused.value.code == "OTHER_KEY"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(tmp_path: Path, at: int, bit: int) -> None:
    file = sealed_file(tmp_path, b"amount 100" * 30)
    raw = bytearray(file.read_bytes())
    raw[at % len(raw)] ^= 1 << bit
    file.write_bytes(bytes(raw))
    with pytest.raises(BadInputError):
        opened(file)


def test_frames_cannot_be_cut_off_swapped_or_put_behind_another_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "CHUNK", 100)
    raw = sealed_file(tmp_path, secrets.token_bytes(450)).read_bytes()
    head, _, body = raw.partition(b"\n")
    frames = [body[at : at + 116] for at in range(0, len(body), 116)]
    other = sealed_file(tmp_path, secrets.token_bytes(450), "other").read_bytes().partition(b"\n")[0]
    for label, kept in (
        (head, frames[:-1]),
        (head, frames[1:]),
        (head, [frames[1], frames[0], *frames[2:]]),
        (head, [*frames, frames[-1]]),
        (head.replace(b"Acme", b"Evil"), frames),
        (other, frames),
    ):
        (tmp_path / "changed").write_bytes(label + b"\n" + b"".join(kept))
        with pytest.raises(BadInputError) as refused:
            opened(tmp_path / "changed")
        assert refused.value.code in ("DAMAGED", "OTHER_KEY")


def test_other_files_have_no_label(tmp_path: Path) -> None:
    (tmp_path / "zip").write_bytes(b"PK\x03\x04")
    assert read_label(tmp_path / "zip") is None
    (tmp_path / "half").write_bytes(sealed.MAGIC + b"{")
    with pytest.raises(BadInputError):
        read_label(tmp_path / "half")
