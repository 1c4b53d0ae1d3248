"""`gateway pass revoke | replace`: stopping passes, one that is at hand or all of who lost them."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.card_desk import Card, Presented, desk_of, given
from gateway.cli.cards import Days, PaperSize, expiry
from gateway.cli.console import AsJson, Yes, confirm, tell, with_card_office
from gateway.domain.card_days import CARD_DAYS
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import Condition, Held, PassForm, PassState, PresentedPass
from gateway.domain.showings import SLIP_CODES, SLIP_CODES_MAX
from gateway.services.card_office import CardOffice

GONE = "This pass is unknown or revoked already."

_NAMES = {PassForm.CARD: "card", PassForm.LIVE: "live pass", PassForm.SLIP: "slip"}
_PLURALS = {PassForm.LIVE: "live passes"}


def replace(
    *,
    presented: Presented,
    card: Card = None,
    paper: PaperSize = Paper.A4,
    days: Days = CARD_DAYS,
    count: Annotated[
        int, typer.Option(min=1, max=SLIP_CODES_MAX, help="How many codes a new slip has.")
    ] = SLIP_CODES,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a pass and issue another of its form in its place, with the same PIN. Used quota stays used."""

    async def work(laurel: Laurel, office: CardOffice) -> None:
        old = PresentedPass(given(presented))
        state = await _revocable(office, old, f"{GONE[:-1]}; issue a new one instead.")
        desk = desk_of(laurel, state.form, card, paper, as_json=as_json)
        expires_at = expiry(days, state.form)
        desk.prepare(office, [state.sector], expires_at, code_count=count)
        confirm(f"Replace this {state.sector} pass? It stops working at once.", yes=yes)
        desk.hand_over([await office.replace(old, expires_at=expires_at, code_count=count)])

    with_card_office(work)


def revoke(
    *,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PASS|SECTOR...",
            help="The pass: its token, its code or what the phone shows, - reads it. With --of: which sectors.",
        ),
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="All passes of this registry id; - reads it from standard input.")
    ] = None,
    form: Annotated[
        list[PassForm] | None, typer.Option(help="With --of: those of this form alone; may be repeated.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a pass, or with --of all passes of a resident: no redemption commits with them afterwards."""
    named = words or []
    if of is None and (len(named) != 1 or form):
        raise typer.BadParameter("Name one pass, or with --of whose passes shall stop.")

    async def stop_one(_: Laurel, office: CardOffice) -> None:
        old = PresentedPass(given(named[0]))
        state = await _revocable(office, old, GONE)
        confirm(f"Revoke this {state.sector} pass? It stops working at once, and for ever.", yes=yes)
        if not await office.revoke(old):
            raise MalformedInput("pass", GONE)
        tell({"revoked": True, "sector": state.sector}, "The pass is revoked.", as_json=as_json)

    async def stop_all(_: Laurel, office: CardOffice) -> None:
        whose, forms = given(of or ""), form or tuple(PassForm)
        working = await office.working(whose, forms=forms)
        known = office.sectors.union(each.sector for each in working)
        if not known.issuperset(named):  # a pass may be of a sector that is no more
            office.require_sectors(named)
        if named:
            working = [each for each in working if each.sector in named]
        confirm(f"Revoke {_counted(working)}, at once and for ever?", yes=yes or not working)
        stopped = await office.revoke_all(whose, sectors=named, forms=forms)
        if not stopped:
            raise MalformedInput("--of", "This resident has no such pass that works; nothing was changed.")
        facts = {
            "revoked": len(stopped),
            "sectors": sorted({each.sector for each in stopped}),
            "forms": sorted({each.form.value for each in stopped}),
        }
        tell(facts, f"Revoked: {_counted(stopped)}.", as_json=as_json)

    with_card_office(stop_one if of is None else stop_all)


async def confirm_instead(
    office: CardOffice, whose: str, sectors: list[str], form: PassForm, *, yes: bool
) -> None:
    """Ask before new passes stop those of the same sectors and form, if there are any.

    Raises:
        MalformedInput: no such resident, or nobody agrees; nothing was changed.
    """
    working = await office.working(whose, sectors=sectors, forms=[form])
    confirm(f"Issue new ones and revoke {_counted(working)}?", yes=yes or not working)


def _counted(passes: Sequence[Held]) -> str:
    """Return how many passes of each form there are, and where: '2 cards (gas, transit) and 1 slip (venue)'."""
    counts = Counter(each.form for each in passes)
    said = []
    for form, name in _NAMES.items():
        if counts[form]:
            sectors = ", ".join(sorted({each.sector for each in passes if each.form is form}))
            said.append(
                f"{counts[form]} {name if counts[form] == 1 else _PLURALS.get(form, name + 's')} ({sectors})"
            )
    return " and ".join(said) or "no pass"


async def _revocable(office: CardOffice, presented: PresentedPass, otherwise: str) -> PassState:
    """Return the state of a pass that can be revoked; anybody is asked only about one that can."""
    state = await office.state(presented)
    if state is None or state.condition is Condition.REVOKED:
        raise MalformedInput("pass", otherwise)
    return state
