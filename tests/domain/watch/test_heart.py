"""A process whose heart stops ends what it does: others are about to take it over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError

from domain.kernel.ports import Ops
from domain.watch import executors
from tests.jobs.parts import an_ops


@pytest.fixture
def ops() -> Ops:
    return an_ops("postgresql+psycopg://nobody@127.0.0.1:9/nothing")


def _beats(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """A heart that stops with a defect after so many beats, and a death that needs no database."""
    left = iter(range(most))

    async def beat(*_: Any) -> None:
        if next(left, None) is None:
            raise ProgrammingError("insert", {}, ValueError("no such column"))

    async def die(_: Ops) -> None:
        return

    monkeypatch.setattr(executors, "beat", beat)
    monkeypatch.setattr(executors, "die", die)


async def test_a_beat_that_fails_for_good_ends_the_body(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    _beats(monkeypatch, 2)
    with pytest.raises(ProgrammingError):
        async with asyncio.timeout(2), executors.alive(ops, "worker", every=0.01):
            await asyncio.Event().wait()


async def test_a_body_ended_from_outside_stays_ended(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    _beats(monkeypatch, 1000)

    async def live() -> None:
        async with executors.alive(ops, "worker", every=0.01):
            await asyncio.Event().wait()

    task = asyncio.create_task(live())
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_body_is_told_as_it_is(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    _beats(monkeypatch, 1000)
    with pytest.raises(KeyError):
        async with executors.alive(ops, "worker", every=0.01):
            raise KeyError
