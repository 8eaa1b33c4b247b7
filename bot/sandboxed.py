"""The sandbox as child processes, and the environment that points the bot at it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot import program, settings
from bot.program import Child
from domain.kernel.errors import EXIT_REFUSED, RefusedError, SystemicError


@dataclass(frozen=True)
class Part:
    """One running half of the sandbox: `url` is where it listens."""

    name: str
    url: str
    process: subprocess.Popen[str]


def start(name: str, port: int, state: Path, *more: str) -> Part:
    """Start `slack` or `vendors` and wait until it listens; a taken port is refused with its own sentence."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / f"{name}.log").open("a", encoding="utf-8") as log:
        process = _spawn(name, port, state, log, more)
    try:
        line = process.stdout.readline() if process.stdout else ""
    except KeyboardInterrupt:
        end(process, 5.0)
        raise
    if not line:
        code = process.wait(timeout=10)
        words = (state / f"{name}.log").read_text(encoding="utf-8").strip().splitlines()
        sentence = words[-1] if words else f"the sandbox ended with code {code}"
        raise (RefusedError if code == EXIT_REFUSED else SystemicError)(sentence)
    return Part(name, str(json.loads(line)["url"]), process)


def _spawn(name: str, port: int, state: Path, log: IO[str], more: tuple[str, ...]) -> subprocess.Popen[str]:
    """In a session of its own, so that Ctrl-C reaches only us; it ends with us however we end."""
    argv = [sys.executable, "-m", "sandbox", name, "--port", str(port), "--state", str(state), "--tethered", *more]
    return subprocess.Popen(
        argv,
        cwd=settings.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )


def stop(part: Part, seconds: float = 5.0) -> None:
    """End it, politely first."""
    end(part.process, seconds)
    for pipe in (part.process.stdin, part.process.stdout):
        if pipe is not None:
            pipe.close()


def end(process: Child, seconds: float) -> None:
    """Ask a process to end, again at every further Ctrl-C, and kill it when its time is over."""
    until = time.monotonic() + seconds
    while process.poll() is None:
        try:
            process.send_signal(signal.SIGTERM)
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            program.kill(process)
        except KeyboardInterrupt:
            continue


def environment(slack: Part, vendors: Part, data_dir: Path, web_port: int) -> dict[str, str]:
    """What the bot's environment says when everything outside is the sandbox."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    return inherited | {
        "SLACK_API_URL": f"{slack.url}/api/",
        "SLACK_BOT_TOKEN": "xoxb-sandbox-bot",
        "SLACK_APP_TOKEN": "xapp-sandbox-app",
        "SHOPIFY_URL": f"{vendors.url}/shopify",
        "SHOPIFY_SHOP": "sandbox",
        "SHOPIFY_CLIENT_ID": "sandbox-client",
        "SHOPIFY_CLIENT_SECRET": "sandbox-secret-shopify",
        "SHIPBOB_URL": f"{vendors.url}/shipbob",
        "SHOPIFY_WRITE_CLIENT_ID": "sandbox-writer",
        "SHOPIFY_WRITE_CLIENT_SECRET": "sandbox-secret-shopify-write",
        "SHIPBOB_TOKEN": "sandbox-pat-shipbob",
        "SHIPBOB_WRITE_TOKEN": "sandbox-pat-shipbob-write",
        "META_URL": f"{vendors.url}/meta",
        "META_TOKEN": "sandbox-token-meta",
        "META_WRITE_TOKEN": "sandbox-token-meta-write",
        "META_APP_SECRET": "sandbox-secret-meta",
        "META_ACCOUNT": "act_1000",
        "HUBSPOT_URL": f"{vendors.url}/hubspot",
        "HUBSPOT_SERVICE_KEY": "sandbox-key-hubspot",
        "HUBSPOT_WRITE_KEY": "sandbox-key-hubspot-write",
        "OPS_DATA_DIR": str(data_dir),
        "OPS_WEB_PORT": str(web_port),
    }
