"""A settlement's files: written as the rows come, whole or not at all, and the same bytes every time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.statements import Statements
from gateway.cli.settlement_files import write_settlement
from gateway.domain.settlement import Line, Month, RejectedTap, Settlement
from tests.auth.key_home import Hands, load, one_of_each

pytestmark = pytest.mark.anyio

MONTH = Month.named("2026-10", ZoneInfo("Asia/Shanghai"))
MANY = 5_000
SETTLED = Settlement(
    partner_id="metro",
    month=MONTH,
    final=True,
    lines=(Line(reward="transit-discount", tariff_fen=150, redeemed=7, reversed=2),),
    taps=(),
)
STEM = "settlement-2026-10-metro"


@pytest.fixture
def statements(tmp_path: Path) -> Statements:
    return Statements(load(tmp_path / "keys", *one_of_each(), clock=Hands()), issuer="https://laurel.example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "books").mkdir()
    return tmp_path / "books"


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in each file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rejected(number: int) -> RejectedTap:
    """Return a tap of the annex."""
    at = datetime(2026, 10, 5, 8, number % 60, tzinfo=UTC)
    return RejectedTap(
        request_id=f"request-{number:08}",
        device_id="metro-1",
        reward="transit-discount",
        quantity=1,
        happened_at=at,
        arrived_at=at,
        reason="BEYOND_ALLOWANCE",
    )


async def taps(count: int) -> AsyncIterator[RejectedTap]:
    """Yield taps."""
    for number in range(count):
        yield rejected(number)


async def test_written_again_the_files_are_the_same(folder: Path, statements: Statements) -> None:
    await write_settlement(folder, SETTLED, statements, taps(2))
    first = contents(folder)
    await write_settlement(folder, SETTLED, statements, taps(2))
    assert contents(folder) == first
    assert set(first) == {f"{STEM}.csv", f"{STEM}.json", f"{STEM}.jws", f"{STEM}-rejected.csv"}
    assert first[f"{STEM}.csv"] == (
        b"reward,tariff_fen,redeemed,reversed,units,amount_fen\r\ntransit-discount,150,7,2,5,750\r\n"
    )
    at = "2026-10-05T08:00:00+00:00"
    heading, one, _, end = first[f"{STEM}-rejected.csv"].decode().split("\r\n")
    assert heading == "request_id,device_id,reward,quantity,happened_at,arrived_at,reason"
    assert (one, end) == (f"request-00000000,metro-1,transit-discount,1,{at},{at},BEYOND_ALLOWANCE", "")


async def test_rejected_taps_are_on_the_disk_before_the_last_one_is_read(
    folder: Path, statements: Statements
) -> None:
    sizes: list[int] = []

    async def watched() -> AsyncIterator[RejectedTap]:
        async for tap in taps(MANY):
            yield tap
        sizes.extend(len(content) for name, content in contents(folder).items() if name.endswith(".part"))

    await write_settlement(folder, SETTLED, statements, watched())
    [so_far] = sizes
    assert so_far > 0.9 * len(contents(folder)[f"{STEM}-rejected.csv"])


async def test_what_fails_in_between_leaves_the_file_of_before(folder: Path, statements: Statements) -> None:
    async def broken() -> AsyncIterator[RejectedTap]:
        yield rejected(1)
        raise OSError("the disk is full")

    await write_settlement(folder, SETTLED, statements, taps(2))
    before = contents(folder)
    with pytest.raises(OSError, match="full"):
        await write_settlement(folder, SETTLED, statements, broken())
    assert contents(folder) == before
