"""Long files of occasions go in a batch at a time; what stops one in between leaves what is in."""

import gzip
from collections.abc import Sequence

import pytest

from gateway.cli.occasion_import import BATCH_SIZE
from gateway.domain.errors import Unavailable
from gateway.domain.occasions import Occasion
from gateway.store.occasions import NotPut, Put, SqlOccasions
from tests.cli.box_office import HEAD, acts, listed, open_theatre, rejects, show
from tests.cli.conftest import Steward

SHOWS = 2 * BATCH_SIZE + 10


@pytest.fixture
def office(steward: Steward) -> Steward:
    """A steward of a city with a theatre and a hospital."""
    return open_theatre(steward)


def season(wrong: Sequence[int] = ()) -> str:
    """Return a file of many shows; at some lines another reward's."""
    rewards = dict.fromkeys(wrong, "theatre-discount")
    return HEAD + "".join(
        show(f"show-{line:05}", reward=rewards.get(line, "cultural-event")) for line in range(2, SHOWS + 2)
    )


def test_one_bad_line_undoes_no_other_of_its_batch(office: Steward) -> None:
    wrong = [3, BATCH_SIZE + 5, SHOWS]
    path = office.file("season.csv", season(wrong))
    done = office.run("occasions", "import", path)
    assert done.output == f"{SHOWS - 3:,} new, 0 changed, 0 unchanged, 3 rejected.\n"
    assert [line for line, _ in rejects(path)] == wrong
    assert len(listed(office)) == SHOWS - 3
    assert [sum(act["facts"][what] for act in acts(office)) for what in ("new", "rejected")] == [SHOWS - 3, 3]
    assert len(acts(office)) == 3
    assert office.run("occasions", "import", path).output.startswith(f"0 new, 0 changed, {SHOWS - 3:,} unchanged")
    assert len(acts(office)) == 3


def test_a_damaged_file_says_what_is_in(office: Steward) -> None:
    path = office.file("season.csv.gz", gzip.compress(season().encode())[:-20])
    sentence = office.is_refused("occasions", "import", path)
    assert "the compressed file is damaged" in sentence
    assert f"{2 * BATCH_SIZE:,} lines before that are imported." in sentence
    assert len(listed(office)) == 2 * BATCH_SIZE
    office.file("season.csv.gz", gzip.compress(season().encode()))
    assert office.does("occasions", "import", path).startswith(f"10 new, 0 changed, {2 * BATCH_SIZE:,} unchanged")


def test_a_file_of_something_else_changes_nothing(office: Steward) -> None:
    sentence = office.is_refused(
        "occasions", "import", office.file("registry.csv", "registry_id,hours\nSECRET,1\n")
    )
    assert sentence.startswith("gateway: line 1: The columns have to be id,partner,reward,capacity,ends_at")
    assert sentence.endswith("nothing was changed.")


def test_a_database_that_goes_away_leaves_what_is_in(office: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    put_all, batches = SqlOccasions.put_all, 0

    async def put_one_batch(
        self: SqlOccasions, occasions: Sequence[Occasion], *, rejected: int = 0
    ) -> Sequence[Put | NotPut]:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise Unavailable("database")
        return await put_all(self, occasions, rejected=rejected)

    path = office.file("season.csv", season())
    with monkeypatch.context() as weather:
        weather.setattr(SqlOccasions, "put_all", put_one_batch)
        sentence = office.is_refused("occasions", "import", path, status=75)
    assert f"does not answer; {BATCH_SIZE} lines before that are imported. Import the file again." in sentence
    assert office.does("occasions", "import", path).startswith(
        f"{SHOWS - BATCH_SIZE} new, 0 changed, {BATCH_SIZE} un"
    )
