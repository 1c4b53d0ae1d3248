"""What a reward discloses leaves by one way alone: no other field, export or receipt tells what is left, or why.

The whole contract is walked, not a list of fields that somebody remembered; and then every answer is compared for
two residents who differ in nothing but what they have left, and what their eligibility rests on.
"""

import re
from collections import defaultdict
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

import gateway.schema
from gateway.cli import settlement_files
from gateway.domain.city_report import CityReport
from gateway.domain.eligibility import Basis, Cause
from gateway.domain.holds import Hold
from gateway.domain.occasions import Cancellation
from gateway.domain.offline import Judged
from gateway.domain.passes import PassRecord, Sighting
from gateway.domain.redemptions import Eligible, NotEligible, Redemption, Refused
from gateway.domain.rewards import Disclosure
from gateway.domain.settlement import RejectedTap, Settlement
from gateway.domain.standing import Honour, Standing
from tests.schema.asking import CONFIRM, HOLD, REDEEM, RELEASE, REVERSE, data
from tests.services.world import CATALOGUE, HONOREE, NOW, VOLUNTEER, World

pytestmark = pytest.mark.anyio

SDL = build_schema(Path(gateway.schema.__file__).with_name("schema.graphql").read_text("utf-8"))
TELLING = re.compile(r"remain|basis|left|used|hours|honour|credit|standing|grade|overdraft|holder|resident", re.I)
"""Names under which a field might tell what is left to somebody, or why they may have it."""

ALLOWED = {
    ("Eligible", "remaining"),
    ("Eligible", "basis"),
    ("Cancellation", "remaining"),  # of the partner's own undoing: how many redemptions are still to come back
}


def reachable(kind: GraphQLNamedType, seen: dict[str, GraphQLNamedType]) -> dict[str, GraphQLNamedType]:
    """Return every type that an answer may hold, from a root on."""
    if kind.name in seen:
        return seen
    seen[kind.name] = kind
    if isinstance(kind, GraphQLUnionType):
        for one in kind.types:
            reachable(one, seen)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field in kind.fields.values():
            reachable(get_named_type(field.type), seen)
    return seen


def answerable() -> dict[str, GraphQLNamedType]:
    """Return every type that any query or mutation may answer with."""
    assert SDL.query_type is not None
    assert SDL.mutation_type is not None
    return reachable(SDL.mutation_type, reachable(SDL.query_type, {}))


def selection(kind: GraphQLNamedType) -> str:
    """Return a selection of all that a type has, however deep."""
    if isinstance(kind, GraphQLUnionType):
        return "{ __typename " + " ".join(f"... on {one.name} {selection(one)}" for one in kind.types) + " }"
    if not isinstance(kind, GraphQLObjectType):
        return ""
    return "{ " + " ".join(f"{n} {selection(get_named_type(f.type))}" for n, f in kind.fields.items()) + " }"


def test_the_whole_contract_has_one_field_for_each() -> None:
    telling = set()
    for name, kind in answerable().items():
        if isinstance(kind, GraphQLObjectType):
            for field, definition in kind.fields.items():
                told_by_type = get_named_type(definition.type).name == "Basis"
                if told_by_type or TELLING.search(field):
                    telling.add((name, field))
    assert telling == ALLOWED
    enums = {
        n for n, kind in answerable().items() if isinstance(kind, GraphQLEnumType) and "HONOUR" in kind.values
    }
    assert enums == {"Basis"}
    assert {"Redemption", "Hold", "Settlement", "RedemptionConnection", "TapVerdict"} <= answerable().keys()


def domain_types(kind: Any, seen: set[Any]) -> set[Any]:
    """Return every type that a value of the domain may hold."""
    for part in get_args(kind):
        domain_types(part, seen)
    if isinstance(kind, type) and kind not in seen:
        seen.add(kind)
        if is_dataclass(kind):
            for each in get_type_hints(kind).values():
                domain_types(each, seen)
    return seen


def fields_of(kind: type) -> list[str]:
    """Return the names of a type's fields."""
    return [each.name for each in fields(kind)] if is_dataclass(kind) else []


@pytest.mark.parametrize(
    "kind", [Redemption, Hold, Refused, NotEligible, Judged, Cancellation, Settlement, RejectedTap, CityReport]
)
def test_no_receipt_settlement_or_report_could_hold_it(kind: type) -> None:
    held = domain_types(kind, set())
    assert held & {Basis, Cause, Standing, Honour, PassRecord, Sighting, Eligible} == set()
    names = {(one.__name__, name) for one in held for name in fields_of(one)}
    assert {name for name in names if TELLING.search(name[1])} <= {("Cancellation", "remaining")}
    assert not any(issubclass(one, Enum) and "HONOUR" in one.__members__ for one in held)


def test_no_file_has_a_column_for_it() -> None:
    columns = (*settlement_files._LINES, *settlement_files._REJECTED)
    assert [name for name in columns if TELLING.search(name)] == []


def city(*, by_honour: bool, used: int) -> World:
    """A city with one card, whose holder is entitled by one of two ways, and has used so much of each quota."""
    world = World()
    world.issue("card", HONOREE if by_honour else VOLUNTEER, resident_secret=b"one")
    world.keys.tokens["card"] = ("transit", NOW + timedelta(days=9))
    world.ledger.units = defaultdict(lambda: used)  # type: ignore[assignment]
    return world


REWARDS = ("ride", "remaining-ride", "basis-ride", "open-ride")
VERIFY = 'query($reward: ID!) { verifyPass(pass: "card", reward: $reward) %s }'
IDS = re.compile(r"(rdm|hld|stm)_[A-Za-z0-9_-]+")


def whole(field: str) -> str:
    """Return the selection of all that a root field may answer."""
    for root in (SDL.query_type, SDL.mutation_type):
        if root is not None and field in root.fields:
            return selection(get_named_type(root.fields[field].type))
    raise LookupError(field)


async def everything(world: World) -> dict[str, Any]:
    """Do all that a partner can do with a card that is good; return every answer, all fields of each."""
    answers = {}
    for reward in REWARDS:
        found = await data(world, VERIFY % whole("verifyPass"), {"reward": reward})
        answers[f"verify {reward}"] = found["verifyPass"]

    async def change(document: str, field: str, name: str, **given: object) -> Any:
        asked = {"input": {"requestId": f"{name:-<16}", **given}}
        answers[name] = (await data(world, document % whole(field)[1:-1], asked))[field]
        return answers[name]

    done = await change(REDEEM, "redeemReward", "redeem", **{"pass": "card"}, reward="ride")
    await change(REDEEM, "redeemReward", "redeem-open", **{"pass": "card"}, reward="open-ride")
    held = await change(HOLD, "holdReward", "hold", **{"pass": "card"}, reward="remaining-ride")
    await change(CONFIRM, "confirmHold", "confirm", holdId=held["id"])
    other = await change(HOLD, "holdReward", "hold-again", **{"pass": "card"}, reward="basis-ride")
    await change(RELEASE, "releaseHold", "release", holdId=other["id"])
    await change(REVERSE, "reverseRedemption", "reverse", redemptionId=done["id"], reason="SALE_FAILED")
    taps = [
        {"requestId": "tap-000000000001", "pass": "card", "reward": "ride", "happenedAt": f"{NOW.isoformat()}"}
    ]
    upload = "mutation($input: UploadRedemptionsInput!) { uploadRedemptions(input: $input) %s }"
    asked = {"input": {"allowance": "signed", "taps": taps}}
    answers["upload"] = await data(world, upload % whole("uploadRedemptions"), asked)
    for field, arguments in (
        ("service", ""),
        ("rewards", ""),
        ("redemptions", "(first: 50)"),
        ("occasions", "(over: true)"),
        ("redemption", f'(id: "{done["id"]}")'),
        ("settlement", '(month: "2026-10")'),
        ("offlineAllowance", ""),
    ):
        answers[field] = await data(world, f"{{ {field}{arguments} {whole(field)} }}")
    return {name: _without_ids(answer) for name, answer in answers.items()}


def _without_ids(answer: Any) -> Any:
    """Leave out what is random each time: ids of events, and cursors, which hold them."""
    if isinstance(answer, dict):
        return {name: _without_ids(one) for name, one in answer.items() if "ursor" not in name}
    if isinstance(answer, list):
        return sorted(map(_without_ids, answer), key=repr)
    return IDS.sub("an id", answer) if isinstance(answer, str) else answer


async def test_two_who_differ_in_it_alone_get_the_same_answers_but_where_a_reward_discloses() -> None:
    ours = await everything(city(by_honour=False, used=0))
    theirs = await everything(city(by_honour=True, used=2))
    assert {one.get("__typename") for name, one in ours.items() if "__typename" in one} == {
        "Eligible",
        "Redemption",
        "Hold",
    }
    differing = {name for name in ours if ours[name] != theirs[name]}
    assert differing == {"verify remaining-ride", "verify basis-ride", "verify open-ride"}
    for reward in REWARDS:
        told = CATALOGUE.rewards[reward].discloses
        for answers, left, basis in ((ours, 4, "CREDIT"), (theirs, 2, "HONOUR")):
            assert answers[f"verify {reward}"] == {
                "__typename": "Eligible",
                "reward": reward,
                "quantity": 1,
                "remaining": left if Disclosure.REMAINING in told else None,
                "basis": basis if Disclosure.BASIS in told else None,
            }
