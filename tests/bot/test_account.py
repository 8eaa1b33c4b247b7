"""Where root's data live, and how an account that cannot reach the binaries gets them."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from bot import account as accounts
from bot import binaries, program
from bot.program import Program

AS_ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_roots_data_live_where_the_servers_can_walk_and_no_mode_is_touched(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (folder / "lib").mkdir(mode=0o755)
    home = accounts.make_home(closed / "var", folder / "lib")
    assert mode(closed) == 0o700
    assert home.is_relative_to(folder / "lib") is AS_ROOT
    assert accounts.reaches(accounts.for_servers(home), home)
    (closed / "var").rename(closed / "moved")
    assert accounts.make_home(closed / "moved", folder / "lib") == (home if AS_ROOT else closed / "moved")


def test_binaries_that_the_account_cannot_reach_are_copied(folder: Path) -> None:
    installed = binaries.postgres(folder, accounts.here())
    os.umask(before := os.umask(0o077))
    copy = binaries.copy_postgres(installed, folder)
    os.umask(before)
    account = accounts.for_servers(folder)
    for tool in ("initdb", "postgres"):
        words = program.command(Program(tool, (str(copy / "bin" / tool), "--version"), account=account))
        assert b"PostgreSQL) 18" in subprocess.run(words, capture_output=True, check=True).stdout
