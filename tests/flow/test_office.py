"""A card office's machine over HTTP: what it issues works at a counter, what it stops does not; others may not."""

import asyncio
import io
from collections.abc import AsyncIterator

import httpx2
import pytest
from pypdfium2 import PdfDocument

from gateway.domain.eligibility import Cause
from gateway.services.cause_words import CAUSE_WORDS
from gateway.store.partner_directory import STALE_SECONDS_MAX
from laurel_client import Eligible, LaurelClient, NotEligible, Unauthenticated
from tests.canaries.needles import found
from tests.flow.desk import OFFICE, OfficeMachine, at_the_desk, new_office
from tests.flow.haystacks import haystacks
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

pytestmark = pytest.mark.anyio

RIDE, CHECK = "transit-discount", "health-check"
PIN = "6052"


@pytest.fixture
async def office(city: Sandbox) -> AsyncIterator[OfficeMachine]:
    """A machine of the office that has done nothing yet."""
    with await _office(city) as machine:
        yield machine


async def _office(city: Sandbox) -> OfficeMachine:
    return OfficeMachine(await new_office(city))


async def _eligible(city: Sandbox, shown: str, reward: str = RIDE, kind: str = "transit-turnstile") -> bool:
    async with LaurelClient(city.partner(kind)) as counter:
        answer = await counter.verify_pass(shown, reward)
        assert isinstance(answer, Eligible | NotEligible)
        return isinstance(answer, Eligible)


async def test_cards_are_issued_replaced_and_revoked(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    with await _office(city) as desk:
        ride, check = desk.does("issue", registryId=registry_id, sectors=["transit", "health"], pin=PIN)["passes"]
        assert (ride["form"], ride["sector"], ride["hasPin"]) == ("card", "transit", True)
        assert desk.does("passes", registryId=registry_id)["passes"] == [
            {"form": "card", "sector": "health"},
            {"form": "card", "sector": "transit"},
        ]
        assert await _eligible(city, ride["token"])
        [new] = desk.does("replace", **{"pass": ride["code"]})["passes"]
        assert (await _eligible(city, ride["code"]), await _eligible(city, new["code"])) == (False, True)
        assert desk.does("pass", **{"pass": ride["token"]})["state"] == "revoked"
        assert desk.does("pass", **{"pass": new["token"]}) == {
            "state": "works",
            "sector": "transit",
            "form": "card",
            "until": new["until"],
            "hasPin": True,
        }
        assert desk.does("revoke", **{"pass": new["code"]})["revoked"] == [{"form": "card", "sector": "transit"}]
        assert desk.refuses("revoke", **{"pass": new["code"]})[0] == "pass"
        assert desk.refuses("replace", **{"pass": new["code"]})[0] == "pass"
        stopped = desk.does("revoke", registryId=registry_id, forms=["card"])["revoked"]
        assert stopped == [{"form": "card", "sector": "health"}]
        assert desk.refuses("revoke", registryId=registry_id)[0] == "registryId"
    assert not await _eligible(city, check["code"], CHECK, "hospital-desk")


async def test_who_lost_a_card_gets_another_and_the_pin_stays(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    with await _office(city) as desk:
        [old] = desk.does("issue", registryId=registry_id, sectors=["transit"], pin=PIN)["passes"]
        [new] = desk.does("issue", registryId=registry_id, sectors=["transit"], instead=True)["passes"]
        assert new["hasPin"]
        assert (await _eligible(city, old["code"]), await _eligible(city, new["code"])) == (False, True)
        assert desk.does("access-log", **{"pass": new["code"], "pin": PIN}).keys() == {"looks"}


async def test_what_was_issued_is_printed_and_nothing_else_is(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    with await _office(city) as desk:
        cards = desk.does("issue", registryId=registry_id, sectors=["transit", "venue"])["passes"]
        [slip] = desk.does("issue", registryId=registry_id, sectors=["venue"], form="slip", codes=3)["passes"]
        texts = [{"token": card["token"], "code": card["code"]} for card in cards]
        for order, codes in (
            ({"cards": texts, "paper": "a6"}, [card["code"] for card in cards]),
            ({"codes": slip["codes"]}, slip["codes"]),
        ):
            answer = desk.order("print", **order)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
            assert answer.headers["cache-control"] == "no-store"
            printed = "".join(
                page.get_textpage().get_text_range() for page in PdfDocument(io.BytesIO(answer.content))
            )
            assert all(group in printed for code in codes for group in code.split("-"))
        crossed = [{"token": texts[0]["token"], "code": texts[1]["code"]}]
        assert desk.refuses("print", cards=crossed)[0] == "pass"
        assert desk.refuses("print", codes=[slip["codes"][0], cards[1]["code"]])[0] == "pass"
        assert desk.refuses("print", cards=texts, paper="a3")[0] == "paper"
        desk.does("revoke", **{"pass": texts[0]["code"]})
        assert desk.refuses("print", cards=texts)[0] == "pass"


async def test_the_holder_hears_why_and_who_asked_and_a_wrong_pin_hears_nothing(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    with await _office(city) as desk, Wire(city.partner("transit-turnstile")) as gate:
        [card, other] = [
            desk.does("issue", registryId=registry_id, sectors=["transit"], pin=PIN)["passes"][0] for _ in range(2)
        ]
        denied = gate.ask("VerifyPass", **{"pass": card["token"], "reward": RIDE, "quantity": 6})
        order = {"pass": card["code"], "pin": PIN, "reference": denied["reference"]}
        zh, en = CAUSE_WORDS[Cause.QUOTA_USED_UP]
        assert desk.does("denial", **{**order, "pass": card["token"]}) == {
            "cause": "quota-used-up",
            "zh": zh,
            "en": en,
        }
        refusals = {
            desk.refuses("denial", **{**order, **wrong})
            for wrong in (
                {"pass": other["code"]},
                {"pin": "0000"},
                {"reference": "A" * 64},
            )
        }
        assert len(refusals) == 1
        looks = _soon(desk, {"pass": card["code"], "pin": PIN})
        assert [one["partner"] for one in looks] == ["Harbour Metro"]


def _soon(desk: OfficeMachine, asked: dict[str, str]) -> list[dict[str, str]]:
    """Return the looks once they are written: nobody waits for that, so it may take a second."""
    while True:
        looks: list[dict[str, str]] = desk.does("access-log", **asked)["looks"]
        if looks:
            return looks


async def test_the_third_wrong_pin_locks_the_desk(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    with await _office(city) as desk:
        [card] = desk.does("issue", registryId=registry_id, sectors=["transit"], pin=PIN)["passes"]
        asked = {"pass": card["code"]}
        told = {desk.refuses("access-log", **asked, pin=pin) for pin in ("0000", "1111", "2222", PIN)}
        assert len(told) == 1


async def test_an_office_can_do_nothing_at_graphql(city: Sandbox) -> None:
    credentials = await new_office(city)
    with OfficeMachine(credentials) as desk:
        for body in (b'{"query": "{ service { name } }"}', b'{"query": "{ rewards { code } }"}'):
            answer = desk.post(body)
            assert answer.status_code == httpx2.codes.UNAUTHORIZED, answer.text
        url = f"{credentials.issuer}/status-lists/transit"
        proof = desk.proof(method="GET", url=url)
        headers = {"Authorization": f"DPoP {desk.token}", "DPoP": proof}
        assert desk.http.get(url, headers=headers).status_code == httpx2.codes.UNAUTHORIZED
        for scope in ("verify", "office verify"):
            assert desk.sign_in(scope=scope).json() == {"error": "invalid_scope"}


@pytest.mark.parametrize("kind", ["transit-turnstile", "hospital-desk"])
async def test_a_partner_can_do_nothing_at_the_office(city: Sandbox, kind: str) -> None:
    registry_id = await city.steward.register()
    with OfficeMachine(city.partner(kind)) as counter:
        assert counter.sign_in(scope="office").json() == {"error": "invalid_scope"}
        for what, members in (
            ("programme", {}),
            ("issue", {"registryId": registry_id, "sectors": ["transit"]}),
            ("passes", {"registryId": registry_id}),
        ):
            answer = counter.order(what, **members)
            assert answer.status_code == httpx2.codes.UNAUTHORIZED, answer.text
    with await _office(city) as desk:
        assert desk.does("passes", registryId=registry_id)["passes"] == []


async def test_a_request_counts_once_for_its_own_body(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    content = b'{"registryId": "%s"}' % registry_id.encode()
    with await _office(city) as desk:
        url = desk.at("passes")
        unbound = desk.http.post(url, content=content, headers=desk.proving("passes", None))
        assert unbound.json()["errors"][0]["extensions"]["code"] == "CONTENT_DIGEST_REQUIRED"
        headers = desk.proving("passes", content)
        swapped = desk.http.post(url, content=content.replace(b"}", b" }"), headers=headers)
        assert swapped.status_code == httpx2.codes.UNAUTHORIZED
        answers = [desk.http.post(url, content=content, headers=headers) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 401]
        assert answers[0].json() == {"passes": []}
        in_address = desk.http.post(f"{url}?x=1", content=content, headers=desk.proving("passes", content))
        assert in_address.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("what", "members", "argument"),
    [
        ("issue", {"sectors": ["transit"]}, "registryId"),
        ("issue", {"registryId": "nobody-of-this-id", "sectors": ["transit"]}, "registryId"),
        ("issue", {"registryId": "x", "sectors": []}, "sectors"),
        ("issue", {"registryId": "x", "sectors": ["moon"]}, "sectors"),
        ("issue", {"registryId": "x", "sectors": ["transit", "transit"]}, "sectors"),
        ("issue", {"registryId": "x", "sectors": "transit"}, "sectors"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "form": "coin"}, "form"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "days": 1096}, "days"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "form": "slip", "days": 401}, "days"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "days": True}, "days"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "codes": 61}, "codes"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "instead": "yes"}, "instead"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "pin": "12345"}, "pin"),
        ("issue", {"registryId": "x", "sectors": ["transit"], "colour": "red"}, "body"),
        ("pass", {"pass": "0123-4567-89AB-CDEF"}, "pass"),
        ("pass", {"pass": 5}, "pass"),
        ("print", {"cards": [{"token": "x"}]}, "cards"),
        ("revoke", {}, "registryId"),
        ("denial", {"pass": "x", "pin": "1" * 17, "reference": "x"}, "pin"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named_and_not_quoted(
    city: Sandbox, office: OfficeMachine, what: str, members: dict[str, object], argument: str
) -> None:
    told, message = office.refuses(what, **members)
    assert told == argument
    assert "nobody-of-this-id" not in message


async def test_a_revoked_machine_of_an_office_is_heard_no_more(city: Sandbox) -> None:
    credentials = await new_office(city)
    registry_id = await city.steward.register()
    with at_the_desk(credentials) as desk:
        [card] = desk.does("issue", registryId=registry_id, sectors=["transit"])["passes"]
        await city.steward.revoke_device(credentials)  # nothing commits from now on, and soon nothing is looked up
        for what, members in (
            ("issue", {"registryId": registry_id, "sectors": ["gas"]}),
            ("replace", {"pass": card["code"]}),
            ("revoke", {"pass": card["code"]}),
            ("revoke", {"registryId": registry_id}),
        ):
            assert desk.order(what, **members).status_code == httpx2.codes.UNAUTHORIZED
        await asyncio.sleep(STALE_SECONDS_MAX)
        assert desk.order("programme").status_code == httpx2.codes.UNAUTHORIZED
    assert await _eligible(city, card["code"])
    async with LaurelClient(credentials) as client:
        with pytest.raises(Unauthenticated):
            await client.sign_in()


async def test_the_record_says_which_machine_and_nothing_of_the_resident(city: Sandbox) -> None:
    registry_id = await city.steward.register()
    credentials = await new_office(city)
    with at_the_desk(credentials) as desk:
        cards = desk.does("issue", registryId=registry_id, sectors=["transit", "gas"], pin=PIN)["passes"]
        desk.does("revoke", **{"pass": cards[0]["code"]})
    devices = await city.steward.devices(OFFICE)
    [device] = [one.id for one in devices if one.kid == credentials.key.kid]
    own = [act for act in await city.steward.acts() if act.who == f"office:{device}"]
    assert [(act.action, act.subject, dict(act.facts)) for act in own] == [
        ("pass issue", "transit", {"form": "card"}),
        ("pass issue", "gas", {"form": "card"}),
        ("pass revoke", "transit", {}),
    ]
    needles = {"registry id": registry_id, "code": cards[1]["code"], "token": cards[1]["token"].split(".")[1]}
    assert found(needles, await asyncio.to_thread(haystacks, city)) == set()
