"""The living documents: written from the code, so that they cannot say what is not so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from bot import documents_data, documents_runbook, documents_vendors
from bot.settings import ROOT

DOCUMENTS: dict[str, Callable[[], str]] = {
    documents_data.PATH: documents_data.text,
    documents_vendors.PATH: documents_vendors.text,
    documents_runbook.PATH: documents_runbook.text,
}
"""Path -> its whole text."""


def write() -> list[str]:
    """Write every document that changed; their paths."""
    changed = list(stale())
    for path in changed:
        (ROOT / path).write_text(DOCUMENTS[path](), encoding="utf-8")
    return changed


def stale() -> Iterator[str]:
    """The documents that do not say what the code says."""
    for path, text in DOCUMENTS.items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text():
            yield path


def missing() -> list[str]:
    """What no document can tell, because nobody wrote it down."""
    return list(chain(documents_data.missing(), documents_vendors.missing()))
