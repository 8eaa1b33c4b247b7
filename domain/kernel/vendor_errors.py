"""What can go wrong with a vendor, each with the short word under which it stands in a source's state."""

from __future__ import annotations

from domain.kernel.errors import LogicError, OpsError, SystemicError, TransientError


class CredentialError(SystemicError):
    """The vendor refuses the credential."""

    fault = "credential"


class PermissionMissingError(SystemicError):
    """The credential is good, but may not do this."""

    fault = "permission"


class PaymentError(SystemicError):
    """The vendor wants to be paid before it answers."""

    fault = "payment"


class GoneError(SystemicError):
    """The address no longer exists; the vendor may have retired this version."""

    fault = "gone"


class MovedError(SystemicError):
    """The vendor sends us to an address that was not declared."""

    fault = "moved"


class ForbiddenAddressError(SystemicError):
    """The address is private or not declared for this connector."""

    fault = "address"


class RefusedRequestError(LogicError):
    """The vendor does not understand the request any more."""

    fault = "request"


class NotJsonError(LogicError):
    """The answer is a web page or something else, not data."""

    fault = "html"


class TooBigError(LogicError):
    """The answer is larger than anything this stream can rightly say."""

    fault = "too big"


class EmptyError(LogicError):
    """The answer is empty where it cannot be."""

    fault = "empty"


class DriftError(LogicError):
    """A field is missing, or of another type."""

    fault = "shape"


class CurrencyError(LogicError):
    """The amounts are in another currency than the company's."""

    fault = "currency"


class ThrottledError(TransientError):
    """The vendor asks us to slow down."""

    fault = "throttled"


class SlowError(TransientError):
    """The answer did not come in time."""

    fault = "slow"


class UnreachableError(TransientError):
    """The vendor cannot be reached."""

    fault = "unreachable"


class BrokenError(TransientError):
    """The vendor has an error of its own."""

    fault = "broken"


class CutOffError(TransientError):
    """The answer was cut off."""

    fault = "cut off"


class BreakerOpenError(TransientError):
    """The vendor failed so often that it is left alone for a while."""

    fault = "breaker"


def fault_of(error: OpsError) -> str:
    """The short word of an error."""
    return str(getattr(error, "fault", error.kind))
