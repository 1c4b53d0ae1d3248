"""The codes in `extensions.code` of errors: stable, for machines to act on. `docs/errors.md` explains each."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """What went wrong. Expected refusals are no errors: they are members of result unions, with a `reason`."""

    BAD_REQUEST = "BAD_REQUEST"
    """The HTTP request is no GraphQL request, or names no operation."""

    DOCUMENT_ID_REQUIRED = "DOCUMENT_ID_REQUIRED"
    """A text was sent where registered documents alone may run; it was not read."""

    DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"
    """No document of that id is registered for the caller's kind of partner."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    """The document is not GraphQL."""

    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    """The document asks for more at once than a limit allows."""

    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    """The document does not fit the schema."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    """A variable or an argument is not what it has to be; `argument` names it where it can."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    """Token, proof or device are not accepted; `reason` where only a nonce is wanted."""

    CLOCK_SKEW = "CLOCK_SKEW"
    """Nothing is wrong but the device's clock."""

    CONTENT_DIGEST_REQUIRED = "CONTENT_DIGEST_REQUIRED"
    """What has an effect needs a proof for its very body."""

    FORBIDDEN = "FORBIDDEN"
    """The token lacks the scope."""

    THROTTLED = "THROTTLED"
    """Too much was asked in a short time."""

    UNAVAILABLE = "UNAVAILABLE"
    """The gateway can't answer now; send the same again."""

    INTERNAL = "INTERNAL"
    """A bug of ours; `requestId` finds it in the log."""
