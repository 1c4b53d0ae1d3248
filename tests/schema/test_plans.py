"""Plans and graphql-core say the same, byte for byte, and call a resolver alike, whatever comes and fails."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, OperationType, is_required_argument, type_from_ast
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import gateway.schema
from gateway.domain.errors import ConfigurationError, KeysMissing, MalformedInput, Throttled, Unavailable
from gateway.domain.partners import Scope
from gateway.schema.plans.coercion import STRAWBERRY
from gateway.schema.registered import RegisteredDocument, register
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from tests.schema.asking import PRODUCTION, ask
from tests.schema.plan_documents import documents
from tests.schema.plan_values import good_input, inputs, oddities, results
from tests.schema.test_registered import one_of
from tests.services.world import World

pytestmark = pytest.mark.anyio

SCHEMA = PRODUCTION._schema
FAILURES = [
    ValueError("a value"),
    MalformedInput("pass", "Mistyped."),
    KeysMissing("no key"),
    Unavailable("database"),
    Throttled("device", retry_after_seconds=3),
]


@dataclass(frozen=True)
class Case:
    """What is asked, by whom, and what the resolver makes of it."""

    document: RegisteredDocument
    variables: Mapping[str, Any]
    scopes: frozenset[Scope]
    bound: bool
    outcome: Any
    fails: bool


def root_field(document: RegisteredDocument) -> Any:
    """Return the field that a document asks for."""
    root = SCHEMA.get_root_type(document.operation.operation)
    [node] = document.operation.selection_set.selections
    assert root is not None
    assert isinstance(node, FieldNode)
    return root.fields[node.name.value]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a case whose document is valid."""
    text = draw(documents(SCHEMA))
    try:
        document = one_of(text, "Case")
    except ConfigurationError:
        assume(False)
    variables = {}
    odd_input = draw(st.integers(0, 3)) == 2
    for one in document.operation.variable_definitions or ():
        if draw(st.integers(0, 19)) != 7:
            type_: Any = type_from_ast(SCHEMA, one.type)
            variables[one.variable.name.value] = draw(inputs(type_, odd=odd_input))
    fails = draw(st.integers(0, 9)) == 7
    return Case(
        document,
        variables,
        draw(st.sampled_from([frozenset(Scope)] * 9 + [frozenset()])),
        draw(st.integers(0, 9)) != 7,
        draw(st.sampled_from(FAILURES))
        if fails
        else draw(results(root_field(document).type, odd=draw(st.booleans()))),
        fails,
    )


async def told(case: Case, document: RegisteredDocument) -> tuple[Any, list[Any]]:
    """Return what is answered, or raised, and what the resolver was called with."""
    calls: list[Any] = []

    def resolver(*, info: Any, **arguments: Any) -> Any:
        calls.append((info.context.request_id, arguments))
        if case.fails:
            raise case.outcome
        return case.outcome

    async def async_resolver(**arguments: Any) -> Any:
        return resolver(**arguments)

    field = root_field(document).extensions[STRAWBERRY].base_resolver
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(field, "wrapped_func", async_resolver if field.is_async else resolver)
        try:
            answer = await ask(World(), document, case.variables, scopes=case.scopes, bound=case.bound)
        except (Unavailable, Throttled) as raised:
            return (type(raised), str(raised)), calls
    return (answer.ran, json.dumps(answer.body)), calls


ROOT_FIELDS = [
    (kind, name) for kind in OperationType for name in getattr(SCHEMA.get_root_type(kind), "fields", ())
]


@pytest.mark.parametrize(("kind", "name"), ROOT_FIELDS)
async def test_a_result_that_is_odd_in_one_place_is_told_alike(kind: OperationType, name: str) -> None:
    field = SCHEMA.get_root_type(kind).fields[name]  # type: ignore[union-attr]
    needed = {key: one for key, one in field.args.items() if is_required_argument(one)}
    variables = {key: good_input(one.type) for key, one in needed.items()}
    declared = f"({', '.join(f'${key}: {one.type}' for key, one in needed.items())})" if needed else ""
    arguments = f"({', '.join(f'{key}: ${key}' for key in needed)})" if needed else ""
    documents: dict[str, RegisteredDocument] = {}
    for selected, outcome in oddities(field.type):
        text = f"{kind.value} Case{declared} {{ {name}{arguments} {selected} }}"
        document = documents[text] = documents.get(text) or one_of(text, "Case")
        case = Case(document, variables, frozenset(Scope), True, outcome, fails=False)
        ordinary = await told(case, replace(document, plan=None))
        assert await told(case, document) == ordinary, (text, outcome)
        assert document.plan
        assert len(ordinary[1]) == 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
async def test_a_plan_and_graphql_core_say_the_same(case: Case) -> None:
    event(case.document.unplanned or "planned")
    ordinary = await told(case, replace(case.document, plan=None))
    planned = await told(case, case.document)
    event(f"errors: {'errors' in str(planned)}, calls: {len(planned[1])}")
    assert planned == ordinary
    assert len(planned[1]) <= 1


def test_all_that_partners_send_is_planned() -> None:
    folder = Path(__file__).parents[2] / "partners"
    found = list(register(PRODUCTION, load_profiles(folder, load_catalogue(folder / "catalogue"))))
    assert len(found) > 50
    assert {one.source.file.name: one.unplanned for one in found if one.plan is None} == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("query Case { service { name } rewards { code } }", "more than one root field"),
        ("query Case { __typename }", "one of GraphQL's own"),
        ("query Case { service { name @include(if: true) } }", "a directive"),
        ("query Case($x: String!) { a: settlement(month: $x) { month @skip(if: false) } }", "a directive"),
        (
            "query Case($x: String!, $y: ID!) { verifyPass(pass: $x, reward: $y) { ...on Eligible { reward } } }",
            "",
        ),
        ('mutation Case($x: ID!) { releaseHold(input: {holdId: $x, requestId: "r"}) { __typename } }', "neither"),
        (
            "query Case($x: String!) { settlement(month: $x) { month } settlement(month: $x) { ends } }",
            "root field",
        ),
    ],
)
def test_what_has_no_plan_says_why(text: str, reason: str) -> None:
    document = one_of(text, "Case")
    assert (document.plan is None) == bool(reason)
    assert reason in document.unplanned


def test_resolvers_ask_info_for_nothing_but_the_context() -> None:
    """A plan knows no more of a request."""
    asked = {
        node.attr
        for file in Path(gateway.schema.__file__).parent.rglob("*.py")
        if file.parent.name != "plans"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "info"
    }
    assert asked == {"context", "path"}, "path is of graphql-core's own info, where a plan has failed"
