"""The living documents say what the code says, and nothing of it is left out."""

from __future__ import annotations

import pytest

from bot import documents, documents_data, documents_uses, documents_vendors
from bot.wiring import DEPARTMENTS

CONNECTORS = [one for department in DEPARTMENTS for one in department.connectors]


def test_every_document_is_as_the_code_would_write_it() -> None:
    assert list(documents.stale()) == [], "run: python -m bot documents"


def test_every_table_field_and_secret_has_its_words() -> None:
    assert documents.missing() == []


@pytest.mark.parametrize("field", ["unheard_of", "id"])
def test_a_field_without_words_is_missed(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    said = documents_data._said()
    monkeypatch.setattr(documents_data, "_said", lambda: said)
    said["common"].pop(field, None)
    said["tables"]["task"]["fields"]["unheard_of"] = "Nothing."
    lacking = list(documents_data.missing())
    assert "there is no field task.unheard_of" in lacking
    assert ("task.id has no words" in lacking) == (field == "id")


def test_every_credential_stream_and_action_is_in_the_matrix() -> None:
    told = documents_vendors.text()
    names = [
        *(one.name for at in CONNECTORS for one in at.credentials),
        *(f"{at.key}.{one.key}" for at in CONNECTORS for one in at.streams),
        *(one.kind for at in CONNECTORS for one in at.actions),
    ]
    assert [name for name in names if f"`{name}`" not in told] == []


def test_who_writes_a_table_is_seen_through_helpers_and_words() -> None:
    users = documents_uses.of(
        {"Task": "task", "Person": "person", "ShopOrder": "shop_order", "TrailLink": "trail_link"}
    )
    assert "domain/tasks/desk.py" in users["task"].writers
    assert "bot/slack_directory.py" in users["person"].writers
    assert "domain/kernel/facts.py" in users["shop_order"].writers
    assert users["trail_link"].writers == ()
    assert "domain/pulse/score.py" not in users["task"].readers
