"""Two partners pool what they received about the same residents: cards of one sector are all that they match."""

import random
import time
from dataclasses import dataclass, field

import pytest

from gateway.domain.passes import IssuedPass, PassForm
from laurel_client import Credentials, new_request_id
from tests.flow.collusion import View, features, links
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire
from tests.phone import Phone

pytestmark = pytest.mark.anyio

RESIDENTS = 4
REWARDS = {"transit": "transit-discount", "gas": "gas-priority"}
ALL = set(PassForm)
DIAGONAL = {(one, one) for one in range(RESIDENTS)}

Held = dict[tuple[str, PassForm], IssuedPass]


@dataclass
class Partner:
    """A partner that forgets nothing: by resident and form, what was shown to it and what it was answered."""

    credentials: Credentials
    sector: str
    seen: dict[tuple[int, PassForm], list[object]] = field(default_factory=dict)

    def meet(self, residents: list[Held], codes: int) -> None:
        """Serve everybody in an order of its own, each form twice; then export the own redemptions."""
        order = random.sample(range(RESIDENTS), RESIDENTS)
        with Wire(self.credentials) as wire:
            for who in order:
                for form in PassForm:
                    issued = residents[who][self.sector, form]
                    self.seen[who, form] = self._serve(wire, issued, codes)

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
        """What it has of each resident by some forms."""
        return [[each for form in PassForm if form in forms for each in self.seen[who, form]] for who in range(4)]


@pytest.fixture
async def partners(city: Sandbox) -> tuple[Partner, Partner, Partner]:
    """Two metros and a gas company, who have all met the same residents."""
    await city.steward.add_partner("transit-turnstile", other := f"metro-{random.randrange(10**9)}")
    file = {**city.partner_file("transit-turnstile"), "partner_id": other, "client_id": other}
    second = await city.steward.add_device(file, scopes="verify redeem report")
    metros = Partner(city.partner("transit-turnstile"), "transit"), Partner(second, "transit")
    gas = Partner(city.partner("gas-desk"), "gas")
    residents = [await city.steward.holder("transit", "gas") for _ in range(RESIDENTS)]
    for at, each in enumerate((*metros, gas)):
        each.meet(residents, codes=2 * at)
    return *metros, gas


async def test_what_partners_learn_together(partners: tuple[Partner, Partner, Partner]) -> None:
    metro, other_metro, gas = partners
    for form in PassForm:
        assert links(metro.views({form}), gas.views({form})) == set(), "different sectors"
    assert links(metro.views(ALL), gas.views(ALL)) == set(), "different sectors, all forms together"
    once = {PassForm.LIVE, PassForm.SLIP}
    assert links(metro.views(once), other_metro.views(once)) == set(), "one sector, passes that are shown once"
    for form in once:
        assert links(metro.views({form}), [*metro.views({PassForm.CARD})]) == set(), "nor one partner alone"
    for each in partners:
        for form in PassForm:
            assert len({features(view) for view in each.views({form})}) == 1, "nothing to match by, but chance"


async def test_cards_of_one_sector_are_the_exception(partners: tuple[Partner, Partner, Partner]) -> None:
    metro, other_metro, _ = partners
    cards = {PassForm.CARD}
    assert links(metro.views(cards), other_metro.views(cards)) == DIAGONAL


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
