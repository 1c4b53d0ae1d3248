"""Every document that a partner's device sends: valid, within limits, and within the scopes of its kind."""

from pathlib import Path

import pytest
from graphql import FieldNode, OperationDefinitionNode, build_schema, parse, validate
from graphql.utilities import strip_ignored_characters

from gateway.domain.partners import Profile
from gateway.schema.limits import TOKENS_MAX
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from tests.contract.house import KINDS, PARTNERS, ROOT
from tests.schema.test_permissions import NEEDS

SCHEMA = build_schema((ROOT / "gateway" / "schema" / "schema.graphql").read_text("utf-8"))
CATALOGUE = load_catalogue(PARTNERS / "catalogue")
HOLDING = {"holdReward", "confirmHold", "releaseHold"}
DOCUMENTS = [path for kind in KINDS for path in sorted(kind.glob("*.graphql"))]


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    """The templates as the gateway loads them."""
    return dict(load_profiles(PARTNERS, CATALOGUE))


def operation_of(path: Path) -> OperationDefinitionNode:
    """Return the one operation of a document."""
    [operation] = parse(path.read_text("utf-8")).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def root_fields(path: Path) -> set[str]:
    """Return the names of the root fields that a document asks for."""
    fields = operation_of(path).selection_set.selections
    return {field.name.value for field in fields if isinstance(field, FieldNode)}


def test_there_are_documents_of_six_kinds() -> None:
    assert len(KINDS) == 6
    assert {path.parent for path in DOCUMENTS} == set(KINDS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_document_is_valid_by_the_published_schema(path: Path) -> None:
    assert validate(SCHEMA, parse(path.read_text("utf-8"))) == []
    operation = operation_of(path)
    assert operation.name is not None
    assert operation.name.value == path.stem
    parse(strip_ignored_characters(path.read_text("utf-8")), max_tokens=TOKENS_MAX)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_kind_has_the_scopes_that_its_documents_need(path: Path, profiles: dict[str, Profile]) -> None:
    needed = {scope for field in root_fields(path) if (scope := NEEDS[field]) is not None}
    assert needed <= profiles[path.parent.name].scopes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_sends_a_document_for_every_root_field_that_its_rewards_need(
    kind: Path, profiles: dict[str, Profile]
) -> None:
    rewards = [CATALOGUE.rewards[code] for code in profiles[kind.name].rewards]
    needless = set() if any(one.hold for one in rewards) else HOLDING
    needless |= set() if any(one.needs_occasion for one in rewards) else {"cancelOccasion", "occasions"}
    sent = {field for path in kind.glob("*.graphql") for field in root_fields(path)}
    assert sent == set(NEEDS) - needless


def test_somebody_holds_and_cancels() -> None:
    assert any(one.hold for one in CATALOGUE.rewards.values())
    assert any(one.needs_occasion for one in CATALOGUE.rewards.values())
    assert set(NEEDS) >= HOLDING


def test_a_field_that_does_not_exist_would_be_found() -> None:
    text = DOCUMENTS[0].read_text("utf-8")
    name = operation_of(DOCUMENTS[0]).selection_set.selections[0]
    assert isinstance(name, FieldNode)
    assert validate(SCHEMA, parse(text.replace(name.name.value, "nothing", 1)))


def test_every_file_of_the_catalogue_is_loaded() -> None:
    files = {path.stem for path in (PARTNERS / "catalogue").iterdir()}
    assert files == set(load_catalogue(PARTNERS / "catalogue").rewards) | {"programme"}
