"""Between fork and server: take on the account, ask to die with the parent, then become the server.

Run as a script by `bot.program`, so that no Python code runs between fork and exec of a process with threads:
    python -I -S launch.py PARENT UID GID SIGNAL ALIAS PROGRAM [ARGUMENT...]
ALIAS is 0, or the user id to appear as inside a user namespace of our own.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
_NEW_USER_NAMESPACE = 0x10000000  # clone(2)


def main(arguments: list[str]) -> None:
    """Become the program; exit 78 with a sentence when that cannot be."""
    parent, uid, gid, signal, alias = (int(word) for word in arguments[:5])
    program = arguments[5:]
    try:
        take_on(uid, gid)
        if sys.platform == "linux":
            library = ctypes.CDLL(None, use_errno=True)
            if alias:
                appear_as(library, alias)
            # After setuid: a change of credentials clears the parent death signal.
            library.prctl(_SET_PARENT_DEATH_SIGNAL, signal, 0, 0, 0)
        if os.getppid() != parent:
            return  # the parent died before it could be told
        os.execvp(program[0], program)  # noqa: S606 - becoming the server is the point; no shell is wanted
    except OSError as error:
        print(f"{program[0]} cannot be started as user {uid}: {error.strerror}", file=sys.stderr)
        raise SystemExit(78) from error


def take_on(uid: int, gid: int) -> None:
    """Give up root for good; nothing to do when the account is ours already."""
    if os.geteuid() == uid:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def appear_as(library: ctypes.CDLL, alias: int) -> None:
    """Map our id to one that the password file names, for a program that insists on a name."""
    uid, gid = os.getuid(), os.getgid()
    if library.unshare(_NEW_USER_NAMESPACE) != 0:
        raise OSError(ctypes.get_errno(), "the password file does not name this user, and initdb insists on a name")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{alias} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{alias} {gid} 1")


if __name__ == "__main__":
    main(sys.argv[1:])
