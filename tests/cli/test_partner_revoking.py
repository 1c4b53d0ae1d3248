"""A machine is revoked for good, after a question; and what commands did is told to programs, too."""

import json
from typing import Any

from gateway.auth.jwk import thumbprint
from tests.cli.conftest import Steward
from tests.flow.steward import new_key


def _states(steward: Steward) -> list[Any]:
    shown = json.loads(steward.does("partners", "show", "east-gas", "--json"))
    return [one["state"] for one in shown["devices"]]


def test_what_was_done_is_told_to_a_program(steward: Steward) -> None:
    said = json.loads(steward.does("partners", "add", "gas-desk", "East Gas", "--json"))
    assert said == {"id": "east-gas", "kind": "gas-desk", "name": "East Gas"}
    public = new_key()[1]
    path = steward.file("desk.json", json.dumps(public))
    device = json.loads(steward.does("partners", "add-device", "east-gas", path, "--json"))
    assert (device["partner"], device["key"]) == ("east-gas", thumbprint(public))
    assert json.loads(steward.does("partners", "revoke-device", device["id"], "--yes", "--json")) == {
        "id": device["id"],
        "partner": "east-gas",
        "revoked": True,
    }


def test_a_machine_is_revoked_once(steward: Steward) -> None:
    steward.does("partners", "add", "gas-desk", "East Gas")
    path = steward.file("desk.json", json.dumps(new_key()[1]))
    device = json.loads(steward.does("partners", "add-device", "east-gas", path, "--json"))
    asked = steward.is_refused("partners", "revoke-device", device["id"])
    assert "of east-gas? It stops at once" in asked
    assert _states(steward) == ["works"]
    assert steward.does("partners", "revoke-device", device["id"], "--yes") == f"{device['id']} is revoked.\n"
    assert _states(steward) == ["revoked"]
    for unknown in (device["id"], "dev_none"):
        assert "no such device" in steward.is_refused("partners", "revoke-device", unknown, "--yes")
    assert "registered already" in steward.is_refused("partners", "add-device", "east-gas", path)
