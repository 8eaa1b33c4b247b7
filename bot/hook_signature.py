"""Whether a webhook is what its sender signed: Standard Webhooks, with a window of five minutes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from domain.kernel.errors import RefusedError
from domain.kernel.ports import Secrets

WINDOW_S = 300
SOURCE = re.compile(r"[a-z0-9]{1,30}")
VARIABLE = re.compile(r"OPS_HOOK_(.+)_SECRET")
_ID = re.compile(r"[\w.:-]{1,120}", re.ASCII)
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_SIGNATURES = 10


class UnsignedError(Exception):
    """Nobody we know sent this, or not now."""


def secret(secrets: Secrets, source: str) -> bytes | None:
    """The secret of a source; None when it has none, RefusedError when it is no `whsec_` and base64."""
    if not SOURCE.fullmatch(source):
        return None
    name = f"OPS_HOOK_{source.upper()}_SECRET"
    said = secrets.get(name)
    return decoded(name, said) if said else None


def decoded(name: str, said: str) -> bytes:
    """A secret as bytes; RefusedError names the variable that cannot be one."""
    try:
        key = base64.b64decode(said.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not said.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise RefusedError(f"{name} must be `whsec_` and the base64 of 24 to 64 bytes.")
    return key


def refuse_wrong(environment: Mapping[str, str]) -> None:
    """Refuse an environment with a secret that cannot be one or that two sources share, or an impossible name."""
    known: dict[bytes, str] = {}
    for name, said in environment.items():
        if (hit := VARIABLE.fullmatch(name)) and said.strip():
            if not SOURCE.fullmatch(hit[1].lower()):
                raise RefusedError(f"{name}: a source is called by small letters and digits alone.")
            if (other := known.setdefault(decoded(name, said.strip()), name)) != name:
                raise RefusedError(f"{name} is the secret of {other}: each source needs one of its own.")


def checked(headers: Mapping[str, str], body: bytes, key: bytes, now: datetime) -> str:
    """The id of a webhook whose signature and time hold; UnsignedError says in a sentence what does not."""
    told, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(told) or not _TIME.fullmatch(at):
        raise UnsignedError("webhook-id or webhook-timestamp is missing or malformed.")
    if abs(now.timestamp() - int(at)) > WINDOW_S:
        raise UnsignedError("webhook-timestamp lies more than five minutes away.")
    wanted = hmac.new(key, f"{told}.{at}.".encode() + body, hashlib.sha256).digest()
    given = headers.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    if not any(hmac.compare_digest(wanted, one) for one in map(_signature, given)):
        raise UnsignedError("webhook-signature does not fit.")
    return told


def _signature(said: str) -> bytes:
    version, _, text = said.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
