"""The size of each reward's group: written by an import, and read by every process again and again."""

from collections.abc import Mapping

from sqlalchemy import select

from gateway.domain.groups import Group, rule_hash, why_inactive
from gateway.domain.rewards import Catalogue, Rule
from gateway.store.database import Database
from gateway.store.tables import REWARD_GROUP


class SqlGroups:
    """Implements `domain.ports.Groups`: what it remembers concerns no person."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._inactive = self._inactive_with({})

    def inactive(self) -> frozenset[str]:
        """Return the rewards that are not given as of the last `refresh`; before the first, all unapproved."""
        return self._inactive

    async def refresh(self) -> None:
        """Look again which rewards are inactive.

        Raises:
            Unavailable: the database can't answer; what was known stays.
        """
        self._inactive = self._inactive_with(await self.sizes())

    async def sizes(self) -> Mapping[str, Group]:
        """Return the groups that were counted, by reward."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(REWARD_GROUP))).all()
        return {row.reward: Group(row.rule, row.eligible, row.counted_at) for row in rows}

    async def put(self, eligible: Mapping[Rule, int]) -> None:
        """Write down how many each rule of the catalogue makes eligible."""
        rows = [
            {"reward": reward.code, "rule": rule_hash(reward.rule), "eligible": eligible[reward.rule]}
            for reward in self._catalogue.rewards.values()
        ]
        upsert = self._database.insert(REWARD_GROUP).values(counted_at=self._database.now())
        upsert = upsert.on_conflict_do_update(
            index_elements=[REWARD_GROUP.c.reward],
            set_={name: upsert.excluded[name] for name in ("rule", "eligible", "counted_at")},
        )
        async with self._database.write() as connection:
            for row in rows:
                await connection.execute(upsert.values(**row))

    def _inactive_with(self, sizes: Mapping[str, Group]) -> frozenset[str]:
        least = self._catalogue.min_eligible
        return frozenset(
            code
            for code, reward in self._catalogue.rewards.items()
            if why_inactive(reward, sizes.get(code), min_eligible=least) is not None
        )
