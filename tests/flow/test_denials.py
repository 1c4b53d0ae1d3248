"""A denial is the same for every cause: partners learn one bit, and nothing of why."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from gateway.domain.passes import IssuedPass, PassForm
from gateway.schema.refusals import NOT_ELIGIBLE
from laurel_client import Hold, LaurelClient, Redemption, new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.flow.wire import Wire
from tests.phone import Phone

DIFFERENT_EACH_TIME = {"date", "x-request-id", "dpop-nonce"}
RIDE, CHECK, PLAY = "transit-discount", "health-check", "theatre-discount"
PLAYS = 2
"""What one may have of PLAY."""


UNLIKE = {"reference", "requestId", "redemptionId"}


def _face(answer: httpx2.Response) -> tuple[object, ...]:
    """Everything that a partner can see of an answer without understanding it."""
    headers = {name: value for name, value in answer.headers.items() if name not in DIFFERENT_EACH_TIME}
    return answer.status_code, headers, len(answer.content), _shape(answer.json())


def _shape(value: object) -> object:
    """What was answered, but for texts that have to be unlike any other: of those the length."""
    if isinstance(value, dict):
        return {name: len(one) if name in UNLIKE and one else _shape(one) for name, one in value.items()}
    return [_shape(one) for one in value] if isinstance(value, list) else value


def _forged(token: str) -> str:
    """The token under the signature of nobody's: one bit of it is flipped."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _of_no_key(token: str) -> str:
    """The token as an unknown key would have signed it."""
    _, payload, signature = token.split(".")
    header = "eyJhbGciOiJFZERTQSIsInR5cCI6InBhc3Mrand0Iiwia2lkIjoicGFzcy1ub2JvZHkifQ"
    return f"{header}.{payload}.{signature}"


def _denied(city: Sandbox, sector: str, reward: str) -> dict[str, str]:
    """Cause -> a pass that is denied for it: every persona's token and code, and two forgeries."""
    shown: dict[str, str] = {}
    for entry in city.passes():
        elsewhere = entry["persona"] == "other-sector" and entry["sector"] != sector
        if entry["expect"].get(reward) == "NOT_ELIGIBLE" and (entry["sector"] == sector or elsewhere):
            shown[f"{entry['persona']} of {entry['sector']}, code"] = entry["code"]
            if entry["token"]:
                shown[f"{entry['persona']} of {entry['sector']}, token"] = entry["token"]
    good = city.persona("volunteer-200h", sector)["token"]
    return {**shown, "forged": _forged(good), "signed by nobody": _of_no_key(good)}


async def _shown_once(city: Sandbox, sector: str, reward: str) -> dict[str, str]:
    """Cause -> a code of a slip or a showing of a live pass that is denied for it, used ones included."""
    held = await city.steward.holder(sector)
    code, phone = held[sector, PassForm.SLIP].texts[0], Phone.paired(held[sector, PassForm.LIVE].texts[0])
    now = int(time.time())
    shown = phone.shows(now)
    kind = {"transit": "transit-turnstile", "health": "hospital-desk", "venue": "venue-counter"}[sector]
    with Wire(city.partner(kind)) as wire:
        for one in (code,) if sector == "health" else (code, shown):
            answer = wire.redeem(one, reward, new_request_id(), pin=PIN if sector == "health" else None)
            assert answer["__typename"] == "Redemption", answer
    return {
        "used code": code,
        "used showing, or of who used all": shown,
        "stale showing": phone.shows(now - 91),
        "showing from the future": phone.shows(now + 600),
        "forged showing": replace(phone, key=bytes(32)).shows(now),
        "unknown showing": replace(phone, pass_id=bytes(16)).shows(now),
    }


def _faces(shown: Mapping[str, str], ask: Callable[[str], httpx2.Response]) -> dict[str, tuple[object, ...]]:
    return {cause: _face(ask(pass_)) for cause, pass_ in shown.items()}


def _all_alike(faces: Mapping[str, object]) -> None:
    [(_, first), *others] = faces.items()
    assert [cause for cause, face in others if face != first] == []


@pytest.mark.anyio
async def test_every_denial_of_verify_looks_the_same(city: Sandbox) -> None:
    shown = _denied(city, "transit", RIDE) | await _shown_once(city, "transit", RIDE)
    assert len(shown) >= 23
    with Wire(city.partner("transit-turnstile")) as wire:
        faces = _faces(shown, lambda one: wire.send("VerifyPass", **{"pass": one, "reward": RIDE}))
    _all_alike(faces)
    [face, *_] = faces.values()
    assert face[3] == {
        "data": {"verifyPass": {"__typename": "NotEligible", "message": NOT_ELIGIBLE, "reference": 64}}
    }


@pytest.mark.anyio
async def test_every_denial_of_redeem_looks_the_same_pins_included(city: Sandbox) -> None:
    [forgetful, locked, spent] = [(await city.steward.resident("health"))[0] for _ in range(3)]
    desk = city.partner("hospital-desk")
    await _use_up(LaurelClient(desk), spent)
    once = await _shown_once(city, "health", CHECK)
    with Wire(desk) as wire:

        def ask(pass_: str, pin: str | None = PIN) -> httpx2.Response:
            given = {"pass": pass_, "reward": CHECK, "requestId": new_request_id(), "pin": pin}
            return wire.send("RedeemReward", input=given)

        faces = _faces(_denied(city, "health", CHECK) | once, ask)
        faces["no pin"] = _face(ask(forgetful.token, None))
        faces["wrong pin"] = _face(ask(forgetful.token, "0000"))
        for _ in range(3):
            ask(locked.code, "0000")
        faces["locked"] = _face(ask(locked.code))
        faces["quota used up"] = _face(ask(spent.code))
        replayed = _replayed(wire, forgetful.code)
    _all_alike(faces)
    [face, *_] = faces.values()
    assert "NOT_ELIGIBLE" in str(face[3])
    assert replayed == ("NOT_ELIGIBLE", True)


@pytest.mark.anyio
async def test_every_denial_of_hold_looks_the_same(city: Sandbox) -> None:
    counter = city.partner("venue-counter")
    [[spent], [waiting]] = [await city.steward.resident("venue") for _ in range(2)]
    shown = _denied(city, "venue", PLAY) | await _shown_once(city, "venue", PLAY)
    assert len(shown) >= 20
    async with LaurelClient(counter) as client:
        assert isinstance(await client.redeem_reward(spent.token, PLAY, PLAYS), Redemption)
        assert isinstance(await client.hold_reward(waiting.token, PLAY, PLAYS), Hold)
    with Wire(counter) as wire:

        def ask(pass_: str) -> httpx2.Response:
            return wire.send("HoldReward", input={"pass": pass_, "reward": PLAY, "requestId": new_request_id()})

        faces = _faces(shown | {"quota used up": spent.code, "all of it held": waiting.token}, ask)
        given = {"pass": spent.code, "reward": PLAY, "requestId": new_request_id()}
        once, again = (wire.ask("HoldReward", input=given) for _ in range(2))
    _all_alike(faces)
    [face, *_] = faces.values()
    assert "NOT_ELIGIBLE" in str(face[3])
    assert again == {**once, "replayed": True}


@pytest.mark.anyio
async def test_an_uploaded_tap_looks_the_same_whoever_it_was(city: Sandbox) -> None:
    names = (
        "volunteer-9.5h",
        "stale-credit",
        "honour-withdrawn",
        "card-revoked",
        "card-replaced-old",
        "quota-used-up",
    )
    shown = {name: city.persona(name, "transit")["token"] for name in names}
    [good] = await city.steward.resident("transit")
    with Wire(city.partner("transit-turnstile")) as wire:
        allowance = wire.ask("OfflineAllowance")["token"]

        def ask(pass_: str) -> httpx2.Response:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            tap = {"requestId": new_request_id(), "pass": pass_, "reward": RIDE, "happenedAt": at}
            return wire.send("UploadRedemptions", input={"allowance": allowance, "taps": [tap]})

        faces = _faces(shown | {"entitled": good.token}, ask)
    _all_alike(faces)
    assert "ACCEPTED" in str(faces["entitled"])
    assert len(faces) == len(names) + 1


async def _use_up(client: LaurelClient, issued: IssuedPass) -> None:
    async with client:
        assert isinstance(await client.redeem_reward(issued.token, CHECK, pin=PIN), Redemption)


def _replayed(wire: Wire, shown: str) -> tuple[Any, Any]:
    own = new_request_id()
    first = wire.redeem(shown, CHECK, own, pin="0000")
    again = wire.redeem(shown, CHECK, own, pin="0000")
    assert again == {**first, "replayed": True}
    return again["reason"], again["replayed"]


def test_a_reference_is_new_each_time_but_for_a_replay(city: Sandbox) -> None:
    with Wire(city.partner("transit-turnstile")) as wire:
        shown = city.persona("card-revoked", "transit")["token"]
        references = {wire.ask("VerifyPass", **{"pass": shown, "reward": RIDE})["reference"] for _ in range(5)}
    assert len(references) == 5
