"""Secrets at rest: seals and opens them, and is the only reader of the keys."""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12
KEY_BYTES = 32
# Where the seeds and recovery codes of second factors are sealed.
SECOND_FACTOR = "mfa/secret"


class Unreadable(Exception):
    """A sealed text was moved, altered, or sealed with a key that is gone."""


@cache
def _keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in settings.VAULT_KEYS:
        kid, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not kid.isalnum() or kid in keys or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                f"VAULT_KEYS: key {kid!r} must be id:base64-of-{KEY_BYTES}-bytes, "
                "each id once"
            )
        keys[kid] = key
    if not keys:
        raise ImproperlyConfigured("VAULT_KEYS holds no key")
    return keys


def problem() -> str:
    """Return what is wrong with the keys, in words without any key, or ""."""
    try:
        _keys()
    except ImproperlyConfigured as error:
        return str(error)
    return ""


def seal(plain: str, *, place: str) -> str:
    """Return `plain` as sealed text: v1.key-id.nonce.ciphertext (AES-256-GCM).

    `place` names table, column and row; the text opens nowhere else.
    """
    kid, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), f"v1/{place}".encode())
    return f"v1.{kid}.{_text(nonce)}.{_text(sealed)}"


def open_sealed(sealed: str, *, place: str) -> str:
    """Return the plain text of `sealed`.

    Raises Unreadable when it was altered, moved from `place`, or its key is gone.
    """
    try:
        version, kid, nonce, body = sealed.split(".")
        key = _keys()[kid]
        associated = f"{version}/{place}".encode()
        plain = AESGCM(key).decrypt(_bytes(nonce), _bytes(body), associated)
    except (ValueError, KeyError, InvalidTag) as error:
        raise Unreadable(f"cannot open the secret at {place}") from error
    return plain.decode()


def key_id(sealed: str) -> str:
    """Return the id of the key that sealed this text."""
    return sealed.split(".")[1]


def newest_key_id() -> str:
    """Return the id of the key that seals from now on."""
    return next(iter(_keys()))


def reseal(sealed: str, *, place: str) -> str:
    """Return the same secret under the newest key. Raises Unreadable."""
    if key_id(sealed) == newest_key_id():
        return sealed
    return seal(open_sealed(sealed, place=place), place=place)


def digest(*parts: str) -> str:
    """Return a keyed one-way hash (HMAC-SHA-256, hex) of `parts`.

    For what must be recognised but never read back: Link tokens, codes, passwords
    that were refused. Parts are length-prefixed, so ("ab", "c") ≠ ("a", "bc").
    """
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(
        settings.TOKEN_PEPPER.encode(), message.encode(), hashlib.sha256
    ).hexdigest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
