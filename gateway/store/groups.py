"""The size of each reward's group: written by an import, and read by every process again and again."""

from collections.abc import Mapping

from sqlalchemy import select

from gateway.domain.errors import Unavailable
from gateway.domain.groups import Group, Inactivity, rule_hash, why_inactive
from gateway.domain.rewards import Catalogue, Rule
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.tables import REWARD_GROUP


class SqlGroups:
    """Implements `domain.ports.Groups`: what it remembers concerns no person."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._inactive: frozenset[str] | None = None

    def inactive(self) -> frozenset[str]:
        """Return the rewards that are not given as of the last `refresh`.

        Raises:
            Unavailable: no `refresh` has succeeded yet. To say then that a reward is unknown would be final.
        """
        if self._inactive is None:
            raise Unavailable("database")
        return self._inactive

    async def refresh(self) -> Mapping[str, Inactivity]:
        """Look again which rewards are inactive; return these, and why.

        Raises:
            Unavailable: the database can't answer; what was known stays.
        """
        why = self._why_inactive(await self.sizes())
        self._inactive = frozenset(why)
        return why

    async def sizes(self) -> Mapping[str, Group]:
        """Return the groups that were counted under the catalogue's own rules, by reward."""
        own = {(reward.code, rule_hash(reward.rule)) for reward in self._catalogue.rewards.values()}
        async with self._database.read() as connection:
            rows = (await connection.execute(select(REWARD_GROUP))).all()
        return {
            row.reward: Group(row.rule, row.eligible, row.counted_at)
            for row in rows
            if (row.reward, row.rule) in own
        }

    async def put(self, eligible: Mapping[Rule, int], *, record: AdminRecord | None = None) -> None:
        """Write down how many each rule of the catalogue makes eligible; counts under other rules stay.

        `record` is told in the same transaction, where counting is an act of its own.
        """
        rows = [
            {"reward": reward.code, "rule": rule_hash(reward.rule), "eligible": eligible[reward.rule]}
            for _, reward in sorted(
                self._catalogue.rewards.items()
            )  # in one order, so that no two counts deadlock
        ]
        upsert = self._database.insert(REWARD_GROUP).values(counted_at=self._database.now())
        upsert = upsert.on_conflict_do_update(
            index_elements=[REWARD_GROUP.c.reward, REWARD_GROUP.c.rule],
            set_={name: upsert.excluded[name] for name in ("eligible", "counted_at")},
        )
        async with self._database.write() as connection:
            for row in rows:
                await connection.execute(upsert.values(**row))
            if record is not None:
                await record.note(connection, "rewards count", catalogue=self._catalogue.version)

    def _why_inactive(self, sizes: Mapping[str, Group]) -> Mapping[str, Inactivity]:
        least = self._catalogue.min_eligible
        judged = {
            code: why_inactive(reward, sizes.get(code), min_eligible=least)
            for code, reward in sorted(self._catalogue.rewards.items())
        }
        return {code: why for code, why in judged.items() if why is not None}
