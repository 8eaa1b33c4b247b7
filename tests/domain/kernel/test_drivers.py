"""The pieces of a change add up to it, to the penny, and their names do not lie."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import drivers
from domain.kernel.drivers import Sold

PENCE = st.integers(0, 10**9).map(lambda pence: Decimal(pence) / 100)
SOLD = st.builds(Sold, st.integers(0, 5000).map(Decimal), PENCE, PENCE).map(
    lambda sold: sold if sold.orders else Sold(Decimal(0), Decimal(0), sold.refunds)
)
CHANNELS = st.dictionaries(st.sampled_from(["dtc", "wholesale", "marketplace"]), st.tuples(SOLD, SOLD), min_size=1)


@given(CHANNELS)
def test_both_splits_add_up_to_the_change_of_net_revenue(channels: dict[str, tuple[Sold, Sold]]) -> None:
    change = sum((now.net - before.net for before, now in channels.values()), Decimal(0))
    found = drivers.of(channels, "trend")
    for split in ("channel", "cause"):
        assert sum((piece.value for piece in found if piece.split == split), Decimal(0)) == change


@given(SOLD, SOLD)
def test_the_same_change_backwards_has_the_same_pieces_with_the_other_sign(one: Sold, other: Sold) -> None:
    there, back = drivers.split(one, other), drivers.split(other, one)
    assert (there.volume, there.basket, there.refunds) == (-back.volume, -back.basket, -back.refunds)


@given(CHANNELS)
def test_fewer_orders_are_said_only_when_there_were_fewer(channels: dict[str, tuple[Sold, Sold]]) -> None:
    orders = sum((now.orders - before.orders for before, now in channels.values()), Decimal(0))
    names = {piece.cause: piece.names[0] for piece in drivers.of(channels, "trend")}
    if names["volume"] == "fewer orders":
        assert orders < 0
    if names["volume"] == "more orders":
        assert orders > 0


def test_without_orders_on_one_side_all_of_it_is_volume() -> None:
    pieces = drivers.split(Sold(), Sold(Decimal(3), Decimal(90), Decimal(0)))
    assert (pieces.volume, pieces.basket) == (Decimal(90), Decimal(0))
