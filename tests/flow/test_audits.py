"""GraphQL over HTTP, judged by other people's audits: the npm package graphql-http, against a real sandbox."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.flow.sandboxes import Sandbox
from tests.node import run

AUDITS = Path(__file__).parents[1] / "node" / "graphql_audits.mjs"


@pytest.mark.xdist_group("sqlite-sandbox")
def test_every_audit_is_passed_without_a_warning(sqlite_sandbox: Sandbox) -> None:
    partner = json.dumps(sqlite_sandbox.partner_file("gas-desk"))
    found = run(AUDITS, environment={"PARTNER": partner})
    print("\n".join(f"{one['status']:<6} {one['id']} {one['name']}" for one in found))  # pytest -rP shows it
    assert [one for one in found if one["status"] != "ok"] == []
    assert Counter(one["status"] for one in found) == {"ok": 61}
