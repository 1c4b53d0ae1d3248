"""Registered documents: what partners' devices send, read once at the start and run by id ever after.

GraphQL over HTTP, appendix Persisted Documents, as a list of all that may run: an unknown id is an error, and
nothing that comes in over HTTP is ever added.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from gateway.domain.documents import Document
from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import Profile
from gateway.schema import LaurelSchema
from gateway.schema.documents import NAME_ONE, WrongDocument
from gateway.schema.extents import NotATree
from gateway.schema.limits import TOKENS_MAX, broken_limit
from gateway.schema.patience import seconds_max
from gateway.schema.plans import Unplannable
from gateway.schema.plans.plan import Plan, plan_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredDocument:
    """A document that devices of one kind may run: valid, within the limits, with exactly one operation.

    `name` is the operation's. `current` is false for a version that devices not yet renewed still send.
    `plan` runs it, where there is one; else `unplanned` says why graphql-core does.
    """

    id: str
    kind: str
    name: str
    source: Document
    current: bool
    ast: DocumentNode = field(repr=False)
    operation: OperationDefinitionNode = field(repr=False)
    variables: frozenset[str]
    seconds_max: float
    plan: Plan | None = field(default=None, repr=False)
    unplanned: str = ""

    def checked(self, variables: Mapping[str, Any], operation: str | None) -> OperationType:
        """Return whether it asks or does, if a request for it can be meant.

        A variable that it doesn't declare is refused: GraphQL would ignore it, and what the partner meant by it.

        Raises:
            WrongDocument: its one operation has another name, or it declares no such variable.
        """
        if operation not in (None, self.name):
            raise WrongDocument(ErrorCode.BAD_REQUEST, NAME_ONE)
        if not variables.keys() <= self.variables:
            raise WrongDocument(ErrorCode.BAD_USER_INPUT, "One of the variables is not declared by the document.")
        return self.operation.operation


class RegisteredDocuments:
    """All of them, by kind and id: a device runs those of its own kind and no other's."""

    def __init__(self, documents: tuple[RegisteredDocument, ...] = ()) -> None:
        self._by_id = {(one.kind, one.id): one for one in documents}

    def __iter__(self) -> Iterator[RegisteredDocument]:
        return iter(self._by_id.values())

    def find(self, kind: str, document_id: str) -> RegisteredDocument | None:
        """Return the document of a kind with an id, if there is one."""
        return self._by_id.get((kind, document_id))


def register(schema: LaurelSchema, profiles: Mapping[str, Profile]) -> RegisteredDocuments:
    """Read every document of every kind.

    Raises:
        ConfigurationError: names the first file that is not valid, breaks a limit, is not the one operation that
            its name promises, or says the same as another; and says why.
    """
    found: list[RegisteredDocument] = []
    for kind, profile in sorted(profiles.items()):
        files: dict[str, Document] = {}
        for source in (*profile.documents.values(), *profile.earlier_documents):
            if source.id in files:
                raise _wrong(source, f"is the same document as {files[source.id].file}; remove one of the two")
            files[source.id] = source
            current = profile.documents.get(source.name) is source
            found.append(_registered(schema, kind, source, current=current))
    return RegisteredDocuments(tuple(found))


def _registered(schema: LaurelSchema, kind: str, source: Document, *, current: bool) -> RegisteredDocument:
    try:
        ast = _read(schema, source.text)
    except GraphQLError as error:
        place = f"line {error.locations[0].line}: " if error.locations else ""
        raise _wrong(source, f"can't be registered: {place}{' '.join(error.message.split())}") from None
    operations = [one for one in ast.definitions if isinstance(one, OperationDefinitionNode)]
    operation = operations[0]
    if len(operations) > 1 or operation.name is None or operation.name.value != source.name:
        raise _wrong(
            source,
            "its operation is not the one that the file's name promises; "
            f"keep exactly one query or mutation in the file and name it {source.name}",
        )
    plan, unplanned = _planned(schema, ast, operation)
    return RegisteredDocument(
        id=source.id,
        kind=kind,
        name=source.name,
        source=source,
        current=current,
        ast=ast,
        operation=operation,
        variables=frozenset(one.variable.name.value for one in operation.variable_definitions or ()),
        seconds_max=seconds_max(ast),
        plan=plan,
        unplanned=unplanned,
    )


def _planned(
    schema: LaurelSchema, ast: DocumentNode, operation: OperationDefinitionNode
) -> tuple[Plan | None, str]:
    """Return the plan of a document, or why there is none."""
    try:
        return plan_for(schema._schema, ast, operation, partial(schema.run, ast)), ""
    except Unplannable as reason:
        return None, str(reason)


def _read(schema: LaurelSchema, text: str) -> DocumentNode:
    """Return a document that may run. Unlike a request's, it is told all that is wrong with it: the file is ours.

    Raises:
        GraphQLError: the first thing that is wrong.
    """
    ast = parse(text, max_tokens=TOKENS_MAX)
    try:
        if sentence := broken_limit(ast):
            raise GraphQLError(sentence)
    except NotATree:
        raise GraphQLError("Each fragment has a name of its own, and none spreads itself.") from None
    for error in validate(schema._schema, ast, [*specified_rules, NoSchemaIntrospectionCustomRule], max_errors=1):
        raise error
    return ast


def _wrong(source: Document, sentence: str) -> ConfigurationError:
    return ConfigurationError(f"{source.file}: {sentence}{'' if sentence.endswith(('.', '?')) else '.'}")
