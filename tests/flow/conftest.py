"""Two sandboxes, each started once for all tests that share it: on SQLite, and on PostgreSQL with Valkey."""

from collections.abc import Iterator

import pytest

from tests.flow.databases import empty_database
from tests.flow.production import Production, make_keys, production
from tests.flow.sandboxes import Sandbox, sandbox

ALL_LOGS = {"GATEWAY_LOG_LEVEL": "debug"}
"""What must not be logged must not be logged at any level."""

NO_LIMITS = dict.fromkeys(("GATEWAY_DEVICE_RATE", "GATEWAY_PARTNER_RATE", "GATEWAY_DENIED_CODES"), "1000000")
"""All tests share a sandbox and its six devices; the production nodes have the limits of the defaults."""


@pytest.fixture(scope="session")
def sqlite_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox as `make run` starts it."""
    with sandbox(tmp_path_factory.mktemp("on-sqlite"), {**ALL_LOGS, **NO_LIMITS}) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_sandbox(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, valkey_server: str
) -> Iterator[Sandbox]:
    """A sandbox on an empty, unmigrated PostgreSQL database and on Valkey."""
    with empty_database(postgres_server) as url:
        settings = {**ALL_LOGS, **NO_LIMITS, "GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": valkey_server}
        with sandbox(tmp_path_factory.mktemp("on-postgres"), settings) as running:
            yield running


@pytest.fixture(
    params=[
        pytest.param("sqlite_sandbox", marks=pytest.mark.xdist_group("sqlite-sandbox"), id="sqlite"),
        pytest.param("postgres_sandbox", marks=pytest.mark.xdist_group("postgres-sandbox"), id="postgresql"),
    ]
)
def city(request: pytest.FixtureRequest) -> Sandbox:
    """A sandbox that serves: the test runs once on each kind of database."""
    running: Sandbox = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="session")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, valkey_server: str
) -> Iterator[Production]:
    """Two production nodes on one PostgreSQL database and one Valkey."""
    with (
        empty_database(postgres_server) as url,
        production(tmp_path_factory.mktemp("production"), url, valkey_server) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def production_keys(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A key home for production, to be read only."""
    home = tmp_path_factory.mktemp("keys") / "keys"
    make_keys(home)
    return str(home)
