"""The one map from what went wrong to what partners are told.

Three tiers: expected refusals are members of result unions and never come here; what the caller can mend has a
stable code and a sentence that quotes nothing of what was sent; everything else is one bland sentence with the
request's id.
"""

import logging
import traceback
from typing import Any

from graphql import GraphQLError, ObjectFieldNode, ValueNode, VariableDefinitionNode
from strawberry.exceptions import StrawberryGraphQLError

from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import MalformedInput
from gateway.schema.context import Context
from gateway.schema.documents import WRONG_VALUE, WrongDocument, is_about_a_literal

_log = logging.getLogger(__name__)


def for_document(wrong: WrongDocument) -> dict[str, Any]:
    """Return what is told of a document that does not run."""
    return _error(wrong.message, wrong.code, wrong.error)


def for_field(error: GraphQLError, context: Context) -> dict[str, Any]:
    """Return what is told of an error while an operation ran, or of its variables."""
    found = error.original_error
    path: dict[str, Any] = {"path": error.path} if error.path else {}
    if isinstance(found, MalformedInput):
        return _error(found.message, ErrorCode.BAD_USER_INPUT, argument=found.argument) | path
    if isinstance(found, StrawberryGraphQLError) and found.extensions:
        return _error(found.message, ErrorCode(found.extensions["code"])) | path
    if _is_about_a_value(error):
        return _error(WRONG_VALUE, ErrorCode.BAD_USER_INPUT, error) | path
    _report(found or error, context)
    message = "Something went wrong here. Give this id to the operator."
    return _error(message, ErrorCode.INTERNAL, requestId=context.request_id) | path


def _is_about_a_value(error: GraphQLError) -> bool:
    """Whether a literal, variable or argument could not be coerced: such a message quotes it."""
    if is_about_a_literal(error):
        return True
    place = error.nodes[0] if error.nodes else None
    if isinstance(error.original_error, GraphQLError):
        return isinstance(place, ValueNode | ObjectFieldNode | VariableDefinitionNode)
    return error.original_error is None and isinstance(place, VariableDefinitionNode)


def _error(
    message: str, code: ErrorCode, located: GraphQLError | None = None, **extensions: str
) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": message, "extensions": {"code": code.value, **extensions}}
    if located is not None and located.locations:
        shown["locations"] = [{"line": one.line, "column": one.column} for one in located.locations[:1]]
    return shown


def _report(error: Exception, context: Context) -> None:
    """Log a bug by its type and place: the message and the variables may hold what no log may hold."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    place = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error(
        "unexpected error", extra={"error": type(error).__name__, "place": place, "request_id": context.request_id}
    )
