"""What was known when something was put forward is kept, once for the same knowledge."""

from __future__ import annotations

from domain.trust import snapshot
from tests.domain.trust.conftest import House

FIGURES = ({"metric": "logistics.stock.cover", "value": "9.5", "rows": [1, 2]},)


async def test_the_same_knowledge_is_one_snapshot_that_names_the_policy(house: House) -> None:
    found = await house.asked(rule="cover", figures=FIGURES)
    name = (await house.rows("select snapshot_id from action where id = :id", id=found.action_id))[0][0]
    async with house.ops.db.begin() as db:
        assert await snapshot.take(house.ops, db, rule="cover", figures=FIGURES) == name
        assert await snapshot.take(house.ops, db, rule="other", figures=FIGURES) != name
        body = await snapshot.of(db, name)
    assert body is not None
    assert (body["rule"], body["figures"]) == ("cover", list(FIGURES))
    assert body["policy"] == snapshot.policy_digest(house.ops.policy)
    assert "hubspot.deals" in body["sources"]
    before = snapshot.policy_digest(house.ops.policy)
    house.set(approvers=["finance"])
    assert snapshot.policy_digest(house.ops.policy) != before
