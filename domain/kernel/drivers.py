"""What moved net revenue, by arithmetic: pieces per channel, and of volume, basket and refunds, that add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.kernel.ground import Driver
from domain.kernel.metric import CHANNELS

NET = "sales.revenue.net"
_PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Sold:
    """What one channel did in one stretch of days."""

    orders: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """Gross less refunds."""
        return self.gross - self.refunds


@dataclass(frozen=True)
class Pieces:
    """A change of net revenue in pieces that add up to it."""

    volume: Decimal
    basket: Decimal
    refunds: Decimal

    @property
    def change(self) -> Decimal:
        """The whole change."""
        return self.volume + self.basket + self.refunds


def split(before: Sold, now: Sold) -> Pieces:
    """Volume and basket by the midpoint rule (each half with the other's old and new value); refunds as they are.

    Without orders on one side there is no basket to compare: then all of the change in gross is volume.
    """
    refunds = before.refunds - now.refunds
    if not before.orders or not now.orders:
        return Pieces(now.gross - before.gross, Decimal(0), refunds)
    old = Fraction(before.gross) / Fraction(before.orders)
    new = Fraction(now.gross) / Fraction(now.orders)
    volume = (Fraction(now.orders) - Fraction(before.orders)) * (old + new) / 2
    exact = Decimal(volume.numerator) / Decimal(volume.denominator)
    pence = exact.quantize(_PENNY)
    return Pieces(pence, now.gross - before.gross - pence, refunds)


def together(channels: dict[str, tuple[Sold, Sold]]) -> Pieces:
    """The pieces of all channels: each split on its own, so that a change of the mix is nobody's basket."""
    parts = [split(before, now) for before, now in channels.values()]
    return Pieces(
        sum((part.volume for part in parts), Decimal(0)),
        sum((part.basket for part in parts), Decimal(0)),
        sum((part.refunds for part in parts), Decimal(0)),
    )


def of(channels: dict[str, tuple[Sold, Sold]], period: str) -> tuple[Driver, ...]:
    """The drivers of net revenue between two stretches (before, now) by channel, named as prose names them."""
    by_channel = [
        Driver("channel", NET, channel, CHANNELS.get(channel, (channel,))[:1], now.net - before.net, period)
        for channel, (before, now) in sorted(channels.items())
    ]
    pieces = together(channels)
    orders = sum((now.orders - before.orders for before, now in channels.values()), Decimal(0))
    baskets = _basket(channels, 1) - _basket(channels, 0)
    by_cause = [
        Driver("cause", NET, "volume", (_volume_name(pieces.volume, orders),), pieces.volume, period),
        Driver("cause", NET, "basket", (_basket_name(pieces.basket, baskets),), pieces.basket, period),
        Driver("cause", NET, "refunds", (_refunds_name(pieces.refunds),), pieces.refunds, period),
    ]
    return (*by_channel, *by_cause)


def _basket(channels: dict[str, tuple[Sold, Sold]], side: int) -> Decimal:
    """The average order value of all channels on one side; 0 without orders."""
    orders = sum((pair[side].orders for pair in channels.values()), Decimal(0))
    gross = sum((pair[side].gross for pair in channels.values()), Decimal(0))
    return gross / orders if orders else Decimal(0)


def _volume_name(value: Decimal, orders: Decimal) -> str:
    """`Fewer orders` only where there were fewer: the mix of channels may cost volume while orders rise."""
    if value * orders <= 0:
        return "order mix"
    return "more orders" if value > 0 else "fewer orders"


def _basket_name(value: Decimal, baskets: Decimal) -> str:
    if value * baskets <= 0:
        return "basket mix"
    return "larger baskets" if value > 0 else "smaller baskets"


def _refunds_name(value: Decimal) -> str:
    return "lower refunds" if value > 0 else "higher refunds"
