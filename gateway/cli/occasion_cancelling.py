"""`gateway occasions cancel`: the steward calls a show off for a box office that can't send `cancelOccasion`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cli.console import TRY_AGAIN, AsJson, Yes, confirm, fail, record_of, tell, with_laurel
from gateway.cli.progress import progress
from gateway.domain.errors import MalformedInput, Unavailable
from gateway.domain.occasions import Cancellation
from gateway.services.call_off import call_off
from gateway.store.cancelling import SqlClosings

GO_ON = "What was taken back stays so; say it again to go on."


def cancel(
    occasion: Annotated[str, typer.Argument(help="The occasion's id.")],
    *,
    partner: Annotated[str | None, typer.Option(help="Whose it is, where several have one of this id.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cancel an occasion for good: take back all that was redeemed or is held for it. Said again, it goes on."""

    async def work(laurel: Laurel) -> None:
        closings = SqlClosings(laurel.database, record_of(laurel))
        owner = _owner(await closings.partners(occasion), partner)
        known = await laurel.ports.ledger.occasion(owner, occasion, over=True)
        if known is None or known.cancelled_at is None:  # who said it before need not say again that it is meant
            taken = "" if known is None else f", with {known.used:,} places sold and {known.held:,} held"
            confirm(f"Cancel {owner}/{occasion} for good{taken}?", yes=yes)
        done = await _take_back(laurel, closings, owner, occasion)
        tell(_facts(owner, done), _receipt(owner, done), as_json=as_json)

    with_laurel(work, interrupted=f"Interrupted. {GO_ON}")


def _owner(partners: Sequence[str], asked: str | None) -> str:
    """Return whose occasion is meant."""
    found = [each for each in partners if asked in (None, each)]
    if not found:
        raise MalformedInput("occasion", "There is no such occasion: gateway occasions list --all")
    if len(found) > 1:
        raise MalformedInput(
            "--partner", f"Several have an occasion of this id, so say whose: {', '.join(found)}."
        )
    return found[0]


async def _take_back(laurel: Laurel, closings: SqlClosings, owner: str, occasion: str) -> Cancellation:
    state: Cancellation | None = None
    whole = 0
    try:
        with progress("taking back", "redemptions and holds") as show:
            async for state in call_off(closings, laurel.ports.ledger, partner_id=owner, occasion=occasion):
                whole = max(whole, state.remaining)
                show(whole - state.remaining, 1 - state.remaining / max(whole, 1))
    except Unavailable as error:
        if state is None:
            raise
        fail(f"The {error} does not answer. {GO_ON}", TRY_AGAIN)
    if state is None:
        raise ValueError("an occasion that was there is never removed")
    return state


def _facts(owner: str, done: Cancellation) -> dict[str, object]:
    return {
        "id": done.id,
        "partner": owner,
        "occasion": done.occasion,
        "reward": done.reward,
        "status": done.status.value,
        "reversed": done.reversed_redemptions,
        "reversed_units": done.reversed_units,
        "released_holds": done.released_holds,
        "cancelled_at": done.cancelled_at.isoformat(),
        "finished_at": None if done.finished_at is None else done.finished_at.isoformat(),
    }


def _receipt(owner: str, done: Cancellation) -> str:
    return (
        f"{owner}/{done.occasion} is cancelled since {done.cancelled_at:%Y-%m-%d %H:%M:%S} UTC ({done.id}).\n"
        f"Taken back: {done.reversed_redemptions:,} redemptions of {done.reversed_units:,} units; released: "
        f"{done.released_holds:,} holds. Nothing remains."
    )
