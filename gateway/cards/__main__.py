"""`python -m gateway.cards`: one PDF in a process of its own, from standard input to standard output.

A server prints so: drawing takes a quarter of a second of a processor and 250 MB, which no gate shall wait for,
and both are gone with the process. It ends with 2 and one sentence where something can't be printed.
"""

import json
import sys
from datetime import date
from typing import Any

from gateway.cards.pages import render_pdf
from gateway.cards.panels import Panel, Paper, Title
from gateway.cards.slips import Sheet, render_sheet
from gateway.domain.errors import ConfigurationError

CANT_BE_PRINTED = 2


def pdf_of(order: dict[str, Any]) -> bytes:
    """Return the cards of `{"paper", "panels"}`, or the slip of `{"sheet"}`, as one document.

    Raises:
        ConfigurationError: a title can't be printed.
    """
    if "sheet" in order:
        [document] = render_sheet(Sheet(**_typed(order["sheet"])), "pdf")
        return document
    return render_pdf([Panel(**_typed(one)) for one in order["panels"]], Paper(order["paper"]))


def _typed(members: dict[str, Any]) -> dict[str, Any]:
    titles = ("programme", "sector", "contact")
    return members | {
        "last_day": date.fromisoformat(members["last_day"]),
        **{name: Title(**members[name]) for name in titles if members[name] is not None},
    }


if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(pdf_of(json.load(sys.stdin)))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        raise SystemExit(CANT_BE_PRINTED) from None
