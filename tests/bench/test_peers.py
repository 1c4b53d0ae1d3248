"""Each peer does the whole work: right answers, every forgery refused, every effect once. None is about time."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLUnionType, build_schema

from bench import ROOT
from bench.jobs import Job, WrongAnswer
from bench.load import Answer, drive
from bench.peers import roster, slow_disk
from bench.peers.checking import require_alike
from bench.peers.records import STATEMENTS, Records
from bench.peers.requests import Requests
from bench.peers.town import admit
from bench.servers import Server
from laurel_client import new_request_id
from tests.bench.peers_town import settled, town
from tests.bench.stub import serving

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench reads /proc"),
]


@contextmanager
def _running(peer: roster.Peer, folder: Path, *, cached: bool) -> Iterator[Server]:
    with (
        roster.programs(folder) as programs,
        roster.serving(
            peer,
            programs,
            town=folder / "town.json",
            token_cached=cached,
            log=folder / "peer.log",
            core=None,
        ) as server,
    ):
        yield server


@pytest.mark.parametrize("peer", roster.PEERS, ids=lambda peer: peer.name)
async def test_each_peer_answers_right_and_is_taken_in_by_nothing(peer: roster.Peer, tmp_path: Path) -> None:
    here, records = town(tmp_path), Records("sqlite", str(tmp_path / "peers.sqlite"))
    passes = await settled(here, records, tmp_path / "town.json")
    cached = peer is not roster.APOLLO  # both ways with jose and with fast-jwt, among the five
    with _running(peer, tmp_path, cached=cached) as server:
        requests = Requests(here, by_id=False)
        await require_alike({peer.name: (server, requests)}, passes, answers=4)
        [unknown] = here.mint(1)
        job = requests.verification(unknown, here.token())
        [answer] = (await drive(server.port, [job.request], connections=1)).answers
    assert json.loads(answer.body)["data"]["verifyPass"]["__typename"] == "NotEligible"


async def test_whoever_says_yes_to_everything_is_found_out(tmp_path: Path) -> None:
    told = {"__typename": "Eligible", "reward": "transit-discount", "quantity": 1, "remaining": None}
    yes = json.dumps({"data": {"verifyPass": told}}).encode()

    def answer(connection: socket.socket) -> None:
        while connection.recv(10_000):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(yes), yes))

    here = town(tmp_path)
    with serving(answer) as port:
        asked = {"yes": (Server(os.getpid(), port), Requests(here, by_id=False))}
        with pytest.raises(WrongAnswer, match="did not refuse a used proof"):
            await require_alike(asked, here.mint(1), answers=1)


async def test_mercurius_redeems_with_every_effect(tmp_path: Path, postgres_server: str) -> None:
    name = f"peers_{secrets.token_hex(4)}"
    main = await asyncpg.connect(postgres_server)
    await main.execute(f"CREATE DATABASE {name}")
    url = urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
    try:
        here, records = town(tmp_path), Records("postgresql", url)
        passes = await settled(here, records, tmp_path / "town.json")
        with _running(roster.MERCURIUS, tmp_path, cached=True) as server:
            requests, token = Requests(here, by_id=False), here.token()
            first = requests.redemption(passes[0], token, new_request_id())
            await _require(server, first)
            ids = [new_request_id() for _ in range(4)]
            told = [
                await _told(server, requests.redemption(passes[1], token, one)) for one in (*ids, ids[0], "x" * 16)
            ]
            [unknown] = here.mint(1)
            told.append(await _told(server, requests.redemption(unknown, token, new_request_id())))
        assert [one.get("replayed") for one in told[:4]] == [False] * 4
        assert told[4] == told[0] | {"replayed": True}
        assert [(one["__typename"], one["reason"]) for one in told[5:]] == [("Refused", "NOT_ELIGIBLE")] * 2
        connection = await asyncpg.connect(url)
        tables = ("used_proof", "entry", "redemption", "evidence")
        counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        assert counts == [8, 7, 5, 5]
        assert await connection.fetchval("SELECT array_agg(used ORDER BY used) FROM quota") == [1, 4]
        await connection.close()
    finally:
        await main.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await main.close()


async def _require(server: Server, job: Job) -> None:
    [answer] = (await drive(server.port, [job.request], connections=1)).answers
    assert job.is_right(answer)


async def _told(server: Server, job: Job) -> dict[str, object]:
    answer: Answer
    [answer] = (await drive(server.port, [job.request], connections=1)).answers
    found: dict[str, object] = json.loads(answer.body)["data"]["redeemReward"]
    return found


def test_the_peers_schema_is_a_part_of_the_gateways() -> None:
    part, whole = (
        build_schema(path.read_text("utf-8"))
        for path in (roster.PROGRAMS / "schema.graphql", ROOT / "gateway" / "schema" / "schema.graphql")
    )
    own = {name: kind for name, kind in part.type_map.items() if name in whole.type_map and name[:2] != "__"}
    for name, kind in own.items():
        other = whole.type_map[name]
        assert type(kind) is type(other)
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            assert isinstance(other, GraphQLObjectType | GraphQLInputObjectType)
            assert kind.fields.keys() <= other.fields.keys(), name
        if isinstance(kind, GraphQLUnionType):
            assert isinstance(other, GraphQLUnionType)
            assert {one.name for one in kind.types} == {one.name for one in other.types}
    assert len(own) > 8


def test_the_slow_disk_hands_each_call_on_to_the_real_one(tmp_path: Path) -> None:
    compiler = slow_disk.compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    library = slow_disk.build(compiler, tmp_path)
    program = """if True:
        import ctypes, os
        for call in ("fsync", "fdatasync"):
            try:
                getattr(os, call)(1000)
            except OSError as error:
                print(call, error.errno)
        print("slow_disk.so" in open("/proc/self/maps").read())
    """
    surroundings = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], env=surroundings, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n") == ["fsync 9", "fdatasync 9", "True", ""]


async def test_records_are_found_by_their_keyed_hash(tmp_path: Path) -> None:
    records = Records("sqlite", str(tmp_path / "peers.sqlite"))
    await records.found()
    here = town(tmp_path)
    await admit(records, here.mint(2))
    assert set(STATEMENTS["sqlite"]) < set(STATEMENTS["postgresql"])
    assert records.handle("a") != Records("sqlite", records.url).handle("a")
