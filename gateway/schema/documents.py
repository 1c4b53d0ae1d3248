"""From a document's text to one that may run: parsed, within the limits, and valid. One error tells what is wrong.

The order bounds the cost: tokens are counted while they are read, `limits` walks once what was parsed, and only
what is small meets the rules of validation then, some of which compare every field with every other.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    VariableNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.exceptions import StrawberryInputCoercionError

from gateway.domain.error_codes import ErrorCode
from gateway.schema.extents import NotATree
from gateway.schema.limits import TOKENS_MAX, broken_limit
from gateway.schema.patience import seconds_max

NAME_ONE = "Name one query or mutation of the document in operationName."
BY_POST = "Send a mutation by POST."
WRONG_VALUE = "A variable or an argument is missing or not of its type."

DOCUMENTS_REMEMBERED = 128
"""Partners' machines send a few dozen different documents; reading one anew costs milliseconds."""

MESSAGE_LENGTH_MAX = 200
"""Characters of a message that is made of names; what is longer lists half the schema."""

_QUOTED = re.compile(r"'[^']*'")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may run, the kind of each operation by its name, and how many seconds one may take."""

    ast: DocumentNode
    operations: Mapping[str | None, OperationType]
    seconds_max: float

    def kind(self, name: str | None) -> OperationType:
        """Return whether an operation asks or does; without a name, the only one.

        Raises:
            WrongDocument: there is no such query or mutation.
        """
        kind = self.operations.get(name)
        if name is None:
            kind = next(iter(self.operations.values())) if len(self.operations) == 1 else None
        if kind not in (OperationType.QUERY, OperationType.MUTATION):
            raise WrongDocument(ErrorCode.BAD_REQUEST, NAME_ONE)
        return kind


class WrongDocument(Exception):
    """Nothing runs. The message quotes nothing that was sent; `error` says where it is wrong."""

    def __init__(self, code: ErrorCode, message: str, error: GraphQLError | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.error = error


class Documents:
    """Reads documents against a schema and remembers the right ones, never an answer to them.

    With introspection, wrong documents are told what is wrong about them by the schema's own names; without it,
    no more than where.
    """

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._introspection = introspection
        self._names = _names_in(schema)
        self._rules = [*specified_rules, *([] if introspection else [NoSchemaIntrospectionCustomRule])]
        self._read: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str, operation: str | None) -> Document:
        """Return the document, of which the named operation may run; without a name, its only one.

        Raises:
            WrongDocument: it is no document, too much, or not valid, or there is no such operation.
        """
        found = self._read.get(text)
        if found is None:
            found = _parsed(text)
            found.kind(operation)
            self._check(found.ast)
            self._read[text] = found
            if len(self._read) > DOCUMENTS_REMEMBERED:
                self._read.popitem(last=False)
        else:
            found.kind(operation)
            self._read.move_to_end(text)
        return found

    def _check(self, ast: DocumentNode) -> None:
        try:
            if sentence := broken_limit(ast):
                raise WrongDocument(ErrorCode.DOCUMENT_TOO_LARGE, sentence)
        except NotATree:
            message = "Each fragment has a name of its own, and none spreads itself."
            raise WrongDocument(ErrorCode.GRAPHQL_VALIDATION_FAILED, message) from None
        errors = validate(self._schema, ast, self._rules, max_errors=1, hide_suggestions=True)
        if not errors:
            return
        if is_about_a_literal(errors[0]):
            raise WrongDocument(ErrorCode.BAD_USER_INPUT, WRONG_VALUE, errors[0])
        told = self._in_our_words if self._introspection else _bland
        raise WrongDocument(ErrorCode.GRAPHQL_VALIDATION_FAILED, told(errors[0].message), errors[0])

    def _in_our_words(self, message: str) -> str:
        """Return a message with every name blotted out that was sent and is none of the schema's."""

        def known(quoted: re.Match[str]) -> str:
            return quoted[0] if set(_NAME.findall(quoted[0])) <= self._names else "'...'"

        told = _QUOTED.sub(known, message.partition(" Did you mean ")[0])
        return told if len(told) <= MESSAGE_LENGTH_MAX and '"' not in told else _bland(message)


def _bland(_: str) -> str:
    return "The document does not fit the schema."


def _parsed(text: str) -> Document:
    try:
        ast = parse(text, max_tokens=TOKENS_MAX)
    except GraphQLSyntaxError as error:
        if error.message.startswith("Syntax Error: Document contains more than"):
            message = f"A document has at most {TOKENS_MAX} tokens."
            raise WrongDocument(ErrorCode.DOCUMENT_TOO_LARGE, message) from None
        raise WrongDocument(ErrorCode.GRAPHQL_PARSE_FAILED, "The document is not GraphQL.", error) from None
    operations = [one for one in ast.definitions if isinstance(one, OperationDefinitionNode)]
    kinds = {one.name.value if one.name else None: one.operation for one in operations}
    return Document(ast, kinds, seconds_max(ast))


def is_about_a_literal(error: GraphQLError) -> bool:
    """Whether a literal could not be coerced: such a message quotes it."""
    if isinstance(error, StrawberryInputCoercionError):
        return True
    place = error.nodes[0] if error.nodes else None
    return isinstance(place, ValueNode | ObjectFieldNode) and not isinstance(place, VariableNode)


def _names_in(schema: GraphQLSchema) -> frozenset[str]:
    """Return every name that the schema itself has."""
    found = {*schema.type_map, *(directive.name for directive in schema.directives)}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLEnumType):
            found |= kind.values.keys()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found |= kind.fields.keys()
            for one in kind.fields.values():
                found |= getattr(one, "args", {}).keys()
    for directive in schema.directives:
        found |= directive.args.keys()
    return frozenset(found)
