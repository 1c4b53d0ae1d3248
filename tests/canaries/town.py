"""A production deployment of one node in which canaries live, and what its office and its partners do there."""

import json
import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

from laurel_client import Credentials
from laurel_client.signing import DeviceKey
from tests.canaries.buggy import BUGS
from tests.canaries.desks import Desk, Ear, fuzz, play_all, read_list, sell
from tests.canaries.office import Office
from tests.canaries.people import HEAD, Person, wrong_files
from tests.flow.ordeal import ask_all, without
from tests.flow.processes import Gateway, serving
from tests.flow.production import partner_file
from tests.flow.programs import Program
from tests.flow.steward import new_key
from tests.phone import Phone

KINDS = {
    "transit-turnstile": ("transit", "transit-discount", None),
    "venue-counter": ("venue", "sports-event", None),
    "hospital-desk": ("health", "health-check", "pin"),
}
"""Sector, reward, and whether it asks for a PIN."""

SHOWS = ("canary-show-a", "canary-show-b", "canary-show-c")
BUGGY = (sys.executable, "-m", "tests.canaries.buggy")

CRASH_DUMPS = {"PYTHONFAULTHANDLER": "1"}
"""Let the interpreter write a stack of each thread when it is killed by SIGABRT."""


@dataclass
class Town:
    """`secrets` gathers what nobody may read, by name: what the office handed out, and what went over the wire."""

    office: Office
    people: Mapping[str, Person]
    port: int
    secrets: dict[str, str | bytes] = field(default_factory=dict)
    ear: Ear = field(default_factory=Ear)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    passes: dict[str, list[str]] = field(default_factory=dict)
    denied: tuple[str, str] = ("", "")
    """A reference, and the pass that was denied."""

    redeemed: str = ""
    """A redemption that stands."""

    @property
    def url(self) -> str:
        """Where its partners reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Its database, as an operator writes it."""
        return self.office.steward.settings["GATEWAY_DATABASE_URL"]

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file for a command to read."""
        return self.office.steward.file(name, content)


def found(town: Town) -> None:
    """Import people and shows, files that are none among them; register partners and machines."""
    office, folder = town.office, town.office.steward.folder
    office.says("migrate")
    office.says("registry", "sample", "--residents", "100", "--out", folder / "crowd.csv")
    office.says("registry", "import", folder / "crowd.csv")
    for name, content in wrong_files(town.people["li"]):
        office.says("registry", "import", town.file(name, content), "--yes", status=None)
    lines = "".join(person.line for person in town.people.values())
    registry = town.file("registry.csv", HEAD + lines)
    office.says("registry", "import", registry, "--dry-run")
    office.says("registry", "import", registry)
    for kind in KINDS:
        office.says("partners", "add", kind, f"Canary {kind}")
        _machine(town, kind)
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    rows = "".join(f"{show},canary-venue-counter,sports-event,50,{ends}\n" for show in SHOWS)
    office.says("occasions", "import", town.file("shows.csv", f"id,partner,reward,capacity,ends_at\n{rows}"))


def _machine(town: Town, kind: str) -> None:
    private, public = new_key()
    key = town.file(f"{kind}.jwk.json", json.dumps(public))
    town.office.says("partners", "add-device", f"canary-{kind}", key, "--label", "machine 1")
    given = partner_file(town.url, private, kind=kind, partner_id=f"canary-{kind}")
    town.credentials[kind] = Credentials.from_mapping(given)
    town.secrets[f"private key of {kind}"] = private["d"]


def issue(town: Town) -> None:
    """Give li passes of every form for each sector."""
    li = town.people["li"]
    given = f"{li.registry_id}\n{li.pin}\n"
    for sector, _, _ in KINDS.values():
        own = ("-", sector, "--pin", "-")
        [card] = town.office.facts("pass", "issue", *own, given=given)["passes"]
        [slip] = town.office.facts("pass", "slip", *own, "--count", "3", given=given)["passes"]
        [live] = town.office.facts("pass", "live", *own, given=given)["passes"]
        shown = Phone.paired(live["pairing"]).shows(int(time()))
        handed = {"code": card["code"], "pairing": live["pairing"], "showing": shown}
        _, claims, handed["token"] = card["token"].split(".")  # others share all but id and signature
        handed["token id"] = json.loads(urlsafe_b64decode(claims + "=="))["jti"]
        handed |= {f"slip {number}": code for number, code in enumerate(slip["codes"])}
        town.secrets |= {f"{what} of li for {sector}": text for what, text in handed.items()}
        town.passes[sector] = [card["token"], card["code"], shown, *slip["codes"]]


@contextmanager
def open_desks(town: Town) -> Iterator[dict[str, Desk]]:
    """Sign a machine of each kind in."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(Desk(given, town.ear)) for kind, given in town.credentials.items()}


def play(town: Town, desks: Mapping[str, Desk]) -> None:
    """Do all of the contract, then what is not in it, with every pass and every secret that there is."""
    for kind, (sector, reward, pin) in KINDS.items():
        desk, passes = desks[kind], town.passes[sector]
        show = SHOWS[0] if kind == "venue-counter" else None
        if show:
            sell(desk, passes, reward, SHOWS[1:])
        town.redeemed = play_all(desk, passes, reward, pin=pin and town.people["li"].pin, show=show)
        read_list(desk, sector)
        canaries = [person.registry_id for person in town.people.values()] + [town.people["li"].honour]
        fuzz(desk, [*canaries, *passes[:4]], reward)
    health = town.passes["health"]
    answer = desks["hospital-desk"].ask(
        "VerifyPass", **{"pass": health[0], "reward": "health-check", "quantity": 2}
    )
    town.denied = (answer["reference"], health[0])


def enrol(town: Town, wire: Desk) -> None:
    """Enrol a machine by a code, rightly and wrongly."""
    code = town.office.facts("partners", "add-device", "canary-hospital-desk", "--label", "machine 2")["code"]
    town.secrets["enrolment code"] = code
    key, url = DeviceKey(new_key()[0]), f"{town.url}/devices"
    for sent in (code + "X", town.people["li"].registry_id, code, code):
        proof = key.proof("POST", url, now=time(), nonce=wire.nonce)
        wire.http.post(url, json={"code": sent, sent: sent}, headers={"DPoP": proof})
        wire.http.post(url, json={"code": sent}, headers={"DPoP": proof})
    town.office.says("partners", "add-device", "canary-hospital-desk")


def break_down(town: Town, wire: Desk) -> None:
    """Take a table away at the server's feet and at the command line's; then meet a bug there."""
    li, office, venue = town.people["li"], town.office, town.passes["venue"]
    with without(town.database_url, "pass_handle"):
        assert ask_all(wire, venue[0], "sports-event", li.pin)
        office.crashes("pass", "show", venue[1])
    for words in (
        ("pass", "issue", li.registry_id, "venue", "--pin", li.pin),
        ("registry", "erase", li.registry_id, "--yes"),
    ):
        said = office.crashes(*words, module="tests.canaries.buggy")
        assert "This is a bug, please report it: Bug at " in said


def meet_bugs(town: Town, wire: Desk) -> None:
    """Ask a node that fails at every step, by exceptions that quote whatever they were given."""
    li, shown = town.people["li"], town.passes["health"]
    for bug in BUGS:
        wire.http.headers["X-Bug"] = bug
        assert ask_all(wire, shown[0], "health-check", li.pin) & {"500", "INTERNAL"}, bug
    del wire.http.headers["X-Bug"]


@contextmanager
def served(town: Town) -> Iterator[Gateway]:
    """Run the node, whose ports work until a request asks for a bug, until the block ends."""
    settings: dict[str, Any] = {**town.office.steward.settings, **CRASH_DUMPS}
    folder = town.office.steward.folder
    with serving("serve", folder=folder, settings=settings, port=town.port, start=Program(BUGGY)) as gateway:
        yield gateway
