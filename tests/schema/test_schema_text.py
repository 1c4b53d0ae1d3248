"""The published text: all of it described, none of it about a person, and the committed file is what is served."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    build_schema,
    get_named_type,
    parse,
    print_ast,
)
from typer.testing import CliRunner

from gateway.cli import app
from gateway.domain.codes import CODE_LENGTH
from gateway.domain.requests import QUANTITY_MAX
from gateway.services.paging import PAGE_MAX
from tests.schema.asking import PRODUCTION, SANDBOX

SDL = Path(__file__).parents[2] / "gateway" / "schema" / "schema.graphql"
SCHEMA: GraphQLSchema = build_schema(SDL.read_text("utf-8"))
BUILT_IN = {"ID", "String", "Int", "Boolean", "Float"}

PERSONAL = re.compile(
    "name|birth|phone|mobile|address|street|e-?mail|photo|picture|face|gender|sex|age|identity|identification|"
    "passport|surname|ethnic|nationality|bank|iban|note|comment|remark|hours|honou?rs?|standing",
    re.IGNORECASE,
)
"""As whole words of a name: what it could carry of a person, the person's standing included."""

NOT_PERSONAL = {"Service.name", "Basis.HONOUR"}
"""The name of the software; and what a reward tells only where its policy says so."""

TEXTS = {
    "Query.verifyPass.pass",
    "Query.redemptions.after",
    "Query.occasions.after",
    "RedeemRewardInput.pass",
    "Query.settlement.month",
    "UploadRedemptionsInput.allowance",
    "TapInput.pass",
    "RedeemRewardInput.pin",
    "HoldRewardInput.pass",
    "HoldRewardInput.pin",
}
"""Every text that is no id. There is no free text about a person."""


def places() -> Iterator[tuple[str, str | None]]:
    """Yield the path and the description of everything in the schema that can have one."""
    for name, kind in SCHEMA.type_map.items():
        if name in BUILT_IN or name.startswith("__"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value.description
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}.{argument_name}", argument.description


PLACES = dict(places())


def words_of(name: str) -> set[str]:
    """Return the words of a name in any case style."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def test_everything_is_described_in_whole_sentences() -> None:
    assert len(PLACES) > 100
    assert {place for place, text in PLACES.items() if not text} == set()
    ours = {place: text for place, text in PLACES.items() if text and not place.startswith("PageInfo")}
    assert {place for place, text in ours.items() if not re.fullmatch(r"[A-Z][^\n]*[.]", text)} == set()


def test_no_name_could_carry_a_personal_value() -> None:
    found = {place for place in PLACES if any(PERSONAL.fullmatch(word) for word in words_of(place.split(".")[-1]))}
    assert found == NOT_PERSONAL


def test_no_description_asks_for_a_personal_value() -> None:
    asked = re.compile(
        r"\b(birth|phone|address|e-?mail|photo|gender|identity|passport|surname|family|given name|their name)\b",
        re.I,
    )
    assert {place for place, text in PLACES.items() if text and asked.search(text)} == set()


def test_no_input_takes_free_text() -> None:
    strings = set()
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLInputObjectType):
            strings |= {f"{name}.{key}" for key, field in kind.fields.items() if is_text(field.type)}
        elif isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for key, output in kind.fields.items():
                strings |= {f"{name}.{key}.{each}" for each, one in output.args.items() if is_text(one.type)}
    assert strings == TEXTS


def is_text(kind: object) -> bool:
    """Whether a type, or what it is a list of, is String."""
    return get_named_type(kind) is GraphQLString  # type: ignore[call-overload]


def test_the_committed_text_is_what_the_command_prints_and_what_is_served() -> None:
    printed = CliRunner().invoke(app, ["schema"])
    assert printed.exit_code == 0
    committed = SDL.read_text("utf-8")
    assert printed.stdout == committed, "run `make schema` and look at the difference"
    assert PRODUCTION.as_str() + "\n" == SANDBOX.as_str() + "\n" == committed


DEFAULTS = {
    "HoldRewardInput.quantity": "1",
    "TapInput.quantity": "1",
    "Query.verifyPass.quantity": "1",
    "Query.redemptions.first": "50",
    "Query.redemptions.ofThisDevice": "false",
    "Query.occasions.first": "50",
    "Query.occasions.over": "false",
    "RedeemRewardInput.quantity": "1",
}
"""Every default that is not null; an argument without one has to be given."""


@pytest.mark.parametrize(
    ("place", "limits"),
    [
        ("Query.verifyPass.quantity", [1, QUANTITY_MAX]),
        ("Query.verifyPass.pass", [CODE_LENGTH]),
        ("Query.redemptions.first", [1, PAGE_MAX]),
        ("Query.occasions.first", [1, PAGE_MAX]),
        ("RedeemRewardInput.quantity", [1, QUANTITY_MAX]),
        ("RedeemRewardInput.pass", [CODE_LENGTH]),
        ("RedeemRewardInput.requestId", [16, 64, 0, 9]),
        ("ReverseRedemptionInput.requestId", [16, 64, 0, 9]),
    ],
)
def test_the_text_says_the_limits_that_hold(place: str, limits: list[int]) -> None:
    assert [int(number) for number in re.findall("[0-9]+", PLACES[place] or "")] == limits


def test_the_text_says_the_defaults_that_hold() -> None:
    document = parse(SDL.read_text("utf-8"))
    found: dict[str, str] = {}
    for kind in document.definitions:
        if isinstance(kind, ObjectTypeDefinitionNode):
            for field in kind.fields or ():
                found |= defaults_of(f"{kind.name.value}.{field.name.value}", field.arguments or ())
        elif isinstance(kind, InputObjectTypeDefinitionNode):
            found |= defaults_of(kind.name.value, kind.fields or ())
    assert found == DEFAULTS


def defaults_of(place: str, inputs: Iterable[InputValueDefinitionNode]) -> dict[str, str]:
    """Return the defaults other than null of arguments or input fields."""
    return {
        f"{place}.{each.name.value}": print_ast(each.default_value)
        for each in inputs
        if each.default_value is not None and not isinstance(each.default_value, NullValueNode)
    }
