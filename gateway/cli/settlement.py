"""`gateway settlement MONTH` and `gateway report MONTH`: what each partner is owed, and what all may know."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.auth.statements import Statements
from gateway.cli.console import AsJson, tell, with_laurel
from gateway.cli.partners.finding import required
from gateway.cli.settlement_files import write_settlement
from gateway.cli.tables import print_table
from gateway.domain.city_report import Cell, CityReport, Column, city_report
from gateway.domain.errors import MalformedInput
from gateway.domain.settlement import Month, Settlement
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.partner_lists import SqlPartnerLists
from gateway.store.partners import SqlPartners
from gateway.store.settlements import SqlSettlements

MonthName = Annotated[str, typer.Argument(metavar="MONTH", help="A calendar month, such as 2026-11.")]


def settlement(
    month: MonthName,
    *,
    partner: Annotated[str | None, typer.Option(help="Of this partner only; else of all.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A folder for each partner's CSV and signed JSON."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what the city owes partners for a month, exactly: the same bytes every time once the month is final."""

    async def work(laurel: Laurel) -> None:
        statements = Statements(laurel.keyring, issuer=laurel.settings.public_url)
        rows: list[tuple[Settlement, int]] = []
        async with _patiently(laurel) as sums:
            async for each in _settlements(laurel, sums, month, partner):
                rows.append((each, await sums.overdraft(each.partner_id, each.month)))
                if out is not None:
                    await write_settlement(out, each, statements, sums.rejected(each.partner_id, each.month))
        if as_json:
            facts = [{**statements.claims(each), "overdraft": overdraft} for each, overdraft in rows]
            print(json.dumps(facts, ensure_ascii=False, indent=2))
        else:
            _print_settlements(rows)

    with_laurel(work)


@asynccontextmanager
async def _patiently(laurel: Laurel) -> AsyncIterator[SqlSettlements]:
    """Add up without a gate's limits: a day of a metro's may take longer than anybody waits at one."""
    database = Database(laurel.settings.database_url, patient=True)
    try:
        yield SqlSettlements(database)
    finally:
        await database.close()


async def _settlements(
    laurel: Laurel, sums: SqlSettlements, name: str, partner_id: str | None
) -> AsyncIterator[Settlement]:
    """Yield the settlement of one partner, or of each that anything happened with."""
    month = Month.named(name, laurel.ports.catalogue.zone)
    if partner_id is not None:
        partner = await required(SqlPartners(laurel.database, AdminRecord(laurel.database, who="")), partner_id)
        yield await sums.settle(partner.id, month)
        return
    for each in await SqlPartnerLists(laurel.database, now=laurel.clock()).overview():
        found = await sums.settle(each.partner.id, month)
        if found.lines or found.taps:
            yield found


def _print_settlements(rows: Sequence[tuple[Settlement, int]]) -> None:
    columns = ("partner", "reward", "fen a unit", "redeemed", "reversed", "units", "fen")
    lines = [
        (each.partner_id, line.reward, line.tariff_fen, line.redeemed, line.reversed, line.units, line.amount_fen)
        for each, _ in rows
        for line in each.lines
    ]
    print_table(columns, lines, right=set(columns[2:]))
    overdraft, total = sum(count for _, count in rows), sum(each.amount_fen for each, _ in rows)
    taps = sum(line.taps for each, _ in rows for line in each.taps if line.verdict == "REJECTED")
    print(f"\nTogether {total:,} fen. Offline taps: {taps:,} rejected; {overdraft:,} units of overdraft.")
    if not all(each.final for each, _ in rows):
        print("The month is not final: more may come.")


def report(month: MonthName, *, as_json: AsJson = False) -> None:
    """Say what a month came to across all partners. What few people had is not shown, nor can it be computed."""

    async def work(laurel: Laurel) -> None:
        cells: list[Cell] = []
        async with _patiently(laurel) as sums:
            async for each in _settlements(laurel, sums, month, None):
                if not each.final:
                    told = f"{month} is not over; a report of a part of it would say too much."
                    raise MalformedInput("month", told)
                cells += (_cell(each, line.reward, line.tariff_fen, line.units) for line in each.lines)
        found = city_report(month, cells)
        if as_json:
            tell(_facts(found), "", as_json=True)
        else:
            _print_report(found)

    with_laurel(work)


def _cell(settled: Settlement, reward: str, tariff_fen: int, units: int) -> Cell:
    return Cell(partner_id=settled.partner_id, reward=reward, tariff_fen=tariff_fen, units=units)


def _facts(found: CityReport) -> dict[str, object]:
    return {
        "month": found.month,
        "amount_fen": found.amount_fen,
        "rewards": [
            {
                "reward": column.reward,
                "tariff_fen": column.tariff_fen,
                "units": column.units,
                "amount_fen": column.amount_fen,
                "partners": {cell.partner_id: cell.units for cell in column.shown},
            }
            for column in found.columns
        ],
    }


def _print_report(found: CityReport) -> None:
    columns = ("reward", "partner", "fen a unit", "units", "fen")
    print_table(columns, (row for column in found.columns for row in _rows(column)), right=set(columns[2:]))
    print(f"\nTogether {found.amount_fen:,} fen, for rewards with a total. What few people had is in no row.")


def _rows(column: Column) -> Iterator[Sequence[object]]:
    if column.units is not None:
        yield column.reward, "all", column.tariff_fen, column.units, column.amount_fen
    for cell in column.shown:
        yield column.reward, cell.partner_id, cell.tariff_fen, cell.units, cell.amount_fen
