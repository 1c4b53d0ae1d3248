"""Two partners pool what they received about the same residents: cards of one sector are all that they match."""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from gateway.domain.passes import IssuedPass, PassForm
from laurel_client import Credentials, new_request_id
from tests.flow.collusion import View, features, links
from tests.flow.sandboxes import Sandbox
from tests.flow.test_status_lists import fetch
from tests.flow.wire import Wire
from tests.phone import Phone

pytestmark = pytest.mark.anyio

RESIDENTS = 4
REWARDS = {"transit": "transit-discount", "gas": "gas-priority"}
OFFLINE = {"transit"}
"""Sectors whose gates may decide alone, and so read a status list."""

TRIES, PAUSE_SECONDS = 10, 0.2
"""How often a busy machine is asked again."""

ALL = set(PassForm)
DIAGONAL = {(one, one) for one in range(RESIDENTS)}

Held = dict[tuple[str, PassForm], IssuedPass]


@dataclass
class Partner:
    """A partner that forgets nothing: by resident and form, what was shown to it and what it was answered."""

    credentials: Credentials
    sector: str
    seen: dict[tuple[int, PassForm], list[object]] = field(default_factory=dict)
    books: dict[int, list[object]] = field(default_factory=dict)
    """By resident, what it was told of its month and of all cards when it had just met them."""

    def meet(self, residents: list[Held], codes: int) -> None:
        """Serve everybody in an order of its own, each form twice; after each, ask for the own settlement."""
        order = random.sample(range(RESIDENTS), RESIDENTS)
        with Wire(self.credentials) as wire:
            for who in order:
                for form in PassForm:
                    issued = residents[who][self.sector, form]
                    self.seen[who, form] = self._serve(wire, issued, codes)
                self.books[who] = [settlement(wire), wire.ask("Rewards")]
            self._read_status_list(wire)

    def _read_status_list(self, wire: Wire) -> None:
        """Keep the list of the own sector with everybody.

        What it says of a card that is younger than the list is chance, and nothing of anybody.
        """
        url = f"{self.credentials.issuer}/status-lists/{self.sector}"
        answer = fetch(wire, url)
        for _ in range(TRIES):
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(PAUSE_SECONDS)  # the first list is built when a gateway has started
            answer = fetch(wire, url)
        if self.sector not in OFFLINE:
            assert answer.status_code == httpx2.codes.FORBIDDEN
            return
        for books in self.books.values():
            books.append(answer.text)

    def export(self, folder: Path) -> None:
        """Keep the files of the own settlement with everybody."""
        files = sorted(folder.glob(f"*-{self.credentials.client_id}*"))
        for books in self.books.values():
            books += [path.read_text("utf-8") for path in files]

    def _serve(self, wire: Wire, issued: IssuedPass, codes: int) -> list[object]:
        reward = REWARDS[self.sector]
        if issued.form is PassForm.CARD:
            shown = [issued.token, issued.code]
            return [*shown, *(wire.ask("VerifyPass", **{"pass": one, "reward": reward}) for one in shown)]
        if issued.form is PassForm.SLIP:
            one, other = issued.texts[codes : codes + 2]
        else:
            phone = Phone.paired(issued.texts[0])
            one, other = (phone.shows(int(time.time())) for _ in range(2))
        own = new_request_id()
        redeemed = wire.redeem(one, reward, own)
        assert redeemed["__typename"] == "Redemption", redeemed
        denied = wire.ask("VerifyPass", **{"pass": one, "reward": reward})
        assert denied["__typename"] == "NotEligible", "it was used before"
        allowed = wire.ask("VerifyPass", **{"pass": other, "reward": reward})
        record = wire.ask("Redemption", requestId=own)
        listed = wire.ask("Redemptions", first=1)
        return [one, other, redeemed, denied, allowed, record, listed["edges"]]

    def views(self, forms: set[PassForm]) -> list[View]:
        """What it has of each resident by some forms, without what it was told of all together."""
        return [
            [each for form in PassForm if form in forms for each in self.seen[who, form]]
            for who in range(RESIDENTS)
        ]

    def all_of(self, forms: set[PassForm]) -> list[View]:
        """The same with settlements, exports and the status list."""
        return [[*view, *self.books[who]] for who, view in enumerate(self.views(forms))]


def settlement(wire: Wire) -> object:
    """Ask for the running month, again if a busy machine puts it off: it adds up all that other tests did."""
    for _ in range(TRIES):
        answer = wire.send("Settlement", month=month()).json()
        if "errors" not in answer:
            return answer["data"]["settlement"]
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    raise AssertionError("no settlement came")


def month() -> str:
    """Return the month in which residents come."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")


@pytest.fixture
async def partners(city: Sandbox, tmp_path: Path) -> tuple[Partner, Partner, Partner]:
    """Two metros and a gas company, who have all met the same residents."""
    await city.steward.add_partner("transit-turnstile", other := f"metro-{random.randrange(10**9)}")
    file = {**city.partner_file("transit-turnstile"), "partner_id": other, "client_id": other}
    second = await city.steward.add_device(file, scopes="verify redeem report")
    metros = Partner(city.partner("transit-turnstile"), "transit"), Partner(second, "transit")
    gas = Partner(city.partner("gas-desk"), "gas")
    residents = [await city.steward.holder("transit", "gas") for _ in range(RESIDENTS)]
    for at, each in enumerate((*metros, gas)):
        each.meet(residents, codes=2 * at)
        await city.steward.settle(each.credentials.client_id, month(), tmp_path)
        each.export(tmp_path)
    return *metros, gas


async def test_what_partners_learn_together(partners: tuple[Partner, Partner, Partner]) -> None:
    metro, other_metro, gas = partners
    assert [len(each.books[0]) for each in partners] == [2 + 1 + 4, 2 + 1 + 4, 2 + 4], "told, listed, exported"
    for form in PassForm:
        assert links(metro.all_of({form}), gas.all_of({form})) == set(), "different sectors"
    assert links(metro.all_of(ALL), gas.all_of(ALL)) == set(), "different sectors, all forms together"
    once = {PassForm.LIVE, PassForm.SLIP}
    assert links(metro.all_of(once), other_metro.all_of(once)) == set(), "one sector, passes that are shown once"
    for form in once:
        assert links(metro.views({form}), metro.views({PassForm.CARD})) == set(), "nor one partner alone"
    for each in partners:
        for form in PassForm:
            assert len({features(view) for view in each.views({form})}) == 1, "nothing to match by, but chance"


async def test_cards_of_one_sector_are_the_exception(partners: tuple[Partner, Partner, Partner]) -> None:
    metro, other_metro, _ = partners
    cards = {PassForm.CARD}
    assert links(metro.all_of(cards), other_metro.all_of(cards)) == DIAGONAL


async def test_a_planted_link_is_found(partners: tuple[Partner, Partner, Partner]) -> None:
    metro, _, gas = partners
    ours, theirs = metro.views(ALL), gas.views(ALL)
    for who in range(RESIDENTS):
        planted = f"holder-{who:08}"
        assert links(
            [[*view, {"id": f"A{planted}"}] if at == who else view for at, view in enumerate(ours)],
            [[*view, {"id": [f"B{planted}"]}] if at == who else view for at, view in enumerate(theirs)],
        ) == {(who, who)}
    assert len({features([*view, "x" * at]) for at, view in enumerate(ours)}) == RESIDENTS
