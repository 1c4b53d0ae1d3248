"""What else may meet a gate: a gateway that answers nonsense, a full disk, a list of before, an id used twice."""

import asyncio
import socket
import sqlite3
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laurel_client import BadReply, Credentials, StatusList, new_request_id, read_status_list
from laurel_turnstile.taps import State
from tests.client.conftest import credentials, gateway, jwk, partner_content
from tests.client.stub_gateway import StubGateway
from tests.turnstile.alone import a_card, alone
from tests.turnstile.signed import KEYS, STRANGER, URI, list_of

__all__ = ["credentials", "gateway", "jwk"]

pytestmark = pytest.mark.anyio

BY_ITSELF = ("open", "gate", None)


@pytest.mark.parametrize("fault", ["busy", "garbage", "broken", "forbidden", "trickle", "stall", "drop"])
async def test_whatever_the_gateway_says_instead_a_card_opens(
    tmp_path: Path, gateway: StubGateway, credentials: Credentials, fault: str
) -> None:
    async with alone(tmp_path, credentials) as one:
        await one.line.patient.sign_in()
        one.line.answered()
        gateway.faults.extend([fault] * 5)
        text = a_card()
        assert await one.shown(text) == BY_ITSELF
        assert len(gateway.bodies) == 1  # nobody waits for a second attempt
        assert one.box.count(State.GRANTED) == 1
        assert one.tally.trouble is not None
        assert text not in one.tally.trouble
        assert one.line.up == (fault not in ("garbage", "broken", "forbidden"))  # who is slow has a second chance


async def test_a_name_that_nobody_resolves_keeps_no_card_waiting(
    tmp_path: Path, jwk: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    nowhere = Credentials.from_mapping(partner_content("http://laurel.invalid", jwk))
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    async with alone(tmp_path, nowhere) as one:
        one.line.answered()
        assert [await one.shown(a_card(number)) for number in (1, 2)] == [BY_ITSELF] * 2
        assert not one.line.up


async def test_a_disk_that_is_full_opens_nothing_and_is_told(tmp_path: Path, credentials: Credentials) -> None:
    async with alone(tmp_path, credentials, units=1000) as one:
        database = one.box._connection
        [(pages,)] = database.execute("PRAGMA page_count")
        database.execute(f"PRAGMA max_page_count = {pages}")
        said = [await one.shown(a_card(number)) for number in range(60)]
        assert said[-1] == ("undetermined", "gate", "storage")
        opened = said.count(BY_ITSELF)  # what fits into the pages that there are
        assert (one.box.count(State.GRANTED), one.provisions.used()) == (opened, opened)
        assert one.tally.trouble == "storage: database or disk is full"
        one.tally.tried("storage")
        for _ in range(200):
            with suppress(sqlite3.OperationalError):
                one.gate.annul(new_request_id())
        assert one.tally.trouble == "storage: database or disk is full"
        database.execute("PRAGMA max_page_count = 100000")
        assert await one.shown(a_card(61)) == BY_ITSELF
        assert one.tally.trouble is None


async def test_an_allowance_is_used_up_over_a_restart_too(tmp_path: Path, credentials: Credentials) -> None:
    own = new_request_id()
    async with alone(tmp_path, credentials, units=2) as one:
        assert await one.shown(a_card(1), own) == BY_ITSELF
        assert await one.shown(a_card(2)) == BY_ITSELF
        assert await one.shown(a_card(3)) == ("undetermined", "gate", "allowance-used-up")
    async with alone(tmp_path, credentials) as one:
        assert await one.shown(a_card(3)) == ("undetermined", "gate", "allowance-used-up")
        one.gate.annul(own)
        assert await one.shown(a_card(3)) == BY_ITSELF


async def test_a_card_s_rides_are_known_after_a_restart(tmp_path: Path, credentials: Credentials) -> None:
    text = a_card()
    for answer in ([BY_ITSELF], [BY_ITSELF, ("closed", "gate", None)]):
        async with alone(tmp_path, credentials) as one:
            assert [await one.shown(text) for _ in answer] == answer


async def test_an_id_opens_for_the_pass_that_it_came_with(
    tmp_path: Path, gateway: StubGateway, credentials: Credentials
) -> None:
    async with alone(tmp_path, credentials) as one:
        await one.line.patient.sign_in()
        one.line.answered()
        gateway.faults.append("stall")
        own, mine, other = new_request_id(), a_card(1), a_card(2)
        both = await asyncio.gather(one.shown(mine, own), one.shown(other, own))
        assert list(both) == [BY_ITSELF, ("closed", "gate", None)]
        assert await one.shown(other, own) == ("closed", "gate", None)
        assert await one.shown(mine, own) == BY_ITSELF
        assert one.provisions.used() == 1


async def test_a_list_of_before_changes_nothing(tmp_path: Path, credentials: Credentials) -> None:
    now = datetime.now(UTC)
    revoked = read(list_of(now, bits=b"\xff\xff"))
    async with alone(tmp_path, credentials) as one:
        one.provisions.keep_list(revoked, KEYS)
        one.provisions.keep_list(read(list_of(now - timedelta(minutes=5))), KEYS)
        assert await one.shown(a_card()) == ("closed", "gate", None)
    async with alone(tmp_path, credentials) as one:
        assert await one.shown(a_card()) == ("closed", "gate", None)
        of_a_wrong_clock = replace(revoked, issued_at=now + timedelta(days=365))
        one.provisions.keep_list(of_a_wrong_clock, KEYS)
        assert (await one.shown(a_card()))[2] == "clock"
        one.provisions.keep_list(read(list_of(now)), KEYS)  # a list of the future bars no true one
        assert await one.shown(a_card()) == BY_ITSELF


async def test_a_list_that_somebody_else_signed_decides_nothing(tmp_path: Path, credentials: Credentials) -> None:
    forged = list_of(datetime.now(UTC), key=STRANGER)
    with pytest.raises(BadReply):
        read(forged)
    async with alone(tmp_path, credentials) as one:
        one.box._connection.execute("UPDATE kept SET value = ? WHERE name = 'status'", (forged,))
        again = type(one.provisions)(one.box._connection, one.box)
        assert (again.status, again.keys) == (None, None)


def read(text: str) -> StatusList:
    return read_status_list(text, KEYS, uri=URI)
