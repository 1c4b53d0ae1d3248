"""One document more than fits is refused, and one that just fits is not."""

from collections.abc import Callable

import pytest
from graphql import get_introspection_query, parse

from gateway.schema import limits
from gateway.schema.execution import Executed, NotExecuted
from gateway.schema.extents import NotATree
from gateway.schema.limits import broken_limit
from tests.schema.asking import PRODUCTION, SANDBOX, ask, only_error
from tests.services.world import World

EVERY_OPTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)


def tree(fields: int, *, wide: bool = False) -> str:
    """Return a document of so many fields in all, which validation takes, too."""
    return (
        "{ service { " + "name " * (fields - 1) + "} }" if wide else "{ a " + "{ a " * (fields - 1) + "}" * fields
    )


def spread(count: int) -> str:
    """Return a document of so many fragments with a name."""
    fragments = " ".join(f"fragment f{n} on Service {{ name }}" for n in range(count))
    return f"{{ service {{ {' '.join(f'...f{n}' for n in range(count))} }} }} {fragments}"


def directives(count: int) -> str:
    """Return a document of so many directives, on fields, spreads and the operation alike."""
    return "query @a { service { " + "name @skip(if: false) " * (count - 2) + "...@include(if: true) { name } } }"


def introspection(depth: int = 2, fields: int = 2) -> str:
    """Return a question for the schema of so many levels and fields."""
    chain = (
        "{ types { " * bool(depth) + "ofType { " * (depth - 3) + "name " * (fields - depth + 1) + "}" * (depth - 1)
    )
    return "{ __schema " + chain + " }"


LIMITS: list[tuple[Callable[[int], str], int, str]] = [
    (lambda n: tree(n, wide=False), limits.DEPTH_MAX, "Fields lie at most 6 levels deep."),
    (lambda n: tree(n, wide=True), limits.FIELDS_MAX, "A document has at most 60 fields, fragments spread."),
    (
        lambda n: "{ " + "service { name } " * n + "}",
        limits.ROOT_FIELDS_MAX,
        "A query has at most 5 fields at its root.",
    ),
    (
        lambda n: "{ " + "...r " * n + "} fragment r on Query { rewards { code } }",
        5,
        "A query has at most 5 fields at its root.",
    ),
    (
        lambda n: "{ service { " + " ".join(f"a{i}: name" for i in range(n)) + " } }",
        limits.ALIASES_MAX,
        "A document has at most 4 aliases, fragments spread.",
    ),
    (
        lambda n: "{ service { " + "...f " * n + "} } fragment f on Service { a: name }",
        limits.ALIASES_MAX,
        "A document has at most 4 aliases, fragments spread.",
    ),
    (directives, limits.DIRECTIVES_MAX, "A document has at most 10 directives."),
    (spread, limits.FRAGMENTS_MAX, "A document has at most 8 fragments with a name."),
    (
        lambda n: f"query({' '.join(f'$v{i}: Int' for i in range(n))}) {{ service {{ name }} }}",
        limits.VARIABLES_MAX,
        "An operation has at most 20 variables.",
    ),
    (lambda n: "{ service { " + "a" * n + " } }", limits.NAME_LENGTH_MAX, "A name has at most 64 characters."),
    (
        lambda n: "{ service { " + "a" * n + ": name } }",
        limits.NAME_LENGTH_MAX,
        "A name has at most 64 characters.",
    ),
    (
        lambda n: introspection(depth=n, fields=n),
        limits.INTROSPECTION_DEPTH_MAX,
        "The schema is asked for with at most 16 levels.",
    ),
    (
        lambda n: introspection(depth=3, fields=n),
        limits.INTROSPECTION_FIELDS_MAX,
        "The schema is asked for with at most 240 fields.",
    ),
]


@pytest.mark.parametrize(("document", "most", "sentence"), LIMITS)
def test_what_just_fits_fits_and_one_more_does_not(
    document: Callable[[int], str], most: int, sentence: str
) -> None:
    assert broken_limit(parse(document(most))) is None
    assert broken_limit(parse(document(most + 1))) == sentence


@pytest.mark.parametrize(
    "document",
    [
        "mutation { a b }",
        "mutation { a: redeemReward b: redeemReward }",
        "mutation { a a }",
        "mutation { __typename a }",
        "mutation { ...f ...f } fragment f on Mutation { a }",
        "mutation { ... on Mutation { a } ... { b } }",
        "mutation { ...f } fragment f on Mutation { ...g ...g } fragment g on Mutation { a }",
        "mutation { a @skip(if: true) b }",
        "query Q { a } mutation M { a b }",
    ],
)
def test_a_mutation_has_one_field_however_it_is_written(document: str) -> None:
    assert broken_limit(parse(document)) == "A mutation has exactly one field."


@pytest.mark.parametrize("document", ["mutation { a }", "mutation { ...f } fragment f on Mutation { ...{ a } }"])
def test_one_field_is_one(document: str) -> None:
    assert broken_limit(parse(document)) is None


@pytest.mark.parametrize(
    "document",
    [
        "{ ...f } fragment f on Query { ...f }",
        "{ ...f } fragment f on Query { ...g } fragment g on Query { a { ...f } }",
        "{ a } fragment f on Query { ...g } fragment g on Query { ...h } fragment h on Query { ...f }",
        "{ ...f } fragment f on Query { a } fragment f on Query { b }",
    ],
)
def test_a_circle_and_two_of_one_name_cannot_be_measured(document: str) -> None:
    with pytest.raises(NotATree):
        broken_limit(parse(document))


def test_a_fragment_that_nobody_spreads_is_measured_all_the_same() -> None:
    assert broken_limit(parse("{ a } fragment f on Service { " + "name " * 61 + "}")) is not None


@pytest.mark.parametrize("query", [get_introspection_query(), EVERY_OPTION])
def test_the_standard_introspection_query_fits(query: str) -> None:
    assert broken_limit(parse(query, max_tokens=limits.TOKENS_MAX)) is None


def test_introspection_takes_nothing_of_what_data_may_have_nor_lends_it_anything() -> None:
    both = (
        "{ __schema { types { ...T } } service { ...S } } fragment T on __Type { %s } fragment S on Service { %s }"
    )
    assert broken_limit(parse(both % ("name " * 200, "name " * 50))) is None
    assert (
        broken_limit(parse(both % ("name ", "name " * 61)))
        == "A document has at most 60 fields, fragments spread."
    )
    hidden = "{ service { ...T } } fragment T on __Type { " + "name " * 241 + "}"
    assert broken_limit(parse(hidden)) == "The schema is asked for with at most 240 fields."


@pytest.mark.anyio
@pytest.mark.parametrize("schema", [PRODUCTION, SANDBOX])
@pytest.mark.parametrize(
    "document",
    [
        tree(61, wide=True),
        "{ a " * 7 + "}" * 7,
        "{ service { " + "...f " * 61 + "} } fragment f on Service { name }",
        "{ " + "service { name } " * 125 + "}",
    ],
)
async def test_what_is_too_large_is_told_by_its_limit_alone(world: World, document: str, schema: object) -> None:
    execution = await ask(world, document, schema=schema)  # type: ignore[arg-type]
    assert isinstance(execution, NotExecuted)
    assert only_error(execution)["extensions"] == {"code": "DOCUMENT_TOO_LARGE"}
    assert world.calls.made == []


@pytest.mark.anyio
async def test_a_sandbox_tells_its_whole_schema_at_once_and_production_none(world: World) -> None:
    told = await ask(world, EVERY_OPTION, operation="IntrospectionQuery", schema=SANDBOX)
    assert isinstance(told, Executed)
    assert told.errors == []
    assert only_error(await ask(world, EVERY_OPTION))["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.anyio
async def test_the_rules_of_validation_never_see_what_is_too_large(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.schema.documents.validate", lambda *_, **__: pytest.fail("it was validated"))
    for document, most, _ in LIMITS:
        execution = await ask(world, document(most + 1), schema=SANDBOX)
        assert only_error(execution)["extensions"] == {"code": "DOCUMENT_TOO_LARGE"}
