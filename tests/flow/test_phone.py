"""A phone pairs with the card office's code, shows its passes at counters, and asks who looked; others can't."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from time import time

import httpx2
import pytest

from laurel_client import Eligible, LaurelClient, NotEligible, Redemption
from tests.canaries.needles import found
from tests.flow.desk import OfficeMachine, new_office
from tests.flow.haystacks import haystacks
from tests.flow.sandboxes import Sandbox
from tests.phone import Phone

pytestmark = pytest.mark.anyio

RIDE = "transit-discount"
PIN = "6052"
PHONES = 6


@pytest.fixture
async def office(city: Sandbox) -> AsyncIterator[OfficeMachine]:
    """A machine of the card office."""
    with OfficeMachine(await new_office(city)) as machine:
        yield machine


def _name() -> str:
    return secrets.token_urlsafe(16)


def _ask(city: Sandbox, path: str, **members: object) -> httpx2.Response:
    with httpx2.Client(trust_env=False, timeout=30) as http:
        return http.post(f"{city.gateway.url}/pass/{path}", json=members)


def _question(phone: Phone, pin: str) -> dict[str, str]:
    return {"question": phone.asks(int(time())), "pin": pin}


def _refused(answer: httpx2.Response) -> tuple[str, str]:
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT"), answer.text
    return error["extensions"]["argument"], error["message"]


def _paired(city: Sandbox, code: str, name: str | None = None) -> dict[str, Phone]:
    answer = _ask(city, "pairing", code=code, phone=name or _name())
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return {one["sector"]: Phone.paired(one["pairing"]) for one in answer.json()["passes"]}


async def test_a_phone_pairs_and_its_showings_are_accepted_once_each(city: Sandbox, office: OfficeMachine) -> None:
    registry_id = await city.steward.register()
    order = {"registryId": registry_id, "sectors": ["transit", "venue"], "form": "live", "pin": PIN}
    issued = office.does("issue", **order)
    assert [sorted(one) for one in issued["passes"]] == [["form", "hasPin", "sector", "until"]] * 2
    phones = _paired(city, issued["pairing"]["code"])
    assert list(phones) == ["transit", "venue"]
    async with LaurelClient(city.partner("transit-turnstile")) as gate:
        shown = phones["transit"].shows(int(time()))
        assert isinstance(await gate.verify_pass(shown, RIDE), Eligible)
        assert isinstance(await gate.redeem_reward(shown, RIDE), Redemption)
        assert isinstance(await gate.verify_pass(shown, RIDE), NotEligible)
        assert isinstance(await gate.verify_pass(phones["transit"].shows(int(time())), RIDE), Eligible)
        [new] = office.does("replace", **{"pass": phones["transit"].shows(int(time()))})["passes"]
        assert isinstance(await gate.verify_pass(phones["transit"].shows(int(time())), RIDE), NotEligible)
    assert (new["form"], new["hasPin"]) == ("live", True)
    needles = {"registry id": registry_id, "code": issued["pairing"]["code"], "key": phones["venue"].key}
    assert found(needles, await asyncio.to_thread(haystacks, city)) == set()


async def test_of_many_phones_with_one_code_one_is_paired_and_may_ask_again(
    city: Sandbox, office: OfficeMachine
) -> None:
    registry_id = await city.steward.register()
    code = office.does("issue", registryId=registry_id, sectors=["gas"], form="live")["pairing"]["code"]
    names = [_name() for _ in range(PHONES)]
    with ThreadPoolExecutor(PHONES) as pool:
        answers = list(pool.map(lambda name: _ask(city, "pairing", code=code, phone=name), names))
    [first] = [name for name, answer in zip(names, answers, strict=True) if answer.status_code == 200]
    refusals = {_refused(answer) for answer in answers if answer.status_code != 200}
    assert len(refusals) == 1
    assert _paired(city, code, first) == _paired(city, code.lower().replace("-", " "), first)
    assert _refused(_ask(city, "pairing", code="0123-4567-89AB-CDE8", phone=_name())) in refusals


async def test_the_phone_reads_who_asked_by_its_question_and_the_pin(city: Sandbox, office: OfficeMachine) -> None:
    registry_id = await city.steward.register()
    order = {"registryId": registry_id, "sectors": ["transit"], "form": "live", "pin": PIN}
    phone = _paired(city, office.does("issue", **order)["pairing"]["code"])["transit"]
    async with LaurelClient(city.partner("transit-turnstile")) as gate:
        await gate.verify_pass(phone.shows(int(time())), RIDE)
    looks: list[dict[str, str]] = []
    while not looks:  # nobody waits for it to be written, so it may take a second
        answer = _ask(city, "access-log", question=phone.asks(int(time())), pin=PIN)
        assert answer.status_code == 200, answer.text
        looks = answer.json()["looks"]
    assert [one["partner"] for one in looks] == ["Harbour Metro"]
    late = phone.asks(int(time()) - 91)
    shown = phone.shows(int(time()))
    assert _refused(_ask(city, "access-log", question=late, pin=PIN))[0] == "pin"
    for text in (shown, "LQ1." + shown.removeprefix("L1.")[:-1], "x"):  # whoever is shown the pass can't ask
        assert _refused(_ask(city, "access-log", question=text, pin=PIN))[0] == "pass"
    disguised = "LQ1." + shown.removeprefix("L1.")
    assert _refused(_ask(city, "access-log", question=disguised, pin=PIN))[0] == "pin"
    asked = "L1." + phone.asks(int(time())).removeprefix("LQ1.")
    async with LaurelClient(city.partner("transit-turnstile")) as gate:  # nor is a question good as a showing
        assert isinstance(await gate.verify_pass(asked, RIDE), NotEligible)
    told = {_refused(_ask(city, "access-log", **_question(phone, pin))) for pin in ("0", "1", "2", PIN)}
    assert len(told) == 1
    assert office.does("access-log", **{"pass": phone.shows(int(time())), "pin": PIN})["looks"] == looks


async def test_a_lost_phone_asks_nothing(city: Sandbox, office: OfficeMachine) -> None:
    registry_id = await city.steward.register()
    order = {"registryId": registry_id, "sectors": ["transit"], "form": "live", "pin": PIN}
    phone = _paired(city, office.does("issue", **order)["pairing"]["code"])["transit"]
    assert _ask(city, "access-log", question=phone.asks(int(time())), pin=PIN).json() == {"looks": []}
    office.does("revoke", registryId=registry_id, forms=["live"])
    assert _refused(_ask(city, "access-log", question=phone.asks(int(time())), pin=PIN))[0] == "pin"


async def test_what_is_wrong_is_named_and_not_quoted(city: Sandbox) -> None:
    for path, members, argument in (
        ("pairing", {"code": "0123-4567-89AB-CDEF", "phone": _name()}, "code"),
        ("pairing", {"code": "0123-4567-89AB-CDE8", "phone": "short"}, "phone"),
        ("pairing", {"code": "0123-4567-89AB-CDE8"}, "phone"),
        ("pairing", {"code": "0123-4567-89AB-CDE8", "phone": _name(), "x": 1}, "body"),
        ("access-log", {"question": "x", "pin": "1" * 17}, "pin"),
    ):
        told, message = _refused(_ask(city, path, **members))
        assert told == argument
        assert "0123" not in message
    url = f"{city.gateway.url}/pass/pairing"
    with httpx2.Client(trust_env=False, timeout=30) as http:
        for answer in (http.post(f"{url}?code=x", json={}), http.post(url, data={"code": "x"})):
            assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        assert http.post(url, content=b"x" * 2000).status_code == 413
        assert http.get(url).status_code == 405
