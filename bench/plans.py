"""`python -m bench.plans`: CPU time of running registered documents by a plan, by graphql-core and by Strawberry.

In one process, without HTTP and without a database: resolvers return at once what they would have found. What is
measured is what lies around them: variables, permissions, the call, and the shape of the answer.
"""

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any
from unittest import mock

from graphql import FieldNode, GraphQLSchema, type_from_ast

from bench import ROOT
from gateway.domain.partners import Profile
from gateway.schema import LaurelSchema, build_schema
from gateway.schema.context import Context, ServiceFacts
from gateway.schema.plans.coercion import STRAWBERRY
from gateway.schema.registered import RegisteredDocument, register
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from tests.schema.plan_values import good, good_input
from tests.services.world import METRO, NOW, World

KIND = "venue-counter"
Way = Callable[[], Awaitable[Any]]
TIMES = 400
ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU microseconds for one operation, medians."""

    operation: str
    plan_us: float
    core_us: float
    strawberry_us: float


def main() -> None:
    """Print a table, and write it to var/bench/plans.json."""
    profiles = load_profiles(ROOT / "partners", load_catalogue(ROOT / "partners" / "catalogue"))
    found = asyncio.run(_all({KIND: profiles[KIND]}))
    print("operation            plan us   graphql-core us          Strawberry us")
    for one in found:
        core, strawberry = one.core_us / one.plan_us, one.strawberry_us / one.plan_us
        print(
            f"{one.operation:<20} {one.plan_us:7.1f}   {one.core_us:7.1f} {core:6.1f}x"
            f"   {one.strawberry_us:7.1f} {strawberry:6.1f}x"
        )
    results = ROOT / "var" / "bench" / "plans.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n", encoding="utf-8")
    print(f"Written to {results.relative_to(ROOT)}.", file=sys.stderr)


async def _all(profiles: dict[str, Profile]) -> list[Measured]:
    schema = build_schema(introspection=False)
    context = Context(
        caller=METRO,
        ports=World().ports,
        facts=ServiceFacts(version="0", sandbox=False, clock=lambda: NOW),
        request_id="bench",
    )
    return [await _measured(schema, document, context) for document in register(schema, profiles)]


async def _measured(schema: LaurelSchema, document: RegisteredDocument, context: Context) -> Measured:
    variables = _variables(schema._schema, document)
    plan, text = document.plan, document.source.text
    assert plan is not None

    async def by_plan() -> Any:
        return await plan.run(variables, context)

    async def by_core() -> Any:
        return await schema.run(document.ast, variables, context)

    async def by_strawberry() -> Any:
        return await schema.execute(text, dict(variables), context)

    with ExitStack() as stack:
        _answer_at_once(stack, schema._schema, document)
        ways: list[Way] = [by_plan, by_core, by_strawberry]
        told = [(await way()).data for way in ways]
        assert told == [told[0]] * len(ways), document.name
        assert told[0], document.name
        figures = await _interleaved(ways)
    return Measured(operation=document.name, plan_us=figures[0], core_us=figures[1], strawberry_us=figures[2])


async def _interleaved(ways: list[Way]) -> list[float]:
    """Return the median CPU time of each way, all measured in every round."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, figures in zip(ways, times, strict=True):
            gc.collect()
            gc.disable()
            started = time.process_time_ns()
            for _ in range(TIMES):
                await way()
            figures.append((time.process_time_ns() - started) / 1000 / TIMES)
            gc.enable()
    return [statistics.median(each) for each in times]


def _variables(schema: GraphQLSchema, document: RegisteredDocument) -> dict[str, object]:
    return {
        one.variable.name.value: good_input(type_from_ast(schema, one.type))  # type: ignore[arg-type]
        for one in document.operation.variable_definitions or ()
    }


def _answer_at_once(stack: ExitStack, schema: GraphQLSchema, document: RegisteredDocument) -> None:
    """Let the root field's resolver return what it did before."""
    [node] = document.operation.selection_set.selections
    root = schema.get_root_type(document.operation.operation)
    assert isinstance(node, FieldNode)
    assert root is not None
    field = root.fields[node.name.value]
    outcome = good(field.type)
    resolver = field.extensions[STRAWBERRY].base_resolver

    async def later(**_: object) -> object:
        return outcome

    answer = later if resolver.is_async else lambda **_: outcome
    stack.enter_context(mock.patch.object(resolver, "wrapped_func", answer))


if __name__ == "__main__":
    main()
