"""What is kept of the shop is the shop."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.company import unpacked
from sandbox.company.orders import OrderBook


class Reader:
    """Reads the shop once, and counts how often it is asked to."""

    def __init__(self) -> None:
        self.found = unpacked.read(11)
        self.asked = 0

    def __call__(self, seed: int) -> OrderBook:
        self.asked += 1
        return self.found


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_a_book_is_read_once_and_then_taken_back_as_it_was(tmp_path: Path, reader: Reader) -> None:
    before = reader.asked
    assert unpacked.book(11, tmp_path, reader) is reader.found
    kept = unpacked.book(11, tmp_path, reader)
    assert kept is not reader.found
    assert kept == reader.found
    assert reader.asked == before + 1


def test_what_is_no_book_or_cannot_be_kept_is_read_anew(tmp_path: Path, reader: Reader) -> None:
    unpacked.book(11, tmp_path, reader)
    (one,) = tmp_path.glob("*.pickle")
    one.write_bytes(b"not a book")
    before = reader.asked
    assert unpacked.book(11, tmp_path, reader) == reader.found
    (tmp_path / "taken").write_text("")
    assert unpacked.book(11, tmp_path / "taken", reader) == reader.found
    assert reader.asked == before + 2
