"""One city on each kind of database for all tests of the agent; and seeds."""

import os
from collections.abc import Iterator

import pytest

from gateway.store.migrate import upgrade
from tests.faults.conftest import old_keys
from tests.flow.conftest import production_keys
from tests.flow.databases import empty_database
from tests.turnstile.metro import City, city

__all__ = ["old_keys", "production_keys"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a test of chances with each seed that the environment says: FAULT_SEEDS many, or FAULT_SEED alone."""
    if "seed" in metafunc.fixturenames:
        one = os.environ.get("FAULT_SEED")
        metafunc.parametrize("seed", [int(one)] if one else range(int(os.environ.get("FAULT_SEEDS", "2"))))


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes, old_keys: str) -> Iterator[City]:
    """A city that is served on a file."""
    folder = tmp_path_factory.mktemp("metro")
    (folder / "laurel.db").write_bytes(sqlite_template)
    with city(folder, f"sqlite:///{folder / 'laurel.db'}", old_keys) as served:
        yield served


@pytest.fixture(scope="session")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_server: str, old_keys: str) -> Iterator[City]:
    """A city that is served on PostgreSQL."""
    with empty_database(postgres_server) as url:
        upgrade(url.replace("postgresql:", "postgresql+asyncpg:"))
        with city(tmp_path_factory.mktemp("metro"), url, old_keys) as served:
            yield served


@pytest.fixture(
    params=[
        pytest.param("on_sqlite", marks=pytest.mark.xdist_group("turnstile-sqlite"), id="sqlite"),
        pytest.param("on_postgres", marks=pytest.mark.xdist_group("turnstile-postgresql"), id="postgresql"),
    ]
)
def town(request: pytest.FixtureRequest) -> Iterator[City]:
    """A city that is served, whose cable is whole before a test and after it."""
    served: City = request.getfixturevalue(request.param)
    served.cable.mend()
    yield served
    served.cable.mend()
