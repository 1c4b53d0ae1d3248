"""Building the status lists of sectors with offline rewards, again and again, for whoever asks in between."""

import asyncio
import hashlib
from collections.abc import Mapping

from gateway.domain.clock import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.partners import Caller
from gateway.domain.rewards import Catalogue
from gateway.domain.status_lists import Bits, ListSigner, Placed, SignedList, offline_rules
from gateway.services.ports import Ports


class StatusLists:
    """The newest list of each sector, in the memory of this process."""

    def __init__(self, placed: Placed, signer: ListSigner, catalogue: Catalogue, clock: Clock) -> None:
        self._placed, self._signer, self._catalogue, self._clock = placed, signer, catalogue, clock
        self._lists: Mapping[str, SignedList] = {}

    def current(self, sector: str) -> SignedList:
        """Return the newest list of a sector.

        Raises:
            Unavailable: none was built since the start.
        """
        if sector not in self._lists:
            raise Unavailable("status list")
        return self._lists[sector]

    async def refresh(self) -> None:
        """Build every list anew.

        Raises:
            Unavailable: the database can't answer; the lists of before stay.
            KeysMissing: nothing to sign with; the same.
        """
        for sector in offline_rules(self._catalogue.rewards.values()):
            self._lists = {**self._lists, sector: await self._build(sector)}

    async def _build(self, sector: str) -> SignedList:
        rule = offline_rules(self._catalogue.rewards.values())[sector]
        today = self._clock().astimezone(self._catalogue.zone).date()
        bits = Bits()
        async for places in self._placed.places(sector, rule, today=today):
            bits.add(places)
            await asyncio.sleep(0)  # gates wait for their answers meanwhile
        return await asyncio.to_thread(self._finish, sector, bits, today.isoformat())

    def _finish(self, sector: str, bits: Bits, day: str) -> SignedList:
        content = bits.over(self._signer.decoys(sector, bits.share))
        tag = hashlib.sha256(day.encode() + content).hexdigest()[:32]
        known = self._lists.get(sector)
        return known if known and known.tag == tag else SignedList(self._signer.sign(sector, content), tag)


def may_read_list(ports: Ports, caller: Caller, sector: str) -> bool:
    """Whether a device may decide offline in a sector, and so may have its list."""
    rewards = ports.catalogue.rewards
    given = caller.rewards - ports.groups.inactive()
    allowed = ports.catalogue.offline is not None and caller.sector == sector
    return allowed and any(rewards[code].offline for code in given)
