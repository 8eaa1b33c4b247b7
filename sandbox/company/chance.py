"""Chance that is always the same: numbers drawn from a seed and a name."""

from __future__ import annotations

from hashlib import blake2b
from random import Random


def unit(seed: int, *name: object) -> float:
    """A number in [0, 1) that depends on the seed and the name only."""
    text = f"{seed}/{'/'.join(map(str, name))}".encode()
    return int.from_bytes(blake2b(text, digest_size=6).digest()) / (1 << 48)


def between(low: float, high: float, seed: int, *name: object) -> float:
    """A number in [low, high) for this name."""
    return low + (high - low) * unit(seed, *name)


def stream(seed: int, *name: object) -> Random:
    """A generator of its own for this name."""
    return Random(f"{seed}/{'/'.join(map(str, name))}")  # noqa: S311  a simulation, not a secret
