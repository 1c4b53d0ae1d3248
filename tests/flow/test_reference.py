"""The reference's examples are what a sandbox answers: the page can be trusted."""

import time
from pathlib import Path

import anyio
import pytest

from gateway.cli.reference.examples import load_examples
from gateway.domain.codes import code_from, written
from tests.flow.sandboxes import Sandbox
from tests.flow.story import Story, difference, explain
from tests.flow.wire import Wire

ENTITLED, NOBODYS = "ABCD-EFGH-JKMN-PQRS", "WXYZ-2345-6789-ABCD"
"""The passes of the examples: somebody's who may have everything, and nobody's."""

EXAMPLES = load_examples()


@pytest.mark.xdist_group("sqlite-sandbox")
def test_every_example_is_answered_as_it_is_shown(sqlite_sandbox: Sandbox) -> None:
    wait_for_main_job(sqlite_sandbox.gateway.output)  # which redeems, too
    [issued] = anyio.run(sqlite_sandbox.steward.resident, "venue")
    story = Story({ENTITLED: written(issued.code), NOBODYS: written(code_from(7))})
    for example in EXAMPLES:
        with Wire(sqlite_sandbox.partner(example.kind)) as wire:
            answer = wire.send(example.document, **story.variables(example.variables))
        real = answer.json().get("data")
        assert difference(example.data, real) is None, explain(example, real)
        story.learn(example.data, real)


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


def wait_for_main_job(output: Path) -> None:
    """Return once a sandbox says what to try next."""
    deadline = time.monotonic() + 60
    while "Try next" not in output.read_text("utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
