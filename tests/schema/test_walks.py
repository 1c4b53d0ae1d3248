"""What holds for all of the schema by construction: a field that is added tomorrow is judged by the same walks."""

import re
from collections.abc import Iterator

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from strawberry.types.field import StrawberryField

from gateway.schema.permissions import RequiresAnyScope, RequiresBoundBody, RequiresScope
from gateway.services.paging import PAGE_MAX
from tests.schema.asking import PRODUCTION
from tests.schema.test_schema_text import PERSONAL, PLACES, SCHEMA

SERVED = PRODUCTION._schema
ROOTS = {"Query", "Mutation"}

REVIEWED = {
    "Basis.CREDIT": "what a reward tells only where its policy says so",
    "Basis.HONOUR": "what a reward tells only where its policy says so",
    "NotEligible.reference": "a sealed note, which the partner can't open",
    "Refused.reference": "a sealed note, which the partner can't open",
}
"""Descriptions in which a word for something personal stands, each with why that is no personal value."""


def fields(*, of_roots: bool) -> Iterator[tuple[str, GraphQLField, StrawberryField]]:
    """Yield the path of each field of our object types, as it is served and as it is written."""
    for kind in SERVED.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, served in kind.fields.items():
                if (kind.name in ROOTS) == of_roots:
                    yield f"{kind.name}.{name}", served, served.extensions["strawberry-definition"]


def test_there_are_two_roots_and_nothing_is_pushed() -> None:
    roots = (SERVED.query_type, SERVED.mutation_type, SERVED.subscription_type)
    assert [root and root.name for root in roots] == ["Query", "Mutation", None]


@pytest.mark.parametrize(("place", "written"), [(place, written) for place, _, written in fields(of_roots=True)])
def test_a_root_field_demands_a_scope_before_all_else(place: str, written: StrawberryField) -> None:
    first, *others = written.permission_classes
    assert issubclass(first, RequiresScope | RequiresAnyScope)
    assert first not in (RequiresScope,), "a scope of its own"
    assert others == ([RequiresBoundBody] if place.startswith("Mutation.") else [])


def test_nothing_is_looked_up_below_the_roots() -> None:
    """So that whoever passed a root's scope has passed all, and a field costs what its root costs."""
    deeper = list(fields(of_roots=False))
    assert len(deeper) > 40
    assert [place for place, _, written in deeper if written.base_resolver is not None] == []
    assert [place for place, served, _ in deeper if served.args] == []


def test_no_description_speaks_of_what_is_personal_unless_reviewed() -> None:
    words = {place: re.findall(r"[A-Za-z]+(?:-[a-z]+)?", text or "") for place, text in PLACES.items()}
    found = {place for place, some in words.items() if any(PERSONAL.fullmatch(word) for word in some)}
    assert found == set(REVIEWED)


CONNECTIONS = [name for name in SCHEMA.type_map if name.endswith("Connection")]


@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_connection_is_relays(name: str) -> None:
    connection, edge = SCHEMA.type_map[name], SCHEMA.type_map[name.removesuffix("Connection") + "Edge"]
    assert isinstance(connection, GraphQLObjectType)
    assert isinstance(edge, GraphQLObjectType)
    assert str(connection.fields["pageInfo"].type) == "PageInfo!"
    assert str(connection.fields["edges"].type) == f"[{edge.name}!]!"
    assert str(edge.fields["cursor"].type) == "String!"
    assert set(edge.fields) >= {"cursor", "node"}


def test_page_info_is_complete() -> None:
    info = SCHEMA.type_map["PageInfo"]
    assert isinstance(info, GraphQLObjectType)
    assert {name: str(field.type) for name, field in info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_every_list_that_can_grow_is_paged_and_bounded() -> None:
    roots = {place: served for place, served, _ in fields(of_roots=True)}
    paged = {place: each for place, each in roots.items() if get_named_type(each.type).name in CONNECTIONS}
    assert paged.keys() == {"Query.redemptions", "Query.occasions"}
    for place, served in paged.items():
        assert str(served.args["after"].type) == "String"
        assert 1 <= served.args["first"].default_value <= PAGE_MAX
        assert str(PAGE_MAX) in (PLACES[f"{place}.first"] or "")
    assert {place for place, each in roots.items() if "[" in str(each.type)} == {"Query.rewards"}
