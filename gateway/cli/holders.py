"""`gateway pass explain | log`: what a resident may hear at the card office, with the pass and its PIN."""

import getpass
import sys
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.auth.references import References
from gateway.cli.console import AsJson, tell, with_card_office
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass
from gateway.office.joining import holder_check, looks_at
from gateway.services.card_office import CardOffice
from gateway.services.cause_words import CAUSE_WORDS
from gateway.services.explain_denial import explain_denial


def explain(
    reference: Annotated[str, typer.Argument(help="What the partner's machine showed with the denial.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say why a pass was denied. The pass and its PIN are asked for, or are two lines of standard input."""

    async def work(laurel: Laurel, _: CardOffice) -> None:
        presented, pin = pass_and_pin()
        opener = References(laurel.keyring)
        cause = await explain_denial(holder_check(laurel), opener, presented, pin=pin, reference=reference.strip())
        if cause is None:
            raise MalformedInput("reference", "It does not open with this pass and this PIN.")
        chinese, english = CAUSE_WORDS[cause]
        facts = {"cause": cause.value, "zh": chinese, "en": english}
        tell(facts, f"{chinese}\n{english}", as_json=as_json)

    with_card_office(work)


def log(*, as_json: AsJson = False) -> None:
    """Print which partners looked at a resident's passes, and on which days; pass and PIN as for explain."""

    async def work(laurel: Laurel, _: CardOffice) -> None:
        known = await holder_check(laurel).holder(*pass_and_pin())
        if known is None:
            raise MalformedInput("pass", "This pass and this PIN don't go together.")
        looks = await looks_at(laurel, known[1].resident_secret)
        facts = [{"day": day.isoformat(), "partner": partner} for day, partner in looks]
        lines = [f"{one['day']}  {one['partner']}" for one in facts] or ["没有查询记录。 / Nobody has asked."]
        heading = "查询记录（仅机构与日期） / Who asked (partner and day alone)"
        tell({"looks": facts}, "\n".join([heading, *lines]), as_json=as_json)

    with_card_office(work)


def pass_and_pin() -> tuple[PresentedPass, str]:
    """Ask for a pass and its PIN, neither of which is shown; without a terminal, read them, one a line."""
    if sys.stdin.isatty():
        shown, pin = getpass.getpass("Pass (scan or type): "), getpass.getpass("PIN: ")
    else:
        shown, pin = sys.stdin.readline(), sys.stdin.readline()
    return PresentedPass(shown.strip()), pin.strip()
