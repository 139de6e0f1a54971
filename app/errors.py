"""Every failure of the product, by who can act.

ParaphError
├── Refused               the person asking can act; shown as a sentence with a next step
│   ├── NotFound          404  no such thing, or not for this person (they look alike)
│   ├── WrongState        409  the thing exists, but its status forbids this now
│   ├── BadInput          422  a value must be corrected
│   ├── LinkExpired       410  a signing link is past its time or replaced
│   ├── NotYourTurn       409  an earlier recipient has not signed yet
│   ├── NotAllowed        403  identity or rights are missing
│   └── TooMany           429  wait before the next try
├── PortalError           the Bitrix24 portal; the person there or time can act
│   ├── PortalUnavailable      waiting helps
│   ├── PortalRefused          the portal said no; its code tells who can act
│   └── InstallationGone       the app is not (or no longer) on this portal
└── ToolError             the operator or time can act
    ├── ConversionFailed       LibreOffice could not print the document
    ├── ConverterMissing       LibreOffice is not installed
    ├── DeliveryFailed         a channel did not take the message; `permanent` tells whether to retry
    ├── StorageUnavailable     files cannot be stored or read; waiting helps
    ├── NoRoom            507  the disk is nearly full: no new uploads
    ├── TimestampUnavailable   no time-stamp authority answered; waiting helps
    └── SealFailed             the PDF could not be sealed

`status` is the HTTP answer at a door, `retryable` is all that a flow reads. `message_key` is an English sentence
and gettext msgid; `values` fill it. No secret and no personal data may enter either.
"""

from __future__ import annotations

from typing import ClassVar


class ParaphError(Exception):
    """A failure that says who can act and whether waiting helps."""

    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    message_key: str = "Something went wrong on our side."

    def __init__(self, message_key: str | None = None, /, **values: object) -> None:
        self.message_key = message_key or type(self).message_key
        self.values = values
        super().__init__(self.message_key.format_map(_Gaps(values)))


class _Gaps(dict[str, object]):
    """Placeholder values; a missing one stays readable instead of raising inside an error."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Refused(ParaphError):
    """The person asking can act."""

    status = 400


class NotFound(Refused):
    status = 404
    message_key = "We could not find this. Please check the address you opened."


class WrongState(Refused):
    status = 409
    message_key = "This is no longer possible: the document has moved on. Please reload the page."


class BadInput(Refused):
    """A value must be corrected; `field` names the input when there is one."""

    status = 422
    message_key = "Please check what you entered."

    def __init__(
        self, message_key: str | None = None, /, *, field: str = "", **values: object
    ) -> None:
        self.field = field
        super().__init__(message_key, **values)


class LinkExpired(Refused):
    status = 410
    message_key = "This link is no longer valid. Please ask the sender for a new one."


class NotYourTurn(Refused):
    status = 409
    message_key = "Someone else signs first. We will write to you as soon as it is your turn."


class NotAllowed(Refused):
    status = 403
    message_key = "You are not allowed to do this."


class TooMany(Refused):
    status = 429
    message_key = "Too many tries. Please wait a moment and try again."


class PortalError(ParaphError):
    """The Bitrix24 portal failed or refused. `code` is its error code, upper case."""

    status = 502
    message_key = "Bitrix24 did not answer as expected."

    def __init__(
        self, message_key: str | None = None, /, *, code: str = "", **values: object
    ) -> None:
        self.code = code.upper()
        super().__init__(message_key, **values)


class PortalUnavailable(PortalError):
    status = 503
    retryable = True
    message_key = "Bitrix24 is not answering right now. Nothing is lost; we will try again."


class PortalRefused(PortalError):
    status = 422
    message_key = "Bitrix24 refused this."


class InstallationGone(PortalError):
    status = 403
    message_key = "Paraph is not installed on this portal."


class ToolError(ParaphError):
    """Something on the operator's side failed."""

    status = 503


class ConversionFailed(ToolError):
    message_key = "The document could not be turned into a PDF."


class ConverterMissing(ToolError):
    message_key = (
        "LibreOffice is not installed, so Word documents cannot be printed. "
        "Upload a PDF, or ask the operator to install libreoffice-writer."
    )


class DeliveryFailed(ToolError):
    """A message was not accepted. `permanent`: the same channel will not take it later either."""

    message_key = "The message could not be delivered."

    def __init__(
        self, message_key: str | None = None, /, *, permanent: bool = False, **values: object
    ) -> None:
        self.permanent = permanent
        super().__init__(message_key, **values)


class StorageUnavailable(ToolError):
    retryable = True
    message_key = "Files cannot be stored right now. Nothing is lost; please try again in a minute."


class NoRoom(ToolError):
    status = 507
    message_key = (
        "There is no room for new files right now. Documents on their way are still signed and sealed. "
        "Please tell who runs Paraph for you."
    )


class TimestampUnavailable(ToolError):
    retryable = True
    message_key = "No time-stamp authority answered. We wait and try again."


class KeyAway(ToolError):
    retryable = True
    message_key = "The sealing key does not answer ({name}). We wait and try again."


class SealFailed(ToolError):
    message_key = "The document could not be sealed."


def is_retryable(error: BaseException) -> bool:
    """Whether a flow should try again later: transient portal, timestamp and delivery failures."""
    if isinstance(error, DeliveryFailed):
        return not error.permanent
    return isinstance(error, ParaphError) and error.retryable
