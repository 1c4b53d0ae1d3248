"""One permission per scope. Instances are shared by all requests, so they hold no state."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from gateway.domain.error_codes import ErrorCode
from gateway.domain.partners import PARTNER_SCOPES, Scope

FORBIDDEN: dict[str, str] = {"code": ErrorCode.FORBIDDEN.value}
NOT_BOUND: dict[str, str] = {"code": ErrorCode.CONTENT_DIGEST_REQUIRED.value}


class RequiresScope(BasePermission):
    """The caller's token must carry `scope`; every root field names one."""

    scope: Scope
    error_extensions = FORBIDDEN

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        """Whether this device may use the field at all; says nothing of any pass."""
        return self.scope in info.context.caller.scopes


class RequiresVerify(RequiresScope):
    """The field asks about a pass."""

    scope = Scope.VERIFY
    message = "This device may not verify: its token lacks the scope verify."


class RequiresRedeem(RequiresScope):
    """The field records or recalls an effect."""

    scope = Scope.REDEEM
    message = "This device may not redeem: its token lacks the scope redeem."


class RequiresReverse(RequiresScope):
    """The field takes an effect back."""

    scope = Scope.REVERSE
    message = "This device may not reverse: its token lacks the scope reverse."


class RequiresReport(RequiresScope):
    """The field lists the partner's own records."""

    scope = Scope.REPORT
    message = "This device may not report: its token lacks the scope report."


class RequiresBoundBody(BasePermission):
    """The proof is made for this very body: every field with an effect demands it."""

    message = (
        "Nothing was recorded. Make the proof for this very body: give it the claim content_digest, "
        '"sha-256=:" + base64(SHA-256 of the bytes of the body) + ":".'
    )
    error_extensions = NOT_BOUND

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        """Whether a digest of the body was signed with the proof; auth has compared it."""
        return bool(info.context.caller.bound)


class RequiresAnyScope(BasePermission):
    """The caller is a partner's device; nothing about people or records is behind the field."""

    message = "Only partners' devices may ask."
    error_extensions = FORBIDDEN

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        """Whether the token carries any scope of a partner's."""
        return not info.context.caller.scopes.isdisjoint(PARTNER_SCOPES)
