"""The store's databases, for histories."""

from tests.store.conftest import live_database

__all__ = ["live_database"]
