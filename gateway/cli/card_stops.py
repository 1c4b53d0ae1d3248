"""`gateway pass revoke | replace`: stopping passes, one that is at hand or all cards of who lost them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.card_desk import Card, Presented, desk_of, given
from gateway.cli.cards import CARD_DAYS, Days, PaperSize, expiry
from gateway.cli.console import AsJson, Yes, confirm, tell, with_card_office
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import Condition, PassState, PresentedPass
from gateway.services.card_office import CardOffice

GONE = "This pass is unknown or revoked already."


def replace(
    *,
    presented: Presented,
    card: Card = None,
    paper: PaperSize = Paper.A4,
    days: Days = CARD_DAYS,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a pass and issue another in its place, with the same PIN. Used quota stays used."""

    async def work(laurel: Laurel, office: CardOffice) -> None:
        old = PresentedPass(given(presented))
        state = await _revocable(office, old, f"{GONE[:-1]}; issue a new one instead.")
        desk, expires_at = desk_of(laurel, card, paper, as_json=as_json), expiry(days)
        desk.prepare(office, [state.sector], expires_at)
        confirm(f"Replace this {state.sector} pass? It stops working at once.", yes=yes)
        desk.hand_over([await office.replace(old, expires_at=expires_at)])

    with_card_office(work)


def revoke(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PASS|SECTOR...", help="The pass: its token or code, - reads it. With --of: which sectors."
        ),
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="All cards of this registry id; - reads it from standard input.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a pass, or with --of all cards of a resident: no redemption commits with them afterwards."""
    named = words or []
    if of is None and len(named) != 1:
        raise typer.BadParameter("Name one pass, or with --of whose cards shall stop.")

    async def stop_one(_: Laurel, office: CardOffice) -> None:
        old = PresentedPass(given(named[0]))
        state = await _revocable(office, old, GONE)
        confirm(f"Revoke this {state.sector} pass? It stops working at once, and for ever.", yes=yes)
        if not await office.revoke(old):
            raise MalformedInput("pass", GONE)
        tell({"revoked": True, "sector": state.sector}, "The pass is revoked.", as_json=as_json)

    async def stop_all(_: Laurel, office: CardOffice) -> None:
        whose = given(of or "")
        working = await office.working(whose)
        if not office.sectors.union(working).issuperset(named):  # a card may be of a sector that is no more
            office.require_sectors(named)
        if named:
            working = [sector for sector in working if sector in named]
        confirm(f"Revoke {_counted(working)}, at once and for ever?", yes=yes or not working)
        stopped = await office.revoke_all(whose, sectors=named)
        if not stopped:
            raise MalformedInput("--of", "This resident has no such card that works; nothing was changed.")
        facts = {"revoked": len(stopped), "sectors": sorted(set(stopped))}
        tell(facts, f"Revoked: {_counted(stopped)}.", as_json=as_json)

    with_card_office(stop_one if of is None else stop_all)


async def confirm_instead(office: CardOffice, whose: str, sectors: list[str], *, yes: bool) -> None:
    """Ask before new cards stop those of the same sectors, if there are any.

    Raises:
        MalformedInput: no such resident, or nobody agrees; nothing was changed.
    """
    working = await office.working(whose, sectors=sectors)
    confirm(f"Issue new ones and revoke {_counted(working)}?", yes=yes or not working)


def _counted(sectors: Sequence[str]) -> str:
    cards = f"{len(sectors)} card{'' if len(sectors) == 1 else 's'}"
    return f"{cards} ({', '.join(sorted(set(sectors)))})"


async def _revocable(office: CardOffice, presented: PresentedPass, otherwise: str) -> PassState:
    """Return the state of a pass that can be revoked; anybody is asked only about one that can."""
    state = await office.state(presented)
    if state is None or state.condition is Condition.REVOKED:
        raise MalformedInput("pass", otherwise)
    return state
