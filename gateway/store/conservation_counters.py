"""The statements that find where the ledger's books don't balance: each counter beside what it stands for.

Each gives `subject`, `redemption`, `recorded` and `recomputed` of what differs. Pseudonyms are grouped by and
never read out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from gateway.store.tables import HELD_QUOTA, HELD_SEAT, OCCASION, OFFLINE_ALLOWANCE, QUOTA, REDEMPTION, TAP

_LIVE = REDEMPTION.c.quantity - REDEMPTION.c.reversed_quantity
ACCEPTED = TAP.c.verdict != "REJECTED"


def total(value: ColumnElement[int]) -> ColumnElement[int]:
    """Return a sum that is 0 of nothing."""
    return func.coalesce(func.sum(value), 0)


def found(
    origin: FromClause,
    subject: ColumnElement[str],
    *,
    redemption: ColumnElement[Any],
    recorded: ColumnElement[int],
    recomputed: ColumnElement[int],
) -> Select[Any]:
    """Return the statement that gives the rows of which the two differ."""
    return (
        select(
            subject.label("subject"),
            redemption.label("redemption"),
            recorded.label("recorded"),
            recomputed.label("recomputed"),
        )
        .select_from(origin)
        .where(recorded != recomputed)
    )


def compared(
    *sides: Select[Any],
    by: Sequence[str],
    subject: Callable[[Mapping[str, ColumnElement[Any]]], ColumnElement[str]],
) -> Select[Any]:
    """Return the statement that gives the keys of which the two sides' sums differ.

    One pass over both, sorted by key. A FULL JOIN would say the same, but SQLite makes no index for it and
    compares every row with every other.
    """
    both = union_all(*sides).subquery("both")
    recorded, recomputed = (cast(func.sum(both.c[name]), BigInteger) for name in ("recorded", "recomputed"))
    columns: list[ColumnElement[Any]] = [
        subject({name: both.c[name] for name in by}).label("subject"),
        func.min(both.c.redemption).label("redemption"),
        recorded.label("recorded"),
        recomputed.label("recomputed"),
    ]
    return select(*columns).group_by(*(both.c[name] for name in by)).having(recorded != recomputed)


def side(
    table: Table,
    *keys: ColumnElement[Any],
    redemption: ColumnElement[Any] | None = None,
    recorded: ColumnElement[int] | int = 0,
    recomputed: ColumnElement[int] | int = 0,
) -> Select[Any]:
    """Return one side of a comparison: what each row adds to what is recorded, or to what has to be."""
    none = cast(null(), String)
    counted = {"recorded": recorded, "recomputed": recomputed}
    return select(
        *keys,
        (none if redemption is None else redemption).label("redemption"),
        *((literal(value) if isinstance(value, int) else value).label(name) for name, value in counted.items()),
    ).select_from(table)


def _in_bucket(row: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    return literal("bucket ") + row["bucket"]


def _of_occasion(row: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    return literal("occasion ") + row["partner_id"] + "/" + row["occasion"]


def _on_day(row: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    return literal("allowance ") + row["device_id"] + " " + cast(row["day"], String)


def quota() -> Select[Any]:
    """A quota's used units and overdraft beside its live redemptions; one whose quota has no row has one of 0."""
    return _by_quota(
        side(QUOTA, *_keys(QUOTA), recorded=QUOTA.c.used + QUOTA.c.overdraft),
        side(REDEMPTION, *_keys(REDEMPTION), redemption=REDEMPTION.c.id, recomputed=_LIVE),
    )


def overdraft() -> Select[Any]:
    """A quota's overdraft beside that of its redemptions."""
    return _by_quota(
        side(QUOTA, *_keys(QUOTA), recorded=QUOTA.c.overdraft),
        side(REDEMPTION, *_keys(REDEMPTION), redemption=REDEMPTION.c.id, recomputed=REDEMPTION.c.overdraft),
    )


def held_quota() -> Select[Any]:
    """A quota's held units beside the holds that keep them, expired ones too until they are collected."""
    return _by_quota(
        side(QUOTA, *_keys(QUOTA), recorded=QUOTA.c.held),
        side(HELD_QUOTA, *_keys(HELD_QUOTA), recomputed=HELD_QUOTA.c.quantity),
    )


def _keys(table: Table) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return table.c.pseudonym, table.c.bucket


def _by_quota(recorded: Select[Any], recomputed: Select[Any]) -> Select[Any]:
    return compared(recorded, recomputed, by=("pseudonym", "bucket"), subject=_in_bucket)


def occasion() -> Select[Any]:
    """An occasion's used places beside its live redemptions."""
    keys = REDEMPTION.c.partner_id, REDEMPTION.c.occasion
    taken = side(REDEMPTION, *keys, recomputed=_LIVE).where(REDEMPTION.c.occasion.is_not(None))
    return _by_occasion(OCCASION.c.used, taken)


def held_seat() -> Select[Any]:
    """An occasion's held places beside the holds that keep them."""
    keys = HELD_SEAT.c.partner_id, HELD_SEAT.c.occasion
    return _by_occasion(OCCASION.c.held, side(HELD_SEAT, *keys, recomputed=HELD_SEAT.c.quantity))


def _by_occasion(recorded: ColumnElement[int], recomputed: Select[Any]) -> Select[Any]:
    own = side(OCCASION, OCCASION.c.partner_id, OCCASION.c.id.label("occasion"), recorded=recorded)
    return compared(own, recomputed, by=("partner_id", "occasion"), subject=_of_occasion)


def allowance() -> Select[Any]:
    """What a device used of a day's allowance beside its accepted taps."""
    days = OFFLINE_ALLOWANCE.c.device_id, OFFLINE_ALLOWANCE.c.day
    return compared(
        side(OFFLINE_ALLOWANCE, *days, recorded=OFFLINE_ALLOWANCE.c.used),
        side(TAP, TAP.c.device_id, TAP.c.day, recomputed=TAP.c.quantity).where(ACCEPTED),
        by=("device_id", "day"),
        subject=_on_day,
    )
