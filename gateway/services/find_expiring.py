"""Whose cards end soon and should be made anew. The gateway knows nobody: it is asked about a list of ids."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice

from gateway.domain.eligibility import judge_standing
from gateway.domain.passes import Holding
from gateway.domain.rewards import Catalogue, Rule
from gateway.domain.steward_ports import Holdings, RegistryHasher

BATCH_SIZE = 500
"""Residents looked up at a time."""


class Finding(StrEnum):
    """What is the matter with somebody's card in one sector, or with somebody."""

    RENEW = "renew"
    GOOD = "good"
    NOT_ENTITLED = "not-entitled"
    NO_CARD = "no-card"
    NOT_IN_REGISTRY = "not-in-registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """Looks for cards that end within a span, or have ended, of residents whom the sector still rewards."""

    holdings: Holdings
    hasher: RegistryHasher
    catalogue: Catalogue
    now: datetime
    within: timedelta
    found: Counter[tuple[Finding, str]] = field(default_factory=Counter)
    """How many, by finding and sector; a finding about somebody without a card has no sector."""

    async def among(self, registry_ids: Iterable[str]) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
        """Yield who needs new cards, and for which sectors.

        Raises:
            Unavailable: the database can't answer.
        """
        rules, today = self._rules(), self.now.astimezone(self.catalogue.zone).date()
        remaining, renewed = iter(registry_ids), set[bytes]()
        while batch := list(islice(remaining, BATCH_SIZE)):
            hashes = self.hasher.hash_all(batch)
            held = await self.holdings.of(hashes)
            for registry_id, registry_hash in zip(batch, hashes, strict=True):
                if registry_hash in renewed:
                    continue  # a registry may tell of somebody twice
                sectors = self._to_renew(held.get(registry_hash), rules, today)
                if sectors:
                    renewed.add(registry_hash)
                    yield registry_id, sectors

    def _to_renew(
        self, holding: Holding | None, rules: Mapping[str, frozenset[Rule]], today: date
    ) -> tuple[str, ...]:
        if holding is None or not holding.ends:
            self.found[Finding.NOT_IN_REGISTRY if holding is None else Finding.NO_CARD, ""] += 1
            return ()
        sectors = []
        for sector, ends_at in sorted(holding.ends.items()):
            finding = Finding.GOOD
            if ends_at <= self.now + self.within:
                entitled = any(
                    judge_standing(holding.standing, rule, today) is None for rule in rules.get(sector, ())
                )
                finding = Finding.RENEW if entitled else Finding.NOT_ENTITLED
            self.found[finding, sector] += 1
            if finding is Finding.RENEW:
                sectors.append(sector)
        return tuple(sectors)

    def _rules(self) -> Mapping[str, frozenset[Rule]]:
        rewards = self.catalogue.rewards.values()
        return {
            sector: frozenset(reward.rule for reward in rewards if reward.sector == sector)
            for sector in {reward.sector for reward in rewards}
        }
