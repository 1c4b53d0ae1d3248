"""What stewards, card office and auditors do of a day: each command that is left, on a town that was played in."""

import json
from datetime import UTC, datetime

from tests.canaries.people import HEAD
from tests.canaries.town import SHOWS, Town
from tests.flow.steward import new_key

LOOKS = (
    ("version",),
    ("schema",),
    ("reference",),
    ("registry", "status"),
    ("rewards", "list"),
    ("rewards", "count"),
    ("rewards", "check"),
    ("occasions", "list"),
    ("partners", "list"),
    ("partners", "show", "canary-hospital-desk"),
    ("partners", "check"),
    ("partners", "documents", "hospital-desk"),
    ("pass", "expiring"),
    ("audit", "ledger"),
    ("audit", "acts"),
)
"""What changes nothing, said as it is and, where it can, as JSON."""


def hold_office(town: Town) -> None:
    """Say everything that an office says."""
    _at_the_card_office(town)
    _of_partners(town)
    month, folder = f"{datetime.now(UTC):%Y-%m}", town.office.steward.folder
    (folder / "settlements").mkdir()
    town.office.says("settlement", month, "--out", folder / "settlements", status=None)
    town.office.says("report", month, status=None)
    town.office.says("report", month, "--json", status=None)
    body = town.file("body.json", json.dumps({"pass": town.passes["venue"][0]}))
    town.office.says("audit", "evidence", town.redeemed, "--body", body, status=None)
    for words in LOOKS:
        town.office.says(*words, status=None)
        town.office.says(*words, "--json", status=None)
    town.office.says("privacy", "close-periods", "--yes")
    town.office.says("privacy", "scrub", "--yes")


def _at_the_card_office(town: Town) -> None:
    office, folder = town.office, town.office.steward.folder
    li, wang, zhao = town.people.values()
    reference, denied = town.denied
    office.says("pass", "explain", reference, given=f"{denied}\n{li.pin}\n")
    office.says("pass", "explain", reference, given=f"{denied}\n0000\n", status=1)
    office.says("pass", "log", given=f"{denied}\n{li.pin}\n")
    for shown in town.passes["transit"]:
        office.says("pass", "show", "-", given=f"{shown}\n")
        office.says("pass", "show", shown + "x", status=None)
    [new] = office.facts("pass", "replace", town.passes["transit"][1], "--yes")["passes"]
    town.secrets["code that replaces"] = new["code"]
    wrong = f"{zhao.registry_id}x,{zhao.registry_id},{zhao.pin}1\n"
    text = f"registry_id,sectors,pin\n{wang.registry_id},gas,\n{wrong}"
    office.says("pass", "issue-many", town.file("list.csv", text), "--out", folder / "cards", status=None)
    office.says("pass", "issue", wang.registry_id + "x", "venue", status=1)
    office.says("pass", "issue", wang.registry_id, wang.registry_id, status=1)
    office.says("pass", "revoke", town.passes["venue"][1], "--yes")
    office.says("pass", "revoke", "--of", "-", "--yes", given=f"{wang.registry_id}\n")
    office.says("registry", "erase", zhao.registry_id, "--dry-run")
    office.says("registry", "erase", "-", "--yes", given=f"{zhao.registry_id}\n")
    office.says("registry", "readmit", zhao.registry_id, "--yes", status=1)
    office.says("registry", "import", town.file("again.csv", HEAD + zhao.line + li.line), "--yes")


def _of_partners(town: Town) -> None:
    office = town.office
    partner = "canary-hospital-desk"
    listed = town.file("partners.csv", "kind,name\ngas-desk,Canary Gas\nx,\n")
    office.says("partners", "import", listed, status=None)
    office.says("partners", "withdraw-codes", partner, "--yes")
    office.says("partners", "suspend", partner, "--yes")
    office.says("partners", "resume", partner)
    key = town.file("lost.jwk.json", json.dumps(new_key()[1]))
    device = office.facts("partners", "add-device", partner, key, "--label", "lost")["id"]
    office.says("partners", "revoke-device", device, "--yes")
    office.says("occasions", "import", town.file("wrong.csv", f"id,partner\n{SHOWS[0]},x\n"), status=1)
    office.says("occasions", "cancel", SHOWS[0], "--yes")
