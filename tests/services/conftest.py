"""A city in memory for each test."""

import pytest

from tests.services.world import World


@pytest.fixture
def world() -> World:
    """An empty city: nobody lives there, nothing is staged."""
    return World()
