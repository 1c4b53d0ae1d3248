"""`gateway pass issue | revoke | replace`: the card office. The code is shown once, and never again."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import segno
import typer

from gateway.assembly import Laurel
from gateway.cli.console import with_card_office
from gateway.domain.codes import written
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import IssuedPass, PresentedPass
from gateway.services.card_office import CardOffice

app = typer.Typer(no_args_is_help=True)

CARD_DAYS = 400
"""A card outlives the yearly credit update by a month."""

Svg = Annotated[Path | None, typer.Option(help="Write the QR code to this SVG file, too.")]
Days = Annotated[int, typer.Option(min=1, max=1095, help="How long the pass is good for.")]
Presented = Annotated[str, typer.Argument(help="The pass: its token or its code; - reads it from standard input.")]


@app.command()
def issue(
    *,
    registry_id: Annotated[str, typer.Argument(help="The registry id; - reads it from standard input.")],
    sector: Annotated[str, typer.Argument(help="The sector that the pass is good for.")],
    pin: Annotated[str | None, typer.Option(help="Four digits; - reads them from standard input.")] = None,
    svg: Svg = None,
    days: Days = CARD_DAYS,
) -> None:
    """Issue a pass for one sector. Nothing that identifies the resident is kept or logged."""

    async def work(laurel: Laurel, office: CardOffice) -> None:
        issued = await office.issue(
            _given(registry_id),
            sector=sector,
            expires_at=_in(days),
            pin=None if pin is None else _given(pin),
        )
        show(issued, svg, office.zone)
        rewards = laurel.ports.catalogue.rewards.values()
        closed = sorted(one.code for one in rewards if one.pin and one.sector == sector)
        if pin is None and closed:
            print(f"Without a PIN this pass can't redeem {', '.join(closed)}.", file=sys.stderr)

    with_card_office(work)


@app.command()
def revoke(presented: Presented) -> None:
    """Revoke a pass: no redemption commits with it afterwards."""

    async def work(_: Laurel, office: CardOffice) -> None:
        if not await office.revoke(PresentedPass(_given(presented))):
            raise MalformedInput("pass", "This pass is unknown or revoked already.")
        print("The pass is revoked.")

    with_card_office(work)


@app.command()
def replace(presented: Presented, svg: Svg = None, days: Days = CARD_DAYS) -> None:
    """Revoke a pass and issue another in its place. Used quota stays used."""

    async def work(_: Laurel, office: CardOffice) -> None:
        show(await office.replace(PresentedPass(_given(presented)), expires_at=_in(days)), svg, office.zone)

    with_card_office(work)


def show(issued: IssuedPass, svg: Path | None, zone: ZoneInfo) -> None:
    """Print the pass: its QR code on a terminal, its token, its code and its last day.

    The file comes last: the pass exists nowhere else, and a wrong path must not swallow it.
    """
    if sys.stdout.isatty():
        segno.make(issued.token, error="m").terminal(compact=True)
    print(f"sector   {issued.sector}")
    print(f"until    {(issued.expires_at - timedelta(seconds=1)).astimezone(zone).date().isoformat()}")
    print(f"code     {written(issued.code)}")
    print(f"token    {issued.token}", flush=True)
    if svg is not None:
        svg.write_bytes(qr_svg(issued.token))


def qr_svg(token: str) -> bytes:
    """Return the QR code of a token as an SVG file, with its quiet zone."""
    return bytes(segno.make(token, error="m").svg_inline(scale=4, omitsize=False).encode())


def _given(text: str) -> str:
    return sys.stdin.readline().strip() if text == "-" else text


def _in(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
