"""The documents that partners send and the client agree: what it sends they take, what it reads they select."""

import ast
import inspect
from itertools import product
from pathlib import Path

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, visit
from graphql.language import Visitor

from laurel_client import answers, book_answers

PARTNERS = Path(__file__).parents[2] / "partners"
KINDS = sorted(path.parent.name for path in PARTNERS.glob("*/profile.toml"))
SENT = {  # the stub gateway sees to it that the client sends no more than this
    "VerifyPass": {"pass", "reward", "quantity", "occasion"},
    "RedeemReward": {"input"},
    "ReverseRedemption": {"input"},
    "HoldReward": {"input"},
    "ConfirmHold": {"input"},
    "ReleaseHold": {"input"},
    "CancelOccasion": {"input"},
    "Redemption": {"id", "requestId"},
    "Redemptions": {"first", "after", "since", "until", "reversedSince", "reversedUntil", "reward"},
    "DeviceRedemptions": {"first", "after", "since", "until", "reward"},
    "Occasions": {"first", "after", "since", "until", "reward", "over"},
    "Settlement": {"month"},
    "OfflineAllowance": set(),
    "UploadRedemptions": {"input"},
}
HOLDING = {"HoldReward", "ConfirmHold", "ReleaseHold", "CancelOccasion", "Occasions"}
READERS = {
    "VerifyPass": ["_eligible", "_not_eligible", "undetermined_in"],
    "RedeemReward": ["redemption_in", "_refused", "undetermined_in"],
    "ReverseRedemption": ["redemption_in", "_refused", "undetermined_in"],
    "HoldReward": ["_hold", "_refused", "undetermined_in"],
    "ConfirmHold": ["redemption_in", "_refused", "undetermined_in"],
    "ReleaseHold": ["_hold", "_refused", "undetermined_in"],
    "CancelOccasion": ["_cancellation", "_refused", "undetermined_in"],
    "Redemption": ["redemption_in"],
    "Redemptions": ["redemption_in", "_reversal", "_page", "_next"],
    "DeviceRedemptions": ["redemption_in", "_reversal", "_page", "_next"],
    "Occasions": ["_occasion", "_occasion_page", "_next"],
    "Settlement": ["_settlement"],
    "OfflineAllowance": ["_allowance"],
    "UploadRedemptions": ["_uploaded", "undetermined_in"],
}


def _sends(kind: str, name: str) -> bool:
    """Whether a kind has the document: a box office holds and cancels, and has all of them."""
    return name not in HOLDING or kind == "venue-counter"


def keys_read(reader: str) -> set[str]:
    """Return the constants by which a reader subscripts its fields."""
    tree = ast.parse(inspect.getsource(getattr(answers, reader, None) or getattr(book_answers, reader)))
    places = (node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    return {place.value for place in places if isinstance(place, ast.Constant) and isinstance(place.value, str)}


class Selected(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.names.add(node.name.value)


def test_there_are_six_kinds_of_partner() -> None:
    assert len(KINDS) == 6


@pytest.mark.parametrize(("kind", "name"), [pair for pair in product(KINDS, SENT) if _sends(*pair)])
def test_a_document_takes_and_selects_what_the_client_needs(kind: str, name: str) -> None:
    document = parse((PARTNERS / kind / f"{name}.graphql").read_text(encoding="utf-8"))
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == name
    assert {variable.variable.name.value for variable in operation.variable_definitions or ()} <= SENT[name]
    selected = Selected()
    visit(document, selected)
    needed = set().union(*map(keys_read, READERS[name]))
    assert len(needed) > 2
    assert needed <= selected.names
