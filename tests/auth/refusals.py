"""Every refusal has a stable code for the log; tests name it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.domain.errors import NotAuthentic


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect that what is inside is refused with a code."""
    with pytest.raises(NotAuthentic) as refusal:
        yield
    assert refusal.value.code == code
