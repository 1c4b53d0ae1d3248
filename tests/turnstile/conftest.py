"""One city for all tests of the agent."""

from collections.abc import Iterator

import pytest

from tests.faults.conftest import old_keys
from tests.flow.conftest import production_keys
from tests.turnstile.metro import City, city

__all__ = ["old_keys", "production_keys"]


@pytest.fixture(scope="session")
def metro(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes, old_keys: str) -> Iterator[City]:
    """A city that is served."""
    with city(tmp_path_factory.mktemp("metro"), sqlite_template, old_keys) as served:
        yield served


@pytest.fixture
def town(metro: City) -> Iterator[City]:
    """The same, whose cable is whole before a test and after it."""
    metro.cable.mend()
    yield metro
    metro.cable.mend()
