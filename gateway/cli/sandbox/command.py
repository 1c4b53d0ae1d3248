"""`gateway sandbox`: set up, listen, do the main job as real HTTP clients, and go on serving."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.cli.console import closing
from gateway.cli.sandbox.city import build_city
from gateway.cli.sandbox.entries import read_entries
from gateway.cli.sandbox.files import write
from gateway.cli.sandbox.people import newcomer, settle_people
from gateway.cli.serve import Server, bind, run, server
from gateway.domain.errors import ConfigurationError
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store.migrate import empty_sandbox, require_sandbox, upgrade
from gateway.web.ide import ide_routes

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the key tool and the partner's client are run from it, never imported."""

PASS_ISSUER = "https://sandbox.laurel.example"
"""Passes stay good when the sandbox moves to another port."""


def run_sandbox(*, host: str, port: int, once: bool, fresh: bool, home: Path) -> None:
    """Set up what is missing, serve, and do the main job; leave after it where `once`.

    Raises:
        ConfigurationError: the port is taken, or a file or setting is wrong.
    """
    listening = bind(host, port)
    port = listening.getsockname()[1]
    settings = _settings(home, f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    configure_logs(settings.log_level)
    with only_one(home):
        if fresh:
            _forget(home, settings)
        _make_keys(home / "keys")
        require_sandbox(settings.database_url)
        upgrade(settings.database_url)
        _serve(listening, settings, home, once=once, port=port)


def _serve(listening: socket.socket, settings: Settings, home: Path, *, once: bool, port: int) -> None:

    async def start() -> bool:
        async with closing(assemble(settings, sandbox=True)) as laurel:
            await laurel.require_fit()
            await laurel.require_pass_issuer()
            city = await build_city(laurel, home)
            await settle_people(laurel, city, home)
            passes = await newcomer(laurel, city)
            serving = server(create_app(laurel, extra_routes=tuple(ide_routes(home))))
            ended = asyncio.create_task(serving.serve(sockets=[listening]))
            done = await _main_job(serving, ended, home, passes)
            told_to_end = serving.started and ended.done()
            if once or not done:
                serving.should_exit = True
            else:
                _say_what_next(settings, home, port)
            await ended
            return done or (told_to_end and not once)

    if not run(start()):
        raise typer.Exit(1)


def _settings(home: Path, address: str) -> Settings:
    """Return the environment's settings, with the sandbox's own places where it names none."""
    places: dict[str, object] = {
        "database_url": f"sqlite:///{home / 'laurel.sqlite'}",
        "keys_dir": home / "keys",
        "public_url": address,
        "pass_issuer": PASS_ISSUER,
        "log_level": "warning",
    }
    return Settings.read(
        **{name: value for name, value in places.items() if f"GATEWAY_{name.upper()}" not in os.environ}
    )


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Let one sandbox at a time use a folder: its files name the port that it serves on.

    Raises:
        ConfigurationError: another one is running in it.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f".{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                f"A sandbox is running in {home} already; end it, or choose another --home."
            ) from None
        yield


def _forget(home: Path, settings: Settings) -> None:
    """Remove a sandbox of before and its database; refuse to remove what is none."""
    if home.exists():
        manifest = home / "keys" / "manifest.toml"
        if any(home.iterdir()) and not (manifest.exists() and "sandbox = true" in manifest.read_text("utf-8")):
            raise ConfigurationError(f"{home} is no sandbox; remove it by hand if nothing in it is needed.")
        shutil.rmtree(home)
    empty_sandbox(settings.database_url)


def _make_keys(home: Path) -> None:
    """Let the offline key tool make what is missing."""
    home.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "keys", "--home", str(home.resolve()), "new", "--all", "--sandbox"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode != 0:
        raise ConfigurationError(f"The sandbox's keys can't be made: {made.stderr.strip() or made.stdout.strip()}")


async def _main_job(
    serving: Server, ended: "asyncio.Task[None]", home: Path, passes: dict[str, list[dict[str, object]]]
) -> bool:
    """Run the partner's client as a process of its own; return whether every answer was right.

    Ctrl-C reaches the server alone: it ends first, and the client with it.
    """
    while not serving.started:
        if ended.done():
            return False
        await asyncio.sleep(0.01)
    client = str(ROOT / "partners" / "client")
    job = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "laurel_client.main_job",
        str(home),
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": client},
        start_new_session=True,
    )
    talking = asyncio.create_task(job.communicate(json.dumps({"passes": passes}).encode()))
    await asyncio.wait({talking, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not talking.done():
        job.terminate()
    await talking
    return job.returncode == 0


def _say_what_next(settings: Settings, home: Path, port: int) -> None:
    cards = read_entries(home / "passes.json")
    code = next(one["code"] for one in cards if one["persona"] == "volunteer-10h" and one["sector"] == "transit")
    write(home / "first-request.json", {"pass": code, "reward": "transit-discount"})
    partner = home / "partners" / "harbour-metro.json"
    python = Path(sys.executable).parent / "python"
    print(
        f"""
Laurel's sandbox serves at {settings.public_url} until Ctrl-C. Try next:
  the IDE, in this machine's browser   http://127.0.0.1:{port}/graphql
  partners' credentials and documents  {home}/partners/*.json
  sample passes with what to expect    {home}/passes.json, QR codes in {home}/passes/
  is it ready?                         curl {settings.public_url}/readyz
  a signed request, from the shell:
    {python} -m laurel_client {partner} VerifyPass - < {home}/first-request.json
""".rstrip(),
        flush=True,
    )
