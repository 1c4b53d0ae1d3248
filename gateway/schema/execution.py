"""Running one operation under a deadline, from a document's text to an answer that may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from graphql import ExecutionResult, OperationType
from strawberry.types import ExecutionResult as StrawberryExecutionResult

from gateway.domain.deadline import within
from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import KeysMissing, NotAuthentic, Throttled, Unavailable
from gateway.schema import LaurelSchema
from gateway.schema.context import Context
from gateway.schema.documents import BY_POST, WrongDocument
from gateway.schema.public_errors import for_document, for_field
from gateway.schema.registered import RegisteredDocument

ERRORS_MAX = 5
"""One for each root field: an answer that failed in more places is told no further."""


@dataclass(frozen=True, slots=True)
class Executed:
    """The operation ran; fields may still have failed (`errors`)."""

    data: Mapping[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)
    ran: Literal[True] = True
    needs_post: Literal[False] = False

    @property
    def body(self) -> Mapping[str, Any]:
        """The answer as JSON: `errors` is there only where there are any."""
        return {"data": self.data, "errors": self.errors} if self.errors else {"data": self.data}


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """The document or its variables are wrong; nothing ran."""

    error: dict[str, Any]
    ran: Literal[False] = False
    needs_post: bool = False

    @property
    def body(self) -> Mapping[str, Any]:
        """The answer as JSON: one error, and no `data`, which would say that something ran."""
        return {"errors": [self.error]}


Execution = Executed | NotExecuted


async def execute(
    schema: LaurelSchema,
    document: RegisteredDocument | str,
    *,
    variables: Mapping[str, Any] | None,
    operation: str | None,
    context: Context,
    asks_only: bool = False,
) -> Execution:
    """Run an operation for a context: a registered document's one, or one of a text; no mutation if `asks_only`.

    Raises:
        Unavailable: the gateway can't answer now, or not within the seconds that the operation may take.
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Throttled: the caller asks too much; at least one pass was not looked up.
    """
    try:
        if isinstance(document, RegisteredDocument):
            kind, seconds = document.checked(variables or {}, operation), document.seconds_max
        else:
            read = schema.documents.read(document, operation)
            kind, seconds = read.kind(operation), read.seconds_max
    except WrongDocument as wrong:
        return NotExecuted(for_document(wrong))
    if asks_only and kind is not OperationType.QUERY:
        return NotExecuted(for_document(WrongDocument(ErrorCode.BAD_REQUEST, BY_POST)), needs_post=True)
    work = _run(schema, document, variables=variables, operation=operation, context=context)
    result = await within(seconds, work)
    errors = result.errors or []
    for error in errors:
        if isinstance(error.original_error, Unavailable | NotAuthentic | Throttled):
            raise error.original_error
        if isinstance(error.original_error, KeysMissing):
            raise Unavailable("keys") from None
    told = [for_field(error, context) for error in errors[:ERRORS_MAX]]
    ran = result.data is not None or any(error.path for error in errors)
    return Executed(result.data, told) if ran or not told else NotExecuted(told[0])


async def _run(
    schema: LaurelSchema,
    document: RegisteredDocument | str,
    *,
    variables: Mapping[str, Any] | None,
    operation: str | None,
    context: Context,
) -> ExecutionResult | StrawberryExecutionResult:
    if isinstance(document, RegisteredDocument):
        run = document.plan.run if document.plan else partial(schema.run, document.ast)
        return await run(variables or {}, context)
    return await schema.execute(
        document,
        variable_values=None if variables is None else dict(variables),
        context_value=context,
        operation_name=operation,
    )
