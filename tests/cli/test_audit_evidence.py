"""`gateway audit evidence` tells whether a device signed a request, by the partner's copy of its body."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, update

from gateway.auth.evidence import Evidence
from gateway.auth.keyring import Keyring
from gateway.domain.clock import system_clock
from gateway.domain.ledger import Redeem, Reverse
from gateway.domain.partners import Partner
from gateway.store.database import Database
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.tables import DEVICE, EVIDENCE, PARTNER, PERIOD_KEY
from laurel_client import new_key
from laurel_client.signing import DeviceKey
from tests.cli.conftest import Steward
from tests.store.city import City, device
from tests.store.commands import PARTNER_ID, REWARD, granted, redeem, reverse

GRAPHQL_URL = "http://127.0.0.1:8000/graphql"
GATE = "dev_gate"
PERIOD = "of this test"
SIGNED_AT = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)
BODY = b'{"query": "mutation", "variables": {"input": {"pass": "secret"}}}'
UNDO = b'{"query": "mutation", "variables": {"input": {"reason": "MISTAKE"}}}'


@dataclass(frozen=True)
class Gate:
    """A partner's device with its key, and what it redeemed and reversed in the steward's database."""

    steward: Steward
    key: DeviceKey

    def sealed(self, command: Redeem | Reverse, body: bytes, *, key: DeviceKey | None = None, **more: str) -> Any:
        """Return a command with the proof that this gate signed for it."""
        proof = (key or self.key).proof(
            more.get("method", "POST"), more.get("url", GRAPHQL_URL), now=SIGNED_AT.timestamp(), content=body
        )
        keyring = Keyring.load(Path(self.steward.settings["GATEWAY_KEYS_DIR"]), clock=system_clock)
        sealed = Evidence(keyring).seal(proof, partner_id=PARTNER_ID, request_id=command.request_id)
        return replace(command, device_id=GATE, evidence=sealed)

    def redeem(self, body: bytes = BODY, **changes: Any) -> tuple[str, str]:
        """Redeem and reverse one unit; return the redemption's id, and the request id of its reversal."""

        async def work(city: City) -> tuple[str, str]:
            taken = self.sealed(redeem(await city.move_in(), key_period=PERIOD), body, **changes)
            redemption = granted(await city.commit(taken))
            back = self.sealed(reverse(redemption), UNDO, **changes)
            granted(await city.commit(back))
            return redemption.id, back.request_id

        made: tuple[str, str] = self.on(work)
        return made

    def on(self, work: Callable[[City], Any]) -> Any:
        """Work on the steward's database."""

        async def run() -> Any:
            database = Database(self.steward.settings["GATEWAY_DATABASE_URL"])
            try:
                return await work(City.on(database))
            finally:
                await database.close()

        return asyncio.run(run())

    def change(self, table: Table, **values: Any) -> None:
        """Change all rows of a table."""

        async def work(city: City) -> None:
            async with city.database.write() as connection:
                await connection.execute(update(table).values(**values))

        self.on(work)


@pytest.fixture
def gate(steward: Steward) -> Gate:
    """A gate whose key is registered, in the midst of a period."""
    gate = Gate(steward, DeviceKey(new_key()))

    async def open_it(city: City) -> None:
        partner = Partner(id=PARTNER_ID, kind="venue-counter", name="Grand Theatre")
        await city.partners.add(partner)
        row = replace(device(GATE, partner), kid=gate.key.kid, public_jwk=gate.key.public_jwk)
        await city.partners.add_device(row)
        closes_at = datetime.now(UTC) + timedelta(days=30)
        await SqlPeriodKeys(city.database).wrapped_key(REWARD, PERIOD, fresh=b"key", closes_at=closes_at)

    gate.on(open_it)
    return gate


def test_the_body_that_was_sent_is_verified(gate: Gate) -> None:
    redemption, reversal = gate.redeem()
    steward = gate.steward
    told = steward.does("audit", "evidence", redemption, "--body", steward.file("body.json", BODY))
    assert f"{GATE} of {PARTNER_ID} signed" in told
    assert "on 2026-11-22 09:30:05 UTC" in told
    assert "Verified: signature, registered key, method, address, body." in told
    assert "Since then" not in told
    assert "secret" not in told
    undo = steward.file("undo.json", UNDO)
    facts = json.loads(
        steward.does("audit", "evidence", redemption, "--body", undo, "--request-id", reversal, "--json")
    )
    assert facts == {
        "redemption": redemption,
        "request": reversal,
        "partner": PARTNER_ID,
        "device": GATE,
        "signed_at": "2026-11-22 09:30:05 UTC",
        "verified": ["signature", "registered key", "method", "address", "body"],
        "since": None,
    }


@pytest.mark.parametrize("body", [BODY + b"\n", BODY[:-1], b"", UNDO], ids=["longer", "shorter", "empty", "other"])
def test_another_body_is_not_what_was_signed(gate: Gate, body: bytes) -> None:
    redemption, _ = gate.redeem()
    file = gate.steward.file("body.json", body)
    told = gate.steward.is_refused("audit", "evidence", redemption, "--body", file)
    assert told.endswith("body.json: is not what the device signed: give the body that was sent, byte for byte.")


def test_what_a_device_signed_stands_after_its_end(gate: Gate) -> None:
    redemption, _ = gate.redeem()
    file = gate.steward.file("body.json", BODY)
    for table, values, since in (
        (PARTNER, {"suspended_at": SIGNED_AT}, "was suspended with its partner"),
        (DEVICE, {"not_after": SIGNED_AT}, "expired"),
        (DEVICE, {"revoked_at": SIGNED_AT}, "was revoked"),
    ):
        gate.change(table, **values)
        told = gate.steward.does("audit", "evidence", redemption, "--body", file)
        assert told.endswith(f"\nSince then the device {since}.\n")


def test_what_is_not_there_says_why(gate: Gate) -> None:
    redemption, reversal = gate.redeem()
    other, _ = gate.redeem()
    file = gate.steward.file("body.json", BODY)

    def refused(whose: str, *options: str) -> str:
        return gate.steward.is_refused("audit", "evidence", whose, "--body", file, *options)

    assert "There is no redemption of this id." in refused("rdm_unknown")
    assert "No request of this id" in refused(other, "--request-id", reversal)
    gate.change(PERIOD_KEY, closes_at=datetime(2026, 11, 1, tzinfo=UTC))
    gate.change(EVIDENCE, closes_at=datetime(2026, 11, 1, tzinfo=UTC))
    assert "Its evidence is gone: its period closed on 2026-11-01 (UTC)." in refused(redemption)
    gate.change(PERIOD_KEY, closes_at=datetime.now(UTC) + timedelta(days=1))
    assert "There never was evidence of it" in refused(redemption)
    missing = gate.steward.is_refused("audit", "evidence", redemption, "--body", "none.json", status=1)
    assert "There never was evidence" in missing


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": DeviceKey(new_key())}, "not with the registered key of dev_gate"),
        ({"url": "https://elsewhere.example/graphql"}, "set GATEWAY_PUBLIC_URL"),
        ({"method": "GET"}, "(evidence-htm)"),
    ],
    ids=["key", "address", "method"],
)
def test_what_does_not_hold_says_what(gate: Gate, changes: dict[str, Any], says: str) -> None:
    redemption, _ = gate.redeem(**changes)
    file = gate.steward.file("body.json", BODY)
    assert says in gate.steward.is_refused("audit", "evidence", redemption, "--body", file)


def test_evidence_put_beside_another_request_does_not_open(gate: Gate) -> None:
    (redemption, _), (other, _) = gate.redeem(), gate.redeem()
    kept = gate.on(lambda city: city.rows(EVIDENCE))
    [foreign] = [row["proof"] for row in kept if row["redemption_id"] == other][:1]
    gate.change(EVIDENCE, proof=foreign)
    file = gate.steward.file("body.json", BODY)
    told = gate.steward.is_refused("audit", "evidence", redemption, "--body", file, status=2)
    assert "no live period key opens this evidence" in told


def test_a_file_that_is_not_there_is_named(gate: Gate) -> None:
    redemption, _ = gate.redeem()
    told = gate.steward.is_refused("audit", "evidence", redemption, "--body", "none.json", status=2)
    assert "none.json: No such file" in told
