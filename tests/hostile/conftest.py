"""One door for all rows: nothing that is refused leaves anything behind."""

from collections.abc import AsyncIterator

import pytest

from tests.hostile.door import Door, opened


@pytest.fixture(scope="session")
async def door(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> AsyncIterator[Door]:
    """The server of these tests."""
    async with opened(tmp_path_factory.mktemp("door"), sqlite_template) as door:
        yield door
