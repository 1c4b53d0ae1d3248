"""A city with 300 partners: each sees its own redemptions alone, and one is stopped without the others."""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings as LaurelSettings
from laurel_client import Credentials, LaurelClient, LaurelError, Redemption, enrol, new_key
from tests.flow.enrolling import hand_out
from tests.flow.processes import Gateway, run, serving
from tests.flow.production import succeed
from tests.flow.steward import PIN, Steward
from tests.servers.launcher import free_port

pytestmark = pytest.mark.anyio

GIVEN = {
    "transit-turnstile": ("transit", "transit-discount"),
    "venue-counter": ("venue", "cinema-discount"),
    "hospital-desk": ("health", "health-check"),
    "public-service-desk": ("public-service", "priority-service"),
    "telecom-desk": ("telecom", "telecom-priority"),
    "gas-desk": ("gas", "gas-priority"),
}
"""By kind: its sector, and a reward that needs no occasion."""

OF_EACH = 50
LAST = f"{list(GIVEN)[-1]}-{OF_EACH:02d}"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A gateway that serves a city whose partners came from a file."""

    folder: Path
    settings: dict[str, str]
    gateway: Gateway

    def command(self, *arguments: str | Path, status: int = 0) -> Any:
        """Run a steward's command and return the JSON that it prints."""
        done = run("partners", *arguments, "--json", folder=self.folder, settings=self.settings)
        assert (done.returncode, done.stderr) == (status, ""), done.stderr
        return json.loads(done.stdout)

    @property
    def steward(self) -> Steward:
        """Who works on its data."""
        return Steward(
            LaurelSettings.read(
                database_url=self.settings["GATEWAY_DATABASE_URL"],
                keys_dir=Path(self.settings["GATEWAY_KEYS_DIR"]),
                public_url=self.gateway.url,
            )
        )


@pytest.fixture
def crowd(tmp_path: Path, database_url: str, production_keys: str) -> Iterator[Crowd]:
    port = free_port()
    settings = {
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_KEYS_DIR": production_keys,
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    lines = [
        f"{kind},Partner {number:02d},{kind}-{number:02d}" for kind in GIVEN for number in range(1, OF_EACH + 1)
    ]
    (tmp_path / "partners.csv").write_text("\n".join(["kind,name,id", *lines]) + "\n", "utf-8")
    for words in (("registry", "sample", "--residents", "200", "--out"), ("registry", "import")):
        succeed(*words, tmp_path / "registry.csv", folder=tmp_path, settings=settings)
    with serving("serve", folder=tmp_path, settings=settings, port=port) as gateway:
        yield Crowd(tmp_path, settings, gateway)


def _partner_of(kind: str, number: int) -> str:
    return f"{kind}-{number:02d}"


async def _enrol(crowd: Crowd, *partner_ids: str) -> list[Credentials]:
    codes = await hand_out(crowd.steward.settings, *partner_ids)
    return [Credentials.from_mapping(await enrol(crowd.gateway.url, code, new_key())) for code in codes]


async def _redeem(crowd: Crowd, client: LaurelClient) -> str:
    """Redeem for a resident of its own; return the redemption's id."""
    sector, reward = GIVEN[client.credentials.kind]
    [issued] = await crowd.steward.resident(sector)
    done = await client.redeem_reward(issued.code, reward, pin=PIN)
    assert isinstance(done, Redemption), done
    return done.id


async def test_three_hundred_partners_live_side_by_side(crowd: Crowd) -> None:
    total = OF_EACH * len(GIVEN)
    added = {"added": total, "unchanged": 0, "rejected": []}
    assert crowd.command("import", "partners.csv") == added
    assert crowd.command("import", "partners.csv") == {**added, "added": 0, "unchanged": total}
    some = [_partner_of(kind, number) for kind in GIVEN for number in (1, OF_EACH)]
    machines = await _enrol(crowd, *some, LAST)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(LaurelClient(each)) for each in machines]
        await _each_sees_its_own(crowd, clients)
        _the_steward_sees_all(crowd, some)
        await _one_is_stopped(crowd, clients)


async def _each_sees_its_own(crowd: Crowd, clients: list[LaurelClient]) -> None:
    made: dict[str, set[str]] = {}
    for client in clients:
        made.setdefault(client.credentials.client_id, set()).add(await _redeem(crowd, client))
    assert len(made[LAST]) == 2  # by two machines
    for client in clients:
        assert {one.id async for one in client.redemptions()} == made[client.credentials.client_id]
    other = next(iter(made[clients[0].credentials.client_id]))
    assert await clients[-1].redemption(other) is None


def _the_steward_sees_all(crowd: Crowd, some: list[str]) -> None:
    listed = {one["id"]: one for one in crowd.command("list")}
    assert len(listed) == OF_EACH * len(GIVEN)
    assert {partner_id for partner_id, one in listed.items() if one["devices"]} == set(some)
    assert listed[LAST]["devices"] == 2
    assert len(crowd.command("list", "--kind", "gas-desk")) == OF_EACH
    shown = crowd.command("show", LAST)
    assert [device["state"] for device in shown["devices"]] == ["works", "works"]
    checked = crowd.command("check")
    assert set(checked["without_device"]) == set(listed) - set(some)


async def _one_is_stopped(crowd: Crowd, clients: list[LaurelClient]) -> None:
    stopped = crowd.command("suspend", LAST, "--yes")
    assert (stopped["devices"], stopped["codes_withdrawn"]) == (2, 0)
    for client in clients:
        if client.credentials.client_id == LAST:
            with pytest.raises(LaurelError):
                await _redeem(crowd, client)
        else:
            await _redeem(crowd, client)
    assert [one["id"] for one in crowd.command("list", "--suspended")] == [LAST]
    crowd.command("resume", LAST)
    [again] = await _enrol(crowd, LAST)
    async with LaurelClient(again) as client:
        await _redeem(crowd, client)
