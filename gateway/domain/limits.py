"""How much a caller may ask: the port that `store` implements."""

from typing import Protocol

from gateway.domain.partners import Caller


class Limits(Protocol):
    """Keeps a caller from asking too much. What counts is the look-up of a pass, however many a request makes."""

    async def admit(self, caller: Caller) -> None:
        """Admit one look-up of a pass.

        Raises:
            Throttled: the device or its partner asks too fast.
        """
        ...

    async def admit_code(self, caller: Caller) -> None:
        """Admit the look-up of a typed code; `admit` still has to.

        Raises:
            Throttled: too many codes that this device sent were denied.
        """
        ...

    async def code_denied(self, caller: Caller) -> None:
        """Count a typed code that was denied, alike for every cause."""
        ...
