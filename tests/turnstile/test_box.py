"""What a gate writes down: before it opens, on the disk, and nothing that tells a thief a pass."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laurel_client import new_key, new_request_id
from laurel_client.signing import DeviceKey
from laurel_turnstile.agent import QUEUE
from laurel_turnstile.box import Box
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tables import Damaged, FolderInUse, Lock, connect
from laurel_turnstile.taps import State

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
PASS = "eyJhbGciOiJFZERTQSJ9.a-pass-of-somebody.signature"
CARD = b"m" * 16


@pytest.fixture
def seal() -> Seal:
    return Seal(DeviceKey(new_key()))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with closing(connect(tmp_path / QUEUE)) as connection:
        connection.execute("INSERT INTO allowance VALUES (1, 'token', 'day', 9, 'ride', 0, 0)")
        yield Box(connection)


def grant(box: Box, seal: Seal, own: str | None = None, *, now: datetime = NOW) -> str:
    own = own or new_request_id()
    sealed = seal.close(PASS, request_id=own)
    assert box.grant(own, sealed=sealed, card=CARD, allowance=1, day="day", now=now)
    return own


def units(box: Box) -> int:
    return next((int(found) for (found,) in box._connection.execute("SELECT units FROM used")), 0)


def test_a_grant_is_on_the_disk_when_it_returns(box: Box, seal: Seal, tmp_path: Path) -> None:
    """As a power cut would find it: nothing of this process helps, and the log's unsynced end does not matter."""
    for number in range(1, 4):
        own = grant(box, seal)
        folder = tmp_path / f"cut-{number}"
        folder.mkdir()
        for name in (QUEUE, f"{QUEUE}-wal"):
            shutil.copy(tmp_path / name, folder)
        with (folder / f"{QUEUE}-wal").open("ab") as log:
            log.write(b"half a page")
        with closing(connect(folder / QUEUE)) as connection:
            found = Box(connection)
            assert found.count(State.GRANTED) == number
            assert found.find(own) == box.find(own)
            assert units(found) == number


def test_each_commit_is_synced(box: Box) -> None:
    names = ("synchronous", "journal_mode", "secure_delete")
    pragmas = {name: box._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    assert pragmas == {"synchronous": 2, "journal_mode": "wal", "secure_delete": 1}


def test_a_thief_of_the_queue_finds_no_pass(box: Box, seal: Seal, tmp_path: Path) -> None:
    own = grant(box, seal)
    box.ask(new_request_id(), now=NOW)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert own.encode() in written
    assert PASS.encode() not in written
    assert b"a-pass-of-somebody" not in written
    kept = box.find(own)
    assert kept is not None
    assert kept.sealed is not None
    assert seal.open(kept.sealed, request_id=own) == PASS
    assert seal.open(kept.sealed, request_id=new_request_id()) is None
    assert Seal(DeviceKey(new_key())).open(kept.sealed, request_id=own) is None
    assert PASS not in repr(kept)
    assert (tmp_path / QUEUE).stat().st_mode & 0o077 == 0


def test_two_taps_of_one_card_look_different_but_for_the_key(seal: Seal) -> None:
    assert seal.close(PASS, request_id="a") != seal.close(PASS, request_id="a")
    assert seal.mark(PASS) == seal.mark(PASS)
    assert seal.mark(PASS) != Seal(DeviceKey(new_key())).mark(PASS)


def test_a_verdict_leaves_nothing_of_the_pass(box: Box, seal: Seal) -> None:
    first, second, third = (grant(box, seal) for _ in range(3))
    box.opened(first, "rdm_1", card=None, now=NOW)
    kept = box.find(second)
    assert kept is not None
    box.reject(kept, "OUTSIDE_ALLOWANCE", "Too late.", now=NOW)
    box.annul(third, now=NOW)
    [(sealed,)] = box._connection.execute("SELECT count(*) FROM tap WHERE sealed IS NOT NULL")
    assert sealed == 0
    assert [one["request_id"] for one in box.rejects()] == [second]


@pytest.mark.parametrize("told", [False, True])
def test_an_annulled_grant_ends_or_is_asked_after(box: Box, seal: Seal, told: bool) -> None:
    own = grant(box, seal)
    if told:
        box.tell([own])
    box.annul(own, now=NOW)
    found = box.find(own)
    assert found is not None
    assert found.state is (State.UNWANTED if told else State.ENDED)
    assert units(box) == (1 if told else 0)  # what the gateway may have counted is counted here
    assert box.rides(CARD) == []


def test_what_is_annulled_before_it_is_decided_does_not_open(box: Box, seal: Seal) -> None:
    own = new_request_id()
    box.ask(own, now=NOW)
    box.annul(own, now=NOW)
    assert not box.opened(own, "rdm_1", card=CARD, now=NOW)
    assert not box.grant(own, sealed=b"s", card=CARD, allowance=1, day="day", now=NOW)
    found = box.find(own)
    assert found is not None
    assert (found.state, found.redemption_id) == (State.UNWANTED, "rdm_1")
    assert units(box) == 0
    assert box.rides(CARD) == []


def test_what_is_said_too_late_of_a_redemption_is_tried_all_the_same(box: Box, seal: Seal) -> None:
    """A controller that was told *annulled* believes that nobody pays: so somebody has to find out."""
    own = grant(box, seal)
    box.tell([own])
    assert box.opened(own, "rdm_1", card=None, now=NOW)
    later = NOW + timedelta(hours=1)
    box.sweep(now=later)
    assert (box.count(State.ENDED), box.count(State.UNWANTED)) == (1, 0)
    box.annul(own, now=later)
    assert box.count(State.UNWANTED) == 1
    never = new_request_id()
    box.annul(never, now=later)
    box.annul(never, now=later)
    assert (box.count(State.ENDED), box.count(State.UNWANTED)) == (1, 1)


def test_a_grant_that_fails_halfway_is_no_grant(box: Box, seal: Seal) -> None:
    with pytest.raises(sqlite3.Error):
        box.grant(new_request_id(), sealed=b"s", card=CARD, allowance=99, day="day", now=NOW)
    assert (box.count(State.GRANTED), units(box), box.rides(CARD)) == (0, 0, [])


REFUSED_AT_THE_COMMIT = """
CREATE TABLE due (one INTEGER REFERENCES allowance (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE TRIGGER refused AFTER INSERT ON tap BEGIN INSERT INTO due VALUES (99); END;
"""
"""As when the disk takes the statements, and has no room for the commit: that leaves the transaction open."""


def test_a_commit_that_fails_is_no_grant_and_the_next_one_counts(box: Box, seal: Seal) -> None:
    box._connection.executescript(REFUSED_AT_THE_COMMIT)
    with pytest.raises(sqlite3.Error):
        grant(box, seal)
    assert not box._connection.in_transaction
    assert (box.count(State.GRANTED), units(box), box.rides(CARD)) == (0, 0, [])
    box._connection.execute("DROP TRIGGER refused")
    grant(box, seal)
    assert (box.count(State.GRANTED), units(box)) == (1, 1)


def test_old_things_go(box: Box, seal: Seal) -> None:
    opened, waiting = grant(box, seal), grant(box, seal)
    box.opened(opened, "rdm_1", card=None, now=NOW)
    box.sweep(now=NOW + timedelta(days=2))
    box.sweep(now=NOW + timedelta(days=2))
    assert box.find(opened) is None
    assert box.rides(CARD) == []
    assert box.find(waiting) is not None  # whatever it takes, a tap waits for its verdict
    provisions = Provisions(box._connection, box)
    provisions.sweep()
    assert provisions.token(1) == "token"


@pytest.mark.parametrize("damage", [0, 4096])
def test_a_damaged_queue_is_told_and_left_as_it_is(box: Box, seal: Seal, tmp_path: Path, damage: int) -> None:
    for _ in range(50):
        grant(box, seal)
    copy = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(copy)) as other:
        box._connection.backup(other)
    whole = copy.read_bytes()
    copy.write_bytes(whole[:damage] + bytes(500) + whole[damage + 500 :])
    before = copy.read_bytes()
    with pytest.raises(Damaged, match="move it and what is called like it aside"):
        connect(copy)
    assert copy.read_bytes() == before


def test_one_agent_a_folder(tmp_path: Path) -> None:
    first = Lock(tmp_path / "queue")
    with pytest.raises(FolderInUse):
        Lock(tmp_path / "queue")
    first.release()
    Lock(tmp_path / "queue").release()
