"""A month of the whole city, for everybody to read: exact where many stand behind a number, silent elsewhere.

A *cell* is what one partner gave of one reward at one tariff. One below THRESHOLD is not shown, for so few
redemptions can be somebody's. Nor may it be computed from what is shown: where a reward's total is given,
larger cells are hidden with the small ones (complementary suppression), or else there is no total. The
attacker to withstand knows this page, all that is shown, and maybe one partner's own cells, which may be
among the hidden ones. A report is of a calendar month that is over, so no two reports differ by one
redemption.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

THRESHOLD = 11
"""The smallest number that is shown: what statistics offices of health and of cities use (CMS, ONS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Units that the city pays one partner for one reward at one tariff: redeemed less reversed in the month."""

    partner_id: str
    reward: str
    tariff_fen: int
    units: int

    @property
    def amount_fen(self) -> int:
        """What it pays for them."""
        return self.units * self.tariff_fen

    @property
    def small(self) -> bool:
        """Whether it may not be shown."""
        return self.units < THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One reward at one tariff: the cells that are shown, and all units where that gives no small cell away."""

    reward: str
    tariff_fen: int
    units: int | None
    shown: Sequence[Cell]

    @property
    def amount_fen(self) -> int | None:
        """What the city pays for all units."""
        return None if self.units is None else self.units * self.tariff_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class CityReport:
    """The report of a month."""

    month: str
    columns: Sequence[Column]

    @property
    def amount_fen(self) -> int:
        """What the city pays for all rewards whose total is given; no others are in it."""
        return sum(column.amount_fen or 0 for column in self.columns)


def city_report(month: str, cells: Iterable[Cell]) -> CityReport:
    """Return what may be shown of a month's cells."""
    by_column: dict[tuple[str, int], list[Cell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: (cell.units, cell.partner_id)):
        by_column[cell.reward, cell.tariff_fen].append(cell)
    columns = (_column(reward, tariff, found) for (reward, tariff), found in sorted(by_column.items()))
    return CityReport(month=month, columns=tuple(one for one in columns if one.shown or one.units is not None))


def _column(reward: str, tariff_fen: int, cells: Sequence[Cell]) -> Column:
    """Return a column of cells, given from the smallest to the largest."""
    hidden = _hidden_by_a_total(cells)
    if hidden is None:
        shown = [cell for cell in cells if not cell.small]
        return Column(reward=reward, tariff_fen=tariff_fen, units=None, shown=tuple(shown))
    return Column(
        reward=reward,
        tariff_fen=tariff_fen,
        units=sum(cell.units for cell in cells),
        shown=tuple(cell for cell in cells if cell not in hidden),
    )


def _hidden_by_a_total(cells: Sequence[Cell]) -> Collection[Cell] | None:
    """Return the cells to hide where the sum of all is known; None where there are not enough of them.

    These are the small ones and as many next larger ones as it takes. Of equal ones all or none: which of them it
    is must not depend on a name.
    """
    hidden = [cell for cell in cells if cell.small]
    if not hidden:
        return ()
    for _, equal in groupby((cell for cell in cells if not cell.small), key=lambda cell: cell.units):
        hidden += equal
        if _safe(hidden):
            return hidden
    return None


def _safe(hidden: Sequence[Cell]) -> bool:
    """Whether, for anybody, a small cell could just as well be a large one that is hidden with it.

    Exchanging the two changes nothing that is shown, neither for strangers nor for whoever gave a third one.
    """
    for insider in {None, *(cell.partner_id for cell in hidden)}:
        others = [cell.small for cell in hidden if cell.partner_id != insider]
        if any(others) and all(others):
            return False
    return True
