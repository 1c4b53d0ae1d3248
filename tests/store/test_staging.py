"""Sorting aside: each resident once, the newest line of each, whatever the order of the file."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ConfigurationError
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.store.staging import Stage

DAY = date(2026, 3, 2)
MODEL = Honour("national-morality-model", 2026, HonourGrade.AWARDED)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An empty stage."""
    with closing(Stage()) as opened:
        yield opened


LINES = st.lists(
    st.tuples(
        st.sampled_from([bytes([number]) for number in range(12)]),
        st.builds(
            Standing,
            st.integers(0, 9),
            st.sampled_from([DAY, DAY + timedelta(days=1)]),
            st.sampled_from([(), (MODEL,)]),
        ),
    ),
    max_size=60,
)


@given(lines=LINES, size=st.integers(1, 9))
def test_it_gives_back_what_a_dictionary_would(lines: list[tuple[bytes, Standing]], size: int) -> None:
    expected: dict[bytes, Standing] = {}
    for registry_hash, told in lines:
        known = expected.get(registry_hash)
        if known is None or known.as_of <= told.as_of:
            expected[registry_hash] = told
    with closing(Stage()) as stage:
        stage.add(lines)
        chunks = list(stage.chunks(size))
        assert stage.find([b"\x03", b"none"]) == {key: one for key, one in expected.items() if key == b"\x03"}
        assert stage.newest() == max((told.as_of for _, told in lines), default=None)
    assert [pair for chunk in chunks for pair in chunk] == sorted(expected.items())
    assert all(chunks)
    assert max(map(len, chunks), default=0) <= size + 1


def test_it_sorts_more_than_it_keeps_in_memory(stage: Stage) -> None:
    count = 50_000
    stage.add((number.to_bytes(32, "big"), Standing(number % 100, DAY)) for number in reversed(range(count)))
    hashes = [registry_hash for chunk in stage.chunks(2000) for registry_hash, _ in chunk]
    assert hashes == sorted(hashes)
    assert len(hashes) == count


def test_it_leaves_no_file(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    with closing(Stage()) as other:
        other.add((number.to_bytes(32, "big"), Standing(0, DAY)) for number in range(100_000))
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_what_to_do(stage: Stage) -> None:
    stage._database.execute("PRAGMA max_page_count = 8")
    with pytest.raises(ConfigurationError, match="SQLITE_TMPDIR"):
        stage.add((number.to_bytes(32, "big"), Standing(0, DAY)) for number in range(10_000))
