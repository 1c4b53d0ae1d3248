"""The sandbox's IDE over HTTP: what is served, to whom, and that no production gateway has any of it."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.settings import Settings
from gateway.web.ide import STATIC, ide_routes
from tests.auth.key_home import Hands, one_of_each, write_home

HERE = "http://127.0.0.1:8000"
SECRETS = ("/sandbox/partners.json", "/sandbox/passes.json")
PATHS = ("/graphql", "/sandbox/ide/ide.js", *SECRETS)
VENDOR = STATIC / "vendor"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A sandbox's files, as far as the IDE reads them."""
    (tmp_path / "partners").mkdir()
    for name in ("b", "a"):
        (tmp_path / "partners" / f"{name}.json").write_text(json.dumps({"partner_id": name}))
    (tmp_path / "passes.json").write_text('[{"persona": "awarded"}]')
    return tmp_path


def browser(home: Path, *, host: str = HERE, peer: str = "127.0.0.1") -> TestClient:
    """Return a client that calls the pages by an address, from another."""
    return TestClient(Starlette(routes=ide_routes(home)), base_url=host, client=(peer, 50_000))


def production(tmp_path: Path, *, sandbox_home: Path | None = None) -> TestClient:
    """Return a client of the whole application, with the sandbox's pages where a sandbox's files are given."""
    settings = Settings.read(
        database_url=f"sqlite:///{tmp_path / 'laurel.sqlite'}",
        keys_dir=write_home(tmp_path / "keys", one_of_each()),
        public_url=HERE,
    )
    pages = () if sandbox_home is None else tuple(ide_routes(sandbox_home))
    app = create_app(assemble(settings, clock=Hands()), extra_routes=pages)
    return TestClient(app, base_url=HERE, client=("127.0.0.1", 50_000))


def test_the_page_may_reach_nothing_but_the_sandbox(home: Path) -> None:
    answer = browser(home).get("/graphql")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_page_names_only_files_that_are_served(home: Path) -> None:
    client = browser(home)
    named = re.findall(r'(?:src|href)="([^"]+)"', client.get("/graphql").text)
    assert len(named) == 7
    assert {path: client.get(path).status_code for path in named} == dict.fromkeys(named, 200)


def test_the_partners_and_their_passes_are_served_and_kept_nowhere(home: Path) -> None:
    client = browser(home)
    assert client.get("/sandbox/partners.json").json() == [{"partner_id": "a"}, {"partner_id": "b"}]
    assert client.get("/sandbox/passes.json").json() == [{"persona": "awarded"}]
    for path in SECRETS:
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1", "http://localhost:8000", "http://LOCALHOST", "http://[::1]:8000"]
)
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_answered(home: Path, host: str, peer: str) -> None:
    client = browser(home, host=host, peer=peer)
    assert [client.get(path).status_code for path in PATHS] == [200] * len(PATHS)


@pytest.mark.parametrize("peer", ["192.0.2.7", "::ffff:192.0.2.7", "fe80::1", "0.0.0.0", "testclient", ""])
def test_another_machine_is_refused(home: Path, peer: str) -> None:
    client = browser(home, peer=peer)
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 403
        assert "on the machine that it runs on" in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "127.0.0.1.rebound.example",
        "localhost.example:8000",
        "127.0.0.1:8000@rebound.example",
        "",
    ],
)
def test_a_page_from_elsewhere_whose_name_leads_here_is_refused(home: Path, host: str) -> None:
    client = browser(home)
    assert [client.get(path, headers={"host": host}).status_code for path in PATHS] == [403] * len(PATHS)


def test_two_hosts_are_none(home: Path) -> None:
    answer = browser(home).get(SECRETS[0], headers=[("host", "127.0.0.1"), ("host", "localhost")])
    assert answer.status_code == 403


def test_nothing_outside_the_pages_own_folder_is_served(home: Path) -> None:
    client = browser(home)
    for path in (
        "/sandbox/ide/../../ide.py",
        "/sandbox/ide/%2e%2e/%2e%2e/ide.py",
        "/sandbox/ide/..%2f..%2fide.py",
    ):
        assert client.get(path).status_code == 404


def test_in_the_sandbox_a_request_to_the_same_address_still_meets_the_wall(home: Path, tmp_path: Path) -> None:
    client = production(tmp_path, sandbox_home=home)
    assert client.get("/graphql").status_code == 200
    assert client.post("/graphql", json={"query": "{ service { name } }"}).status_code == 401
    assert client.put("/graphql").status_code == 405


def test_a_production_gateway_has_none_of_it(tmp_path: Path) -> None:
    client = production(tmp_path)
    answer = client.get("/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert [client.get(path).status_code for path in PATHS[1:]] == [404] * 3


def test_other_peoples_files_are_those_that_are_named() -> None:
    named = dict(
        re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE)
    )
    there = {file.name for file in VENDOR.iterdir()} - {"VENDOR.md", ".gitattributes"}
    assert named == {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in there}
