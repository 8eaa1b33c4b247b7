"""The failure taxonomy: transient, input, logic, systemic; and the refusal to start."""

from __future__ import annotations

EXIT_REFUSED = 78  # sysexits.h EX_CONFIG: the configuration is refused, restarting will not help


class OpsError(Exception):
    """Something went wrong."""

    kind = "systemic"

    def __init__(self, detail: str = "", *, source: str = "") -> None:
        """Keep what went wrong (`detail`, a sentence for people) and where (`source`, a connector or job)."""
        self.detail = detail or (self.__doc__ or "").splitlines()[0]
        self.source = source
        super().__init__(self.detail)


class TransientError(OpsError):
    """It may work again by itself; `retry_after` is in seconds when the other side named one."""

    kind = "transient"

    def __init__(self, detail: str = "", *, source: str = "", retry_after: float | None = None) -> None:
        """Keep the wait the other side asked for, in seconds."""
        super().__init__(detail, source=source)
        self.retry_after = retry_after


class InputError(OpsError):
    """What was handed in cannot be used; repeating it will not help."""

    kind = "input"


class LogicError(OpsError):
    """The answer has a shape or a value nobody expects: a renamed field, an empty 200, a stale page."""

    kind = "logic"


class SystemicError(OpsError):
    """A person must mend something outside: a credential, a permission, a closed account."""

    kind = "systemic"


class RefusedError(OpsError):
    """The configuration is refused: one sentence what is wrong and what to do; the process ends with 78."""

    kind = "systemic"
