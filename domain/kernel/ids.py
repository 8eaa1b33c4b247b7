"""Short names for what people speak of: the same origin always gets the same one."""

from __future__ import annotations

import base64
import hashlib
from typing import Literal

Kind = Literal["T", "A", "P", "E", "R", "S", "J"]
"""Task, action, approval, escalation, report, snapshot, job slot begun by hand."""


def of(kind: Kind, origin: str) -> str:
    """`T-` and ten letters, fifty bits of what it came from: two deliveries of one thing are one thing."""
    digest = hashlib.sha256(f"{kind}\0{origin}".encode(errors="surrogatepass")).digest()
    return f"{kind}-{base64.b32encode(digest).decode()[:10]}"
