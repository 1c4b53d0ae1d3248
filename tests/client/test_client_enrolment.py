"""Enrolment from the machine's side: a key made here, registered once, and never sent."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from laurel_client import (
    BadCredentials,
    BadInput,
    BadReply,
    ClockSkew,
    Credentials,
    EnrolmentRefused,
    RetryPolicy,
    Unavailable,
    enrol,
    new_key,
)
from tests.client.conftest import HandClock
from tests.client.stub_desk import ADVICE, CODE, StubDesk, open_desk
from tests.client.test_client_secrecy import all_of, chain

CLIENT = Path(__file__).parents[2] / "partners" / "client"


@pytest.fixture
def desk() -> Iterator[StubDesk]:
    with open_desk() as opened:
        yield opened


@pytest.mark.anyio
async def test_a_key_and_a_code_become_a_partner_file(desk: StubDesk) -> None:
    key = new_key()
    content = await enrol(f"{desk.url}/", CODE, key)
    credentials = Credentials.from_mapping(content)
    assert (credentials.partner_id, credentials.client_id) == ("metro-one", "metro-one")
    assert (credentials.issuer, credentials.token_endpoint) == (desk.url, f"{desk.url}/oauth/token")
    assert credentials.key.kid == key["kid"] == desk.kids[0]
    assert credentials.rewards == ("transit-discount",)
    assert (content["device_id"], content["expires"]) == ("dev_1", "2027-11-22T09:00:00+00:00")
    text = "query Service { service { name } }"
    assert credentials.document("Service").text == text
    assert credentials.document("Service").id == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.anyio
async def test_a_key_of_any_kind_that_signs_can_be_registered(desk: StubDesk, any_jwk: dict[str, str]) -> None:
    assert (await enrol(desk.url, CODE, any_jwk))["key"] == any_jwk


@pytest.mark.anyio
async def test_a_desk_that_is_busy_is_asked_again_with_a_new_proof(desk: StubDesk, hand: HandClock) -> None:
    desk.faults.extend(["busy", "busy"])
    await enrol(desk.url, CODE, new_key(), clock=hand.clock())
    assert len(set(desk.jtis)) == 3
    assert len(set(desk.kids)) == 1


@pytest.mark.anyio
async def test_a_nonce_that_is_asked_for_is_brought_in_the_same_attempt(desk: StubDesk, hand: HandClock) -> None:
    desk.nonce = "nonce-one"
    await enrol(desk.url, CODE, new_key(), clock=hand.clock())
    assert (len(set(desk.jtis)), hand.slept) == (2, [])


@pytest.mark.anyio
async def test_a_clock_that_is_wrong_is_told(desk: StubDesk) -> None:
    desk.faults.append("slow clock")
    with pytest.raises(ClockSkew, match=r"clock is 240 seconds slow\. Set it by NTP\."):
        await enrol(desk.url, CODE, new_key())


@pytest.mark.anyio
async def test_what_the_desk_says_is_passed_on(desk: StubDesk) -> None:
    await enrol(desk.url, CODE, new_key())
    with pytest.raises(EnrolmentRefused, match=ADVICE) as caught:
        await enrol(desk.url, CODE, new_key())
    assert caught.value.code == "invalid_grant"
    desk.faults.append("strange")
    with pytest.raises(EnrolmentRefused) as caught:
        await enrol(desk.url, CODE, new_key())
    assert (caught.value.code, "\x1b" in str(caught.value)) == ("HTTP 400", False)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "changes",
    [{"kid": "another"}, {"client_id": None}, {"documents": {"Service": 1}}, {"scopes": "verify"}],
    ids=lambda changes: next(iter(changes)),
)
async def test_an_answer_that_is_none_is_told(desk: StubDesk, changes: dict[str, Any]) -> None:
    desk.changes = changes
    with pytest.raises(BadReply):
        await enrol(desk.url, CODE, new_key())


@pytest.mark.anyio
@pytest.mark.parametrize(
    "issuer",
    ["", "laurel", "ftp://laurel.example", "http://laurel.example", "https://a@b", "https://a/b", "https://a?b"],
)
async def test_an_address_that_would_show_the_code_is_refused(issuer: str) -> None:
    with pytest.raises(BadInput, match=r"laurel\.example\.org|https"):
        await enrol(issuer, CODE, new_key())


@pytest.mark.anyio
async def test_a_public_key_is_refused(desk: StubDesk) -> None:
    with pytest.raises(BadCredentials):
        await enrol(desk.url, CODE, {name: value for name, value in new_key().items() if name != "d"})
    assert desk.kids == []


@pytest.mark.anyio
@pytest.mark.parametrize("fault", ["busy", "garbage", "taken", "none"])
async def test_a_failure_tells_neither_code_nor_key(desk: StubDesk, fault: str, hand: HandClock) -> None:
    desk.faults.extend([fault] * 100)
    key, policy = new_key(), RetryPolicy(deadline_seconds=1)
    url = "http://127.0.0.1:9" if fault == "none" else desk.url
    with pytest.raises((Unavailable, BadReply, EnrolmentRefused)) as caught:
        await enrol(url, CODE, key, policy=policy, clock=hand.clock())
    told = all_of(caught.value)
    assert [secret for secret in (CODE, key["d"]) if secret in told] == []
    assert all(type(link).__module__.startswith("laurel_client") for link in chain(caught.value))


def _run(folder: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "laurel_client", "enrol", *arguments],
        input=stdin,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CLIENT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_writes_a_file_for_its_owner_alone(desk: StubDesk, tmp_path: Path) -> None:
    done = _run(tmp_path, desk.url, "-", "--out", "gate.json", stdin=f"{CODE}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Registered as dev_1 of metro-one, until 2027-11-22T09:00:00+00:00." in done.stdout
    assert "python -m laurel_client gate.json Service" in done.stdout
    path = tmp_path / "gate.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Credentials.from_file(path).key.kid == desk.kids[0]
    assert [one.name for one in tmp_path.iterdir()] == ["gate.json"]
    assert json.loads(path.read_text())["key"]["d"] not in done.stdout


def test_the_command_overwrites_nothing(desk: StubDesk, tmp_path: Path) -> None:
    for content in ('{"key": {}}', "[]", "no JSON", '{"enrolling_at": "https://elsewhere.example", "key": {}}'):
        (tmp_path / "gate.json").write_text(content)
        done = _run(tmp_path, desk.url, CODE, "--out", "gate.json")
        assert done.returncode == 1
        assert done.stderr.startswith("gate.json: there is such a file already.")
        assert (tmp_path / "gate.json").read_text() == content
    assert desk.kids == []


def test_a_place_that_cannot_be_written_swallows_no_code(desk: StubDesk, tmp_path: Path) -> None:
    done = _run(tmp_path, desk.url, CODE, "--out", "nowhere/gate.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert desk.kids == []


def test_a_try_that_failed_goes_on_with_the_same_key(desk: StubDesk, tmp_path: Path) -> None:
    desk.faults.append("garbage")  # the desk has the key; the machine does not know
    done = _run(tmp_path, desk.url, CODE, "--out", "gate.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.endswith("gate.json keeps this machine's key for another try.\n")
    assert stat.S_IMODE((tmp_path / "gate.json").stat().st_mode) == 0o600
    assert _run(tmp_path, desk.url, CODE, "--out", "gate.json").returncode == 0
    assert desk.kids[0] == desk.kids[1]


def test_a_key_that_is_taken_is_let_go(desk: StubDesk, tmp_path: Path) -> None:
    desk.faults.append("taken")
    done = _run(tmp_path, desk.url, CODE, "--out", "gate.json")
    assert done.returncode == 1
    assert "keeps" not in done.stderr
    assert list(tmp_path.iterdir()) == []
