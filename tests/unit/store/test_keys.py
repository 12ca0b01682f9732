from __future__ import annotations

import unicodedata
from uuid import UUID

import bcrypt
import pytest

from billing.errors import BadInputError
from billing.store.keys import (
    check_password,
    derive_secret,
    new_workspace_key,
    normalise_email,
    role_name,
    scram_verifier,
)
from billing.store.passwords import common, is_easy

WORKSPACE = UUID("0191d0e0-0000-7000-8000-000000000001")
KEY = bytes(range(16))


@pytest.fixture
def fast_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest cost: these tests are about what goes in, not about how slow it is."""
    monkeypatch.setattr("billing.store.keys.BCRYPT_COST", 4)


def test_secret_is_what_security_page_says_computed_by_other_libraries() -> None:
    import base64
    import hashlib
    import hmac

    pre = base64.b64encode(hmac.new(KEY, b"correct horse battery", hashlib.sha384).digest())
    assert len(pre) == 64
    seed = hashlib.sha256(f"mis-kdf-1|{WORKSPACE}|anna@acme.in".encode()).digest()[:16]
    usual = base64.b64encode(seed).decode().rstrip("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bcrypts = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    salt = usual.translate(str.maketrans(letters, bcrypts))
    slow = bcrypt.hashpw(pre, f"$2b$12${salt}".encode())
    expected = base64.b64encode(hmac.new(slow, b"pg-scram", hashlib.sha256).digest()).decode()
    assert derive_secret(KEY, WORKSPACE, "Anna@ACME.in ", "correct horse battery") == expected
    assert len(expected) == 44


@pytest.mark.usefixtures("fast_bcrypt")
@pytest.mark.parametrize("password", ["a" * 73, "b" * 128, "nul\0inside it", "पासवर्ड बहुत लंबा है", "ü" * 60])
def test_any_characters_and_lengths_work_and_count(password: str) -> None:
    secret = derive_secret(KEY, WORKSPACE, "a@b.in", password)
    assert len(secret) == 44
    assert secret != derive_secret(KEY, WORKSPACE, "a@b.in", password + "x")


@pytest.mark.usefixtures("fast_bcrypt")
def test_same_password_typed_on_another_system_gives_the_same_secret() -> None:
    composed, apart = (unicodedata.normalize(form, "café déjà vu ñ") for form in ("NFC", "NFD"))
    assert composed != apart
    assert derive_secret(KEY, WORKSPACE, "a@b.in", composed) == derive_secret(KEY, WORKSPACE, "a@b.in", apart)


@pytest.mark.usefixtures("fast_bcrypt")
def test_other_user_workspace_or_key_gives_another_secret() -> None:
    base = derive_secret(KEY, WORKSPACE, "a@b.in", "correct horse battery")
    assert base != derive_secret(KEY, WORKSPACE, "c@b.in", "correct horse battery")
    assert base != derive_secret(KEY, UUID(int=1), "a@b.in", "correct horse battery")
    assert base != derive_secret(new_workspace_key(), WORKSPACE, "a@b.in", "correct horse battery")


def test_verifier_is_that_of_rfc_7677() -> None:
    """The published test vector: user `pencil`, 4096 rounds; its ServerSignature needs exactly this ServerKey."""
    import base64
    import hashlib
    import hmac

    found = scram_verifier("pencil", salt=base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert found.startswith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$")
    server_key = base64.b64decode(found.rpartition(":")[2])
    message = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signature = base64.b64encode(hmac.new(server_key, message, hashlib.sha256).digest())
    assert signature == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_role_names_are_opaque_and_follow_the_normalised_address() -> None:
    assert role_name(WORKSPACE, "Anna@Acme.in") == role_name(WORKSPACE, "anna@acme.in")
    assert role_name(WORKSPACE, "anna@acme.in") != role_name(UUID(int=1), "anna@acme.in")
    assert role_name(WORKSPACE, "anna@acme.in").startswith("mis_u_")
    assert len(role_name(WORKSPACE, "anna@acme.in")) == 30


@pytest.mark.parametrize("email", ["", "anna", "@acme.in", "anna@", "an na@acme.in", "a\0@b.in", "x" * 250 + "@b.in"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadInputError) as refused:
        normalise_email(email)
    assert refused.value.code == "BAD_EMAIL"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("eleven char", "PASSWORD_LENGTH"),
        ("x" * 129, "PASSWORD_LENGTH"),
        ("aaaaaaaaaaaaaaaa", "PASSWORD_WEAK"),
        ("moveinsync1111", "PASSWORD_WEAK"),
        ("acme-anna-acme", "PASSWORD_WEAK"),
        ("moveinsync12345", "PASSWORD_WEAK"),
        ("Moonbridge@2026", "PASSWORD_WEAK"),
        ("moonbridge-foods", "PASSWORD_WEAK"),
        ("1qaz2wsx3edc", "PASSWORD_WEAK"),
        ("1QAZ2WSX3EDC", "PASSWORD_WEAK"),
        ("qwertyqwerty", "PASSWORD_WEAK"),
        ("Iloveyou!2026", "PASSWORD_WEAK"),
        ("2026-princess-1", "PASSWORD_WEAK"),
        ("123456654321", "PASSWORD_WEAK"),
        ("123456789012345", "PASSWORD_WEAK"),
        ("l i v e r p o o l", "PASSWORD_WEAK"),
    ],
)
def test_bad_new_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_password(password, "anna@acme.in", "Moonbridge Foods")
    assert refused.value.code == code


def test_good_new_passwords_pass() -> None:
    check_password("four words make a sentence", "anna@acme.in")
    check_password("x7#kP2!mQ9zL", "anna@acme.in")
    check_password("नमस्ते दुनिया कैसे हो", "anna@acme.in")
    check_password("anna likes 4 green parrots", "anna@acme.in", "Parrots Ltd")
    check_password(f"spaces and \x00 \U0001f600 {'x' * 90}", "anna@acme.in")


def test_the_list_holds_the_most_common_ones() -> None:
    assert len(common()) >= 3000
    assert {"123456", "password", "qwerty", "1qaz2wsx3edc"} <= common()
    assert all(not word.isspace() and word == word.casefold() for word in common())


def test_every_common_password_is_easy() -> None:
    assert [word for word in common() if not is_easy(word)] == []
    long_ones = [word for word in common() if len(word) >= 12]
    assert len(long_ones) > 150
    for word in long_ones:
        with pytest.raises(BadInputError):
            check_password(word)
