"""A card office's machine and a resident's phone over HTTP, rightly and wrongly, with people who are canaries."""

import asyncio
import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from time import time
from typing import Any

import httpx2

from laurel_client import Credentials, enrol, new_key
from tests.canaries.buggy import BUGS
from tests.canaries.town import Town
from tests.flow.desk import OfficeMachine
from tests.phone import Phone

ID_AND_KEY = 4 + (16 + 32) * 8 // 5
"""Characters of a pairing that no other has; the gateway's public key follows."""

ORDERS = ("programme", "issue", "print", "replace", "revoke", "passes", "pass", "denial", "access-log")


def at_the_machine(town: Town) -> None:
    """Enrol a machine of the office, do all that it can, pair a phone; then send it all where it does not belong.

    What is handed out in answers is looked for everywhere else; what is refused is refused within earshot.
    """
    office = town.office
    office.says("partners", "add", "card-office", "Canary Office")
    code = office.facts("partners", "add-device", "canary-office", "--label", "desk 1")["code"]
    town.secrets["office's enrolment code"] = code
    credentials = Credentials.from_mapping(asyncio.run(enrol(town.url, code, new_key())))
    with OfficeMachine(credentials) as desk:
        shown = _hand_out(town, desk)
        phone = _pair(town, desk)
    with OfficeMachine(credentials, transport=town.ear) as desk:
        for canary in [*shown, phone.shows(int(time())), *_of_people(town)]:
            for what in ORDERS:
                for members in _wrong(canary):
                    desk.order(what, **members)
        for bug in BUGS:
            desk.http.headers["X-Bug"] = bug
            desk.order("pass", **{"pass": shown[0]})
            desk.order("denial", **{"pass": shown[0], "pin": town.people["li"].pin, "reference": town.denied[0]})


def _hand_out(town: Town, desk: OfficeMachine) -> list[str]:
    li = town.people["li"]
    given = {"registryId": li.registry_id, "sectors": ["gas"], "pin": li.pin}
    [card] = desk.does("issue", **given)["passes"]
    [slip] = desk.does("issue", **given, form="slip", codes=2)["passes"]
    [new] = desk.does("replace", **{"pass": card["code"]})["passes"]
    assert desk.order("print", cards=[{"token": new["token"], "code": new["code"]}]).status_code == httpx2.codes.OK
    desk.does("passes", registryId=li.registry_id)
    desk.does("access-log", **{"pass": new["code"], "pin": li.pin})
    desk.does("denial", **{"pass": town.denied[1], "pin": li.pin, "reference": town.denied[0]})
    desk.does("revoke", registryId=li.registry_id, sectors=["gas"], forms=["slip"])
    shown = [new["token"], new["code"], card["code"], *slip["codes"]]
    claims = json.loads(urlsafe_b64decode(new["token"].split(".")[1] + "=="))
    handed = [claims["jti"], *shown[1:]]  # others share all of a token but its id and signature
    town.secrets |= {f"pass {number} of the machine": text for number, text in enumerate(handed)}
    return shown


def _pair(town: Town, desk: OfficeMachine) -> Phone:
    li = town.people["li"]
    order = {"registryId": li.registry_id, "sectors": ["gas"], "form": "live", "instead": True}
    code = desk.does("issue", **order)["pairing"]["code"]
    name = secrets.token_urlsafe(16)
    paired = _asks(town, "pairing", None, code=code, phone=name)
    pairing = paired.json()["passes"][0]["pairing"]
    phone = Phone.paired(pairing)
    question = phone.asks(int(time()))
    _asks(town, "access-log", None, question=question, pin=li.pin)
    town.secrets |= {
        "pairing code": code,
        "paired": pairing[4:ID_AND_KEY],
        "phone's name": name,
        "question": question,
    }
    for canary in (code, li.registry_id, question, pairing):
        _asks(town, "pairing", town.ear, code=canary, phone=name[::-1])
        _asks(town, "access-log", town.ear, question=canary, pin=canary)
        _asks(town, "access-log", town.ear, question=canary, pin=li.pin[::-1])
        _asks(town, "pairing", town.ear, **{canary: canary})
    return phone


def _asks(town: Town, what: str, ear: httpx2.BaseTransport | None, **members: str) -> httpx2.Response:
    with httpx2.Client(transport=ear, trust_env=False, timeout=20) as http:
        return http.post(f"{town.url}/pass/{what}", json=members)


def _of_people(town: Town) -> Iterator[str]:
    yield town.people["li"].registry_id
    yield town.people["li"].honour


def _wrong(canary: str) -> Iterator[dict[str, Any]]:
    """Yield orders that have to be refused, each with a canary in it."""
    yield {canary: canary}
    yield {"registryId": canary + "x", "sectors": [canary], "form": canary, "paper": canary}
    yield {"pass": canary + "x", "pin": canary[:16], "reference": canary, "cards": [{"token": canary}]}
