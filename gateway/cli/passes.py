"""`gateway pass issue | issue-many | replace | revoke | show`: the card office. A code is shown once alone."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.bulk_issue import issue_many
from gateway.cli.card_desk import desk_of
from gateway.cli.card_renewals import expiring
from gateway.cli.cards import CARD_DAYS, Days, PaperSize, expiry, last_day
from gateway.cli.console import AsJson, Yes, confirm, tell, with_card_office
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import Condition, PassState, PresentedPass
from gateway.services.card_office import CardOffice

app = typer.Typer(no_args_is_help=True)
app.command("issue-many")(issue_many)
app.command("expiring")(expiring)

Card = Annotated[Path | None, typer.Option(help="Print the card to this new file, .pdf or .svg, too.")]
Presented = Annotated[str, typer.Argument(help="The pass: its token or its code; - reads it from standard input.")]


@app.command()
def issue(
    *,
    registry_id: Annotated[str, typer.Argument(help="The registry id; - reads it from standard input.")],
    sectors: Annotated[list[str], typer.Argument(metavar="SECTOR...", help="Where passes shall be good.")],
    pin: Annotated[str | None, typer.Option(help="Four digits; - reads them from standard input.")] = None,
    card: Card = None,
    paper: PaperSize = Paper.A4,
    days: Days = CARD_DAYS,
    as_json: AsJson = False,
) -> None:
    """Issue a pass for each sector, all or none. Nothing that identifies the resident is kept or logged."""

    async def work(laurel: Laurel, office: CardOffice) -> None:
        whose, secret = _given(registry_id), None if pin is None else _given(pin)
        desk, expires_at = desk_of(laurel, card, paper, as_json=as_json), expiry(days)
        office.require_sectors(sectors)
        desk.prepare(office, sectors, expires_at)
        desk.hand_over(await office.issue_all(whose, sectors=sectors, expires_at=expires_at, pin=secret))
        rewards = laurel.ports.catalogue.rewards.values()
        closed = sorted(one.code for one in rewards if one.pin and one.sector in sectors)
        if secret is None and closed:
            print(f"Without a PIN this card can't redeem {', '.join(closed)}.", file=sys.stderr)

    with_card_office(work)


@app.command()
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
        old = PresentedPass(_given(presented))
        state = await _revocable(office, old, "This pass is unknown or revoked already; issue a new one instead.")
        desk, expires_at = desk_of(laurel, card, paper, as_json=as_json), expiry(days)
        desk.prepare(office, [state.sector], expires_at)
        confirm(f"Replace this {state.sector} pass? It stops working at once.", yes=yes)
        desk.hand_over([await office.replace(old, expires_at=expires_at)])

    with_card_office(work)


@app.command()
def revoke(*, presented: Presented, yes: Yes = False, as_json: AsJson = False) -> None:
    """Revoke a pass: no redemption commits with it afterwards."""

    async def work(_: Laurel, office: CardOffice) -> None:
        old, gone = PresentedPass(_given(presented)), "This pass is unknown or revoked already."
        state = await _revocable(office, old, gone)
        confirm(f"Revoke this {state.sector} pass? It stops working at once, and for ever.", yes=yes)
        if not await office.revoke(old):
            raise MalformedInput("pass", gone)
        tell({"revoked": True, "sector": state.sector}, "The pass is revoked.", as_json=as_json)

    with_card_office(work)


@app.command()
def show(*, presented: Presented, as_json: AsJson = False) -> None:
    """Say what has become of a pass, and nothing about its holder."""

    async def work(_: Laurel, office: CardOffice) -> None:
        state = await office.state(PresentedPass(_given(presented)))
        facts: dict[str, object] = {"state": "unknown"}
        if state is not None:
            facts = {
                "state": state.condition.value,
                "sector": state.sector,
                "form": state.form.value,
                "until": last_day(state.expires_at, office.zone).isoformat(),
                "pin": state.has_pin,
            }
        said = {True: "yes", False: "no"}
        lines = (f"{name:<8} {said[value] if isinstance(value, bool) else value}" for name, value in facts.items())
        tell(facts, "\n".join(lines), as_json=as_json)

    with_card_office(work)


async def _revocable(office: CardOffice, presented: PresentedPass, otherwise: str) -> PassState:
    """Return the state of a pass that can be revoked; anybody is asked only about one that can."""
    state = await office.state(presented)
    if state is None or state.condition is Condition.REVOKED:
        raise MalformedInput("pass", otherwise)
    return state


def _given(text: str) -> str:
    return sys.stdin.readline().strip() if text == "-" else text
