"""The sections of root fields: who may ask, with what, what comes back, and how it looks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    ast_from_value,
    get_named_type,
    print_ast,
)
from strawberry.types.field import StrawberryField

from gateway.cli.reference.examples import Example
from gateway.cli.reference.markdown import as_json, block, described, heading_of, link, link_to, table
from gateway.domain.errors import ConfigurationError
from gateway.schema.permissions import RequiresBoundBody, RequiresScope
from gateway.schema.registered import RegisteredDocuments

_REFUSED_WITH = re.compile(r" Refused with [A-Z_, ]+\.")
"""What the description says for those who read it in an IDE; the page has a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A root field: as the schema declares it, and as Strawberry guards it."""

    root: str
    field: GraphQLField
    name: str
    guards: Sequence[type]

    @property
    def heading(self) -> str:
        """The heading of its section."""
        return f"{self.root} `{self.name}`"

    @property
    def scope(self) -> str:
        """The scope that it needs."""
        return next((f"`{guard.scope}`" for guard in self.guards if issubclass(guard, RequiresScope)), "any")

    @property
    def needs(self) -> str:
        """What a request for it needs, as a sentence."""
        scope = "any scope" if self.scope == "any" else f"the scope {self.scope}"
        bound = ", and a proof that is made for this very body (`content_digest`)" if self.bound else ""
        return f"**Needs** {scope}{bound}."

    @property
    def bound(self) -> bool:
        """Whether the proof has to be made for the body."""
        return RequiresBoundBody in self.guards


def operation_of(root: str, name: str, field: GraphQLField) -> Operation:
    """Return a root field with what guards it."""
    definition = field.extensions["strawberry-definition"]
    assert isinstance(definition, StrawberryField)
    return Operation(root=root, name=name, field=field, guards=definition.permission_classes)


def operation_section(
    operation: Operation, schema: GraphQLSchema, examples: Sequence[Example], documents: RegisteredDocuments
) -> Iterator[str]:
    """Yield the paragraphs of a root field's section."""
    field = operation.field
    yield f"### {operation.heading}"
    yield _REFUSED_WITH.sub("", described(field.description))
    yield block("graphql", f"{operation.name}{_signature(field)}: {field.type}")
    yield operation.needs
    if field.args:
        yield "**Arguments**"
        yield table(("argument", "type", "default", "meaning"), _arguments(field))
    yield "**Answers**"
    yield table(("answer", "meaning"), _answers(get_named_type(field.type), field))
    if reasons := reasons_of(operation, schema):
        yield "**Refused with**"
        yield table(("reason", "meaning"), ((f"`{name}`", described(text)) for name, text in reasons.items()))
    codes = ", ".join(f"`{code}`" for code in _codes(operation))
    yield f"**Errors** {codes}, and {link('those of every request', 'Errors')}."
    shown = ""
    for example in examples:
        if example.root == operation.name:
            yield from _example(example, documents, known=shown)
            shown = example.document


def reasons_of(operation: Operation, schema: GraphQLSchema) -> dict[str, str | None]:
    """Return the reasons with which an operation may be refused, with what each means.

    They are those that its description names; all of them where a refusal is among its answers and it names none.
    """
    answer = get_named_type(operation.field.type)
    members = answer.types if isinstance(answer, GraphQLUnionType) else ()
    reason = schema.type_map["Reason"]
    assert isinstance(reason, GraphQLEnumType)
    if not any(get_named_type(field.type) is reason for one in members for field in one.fields.values()):
        return {}
    named = re.findall(r"\b[A-Z_]{4,}\b", operation.field.description or "")
    return {name: one.description for name, one in reason.values.items() if name in named or not named}


def _codes(operation: Operation) -> Iterator[str]:
    yield "FORBIDDEN"
    if operation.bound:
        yield "CONTENT_DIGEST_REQUIRED"
    if operation.field.args:
        yield "BAD_USER_INPUT"


def _signature(field: GraphQLField) -> str:
    arguments = [f"{name}: {one.type}{_equals(_default(one))}" for name, one in field.args.items()]
    return f"({', '.join(arguments)})" if arguments else ""


def _equals(default: str) -> str:
    return f" = {default}" if default else ""


def _default(one: GraphQLArgument | GraphQLInputField) -> str:
    """Return the default as GraphQL writes it; nothing for null, which is leaving it out."""
    if one.default_value is Undefined or one.default_value is None:
        return ""
    literal = ast_from_value(one.default_value, one.type)
    return "" if literal is None else print_ast(literal)


def _arguments(field: GraphQLField) -> Iterator[Sequence[str]]:
    for name, argument in field.args.items():
        yield member(name, argument)
        inner = get_named_type(argument.type)
        if isinstance(inner, GraphQLInputObjectType):
            for key, one in inner.fields.items():
                yield member(f"{name}.{key}", one)


def member(name: str, one: GraphQLArgument | GraphQLInputField) -> Sequence[str]:
    """Return the row of an argument or of a member of an input."""
    default = _default(one)
    return f"`{name}`", link_to(one.type), f"`{default}`" if default else "", described(one.description)


def _answers(answer: GraphQLNamedType, field: GraphQLField) -> Iterator[Sequence[str]]:
    if isinstance(answer, GraphQLUnionType):
        for one in answer.types:
            yield link(f"`{one.name}`", heading_of(one)), described(one.description)
    else:
        assert isinstance(answer, GraphQLObjectType)
        yield link_to(field.type), described(answer.description)


def _example(example: Example, documents: RegisteredDocuments, *, known: str) -> Iterator[str]:
    """Yield a request and its answer; the document's text, too, unless it is the one that is known by then."""
    wanted = (example.kind, example.document, True)
    document = next((one for one in documents if (one.kind, one.name, one.current) == wanted), None)
    if document is None:
        raise ConfigurationError(
            f"The examples need the document {example.document} of {example.kind}: unset GATEWAY_PARTNERS_DIR."
        )
    if example.document != known:
        yield f"**Document** `{example.document}` of a `{example.kind}`"
        yield block("graphql", document.source.text)
    yield f"**Example**: {example.title}"
    yield as_json({"documentId": document.id, "variables": example.variables})
    yield as_json({"data": example.data})
