"""The second road out, and the last: services of Apprise, and a line in a file of this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from domain.kernel.errors import RefusedError
from models.receipt import Told

VARIABLE = "OPS_ALARM_URLS"
WITHIN_S = 30.0
"""So long a service may take to answer."""
FILE = "alarms.log"
_LARGEST = 1_000_000
_PIECES = re.compile(r"[/:@?&=,]+")


def addresses(said: str | None) -> tuple[str, ...]:
    """The addresses of OPS_ALARM_URLS, separated by spaces, or by commas before another address."""
    return tuple(re.split(r"[\s,]+(?=[a-z][a-z0-9+.-]*://)|\s+", said.strip(" \t\r\n,"))) if said else ()


def label(place: int, address: str) -> str:
    """How an address is called, for it is a secret: its place in the list, and its kind."""
    scheme = address.partition("://")[0]
    return f"{place} {scheme}" if re.fullmatch(r"[a-z][a-z0-9+.-]{0,30}", scheme) and "://" in address else f"{place}"


def labels(found: Sequence[str]) -> tuple[str, ...]:
    """How every address is called."""
    return tuple(label(place, address) for place, address in enumerate(found, 1))


def refuse_wrong(found: Sequence[str]) -> None:
    """RefusedError that names the first address no service answers to, without telling it."""
    import apprise  # noqa: PLC0415 - 28 MB, for those alone who send or try

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would say the same in its own words
    for name, address in zip(labels(found), found, strict=True):
        if apprise.Apprise.instantiate(address) is None:
            raise RefusedError(
                f"{VARIABLE}: address {name} cannot be used; write it as Apprise does, such as "
                "mailto://user:password@host, or take it out."
            )


async def send(found: Sequence[str], title: str, text: str, within: float = WITHIN_S) -> tuple[Told, ...]:
    """Send to every address at the same time; what each answered, whatever happens."""
    sends = (_one(name, address, title, text, within) for name, address in zip(labels(found), found, strict=True))
    return tuple(await asyncio.gather(*sends))


async def _one(name: str, address: str, title: str, text: str, within: float) -> Told:
    try:
        import apprise  # noqa: PLC0415 - 28 MB and 0.3 s, paid only by who sends

        service = apprise.Apprise.instantiate(address)
        if service is None:
            return Told(name, accepted=False, said="no service answers to this address")
        road = apprise.Apprise()
        road.add(service)
        told = await road.async_notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT, timeout=within)
    except Exception as error:  # noqa: BLE001 - a service that breaks is one that did not take it
        return Told(name, accepted=False, said=type(error).__name__)
    words = [entry.message for result in told for entry in result.logs()] or [
        "accepted" if told else told.status.name.lower()
    ]
    return Told(name, bool(told), _hidden(words[-1], address)[:200])


def _hidden(words: str, address: str) -> str:
    """What a service says, without any part of its address."""
    for piece in sorted(_PIECES.split(address), key=len, reverse=True):
        words = words.replace(piece, "[hidden]") if len(piece) > 5 else words
    return words


def write(folder: Path, at: datetime, key: str, text: str) -> bool:
    """Add a line to the file of alarms; whether it stands there. The file before it is kept when it grows too long."""
    file = folder / FILE
    line = " ".join(f"{at:%Y-%m-%dT%H:%M:%SZ} {key} {text}".split())
    try:
        if file.exists() and file.stat().st_size > _LARGEST:
            file.replace(file.with_suffix(".log.1"))
        number = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as out:
            out.write(line + "\n")
    except OSError as error:
        print(f"alarm, and {FILE} cannot be written ({error.strerror}): {line}", file=sys.stderr, flush=True)
        return False
    return True
