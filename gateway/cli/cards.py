"""The options of commands that make cards."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cards.panels import Paper
from gateway.domain import card_days
from gateway.domain.card_days import CARD_DAYS_MAX
from gateway.domain.passes import PassForm

Days = Annotated[int, typer.Option(min=1, max=CARD_DAYS_MAX, help="How long the passes are good for.")]
PaperSize = Annotated[Paper, typer.Option(help="A4 with four passes to cut apart, or A6 with one on each page.")]


def expiry(days: int, form: PassForm = PassForm.CARD) -> datetime:
    """Return when a pass ends that is good for some days from now.

    Raises:
        MalformedInput: no pass of this form is good for so long.
    """
    return card_days.expiry(days, form, now=datetime.now(UTC))
