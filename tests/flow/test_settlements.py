"""A partner computes its month from its own records, and comes to the fen to what the gateway signs."""

import asyncio
import base64
import json
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from laurel_client import LaurelClient, Redemption, ReversalReason, verify_settlement
from tests.flow.databases import execute
from tests.flow.processes import run
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

pytestmark = pytest.mark.anyio

PLAY = "theatre-discount"
ZONE = ZoneInfo("Asia/Shanghai")
"""The programme's: its month begins while UTC still has the one before."""

LAST_MOMENT, FIRST_MOMENT = "2025-12-31 15:59:59.999999", "2025-12-31 16:00:00.000000"
"""Around midnight in Shanghai, in UTC as it is on record: the end of 2025 and the beginning of 2026."""


async def _move(city: Sandbox, table: str, column: str, condition: str, to: str) -> None:
    """Let something have happened at another time than now; months are long."""
    zone = "" if city.database_url.startswith("sqlite") else "+00"
    statement = f"UPDATE {table} SET {column} = '{to}{zone}' WHERE {condition}"
    await asyncio.to_thread(execute, city.database_url, statement)


async def _recomputed(client: LaurelClient, begins: datetime, ends: datetime) -> Counter[tuple[str, int]]:
    """Add a month up from the partner's own records alone: fen by reward and tariff."""
    sums: Counter[tuple[str, int]] = Counter()
    async for one in client.redemptions(since=begins, until=ends):
        sums[one.reward, one.tariff_fen or 0] += one.quantity
    async for one, reversals in client.reversed_redemptions(begins, ends):
        for each in reversals:
            if begins <= each.reversed_at < ends:
                sums[one.reward, one.tariff_fen or 0] -= each.quantity
    return sums


async def test_the_partner_recomputes_its_settlement(city: Sandbox) -> None:
    [[issued], [other]] = [await city.steward.resident("venue") for _ in range(2)]
    counter = city.partner("venue-counter")
    async with LaurelClient(counter) as client:
        old = await client.redeem_reward(issued.token, PLAY, 2)
        new = await client.redeem_reward(other.token, PLAY)
        assert isinstance(old, Redemption)
        assert isinstance(new, Redemption)
        back = await client.reverse_redemption(old.id, ReversalReason.RETURNED, 1)
        assert isinstance(back, Redemption)
        await _move(city, "redemption", "redeemed_at", f"id = '{old.id}'", LAST_MOMENT)
        await _move(city, "redemption", "redeemed_at", f"id = '{new.id}'", FIRST_MOMENT)
        await _move(
            city, "entry", "recorded_at", f"redemption_id = '{old.id}' AND kind = 'REVERSED'", FIRST_MOMENT
        )
        for month, expected in (("2025-12", 2), ("2026-01", 0)):
            settled = await client.settlement(month)
            assert settled.final
            assert {(line.reward, line.units) for line in settled.lines} == {(PLAY, expected)}
            own = await _recomputed(client, settled.begins, settled.ends)
            assert own == Counter({(line.reward, line.tariff_fen): line.units for line in settled.lines})
            assert settled.amount_fen == sum(units * tariff for (_, tariff), units in own.items())
        running = await client.settlement(datetime.now(ZONE).strftime("%Y-%m"))
        assert not running.final


def _payload(signed: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))


async def test_what_is_signed_is_what_is_said_and_stays_so(city: Sandbox, tmp_path: Any) -> None:
    jwks = httpx2.get(f"{city.gateway.url}/.well-known/jwks.json", trust_env=False).json()
    month = datetime.now(ZONE).strftime("%Y-%m")
    with Wire(city.partner("transit-turnstile")) as gate:
        said = gate.ask("Settlement", month="2025-06")
        again = gate.ask("Settlement", month="2025-06")
        running = gate.ask("Settlement", month=month)
        assert gate.error("Settlement", month="2025-6")["code"] == "BAD_USER_INPUT"
    assert said == again
    claims = verify_settlement(running["signed"], jwks)
    assert claims == _payload(running["signed"])
    assert (claims["month"], claims["sub"], claims["final"]) == (month, "harbour-metro", False)
    assert claims["amount_fen"] == running["amountFen"]
    folder = tmp_path / "books"
    folder.mkdir()
    settings = {
        "GATEWAY_DATABASE_URL": city.database_url,
        "GATEWAY_KEYS_DIR": str(city.home / "keys"),
        "GATEWAY_PUBLIC_URL": city.gateway.url,
    }
    files = []
    for _ in range(2):
        done = run("settlement", "2025-12", "--out", folder, folder=tmp_path, settings=settings)
        assert (done.returncode, done.stderr) == (0, "")
        files.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert files[0] == files[1]
    for name, content in files[0].items():
        if name.endswith(".jws"):
            beside = json.loads(files[0][name.replace(".jws", ".json")])
            assert verify_settlement(content.decode().strip(), jwks) == beside
    report = run("report", month, folder=tmp_path, settings=settings)
    assert report.returncode == 1
    assert "is not over" in report.stderr
    assert run("report", "2025-12", "--json", folder=tmp_path, settings=settings).returncode == 0
