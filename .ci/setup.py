"""Makes .venv from a hash-locked list of packages; does nothing when that list is installed already."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
REFUSED = 78
LOCKS = ("requirements.lock", "requirements-dev.lock")  # each one holds everything of those before it
LIST = "import importlib.metadata as m; print(*sorted({d.metadata['Name'] for d in m.distributions()}))"


def main(lock: str) -> int:
    """Install `lock` unless that is done; returns the exit code."""
    if lock not in LOCKS:
        return refuse(f"There is no list {lock}; it is one of {', '.join(LOCKS)}.")
    if digest(lock) in installed():
        return 0
    begun = time.monotonic()
    print(f"Setting up .venv from {lock}; this happens once.", flush=True)
    try:
        code = make() or install(lock)
    except PermissionError as error:
        return refuse(f"{error.filename} belongs to another user; run as that user, or remove {VENV}.")
    if code == 0:
        STAMP.write_text("\n".join(digest(name) for name in LOCKS[: LOCKS.index(lock) + 1]), encoding="ascii")
        print(f"Set up in {time.monotonic() - begun:.0f} s.", flush=True)
    return code


def digest(lock: str) -> str:
    """What stands for a list: its name and its content."""
    return f"{lock} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}"


def installed() -> list[str]:
    """The lists that .venv holds; none when its Python does not run."""
    return STAMP.read_text(encoding="ascii").splitlines() if works() and STAMP.exists() else []


def works() -> bool:
    """Whether .venv has a Python 3.11 that runs for us and has not been moved here from another path."""
    ask = "import sys; sys.exit(sys.version_info[:2] != (3, 11) or sys.prefix != sys.argv[1])"
    try:
        return subprocess.run([PYTHON, "-I", "-c", ask, str(VENV)], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make() -> int:
    """An empty .venv, unless a whole one is there; one whose set-up was interrupted is begun again."""
    if installed():
        STAMP.unlink()
        return 0
    if importlib.util.find_spec("ensurepip") is not None:
        pip: tuple[str, ...] = ()
    elif importlib.util.find_spec("pip") is not None:
        pip = ("--without-pip",)
    else:
        return refuse(
            f"{sys.executable} has neither ensurepip nor pip; install them (Debian: apt-get install python3.11-venv)."
        )
    return subprocess.run([sys.executable, "-m", "venv", "--clear", *pip, str(VENV)], check=False).returncode


def install(lock: str) -> int:
    """Exactly the packages of the list, each checked against its hash, with pip's own progress shown."""
    pip = [str(PYTHON), "-I", "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = ["--disable-pip-version-check", "--no-input"]
    wanted = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(ROOT / lock)]
    code = subprocess.run([*pip, "install", *quiet, "--no-compile", *wanted], check=False).returncode
    if code != 0:
        return refuse(f"pip could not install {lock} (exit code {code}); its last lines above say why.")
    surplus = left_over(lock)
    if not surplus:
        return 0
    return subprocess.run([*pip, "uninstall", *quiet, "--yes", *surplus], check=False).returncode


def left_over(lock: str) -> list[str]:
    """Installed packages that the list does not name."""
    named = {line.split("==")[0] for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if "==" in line}
    have = subprocess.run([PYTHON, "-I", "-c", LIST], capture_output=True, text=True, check=True).stdout.split()
    return [
        name for name in have if name.lower().replace("_", "-").replace(".", "-") not in named | {"pip", "setuptools"}
    ]


def refuse(sentence: str) -> int:
    """Say what is wrong and what to do."""
    print(sentence, file=sys.stderr, flush=True)
    return REFUSED


if __name__ == "__main__":
    os.environ.pop("PIP_REQUIRE_VIRTUALENV", None)
    raise SystemExit(main(*sys.argv[1:2] or ["requirements-dev.lock"]))
