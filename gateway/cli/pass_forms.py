"""`gateway pass issue | live | slip`: one way of issuing, whatever a pass is carried on."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.card_desk import Card, desk_of, given
from gateway.cli.card_stops import confirm_instead
from gateway.cli.cards import Days, expiry
from gateway.cli.console import AsJson, Yes, with_card_office
from gateway.domain.card_days import CARD_DAYS
from gateway.domain.passes import PassForm
from gateway.domain.showings import SLIP_CODES, SLIP_CODES_MAX, SLIP_DAYS_MAX
from gateway.services.card_office import CardOffice

RegistryId = Annotated[str, typer.Argument(help="The registry id; - reads it from standard input.")]
Sector = Annotated[str, typer.Argument(help="Where the pass shall be good.")]
Pin = Annotated[str | None, typer.Option(help="Four digits; - reads them from standard input.")]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be issued, and where it goes."""

    form: PassForm
    days: int
    path: Path | None
    paper: Paper = Paper.A4
    code_count: int = SLIP_CODES
    instead: bool = False
    yes: bool = False
    as_json: bool = False

    def issuing(
        self, registry_id: str, sectors: list[str], pin: str | None
    ) -> Callable[[Laurel, CardOffice], Awaitable[None]]:
        """Return the work of issuing it: whatever could go wrong is told before there is a pass."""

        async def work(laurel: Laurel, office: CardOffice) -> None:
            whose, secret = given(registry_id), None if pin is None else given(pin)
            desk = desk_of(laurel, self.form, self.path, self.paper, as_json=self.as_json)
            expires_at = expiry(self.days, self.form)
            office.require_sectors(sectors)
            desk.prepare(office, sectors, expires_at, code_count=self.code_count)
            if self.instead:
                await confirm_instead(office, whose, sectors, self.form, yes=self.yes)
            issued = await office.issue_all(
                whose,
                sectors=sectors,
                expires_at=expires_at,
                pin=secret,
                instead=self.instead,
                form=self.form,
                code_count=self.code_count,
            )
            desk.hand_over(issued)
            without = {one.sector for one in issued if not one.has_pin}
            rewards = laurel.ports.catalogue.rewards.values()
            closed = sorted(one.code for one in rewards if one.pin and one.sector in without)
            if closed:
                what = "this card" if self.form is PassForm.CARD else "this pass"
                print(f"Without a PIN {what} can't redeem {', '.join(closed)}.", file=sys.stderr)

        return work


def live(
    *,
    registry_id: RegistryId,
    sector: Sector,
    pin: Pin = None,
    qr: Annotated[Path | None, typer.Option(help="Draw the pairing to this new .svg file, too.")] = None,
    days: Days = CARD_DAYS,
    instead: Annotated[
        bool, typer.Option("--instead", help="Revoke the resident's live passes of the sector; the PIN stays.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Issue a live pass: what the phone scans once, to make a new showing of each time, offline."""
    order = Order(PassForm.LIVE, days, qr, instead=instead, yes=yes, as_json=as_json)
    with_card_office(order.issuing(registry_id, [sector], pin))


def slip(
    *,
    registry_id: RegistryId,
    sector: Sector,
    count: Annotated[int, typer.Option(min=1, max=SLIP_CODES_MAX, help="How many codes.")] = SLIP_CODES,
    pin: Pin = None,
    card: Card = None,
    days: Annotated[
        int, typer.Option(min=1, max=SLIP_DAYS_MAX, help="How long the codes are good for.")
    ] = SLIP_DAYS_MAX,
    instead: Annotated[
        bool, typer.Option("--instead", help="Revoke the resident's slips of the sector; the PIN stays.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Issue a slip: a sheet of one-time codes, for people without a phone."""
    order = Order(PassForm.SLIP, days, card, code_count=count, instead=instead, yes=yes, as_json=as_json)
    with_card_office(order.issuing(registry_id, [sector], pin))
