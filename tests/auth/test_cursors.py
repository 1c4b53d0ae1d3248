"""Cursors: only ours, and only for the partner that got them."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.cursors import TaggedCursors
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.ports import Paged
from tests.auth.key_home import Key, load

AT = datetime(2026, 11, 22, 9, 0, 0, 123_457, tzinfo=UTC)
POSITION = (AT, "rdm_0123456789abcdefABCDEF")


@pytest.fixture
def cursors(tmp_path: Path) -> TaggedCursors:
    return TaggedCursors(load(tmp_path))


@pytest.mark.parametrize(
    "position",
    [
        POSITION,
        (datetime(1969, 7, 20, tzinfo=UTC), ""),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "x"),
        (AT.astimezone(ZoneInfo("Asia/Shanghai")), "赏"),
    ],
)
def test_a_cursor_leads_back_to_its_exact_position(cursors: TaggedCursors, position: tuple[datetime, str]) -> None:
    assert (
        cursors.open(Paged.REDEMPTIONS, "metro-line", cursors.seal(Paged.REDEMPTIONS, "metro-line", position))
        == position
    )


def refusal(cursors: TaggedCursors, partner_id: str, cursor: str) -> MalformedInput:
    with pytest.raises(MalformedInput) as refused:
        cursors.open(Paged.REDEMPTIONS, partner_id, cursor)
    return refused.value


def test_another_partners_cursor_is_refused(cursors: TaggedCursors) -> None:
    assert refusal(cursors, "theatre", cursors.seal(Paged.REDEMPTIONS, "metro-line", POSITION)).argument == "after"


def test_one_lists_cursor_is_refused_in_the_other(cursors: TaggedCursors) -> None:
    for one, other in ((Paged.REDEMPTIONS, Paged.OCCASIONS), (Paged.OCCASIONS, Paged.REDEMPTIONS)):
        cursor = cursors.seal(one, "metro-line", POSITION)
        assert cursors.open(one, "metro-line", cursor) == POSITION
        with pytest.raises(MalformedInput, match=r"^after: "):
            cursors.open(other, "metro-line", cursor)


def test_the_longest_cursor_of_ours_can_be_read(cursors: TaggedCursors) -> None:
    position = AT, "x" * 64  # what an occasion's id may have
    cursor = cursors.seal(Paged.OCCASIONS, "metro-line", position)
    assert len(cursor) == 118
    assert cursors.open(Paged.OCCASIONS, "metro-line", cursor) == position


def test_every_changed_byte_is_noticed(cursors: TaggedCursors) -> None:
    whole = base64.urlsafe_b64decode(cursors.seal(Paged.REDEMPTIONS, "metro-line", POSITION) + "==")
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        refusal(cursors, "metro-line", base64.urlsafe_b64encode(changed).rstrip(b"=").decode())


@pytest.mark.parametrize(
    "cursor", ["", "A", "AAAA", "A" * 64, "A" * 2**20, "metro-line", "é" * 8, "\ud800", "Zm9v Zm9v"]
)
def test_what_is_no_cursor_is_refused_without_being_quoted(cursors: TaggedCursors, cursor: str) -> None:
    message = refusal(cursors, "metro-line", cursor).message
    assert message == "Give a cursor as an earlier page of yours answered it, or none."


def test_a_padded_or_cut_cursor_is_refused(cursors: TaggedCursors) -> None:
    cursor = cursors.seal(Paged.REDEMPTIONS, "metro-line", POSITION)
    for wrong in (cursor + "=", cursor[:-1], cursor + "\n", cursor[:30]):
        refusal(cursors, "metro-line", wrong)


def test_a_cursor_outlives_the_rotation_of_its_key_but_not_its_end(tmp_path: Path) -> None:
    cursor = TaggedCursors(load(tmp_path, Key("cursor-1", "cursor"))).seal(
        Paged.REDEMPTIONS, "metro-line", POSITION
    )
    new = Key("cursor-2", "cursor")
    retired = load(tmp_path, Key("cursor-1", "cursor", "retired"), new)
    assert TaggedCursors(retired).open(Paged.REDEMPTIONS, "metro-line", cursor) == POSITION
    refusal(TaggedCursors(load(tmp_path, Key("cursor-1", "cursor", "revoked"), new)), "metro-line", cursor)


def test_without_a_key_there_are_no_cursors(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing):
        TaggedCursors(load(tmp_path, Key("pin-1", "pin"))).seal(Paged.REDEMPTIONS, "metro-line", POSITION)
