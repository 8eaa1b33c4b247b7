"""An approved action is done once, whatever the vendor answers and wherever the process ends."""

from __future__ import annotations

from tests.domain.actions.conftest import Stage


async def test_an_approved_hold_is_done_proved_and_undone(stage: Stage) -> None:
    name = await stage.approved("shopify.hold_fulfilment", {"order": await stage.an_order()})
    await stage.run(name)
    row = await stage.row(name)
    assert (row.state, row.error) == ("done", "")
    assert row.saved
    assert row.after
    assert row.after != row.before
    await stage.undoing(name)
    await stage.run(name, "undo")
    back = await stage.row(name)
    assert (back.state, back.error, back.after) == ("undone", "", row.before)
