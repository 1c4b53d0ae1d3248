"""The main job against a running sandbox, as a partner's machines do it: `python -m laurel_client.main_job DIR`.

DIR holds the sandbox's `partners/*.json` and `passes.json`. Standard input brings fresh residents' passes, which
touch no disk: `{"passes": {kind: [{"reward", "occasion", "pin", "token", "code"}, ...]}}`. For each kind of
partner the first pass goes through everything, the others are verified and redeemed. Every answer is compared with
the one that must come. Ends with 0, or with 1 and the first thing that was wrong.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from laurel_client.client import LaurelClient
from laurel_client.connection import new_request_id
from laurel_client.credentials import Credentials
from laurel_client.errors import LaurelError
from laurel_client.journal import Journal, Surprise
from laurel_client.results import Eligible, NotEligible, Redemption, Refused, ReversalReason, Undetermined


@dataclass(frozen=True, slots=True)
class Wish:
    """A pass and the reward that its resident wants."""

    pass_: str = field(repr=False)
    reward: str
    occasion: str | None
    pin: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """One partner's part: who it is, whom it serves, and a pass of nobody entitled to the first reward."""

    credentials: Credentials
    wishes: Sequence[Wish]
    stranger: Wish


async def do_main_job(client: LaurelClient, plan: Plan, journal: Journal) -> None:
    """Verify, redeem, repeat, be refused, reverse; then verify and redeem the other rewards."""
    wish, stranger, *others = plan.wishes[0], plan.stranger, *plan.wishes[1:]
    request, reversal = new_request_id(), new_request_id()
    await journal.step("sign in", client.sign_in(), "done")
    await journal.step(f"verify {wish.reward}", _verify(client, wish), "Eligible")
    first = await journal.step(f"redeem {wish.reward}", _redeem(client, wish, request), "Redemption REDEEMED")
    assert isinstance(first, Redemption)
    await journal.replay("the same request again", _redeem(client, wish, request), first)
    denied = _redeem(client, stranger, new_request_id())
    await journal.step("redeem with a pass not entitled", denied, "Refused NOT_ELIGIBLE")
    reused = _redeem(client, wish, request, quantity=2)
    await journal.step("the first request id, two units", reused, "Refused REQUEST_REUSED")
    undone = await journal.step("reverse it", _reverse(client, first, reversal), "Redemption REVERSED")
    await journal.replay("the same reversal again", _reverse(client, first, reversal), undone)
    await journal.step("verify again", _verify(client, wish), "Eligible")
    for other in others:
        await journal.step(f"verify {other.reward}", _verify(client, other), "Eligible")
        redeemed = _redeem(client, other, new_request_id())
        await journal.step(f"redeem {other.reward}", redeemed, "Redemption REDEEMED")


async def _verify(client: LaurelClient, wish: Wish) -> Eligible | NotEligible | Undetermined:
    return await client.verify_pass(wish.pass_, wish.reward, occasion=wish.occasion)


async def _redeem(
    client: LaurelClient, wish: Wish, request_id: str, quantity: int = 1
) -> Redemption | Refused | Undetermined:
    return await client.redeem_reward(
        wish.pass_, wish.reward, quantity, wish.occasion, pin=wish.pin, request_id=request_id
    )


async def _reverse(
    client: LaurelClient, redemption: Redemption, request_id: str
) -> Redemption | Refused | Undetermined:
    return await client.reverse_redemption(redemption.id, ReversalReason.MISTAKE, request_id=request_id)


def plans_from(sandbox: Path, fresh: TextIO) -> list[Plan]:
    """Return one plan per kind of partner, or raise Surprise where something is missing."""
    partners = [Credentials.from_file(path) for path in sorted((sandbox / "partners").glob("*.json"))]
    if not partners:
        raise Surprise(f"There is no partner file in {sandbox / 'partners'}.")
    first_of_kind = {partner.kind: partner for partner in reversed(partners)}
    try:
        personas = json.loads((sandbox / "passes.json").read_bytes())
        given = json.load(fresh)["passes"]
        return [_plan(first_of_kind[kind], given, personas) for kind in sorted(first_of_kind)]
    except OSError as error:
        raise Surprise(f"{error.filename}: {error.strerror}.") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Surprise("Standard input or passes.json doesn't have the form that the main job reads.") from None


def _plan(partner: Credentials, given: Mapping[str, Any], personas: Sequence[Mapping[str, Any]]) -> Plan:
    wishes = [_wish(entry) for entry in given.get(partner.kind, [])]
    if not wishes:
        raise Surprise(f"Standard input brings no pass for {partner.kind}.")
    refused = [persona for persona in personas if persona["expect"].get(wishes[0].reward) == "NOT_ELIGIBLE"]
    if not refused:
        raise Surprise(f"passes.json has nobody who is NOT_ELIGIBLE for {wishes[0].reward}.")
    # Rather a bare code: the one that nobody holds is among them.
    stranger = min(refused, key=lambda persona: persona["token"] is not None)
    return Plan(partner, wishes, replace(wishes[0], pass_=stranger["token"] or stranger["code"]))


def _wish(entry: Mapping[str, Any]) -> Wish:
    return Wish(entry["token"] or entry["code"], entry["reward"], entry["occasion"], entry["pin"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the main job; return the exit status."""
    parser = argparse.ArgumentParser(prog="laurel_client.main_job", description="Do the main job in a sandbox.")
    parser.add_argument("sandbox", type=Path, help="the sandbox's folder, such as var/sandbox")
    sandbox = parser.parse_args(arguments).sandbox
    try:
        asyncio.run(_run(plans_from(sandbox, sys.stdin)))
    except (Surprise, LaurelError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _run(plans: Sequence[Plan]) -> None:
    journal = Journal()
    for plan in plans:
        journal.turn_to(plan.credentials.kind)
        async with LaurelClient(plan.credentials) as client:
            await do_main_job(client, plan, journal)
    journal.sum_up()


if __name__ == "__main__":
    sys.exit(main())
