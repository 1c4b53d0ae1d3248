"""No pass, code, PIN, registry id, token or proof is in a log, a metric or a database, whatever was sent where."""

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from redis import Redis

from laurel_client import new_request_id
from tests.canaries.marks import canary_id
from tests.canaries.needles import found
from tests.flow.databases import execute
from tests.flow.eavesdropping import Eavesdropper
from tests.flow.haystacks import haystacks
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.flow.wire import Wire

CHECK = "health-check"


def use(wire: Wire, shown: str) -> None:
    """Do with a pass all that a device does, rightly and wrongly."""
    own = new_request_id()
    for pin in (None, "0000", PIN, PIN, "12345"):
        given = {"pass": shown, "reward": CHECK, "requestId": own if pin == PIN else new_request_id(), "pin": pin}
        wire.send("RedeemReward", input=given)
    wire.send("RedeemReward", input={"pass": shown, "reward": CHECK, "requestId": own, "quantity": 2})
    for reward, quantity in ((CHECK, 1), (CHECK, 50), (CHECK, 0), ("gas-priority", 1)):
        wire.send("VerifyPass", **{"pass": shown, "reward": reward, "quantity": quantity})
    found_again = wire.ask("Redemption", requestId=own)
    if found_again:
        back = {"redemptionId": found_again["id"], "reason": "RETURNED", "requestId": new_request_id()}
        wire.send("ReverseRedemption", input=back)


def misuse(wire: Wire, shown: str) -> None:
    """Send a pass where it does not belong: every error that may quote it."""
    for variables in (
        {"pass": shown + "x", "reward": CHECK},
        {"pass": [shown], "reward": CHECK},
        {"pass": {shown: PIN}, "reward": CHECK},
        {"pass": shown, "reward": shown},
        {"pass": shown, "reward": CHECK, "occasion": shown},
        {"pass": shown, "reward": CHECK, "quantity": shown},
        {"pass": shown, shown: shown},
    ):
        wire.send("VerifyPass", **variables)
    wire.send("Redemptions", after=shown)
    wire.send("Redemption", id=shown)
    wire.send("RedeemReward", input={"pass": shown, "reward": CHECK, "requestId": shown + "!", "pin": shown})
    literal = f'{{ verifyPass(pass: "{shown}", reward: "{CHECK}", quantity: -1) {{ __typename }} }}'
    for body in (
        json.dumps({"query": literal}),
        json.dumps({"query": literal + shown}),
        json.dumps({"query": f'{{ verifyPass(pass: "{shown}", reward: {PIN}) }}'}),
        json.dumps({"query": "{ service { name } }", "operationName": shown}),
        json.dumps({"documentId": shown}),
        json.dumps({"documentId": f"sha256:{shown.encode().hex():0<64.64}"}),
        json.dumps({"documentId": wire.credentials.document("Service").id, "operationName": shown}),
        json.dumps({"documentId": wire.credentials.document("Service").id, "query": shown}),
        f'{{"query": "{shown}"',
    ):
        wire.post(body.encode())
    base = wire.credentials.issuer
    for path in ("/{}", "/.well-known/{}", "/{}/", "/graphql?pass={}"):
        for method in ("GET", "POST"):
            wire.http.request(method, base + path.format(shown), headers={"X-Pass": shown, "User-Agent": shown})
    wire.sign_in(client_id=shown, scope=shown)
    wire.sign_in(grant_type=shown)
    wire.sign_in([("DPoP", shown)])
    wire.post(b"{}", [("Authorization", f"DPoP {shown}"), ("DPoP", shown)])
    wire.post(b"{}", [("Authorization", f"Bearer {wire.token}"), ("DPoP", wire.proof())])


def _sandbox_passes(city: Sandbox) -> Mapping[str, str]:
    entries = city.passes()
    codes = {f"code of {one['persona']}, {one['sector']}": one["code"] for one in entries}
    return codes | {f"token of {one['persona']}, {one['sector']}": one["token"] for one in entries if one["token"]}


def test_nothing_personal_stays_anywhere(city: Sandbox) -> None:
    registry_id = canary_id()
    [issued] = asyncio.run(city.steward.resident("health", registry_id=registry_id))
    written = "-".join(issued.code[start : start + 4] for start in range(0, 16, 4))
    ear = Eavesdropper()
    with Wire(city.partner("hospital-desk"), transport=ear) as wire:
        for shown in (issued.token, issued.code, written, written.lower().replace("-", " ")):
            use(wire, shown)
            misuse(wire, shown)
    needles = {
        "registry id": registry_id,
        "pin": PIN,
        "code": issued.code,
        "code as written": written,
        "code with spaces": written.replace("-", " "),
        "token": issued.token,
        **ear.secrets,
        **_sandbox_passes(city),
    }
    assert len(needles) > 200
    hay = haystacks(city)
    assert all(hay[name] for name in ("standard error", "metrics", "database"))
    assert found(needles, hay) == set()


def test_a_planted_leak_is_found(city: Sandbox) -> None:
    names = ("text", "octets", "logged", "half", "cached")
    needles = {name: secrets.token_urlsafe(32) for name in names}
    octets = f"X'{needles['octets'].encode().hex()}'"
    if city.database_url.startswith("postgresql"):
        octets = f"'\\x{needles['octets'].encode().hex()}'::bytea"
    assert found(needles, haystacks(city)) == set()
    expected = {
        ("text", "database"),
        ("octets", "database"),
        ("logged", "standard error"),
        ("half", "standard error"),
    }
    with city.gateway.log.open("a") as log:
        log.write(json.dumps({"event": "request", "pass": needles["logged"].upper()}) + "\n")
        log.write(
            json.dumps({"event": "request", "proof": b64encode(needles["half"][:22].encode()).decode()}) + "\n"
        )
    execute(city.database_url, f"CREATE TABLE planted AS SELECT '{needles['text']}' AS a, {octets} AS b")
    try:
        with _cached(city.settings.get("GATEWAY_REDIS_URL"), needles["cached"].encode().hex()) as cached:
            assert found(needles, haystacks(city)) == expected | ({("cached", "valkey")} if cached else set())
    finally:
        execute(city.database_url, "DROP TABLE planted")


@contextmanager
def _cached(url: str | None, value: str) -> Iterator[bool]:
    """Keep a value in Valkey for as long as the block lasts, if there is one; say whether there is."""
    if url is None:
        yield False
        return
    with Redis.from_url(url) as client:
        client.hset("planted", "proof", value)
        try:
            yield True
        finally:
            client.delete("planted")
