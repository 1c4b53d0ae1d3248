"""A machine enrols with a code and does its work at once; nobody else does with the same code."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any

import httpx2
import pytest

from laurel_client import (
    Credentials,
    Eligible,
    EnrolmentRefused,
    LaurelClient,
    Redemption,
    Unauthenticated,
    enrol,
    new_key,
)
from laurel_client.signing import DeviceKey
from tests.canaries.needles import found
from tests.flow.enrolling import hand_out
from tests.flow.haystacks import haystacks
from tests.flow.processes import run
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.anyio

METRO, RIDE = "harbour-metro", "transit-discount"
MACHINES = 8


async def _code(city: Sandbox) -> str:
    [code] = await hand_out(city.steward.settings, METRO)
    return code


def _post(city: Sandbox, key: DeviceKey, code: str, **changes: Any) -> httpx2.Response:
    """Send one request to enrol, right unless told otherwise."""
    url = f"{city.gateway.url}/devices"
    sent = {"json": {"code": code}, "headers": {"DPoP": _proof(city, key)}, **changes}
    with httpx2.Client(trust_env=False, timeout=20) as http:
        return http.post(url, **sent)


def _proof(city: Sandbox, key: DeviceKey) -> str:
    """Return a fresh proof with a nonce, as any answer brings one."""
    url = f"{city.gateway.url}/devices"
    nonce = httpx2.post(url, trust_env=False, timeout=20).headers["dpop-nonce"]
    return key.proof("POST", url, now=time(), nonce=nonce)


def _command(city: Sandbox, *arguments: str, stdin: str = "") -> str:
    settings = {
        "GATEWAY_DATABASE_URL": city.database_url,
        "GATEWAY_KEYS_DIR": str(city.home / "keys"),
        "GATEWAY_PUBLIC_URL": city.gateway.url,
    }
    done = run(*arguments, folder=city.home, settings=settings, given=stdin)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


async def test_a_code_from_the_command_line_leads_to_a_redemption(city: Sandbox) -> None:
    made = json.loads(_command(city, "partners", "add-device", METRO, "--label", "gate 9", "--json"))
    [issued] = await city.steward.resident("transit")
    content = await enrol(city.gateway.url, made["code"], new_key())
    async with LaurelClient(Credentials.from_mapping(content)) as client:
        assert isinstance(await client.verify_pass(issued.code, RIDE), Eligible)
        assert isinstance(await client.redeem_reward(issued.code, RIDE), Redemption)
    shown = json.loads(_command(city, "partners", "show", METRO, "--json"))
    [device] = [one for one in shown["devices"] if one["id"] == content["device_id"]]
    assert (device["label"], device["key"]) == ("gate 9", content["key"]["kid"])
    needles = {
        "code": made["code"],
        "code without hyphens": made["code"].replace("-", ""),
        "d": content["key"]["d"],
    }
    assert found(needles, await asyncio.to_thread(haystacks, city)) == set()


async def test_a_revoked_device_does_not_come_back_by_its_code(city: Sandbox) -> None:
    code, key = await _code(city), new_key()
    credentials = Credentials.from_mapping(await enrol(city.gateway.url, code, key))
    assert (await enrol(city.gateway.url, code, key))["client_id"] == METRO  # as if the answer had been lost
    await city.steward.revoke_device(credentials)
    with pytest.raises(EnrolmentRefused, match="invalid_grant"):
        await enrol(city.gateway.url, code, key)
    async with LaurelClient(credentials) as client:
        with pytest.raises(Unauthenticated):
            await client.sign_in()


async def test_of_many_machines_with_one_code_one_enrols(city: Sandbox) -> None:
    code, keys = await _code(city), [DeviceKey(new_key()) for _ in range(MACHINES)]
    with ThreadPoolExecutor(MACHINES) as pool:
        answers = list(pool.map(lambda key: _post(city, key, code), keys))
    assert sorted(one.status_code for one in answers) == [201] + [400] * (MACHINES - 1)
    refusals = {one.text for one in answers if one.status_code == 400}
    assert [json.loads(text)["error"] for text in refusals] == ["invalid_grant"]


async def test_a_captured_request_is_of_no_use(city: Sandbox) -> None:
    code, key = await _code(city), DeviceKey(new_key())
    captured = {"DPoP": _proof(city, key)}
    assert _post(city, key, code, headers=captured).status_code == 201
    again = _post(city, key, code, headers=captured)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")


async def test_a_key_that_works_already_does_not_use_a_code_up(city: Sandbox) -> None:
    code = await _code(city)
    for partner in (city.partner("transit-turnstile"), city.partner("gas-desk")):
        answer = _post(city, partner.key, code)
        assert (answer.status_code, answer.json()["error"]) == (409, "key_registered")
    assert _post(city, DeviceKey(new_key()), code).status_code == 201


async def test_a_code_that_is_not_good_has_one_answer(city: Sandbox) -> None:
    used, key = await _code(city), DeviceKey(new_key())
    _post(city, key, used)
    stranger = DeviceKey(new_key())
    answers = [_post(city, stranger, code) for code in (used, "0123-4567-89AB-CDE8")]
    assert len({one.content for one in answers}) == 1
    assert {one.status_code for one in answers} == {400}
    assert {tuple(sorted(set(one.headers) - {"x-request-id"})) for one in answers} == {
        tuple(sorted(set(answers[0].headers) - {"x-request-id"}))
    }
