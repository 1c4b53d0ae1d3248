"""An attacker who knows the rules, the report and one partner's books can't tell what a small cell is.

The proof is a witness: another table, with the same report and the same books of the attacker's, in which the cell
is something else. Where it is in a total that is given, it could even be large enough to be shown.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from gateway.domain.city_report import THRESHOLD, Cell, CityReport, city_report

PARTNERS = [f"partner-{number}" for number in range(5)]
TARIFFS = {"ride": 150, "concert": 4000, "play": 4000, "desk": 0, "film": 37}
SHIFTS = [*range(-40, 0), *range(1, 41)]


def _cell(partner: str, reward: str, units: int) -> Cell:
    return Cell(partner_id=partner, reward=reward, tariff_fen=TARIFFS[reward], units=units)


def _table(chance: random.Random) -> list[Cell]:
    sizes = [1, 3, 8, 10, 11, 12, 15, 20, 40]
    return [
        _cell(partner, reward, chance.choice(sizes))
        for reward in TARIFFS
        for partner in PARTNERS
        if chance.random() < 0.6
    ]


def _others(table: Sequence[Cell], target: Cell, shift: int) -> Iterator[list[Cell]]:
    """Yield tables in which the target is something else: alone, or at the cost of another cell of the reward."""
    moved = [replace(cell, units=cell.units + shift) if cell == target else cell for cell in table]
    yield moved
    for place, cell in enumerate(table):
        if cell != target and cell.reward == target.reward and cell.units >= shift:
            yield [*moved[:place], replace(cell, units=cell.units - shift), *moved[place + 1 :]]


def _witness(table: Sequence[Cell], report: CityReport, target: Cell, insider: str | None, least: int) -> bool:
    own = [cell for cell in table if cell.partner_id == insider]
    return any(
        [cell for cell in other if cell.partner_id == insider] == own and city_report("2026-11", other) == report
        for shift in SHIFTS
        if target.units + shift >= least
        for other in _others(table, target, shift)
    )


@pytest.mark.parametrize("seed", range(200))
def test_no_small_cell_can_be_inferred(seed: int) -> None:
    table = _table(random.Random(seed))
    report = city_report("2026-11", table)
    assert all(cell.units >= THRESHOLD for column in report.columns for cell in column.shown)
    with_total = {(column.reward, column.tariff_fen) for column in report.columns if column.units is not None}
    for target in (cell for cell in table if cell.small):
        least = THRESHOLD if (target.reward, target.tariff_fen) in with_total else 0
        for insider in {None, *PARTNERS} - {target.partner_id}:
            assert _witness(table, report, target, insider, least), (target, insider)


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_what_is_shown_is_exact(seed: int) -> None:
    table = _table(random.Random(seed))
    report = city_report("2026-11", table)
    for column in report.columns:
        own = [cell for cell in table if (cell.reward, cell.tariff_fen) == (column.reward, column.tariff_fen)]
        assert set(column.shown) <= set(own)
        if column.units is not None:
            assert column.units == sum(cell.units for cell in own)
            assert column.amount_fen == sum(cell.amount_fen for cell in own)
    assert report.amount_fen == sum(column.amount_fen or 0 for column in report.columns)


def test_the_order_of_the_rows_says_nothing() -> None:
    table = _table(random.Random(7))
    report = city_report("2026-11", table)
    assert city_report("2026-11", reversed(table)) == report


def test_where_many_stand_behind_it_everything_is_shown() -> None:
    table = [_cell("partner-1", "ride", 11), _cell("partner-2", "ride", 500), _cell("partner-2", "film", 12)]
    report = city_report("2026-11", table)
    assert report.amount_fen == sum(cell.amount_fen for cell in table)
    assert [(column.reward, column.units, len(column.shown)) for column in report.columns] == [
        ("film", 12, 1),
        ("ride", 511, 2),
    ]


def test_a_small_cell_takes_others_with_it() -> None:
    """One more would do for strangers; with two, whoever gave one of them can't compute the small one."""
    table = [_cell(partner, "ride", units) for partner, units in zip(PARTNERS, (3, 12, 13, 500, 600), strict=True)]
    [column] = city_report("2026-11", table).columns
    assert column.units == 1128
    assert [cell.units for cell in column.shown] == [500, 600]


def test_the_one_other_partner_gets_no_total_to_subtract_from() -> None:
    table = [_cell("partner-1", "ride", 3), _cell("partner-2", "ride", 500)]
    report = city_report("2026-11", table)
    [column] = report.columns
    assert (column.units, [cell.units for cell in column.shown]) == (None, [500])
    assert report.amount_fen == 0


def test_a_reward_that_few_had_is_not_even_named() -> None:
    report = city_report("2026-11", [_cell("partner-1", "desk", 2), _cell("partner-2", "film", 40)])
    assert [column.reward for column in report.columns] == ["film"]
    assert report.amount_fen == 40 * TARIFFS["film"]


def test_of_equal_cells_all_are_hidden_or_none() -> None:
    table = [_cell(partner, "ride", units) for partner, units in zip(PARTNERS, (3, 12, 13, 13, 600), strict=True)]
    [column] = city_report("2026-11", table).columns
    assert [cell.units for cell in column.shown] == [600]
