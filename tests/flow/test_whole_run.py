"""After all that can be done to a gateway, no secret is in anything that it or its servers wrote.

One node of a production deployment, on PostgreSQL and Valkey and logging all it can, is signed in at, asked, asked
wrongly, attacked, enrolled at, broken, cut off, killed and started again. Whatever went over the wire meanwhile is
then looked for, with every private key, in what all nodes and servers wrote: `tests/canaries/needles.py` says how.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time
from urllib.parse import urlsplit

import pytest

from gateway.auth.keyring import Keyring
from laurel_client import new_request_id
from laurel_client.signing import DeviceKey
from tests.auth.test_jws_hostile import SHAPES
from tests.canaries.marks import canary_id
from tests.canaries.needles import found
from tests.flow.cable import Cable
from tests.flow.conftest import NO_LIMITS
from tests.flow.eavesdropping import Eavesdropper
from tests.flow.enrolling import hand_out
from tests.flow.haystacks import written_by
from tests.flow.ordeal import TABLES, ask_all, cut, killed_amid, without
from tests.flow.processes import Gateway, Settings, serving
from tests.flow.production import Production, partner_file
from tests.flow.steward import PIN, new_key
from tests.flow.test_attacks import ATTACKS, Mallory
from tests.flow.test_canary import CHECK, misuse, use
from tests.flow.wire import Wire
from tests.servers.launcher import free_port

pytestmark = pytest.mark.xdist_group("production")

CLINIC = "canary-clinic"


@contextmanager
def _node(deployment: Production, folder: Path, port: int, cables: tuple[Cable, Cable]) -> Iterator[Gateway]:
    """Run one node more, which reaches its servers by cables."""
    database, memory = cables
    by_cable = {"GATEWAY_DATABASE_URL": database.url, "GATEWAY_REDIS_URL": memory.url}
    settings: Settings = {**deployment.settings, **NO_LIMITS, **by_cable}
    with serving("serve", folder=folder, settings=settings, port=port) as gateway:
        yield gateway


def _enrol(wire: Wire, code: str, key: DeviceKey) -> list[int]:
    """Enrol a machine with a code, rightly, again, with a used proof, and wrongly."""
    url = f"{wire.credentials.issuer}/devices"

    def post(sent: str, proof: str) -> int:
        return wire.http.post(url, json={"code": sent}, headers={"DPoP": proof}).status_code

    def proof() -> str:
        return key.proof("POST", url, now=time(), nonce=wire.nonce)

    captured = proof()
    return [
        post(code, proof()),
        post(code, captured),
        post(code, captured),
        post(code + "X", proof()),
        post(code, "x"),
    ]


def _attack(wire: Wire, own: Wire, keys: Path, shown: str) -> None:
    """Send every hostile request that there is, with a pass in it."""
    keyring = Keyring.load(keys, clock=lambda: datetime.now(UTC))
    body = wire.body("VerifyPass", {"pass": shown, "reward": CHECK})
    mallory = Mallory(wire, own, keyring, body)
    for attack in ATTACKS.values():
        assert wire.post(body, [*attack(mallory), ("Content-Type", "application/json")]).status_code == 401
    for shape in SHAPES:
        if re.fullmatch(r"[!-~]{1,4000}", shape):  # others are no header
            wire.post(body, [("Authorization", f"DPoP {shape}"), ("DPoP", shape)])
            wire.sign_in(client_assertion=shape)


def _kept_secrets(deployment: Production, *devices: DeviceKey) -> Mapping[str, str | bytes]:
    """Return what is never sent: the private keys of the gateway and of devices, and the database's password."""
    files = {
        path.name: json.loads(path.read_bytes()) for path in (deployment.folder / "keys" / "private").iterdir()
    }
    password = urlsplit(deployment.settings["GATEWAY_DATABASE_URL"]).password
    assert password
    return {
        "password": password,
        **{name: jwk.get("d") or jwk["k"] for name, jwk in files.items()},
        **{key.kid: key._private.private_numbers().private_value.to_bytes(32, "big") for key in devices},
    }


def test_no_secret_of_a_whole_run_stays_anywhere(deployment: Production, tmp_path: Path) -> None:
    steward, port = deployment.steward, free_port()
    database_url, redis_url = (deployment.settings[f"GATEWAY_{name}_URL"] for name in ("DATABASE", "REDIS"))
    registry_id = canary_id()
    file = partner_file(deployment.nodes[0].url, {}, kind="hospital-desk", partner_id=CLINIC)
    asyncio.run(steward.add_partner("hospital-desk", CLINIC))
    devices = [asyncio.run(steward.add_device(file, scopes=" ".join(file["scopes"]))) for _ in range(2)]
    [issued] = asyncio.run(steward.resident("health", registry_id=registry_id))
    [code] = asyncio.run(hand_out(steward.settings, CLINIC))
    enrolled = DeviceKey(new_key()[0])
    asked, given = (issued.token, CHECK, PIN), {"pass": issued.code, "reward": CHECK, "pin": PIN}
    given["requestId"] = new_request_id()
    ear = Eavesdropper(port)
    with (
        Cable(database_url) as database,
        Cable(redis_url) as memory,
        Wire(devices[0], transport=ear) as wire,
        Wire(devices[1], transport=ear) as own,
    ):
        with _node(deployment, tmp_path, port, (database, memory)) as gateway:
            for shown in (issued.token, issued.code):
                use(wire, shown)
                misuse(wire, shown)
            _attack(wire, own, deployment.folder / "keys", issued.token)
            assert _enrol(wire, code, enrolled) == [201, 201, 400, 400, 400]
            for table in TABLES:
                with without(database_url, table):
                    assert ask_all(wire, *asked) & {"500", "INTERNAL"}, table
            with cut(memory):
                assert ask_all(wire, *asked) == set()
            with cut(database):
                assert ask_all(wire, *asked) == {"temporarily_unavailable", "UNAVAILABLE"}
            killed_amid(gateway, database_url, wire, given)
        with _node(deployment, tmp_path, port, (database, memory)) as again:
            assert wire.ask("RedeemReward", input=given)["__typename"] in ("Redemption", "Refused")
            hay = written_by([again, *deployment.nodes], database_url, redis_url)
    needles = {
        "registry id": registry_id,
        "pin": PIN,
        "pass": issued.token,
        "code": issued.code,
        "enrolment code": code,
        **_kept_secrets(deployment, enrolled, *(each.key for each in devices)),
        **ear.secrets,
    }
    assert all(hay.values())
    assert len(needles) > 500
    assert found(needles, hay) == set()
