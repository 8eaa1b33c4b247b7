"""docs/runbook.md: every alert, what it means, where to look in which order, how it is mended, whom to ask then."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kernel import runbook
from domain.kernel.runbook import Entry

PATH = "docs/runbook.md"
_HEAD = """# Runbook

Written by `python -m bot documents`. An alert's cause stands in the small print of its card; the button *What to do*
and `/ops runbook CAUSE` show its entry. Commands are run where the house runs and with its environment: for a service
as `operations-brain ...` (`docs/howto/deploy.md`), else as `.venv/bin/python -m bot ...`.
`ps -eo pid,comm | grep bot:` names its processes.
"""


def text() -> str:
    """The whole document."""
    entries = runbook.entries()
    rows = [f"| [`{one.pattern}`](#{runbook.anchor(one)}) | {one.title} |" for one in entries]
    table = "\n".join(["| cause | alert |", "|---|---|", *rows, ""])
    return "\n".join([_HEAD, table, *("\n".join(_entry(one)) for one in entries)])


def _entry(one: Entry) -> Iterator[str]:
    yield f'## <a id="{runbook.anchor(one)}"></a>{one.title} (`{one.pattern}`)\n'
    yield f"{one.means}\n"
    yield from (f"{number}. {look}" for number, look in enumerate(one.look, 1))
    yield f"\n**Mend**: {one.mend}\n"
    yield f"**Then ask**: {one.escalate}\n"
