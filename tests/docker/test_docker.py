"""What can be told of the containers without running one: nothing is root, default, floating or misspelt."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway import __version__
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = re.sub(r"\\\n\s*", "", (DOCKER / "Dockerfile").read_text())
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))
VARIABLES = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")

each_service = pytest.mark.parametrize("name", sorted(SERVICES))


@each_service
def test_a_service_is_watched_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    if service["restart"] == "no":
        waits = [other.get("depends_on", {}).get(name) for other in SERVICES.values()]
        assert {"condition": "service_completed_successfully"} in waits
    else:
        assert {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()


@each_service
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert not re.match(r"(root|0)(:|$)", str(service["user"]))
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & service.keys()
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


@each_service
def test_an_image_names_its_version(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert re.fullmatch(r"\d+(\.\d+)*(-[a-z]+)?", tag), image
    if "build" in SERVICES[name]:
        assert tag == __version__


def test_only_the_gateway_can_be_reached_or_reach_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, service in SERVICES.items() if service["networks"] != ["inside"]] == ["gateway"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]


def test_every_variable_of_the_gateway_is_a_setting() -> None:
    named = set(re.findall(r"GATEWAY_[A-Z_]+", (DOCKER / "compose.yaml").read_text() + DOCKERFILE))
    assert {"GATEWAY_DATABASE_URL", "GATEWAY_REDIS_URL", "GATEWAY_PUBLIC_URL", "GATEWAY_KEYS_DIR"} <= named
    assert named <= {f"GATEWAY_{field.upper()}" for field in Settings.model_fields}


def test_no_secret_has_a_default_and_every_variable_is_explained() -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", (DOCKER / "dev.env.example").read_text(), re.MULTILINE))
    used = VARIABLES.findall((DOCKER / "compose.yaml").read_text())
    harmless = {"LAUREL_PORT"}
    assert {name for name, _ in used} == example.keys()
    assert {name for name, default in used if not default.startswith(":?")} == harmless
    assert {name for name, value in example.items() if value} == harmless


def test_the_image_is_built_in_stages_and_ends_without_root() -> None:
    assert list(STAGES) == ["base", "build", "production", "test"]
    for stage in ("production", "test"):
        assert re.findall(r"^USER (\S+)", STAGES[stage], re.MULTILINE)[-1] == "10001:10001"
    assert re.search(
        r'^HEALTHCHECK .*CMD \["python", "/opt/laurel/bin/healthcheck.py"\]', STAGES["production"], re.MULTILINE
    )
    assert 'ENTRYPOINT ["gateway"]\nCMD ["serve", "--host", "0.0.0.0", "--port", "8000"]' in STAGES["production"]
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(base in STAGES or re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)


def test_everything_installed_was_hashed() -> None:
    installs = re.findall(r"(?:bin/pip|bin/uv pip) install (.*?)(?:&&|\n)", DOCKERFILE)
    assert len(installs) == 3
    assert all("--require-hashes -r requirements/" in install for install in installs)
    assert "requirements/runtime.txt" in STAGES["build"]


def test_what_is_copied_exists_and_enters_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists()
            assert source == "." or f"!{source.split('/')[0]}" in ignored


def test_no_private_file_enters_the_build() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    assert not {"!.git", "!.venv", "!var", "!.env"} & set(rules)
    assert rules.index("keys/private") > rules.index("!keys")
    assert "**/.env" in rules[rules.index("!docker") :]


@pytest.fixture
def answering() -> Iterator[tuple[int, list[int]]]:
    """The port of a server that answers /healthz with a status that the test may change."""
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, statuses
        server.shutdown()
        thread.join()


def _health_check(port: int) -> int:
    return subprocess.run([sys.executable, DOCKER / "healthcheck.py", str(port)], check=False).returncode


def test_the_health_check_believes_only_a_200(answering: tuple[int, list[int]]) -> None:
    port, statuses = answering
    assert _health_check(port) == 0
    statuses[0] = 503
    assert _health_check(port) == 1


def test_the_health_check_fails_where_nobody_answers() -> None:
    free = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    free.server_close()
    assert _health_check(free.server_port) == 1
