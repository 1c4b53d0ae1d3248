"""Counting how many residents each reward is for, on a gateway's data."""

from collections.abc import Mapping
from datetime import date

from gateway.assembly import Laurel
from gateway.domain.rewards import Rule
from gateway.services.count_groups import count_eligible
from gateway.store.admin_record import AdminRecord
from gateway.store.census import SqlCensus


async def count_groups(
    laurel: Laurel, *, keep: bool, on: date | None = None, record: AdminRecord | None = None
) -> Mapping[Rule, int]:
    """Count how many residents each reward's rule makes eligible on a day, today by default; keep it if asked.

    `record` is told of what is kept, where no other act tells of it.
    """
    rules = [reward.rule for reward in laurel.ports.catalogue.rewards.values()]
    eligible = await count_eligible(SqlCensus(laurel.database), rules, on or civil_day(laurel))
    if keep:
        await laurel.groups.put(eligible, record=record)
        await laurel.groups.refresh()
    return eligible


def civil_day(laurel: Laurel) -> date:
    """Return today in the programme's time zone."""
    return laurel.clock().astimezone(laurel.ports.catalogue.zone).date()
