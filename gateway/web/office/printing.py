"""Printing passes that are at hand: the page has their texts from when they were issued, and we keep none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from starlette.responses import Response

from gateway.domain.card_days import CARD_DAYS, CARD_DAYS_MAX
from gateway.domain.codes import normalise
from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.passes import Condition, IssuedPass, PassForm, PassState, PresentedPass
from gateway.domain.rewards import Catalogue
from gateway.domain.showings import SLIP_CODES, SLIP_CODES_MAX, SLIP_DAYS_MAX
from gateway.services.card_office import CardOffice
from gateway.web.office.orders import Members

PRINT_SECONDS = 20.0
"""A process has to start for it, and may have to wait for another one."""

_NOT_STORED = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="passes.pdf"'}


class Printer(Protocol):
    """Sets passes in type."""

    @property
    def titles(self) -> Mapping[str, tuple[str, str]]:
        """What the programme, by the name of nothing, and each sector are called, in Chinese and English."""
        ...

    async def pdf(self, passes: Sequence[IssuedPass], paper: str) -> bytes:
        """Return cards, or one slip, as a PDF document.

        Raises:
            MalformedInput: there is no such paper, or no partner serves a sector any more.
            ConfigurationError: a title can't be printed.
        """
        ...


class Printing:
    """The work behind `/office/print` and `/office/programme`."""

    def __init__(self, offices: Callable[[Caller], CardOffice], printer: Printer, catalogue: Catalogue) -> None:
        self._offices, self._printer, self._catalogue = offices, printer, catalogue

    async def print(self, caller: Caller, asked: Members) -> Response:
        """Print cards, each given by its token and its code, or a slip, given by its codes.

        Raises:
            MalformedInput: one of them is no pass that works, or they don't belong together.
        """
        office, paper = self._offices(caller), asked.text("paper") if "paper" in asked else "a4"
        if "codes" in asked:
            codes = [normalise(code) for code in asked.texts("codes")]
            asked.finish()
            passes = [await _at_hand(office, codes, PassForm.SLIP)]
        else:
            cards = asked.objects("cards", "token", "code")
            asked.finish()
            passes = [
                await _at_hand(office, [card["token"], normalise(card["code"])], PassForm.CARD) for card in cards
            ]
        document = await self._printer.pdf(passes, paper)
        return Response(document, media_type="application/pdf", headers=_NOT_STORED)

    async def programme(self, _: Caller, asked: Members) -> Mapping[str, object]:
        """Say what the programme and its sectors are called, which rewards ask for a PIN, and the limits."""
        asked.finish()
        titles = dict(self._printer.titles)
        zh, en = titles.pop("")
        rewards = sorted(self._catalogue.rewards.values(), key=lambda one: one.code)
        return {
            "title": {"zh": zh, "en": en},
            "sectors": [
                {
                    "sector": sector,
                    "zh": title[0],
                    "en": title[1],
                    "needPin": [
                        {"zh": one.title_zh, "en": one.title_en}
                        for one in rewards
                        if one.pin and one.sector == sector
                    ],
                }
                for sector, title in sorted(titles.items())
            ],
            "days": {"usual": CARD_DAYS, "most": CARD_DAYS_MAX, "slip": SLIP_DAYS_MAX},
            "codes": {"usual": SLIP_CODES, "most": SLIP_CODES_MAX},
        }


async def _at_hand(office: CardOffice, texts: Sequence[str], form: PassForm) -> IssuedPass:
    """Return a pass as it was handed over, from its texts and from what is on record of each of them."""
    states = [await office.state(PresentedPass(text)) for text in texts]
    first = states[0]
    if first is None or first.form is not form or not all(_is_same(first, state) for state in states):
        raise MalformedInput("pass", "This is no pass that works and can be printed; issue another.")
    return IssuedPass(
        pass_id=0,
        form=form,
        sector=first.sector,
        expires_at=first.expires_at,
        has_pin=first.has_pin,
        texts=tuple(texts),
    )


def _is_same(first: PassState, state: PassState | None) -> bool:
    return state == first and first.condition is Condition.WORKS
