"""Who acts is called by a name a reader knows, never by a key."""

from __future__ import annotations

import pytest

from domain.kernel import people

NAMES = {"user:U1": "approver", "U2": "finance"}


@pytest.mark.parametrize(
    ("who", "called"),
    [
        ("user:U1", "@approver"),
        ("U2", "@finance"),
        ("user:U9", "U9"),
        ("job:attention", "the house (attention)"),
        ("hook:shop", "the webhook shop"),
        ("bot:logistics", "the logistics bot"),
        ("house", "the house"),
        ("", "nobody"),
    ],
)
def test_who_acts_is_called_by_a_name(who: str, called: str) -> None:
    assert people.called(who, NAMES) == called
