"""`gateway pass issue | live | slip | issue-many | replace | revoke | show | expiring | explain | log`: the card
office.

A code is shown once alone.
"""

from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.bulk_issue import issue_many
from gateway.cli.card_desk import Card, Presented, given
from gateway.cli.card_renewals import expiring
from gateway.cli.card_stops import replace, revoke
from gateway.cli.cards import Days, PaperSize
from gateway.cli.console import AsJson, Yes, tell, with_card_office
from gateway.cli.holders import explain, log
from gateway.cli.pass_forms import Order, Pin, live, slip
from gateway.domain.card_days import CARD_DAYS, last_day
from gateway.domain.passes import PassForm, PresentedPass
from gateway.services.card_office import CardOffice

app = typer.Typer(no_args_is_help=True)
app.command("live")(live)
app.command("slip")(slip)
app.command("issue-many")(issue_many)
app.command("expiring")(expiring)
app.command("explain", context_settings={"ignore_unknown_options": True})(explain)  # one may begin with -
app.command("log")(log)
app.command("replace")(replace)
app.command("revoke")(revoke)


@app.command()
def issue(
    *,
    registry_id: Annotated[str, typer.Argument(help="The registry id; - reads it from standard input.")],
    sectors: Annotated[list[str], typer.Argument(metavar="SECTOR...", help="Where passes shall be good.")],
    pin: Pin = None,
    card: Card = None,
    paper: PaperSize = Paper.A4,
    days: Days = CARD_DAYS,
    instead: Annotated[
        bool, typer.Option("--instead", help="Revoke the resident's cards of these sectors; PINs stay.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Issue a card for each sector, all or none. Nothing that identifies the resident is kept or logged."""

    order = Order(PassForm.CARD, days, card, paper, instead=instead, yes=yes, as_json=as_json)
    with_card_office(order.issuing(registry_id, sectors, pin))


@app.command()
def show(*, presented: Presented, as_json: AsJson = False) -> None:
    """Say what has become of a pass, and nothing about its holder."""

    async def work(_: Laurel, office: CardOffice) -> None:
        state = await office.state(PresentedPass(given(presented)))
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
