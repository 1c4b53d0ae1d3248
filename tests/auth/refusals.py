"""Every refusal has a stable code for the log; tests name it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.auth.nonces import NonceWanted
from gateway.domain.errors import ClockSkew, NotAuthentic


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect that what is inside is refused with a code, and that no caller is told why."""
    with pytest.raises(NotAuthentic) as refusal:
        yield
    assert refusal.value.code == code
    assert not isinstance(refusal.value, ClockSkew | NonceWanted)


@contextmanager
def skewed(code: str, seconds: int) -> Iterator[None]:
    """Expect that what is inside is refused for a clock that is so many seconds fast."""
    with pytest.raises(ClockSkew) as refusal:
        yield
    assert (refusal.value.code, refusal.value.seconds) == (code, seconds)
