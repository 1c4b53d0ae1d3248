"""The whole page, in the order in which people look things up."""

import re
from collections.abc import Iterator, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_scalar_type,
)

from gateway.cli.reference.examples import Example
from gateway.cli.reference.markdown import described, heading_of, link, link_to, table
from gateway.cli.reference.operations import Operation, member, operation_of, operation_section
from gateway.schema import LaurelSchema
from gateway.schema.registered import RegisteredDocuments

_INTRODUCTION = """\
# Reference

Every operation, type and reason of the [contract](../gateway/schema/schema.graphql). `make schema` makes this page
of it, and a test runs its examples against a sandbox. How a device signs in and signs is in
[Partners](../partners/README.md), how it names a document in [Registered documents](documents.md)."""

_READING = """\
In the examples, passes, ids and times are made up, and lists are shortened; the rest is what a sandbox answers. A
type that ends with `!` is never null. What has no default and no `!` may be left out."""

_ERRORS = """\
What is expected is an answer: a denial, a refusal, a doubt. All else is a GraphQL error with a stable code in
`extensions.code`. Every request may get `BAD_REQUEST`, `DOCUMENT_ID_REQUIRED`, `DOCUMENT_NOT_REGISTERED`,
`UNAUTHENTICATED`, `CLOCK_SKEW`, `THROTTLED`, `UNAVAILABLE` and `INTERNAL`. [Errors](errors.md) says what each
means, with which status it comes, and what to do."""

_SENTENCE = re.compile(r".*?[.?](?= |$)")

_KINDS: Sequence[tuple[str, type[GraphQLNamedType]]] = (
    ("Objects", GraphQLObjectType),
    ("Unions", GraphQLUnionType),
    ("Inputs", GraphQLInputObjectType),
    ("Enums", GraphQLEnumType),
    ("Scalars", GraphQLScalarType),
)


def reference_page(schema: LaurelSchema, examples: Sequence[Example], documents: RegisteredDocuments) -> str:
    """Return the reference as Markdown."""
    return "\n\n".join(filter(None, _paragraphs(schema._schema, examples, documents))) + "\n"


def operations_of(schema: GraphQLSchema) -> Sequence[Operation]:
    """Return every root field."""
    roots = (("query", schema.query_type), ("mutation", schema.mutation_type))
    return [operation_of(word, name, field) for word, root in roots if root for name, field in root.fields.items()]


def _paragraphs(
    schema: GraphQLSchema, examples: Sequence[Example], documents: RegisteredDocuments
) -> Iterator[str]:
    operations = operations_of(schema)
    yield _INTRODUCTION
    yield table(("operation", "what for", "scope"), map(_line, operations))
    yield _READING
    for title, word in (("Queries", "query"), ("Mutations", "mutation")):
        yield f"## {title}"
        for operation in operations:
            if operation.root == word:
                yield from operation_section(operation, schema, examples, documents)
    yield "## Errors"
    yield _ERRORS
    roots = {schema.query_type, schema.mutation_type}
    for title, kind in _KINDS:
        yield f"## {title}"
        for one in sorted(schema.type_map.values(), key=lambda each: each.name):
            built_in = is_introspection_type(one) or is_specified_scalar_type(one)
            if isinstance(one, kind) and one not in roots and not built_in:
                yield from _type_section(one)


def _line(operation: Operation) -> Sequence[str]:
    first = _SENTENCE.match(described(operation.field.description))
    return link(f"`{operation.name}`", operation.heading), first[0] if first else "", operation.scope


def _type_section(kind: GraphQLNamedType) -> Iterator[str]:
    yield f"### {heading_of(kind)}"
    yield described(kind.description)
    match kind:
        case GraphQLObjectType():
            rows = (
                (f"`{name}`", link_to(one.type), described(one.description)) for name, one in kind.fields.items()
            )
            yield table(("field", "type", "meaning"), rows)
        case GraphQLInputObjectType():
            yield table(("member", "type", "default", "meaning"), (member(*each) for each in kind.fields.items()))
        case GraphQLEnumType():
            values = kind.values.items()
            yield table(("value", "meaning"), ((f"`{name}`", described(one.description)) for name, one in values))
        case GraphQLUnionType():
            yield table(("one of", "meaning"), ((link_to(one), described(one.description)) for one in kind.types))
