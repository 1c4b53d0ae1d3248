"""The reference's examples are what a sandbox answers: the page can be trusted."""

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

import anyio
import pytest

from gateway.cli.reference.examples import load_examples
from gateway.domain.codes import code_from, written
from laurel_client import Credentials
from tests.flow.sandboxes import Sandbox
from tests.flow.story import Story, difference, explain
from tests.flow.wire import Wire

ENTITLED, NOBODYS = "ABCD-EFGH-JKMN-PQRS", "WXYZ-2345-6789-ABCD"
"""The passes of the examples: somebody's who may have everything, and nobody's."""

CARD = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2xhdXJlbC5leGFtcGxlIn0.c2lnbmVk"
"""The token of a card, shortened, as a gate would read it."""

SHOW, MONTH = "cultural-event-1", "2026-11"
EXAMPLES = load_examples()


@pytest.mark.xdist_group("sqlite-sandbox")
def test_every_example_is_answered_as_it_is_shown(sqlite_sandbox: Sandbox) -> None:
    partners = {kind: anyio.run(newcomer, sqlite_sandbox, kind) for kind in {one.kind for one in EXAMPLES}}
    show = anyio.run(sqlite_sandbox.steward.announce, partners["venue-counter"].partner_id, "cultural-event")
    venue, transit = anyio.run(sqlite_sandbox.steward.resident, "venue", "transit")
    month = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"
    passes = {ENTITLED: written(venue.code), NOBODYS: written(code_from(7)), CARD: transit.token}
    story = Story({**passes, SHOW: show, MONTH: month})
    for example in EXAMPLES:
        with Wire(partners[example.kind]) as wire:
            answer = wire.send(example.document, **story.variables(example.variables))
        real = answer.json().get("data")
        assert difference(example.data, real) is None, explain(example, real)
        story.learn(example.data, real)


async def newcomer(sandbox: Sandbox, kind: str) -> Credentials:
    """Return the credentials of a partner who has nothing on record: what it asks for has one answer."""
    partner_id = f"newcomer-{secrets.token_hex(8)}"
    await sandbox.steward.add_partner(kind, partner_id)
    given = {**sandbox.partner_file(kind), "partner_id": partner_id, "client_id": partner_id}
    return await sandbox.steward.add_device(given, scopes=" ".join(given["scopes"]))


def test_a_wrong_example_would_be_found() -> None:
    shown = {"a": [{"id": "rdm_1", "at": "2026-11-25T08:00:00+00:00", "status": "REDEEMED", "n": 1, "on": None}]}
    assert difference(shown, {"a": [{**shown["a"][0], "id": "rdm_x2"}, {}]}) is None
    for wrong in (
        {"id": 1},
        {"at": "x1"},
        {"status": "REVERSED_2"},
        {"n": 2},
        {"n": True},
        {"on": ""},
        {"more": 1},
    ):
        assert difference(shown, {"a": [{**shown["a"][0], **wrong}]}) is not None, wrong
    assert difference({"__typename": "Eligible"}, {"__typename": "NotEligible"}) is not None
    assert difference({"id": "rdm_EKLepqNGIyLb"}, {"id": "rdm_yoVNhWmlKQ"}) is None
    assert difference(shown, {"a": []}) == "data.a has 0"
