"""A town for each test on each kind of database; and seeds."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.store.migrate import upgrade
from tests.faults.towns import Town, found_town
from tests.flow.cable import Cable
from tests.flow.conftest import production_keys
from tests.flow.processes import Gateway
from tests.servers import postgres
from tests.servers.postgres import Cluster

__all__ = ["production_keys"]


@pytest.fixture(scope="session")
def old_keys(tmp_path_factory: pytest.TempPathFactory, production_keys: str) -> str:
    """Keys that were made a day ago: to a clock that is an hour slow, new ones are not valid yet."""
    home = tmp_path_factory.mktemp("old-keys") / "keys"
    shutil.copytree(production_keys, home)
    manifest, yesterday = home / "manifest.toml", datetime.now(UTC) - timedelta(days=1)
    made = f"not_before = {yesterday:%Y-%m-%dT%H:%M:%SZ}"
    manifest.write_text(re.sub("not_before = .*", made, manifest.read_text("utf-8")), "utf-8")
    return str(home)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play each test of a crew with as many seeds as the environment says."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(int(os.environ.get("FAULT_SEEDS", "1"))))


@pytest.fixture(
    params=[
        pytest.param("sqlite_url", marks=pytest.mark.xdist_group("faults-sqlite"), id="sqlite"),
        pytest.param("postgres_url", marks=pytest.mark.xdist_group("faults-postgresql"), id="postgresql"),
    ]
)
def town(request: pytest.FixtureRequest, tmp_path: Path, old_keys: str) -> Town:
    """A town of the test's own, which nobody serves yet."""
    return asyncio.run(found_town(tmp_path, request.getfixturevalue(request.param), old_keys))


@dataclass(frozen=True, slots=True)
class Standing:
    """A town that is served for as long as the tests run. Its second node reaches the database by the cable."""

    town: Town
    nodes: Sequence[Gateway]
    cluster: Cluster | None = None
    cable: Cable | None = None


@pytest.fixture(scope="session")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, old_keys: str) -> Iterator[Standing]:
    """Two nodes on a PostgreSQL that a test may stop."""
    folder = tmp_path_factory.mktemp("faults-postgresql")
    with postgres.restartable() as cluster, Cable(cluster.url) as cable:
        upgrade(cluster.url.replace("postgresql:", "postgresql+asyncpg:"))
        town = asyncio.run(found_town(folder, cluster.url, old_keys))
        with town.node(0) as first, town.node(1, GATEWAY_DATABASE_URL=cable.url) as second:
            yield Standing(town, (first, second), cluster, cable)


@pytest.fixture(scope="session")
def on_sqlite(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes, old_keys: str
) -> Iterator[Standing]:
    """One node on a file."""
    folder = tmp_path_factory.mktemp("faults-sqlite")
    (folder / "laurel.db").write_bytes(sqlite_template)
    town = asyncio.run(found_town(folder, f"sqlite:///{folder / 'laurel.db'}", old_keys))
    with town.node() as node:
        yield Standing(town, (node,))


@pytest.fixture(
    params=[
        pytest.param("on_sqlite", marks=pytest.mark.xdist_group("faults-sqlite"), id="sqlite"),
        pytest.param("on_postgres", marks=pytest.mark.xdist_group("faults-postgresql"), id="postgresql"),
    ]
)
def standing(request: pytest.FixtureRequest) -> Standing:
    """A town that is served, on each kind of database."""
    served: Standing = request.getfixturevalue(request.param)
    return served
