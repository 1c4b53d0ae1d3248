"""Running one operation, and the one map from what went wrong to what partners are told.

Three tiers: expected refusals are members of result unions and never come here; what the caller can mend
has a stable code and a sentence; everything else is one bland sentence with the request's id.
"""

import asyncio
import logging
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    ObjectFieldNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
)
from strawberry.exceptions import StrawberryGraphQLError, StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from gateway.domain.errors import KeysMissing, MalformedInput, NotAuthentic, Throttled, Unavailable
from gateway.schema import LaurelSchema
from gateway.schema.context import Context
from gateway.schema.limits import TOKENS_MAX

DEADLINE_SECONDS = 2.0
"""A gate has half a second; whoever waited two has gone, and the answer would come for nobody."""

_NAME_ONE = "Name one query or mutation of the document in operationName."
_SUGGESTION = re.compile(r" Did you mean .*$", re.DOTALL)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Executed:
    """The operation ran; fields may still have failed (`errors`)."""

    data: Mapping[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    ran: Literal[True] = True

    @property
    def body(self) -> Mapping[str, Any]:
        """The answer as JSON: `errors` is there only where there are any."""
        return {"data": self.data, "errors": self.errors} if self.errors else {"data": self.data}


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """The document or its variables are wrong; nothing ran."""

    error: dict[str, Any]
    ran: Literal[False] = False

    @property
    def body(self) -> Mapping[str, Any]:
        """The answer as JSON: one error, and no `data`, which would say that something ran."""
        return {"errors": [self.error]}


Execution = Executed | NotExecuted


async def execute(
    schema: LaurelSchema,
    document: str,
    *,
    variables: Mapping[str, Any] | None,
    operation: str | None,
    context: Context,
) -> Execution:
    """Run a document's operation for a context.

    Raises:
        Unavailable: the gateway can't answer now, or not within DEADLINE_SECONDS.
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Throttled: the caller asks too much; at least one pass was not looked up.
    """
    if operation is None and _has_several_operations(document):
        return NotExecuted(_error(_NAME_ONE, "BAD_REQUEST"))
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            result = await schema.execute(
                document,
                variable_values=None if variables is None else dict(variables),
                context_value=context,
                operation_name=operation,
                allowed_operation_types={OperationType.QUERY, OperationType.MUTATION},
            )
    except TimeoutError:
        raise Unavailable("deadline") from None
    except (CannotGetOperationTypeError, InvalidOperationTypeError):
        return NotExecuted(_error(_NAME_ONE, "BAD_REQUEST"))
    errors = result.errors or []
    for error in errors:
        if isinstance(error.original_error, Unavailable | NotAuthentic | Throttled):
            raise error.original_error
        if isinstance(error.original_error, KeysMissing):
            raise Unavailable("keys") from None
    ran = result.data is not None or any(error.path for error in errors)
    if not ran and errors:
        return NotExecuted(_public(errors[0], context))
    return Executed(result.data, [_public(error, context) for error in errors])


def _public(error: GraphQLError, context: Context) -> dict[str, Any]:
    """Return what a caller may see of an error."""
    found = error.original_error
    path: dict[str, Any] = {"path": error.path} if error.path else {}
    if isinstance(found, MalformedInput):
        return _error(found.message, "BAD_USER_INPUT", argument=found.argument) | path
    if isinstance(found, StrawberryGraphQLError) and found.extensions:
        return _error(found.message, str(found.extensions.get("code"))) | path
    if isinstance(error, GraphQLSyntaxError):
        return _error("The document is not GraphQL.", "GRAPHQL_PARSE_FAILED", error)
    if _is_about_a_value(error):
        return _error("A variable or an argument is missing or not of its type.", "BAD_USER_INPUT", error) | path
    if found is None and not path:
        return _error(_SUGGESTION.sub("", error.message), "GRAPHQL_VALIDATION_FAILED", error)
    _report(found or error, context)
    return (
        _error(
            "Something went wrong here. Give this id to the operator.", "INTERNAL", requestId=context.request_id
        )
        | path
    )


def _has_several_operations(document: str) -> bool:
    """Whether a name has to say which operation is meant: Strawberry would run the first one."""
    try:
        definitions = parse(document, max_tokens=TOKENS_MAX).definitions
    except GraphQLSyntaxError:
        return False
    return sum(isinstance(each, OperationDefinitionNode) for each in definitions) > 1


def _is_about_a_value(error: GraphQLError) -> bool:
    """Whether a literal, variable or argument could not be coerced: such a message quotes it."""
    if isinstance(error, StrawberryInputCoercionError):
        return True
    place = error.nodes[0] if error.nodes else None
    if isinstance(error.original_error, GraphQLError):
        return isinstance(place, ValueNode | ObjectFieldNode | VariableDefinitionNode)
    return isinstance(place, ValueNode | ObjectFieldNode) and not isinstance(place, VariableNode)


def _error(message: str, code: str, located: GraphQLError | None = None, **extensions: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": message, "extensions": {"code": code, **extensions}}
    if located is not None and located.locations:
        shown["locations"] = [{"line": one.line, "column": one.column} for one in located.locations]
    return shown


def _report(error: Exception, context: Context) -> None:
    """Log a bug by its type and place: the message and the variables may hold what no log may hold."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    place = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error(
        "unexpected error", extra={"error": type(error).__name__, "place": place, "request_id": context.request_id}
    )
