"""Documents are registered whole or the start is refused, and run by id without being read again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.documents import Document, document_id
from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import Profile, Scope
from gateway.schema.admission import ID_REQUIRED, NOT_REGISTERED, admit
from gateway.schema.execution import NotExecuted
from gateway.schema.limits import ROOT_FIELDS_MAX, TOKENS_MAX
from gateway.schema.registered import RegisteredDocument, RegisteredDocuments, register
from tests.schema.asking import PRODUCTION, ask, only_error
from tests.services.world import REQUEST_ID, World

SERVICE = "query Service { service { name } }\n"
VERIFY = (
    "query VerifyPass($pass: String!, $quantity: Int! = 1) "
    '{ verifyPass(pass: $pass, reward: "ride", quantity: $quantity) { __typename } }'
)
REDEEM = "mutation RedeemReward($input: RedeemRewardInput!) { redeemReward(input: $input) { __typename } }"


def source(text: str, name: str = "Service", file: str = "") -> Document:
    """Return a document as it is read from its file."""
    return Document(name=name, text=text, file=Path("gas-desk") / (file or f"{name}.graphql"))


def profile(*documents: Document, kind: str = "gas-desk", earlier: Iterable[Document] = ()) -> Profile:
    """Return a kind of partner with documents."""
    return Profile(
        kind=kind,
        sector="gas",
        title_zh="",
        title_en="",
        scopes=frozenset(Scope),
        rewards=frozenset(),
        documents={one.name: one for one in documents},
        earlier_documents=tuple(earlier),
    )


def registered(*profiles: Profile) -> RegisteredDocuments:
    """Return the documents of kinds, registered."""
    return register(PRODUCTION, {one.kind: one for one in profiles})


def one_of(text: str, name: str) -> RegisteredDocument:
    """Return a document, registered."""
    [document] = registered(profile(source(text, name)))
    return document


def refusal(*documents: Document, earlier: Iterable[Document] = ()) -> str:
    """Return the sentence with which documents are refused."""
    with pytest.raises(ConfigurationError) as refused:
        registered(profile(*documents, earlier=earlier))
    sentence = str(refused.value)
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    return sentence


def test_an_id_is_the_hash_of_the_text_in_utf_8() -> None:
    """The example of GraphQL over HTTP, appendix Persisted Documents."""
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert document_id(text) == "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
    text = '{ redemption(id: "市") { id } }'
    assert document_id(text) == f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


def test_a_kind_finds_its_own_documents_in_every_version_and_no_other_kinds() -> None:
    now, before = source(SERVICE), source("query Service { service { version } }", file="Service.2026-11.graphql")
    foreign = source(VERIFY, "VerifyPass")
    documents = registered(profile(now, earlier=[before]), profile(foreign, kind="telecom-desk"))
    found = {one: documents.find("gas-desk", one.id) for one in (now, before)}
    assert {one: (at.source, at.name, at.current) for one, at in found.items() if at} == {
        now: (now, "Service", True),
        before: (before, "Service", False),
    }
    assert documents.find("gas-desk", foreign.id) is None
    at = documents.find("telecom-desk", foreign.id)
    assert at is not None
    assert at.variables == {"pass", "quantity"}
    assert {(one.kind, one.id) for one in documents} == {
        ("gas-desk", now.id),
        ("gas-desk", before.id),
        ("telecom-desk", foreign.id),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Syntax Error"),
        ("query Service { service { name }", "Syntax Error"),
        ("query Service {\n  service {\n    nam\n  }\n}", "line 3: Cannot query field 'nam' on type 'Service'"),
        ("query Service { service { name } servic { name } }", "Cannot query field 'servic'"),
        ("query Service($unused: Int) { service { name } }", "never used"),
        ("query Service { __schema { queryType { name } } }", "introspection"),
        ("subscription Service { service { name } }", "subscription"),
        (f"query Service {{ service {{ {'name ' * TOKENS_MAX} }} }}", "tokens"),
        (f"query Service {{ {'service { name } ' * (ROOT_FIELDS_MAX + 1)} }}", f"at most {ROOT_FIELDS_MAX}"),
        ("query Service { ...a ...a } fragment a on Query { service { name ...a } }", "Each fragment has a name"),
        ("{ service { name } }", "its operation is not the one that the file's name promises"),
        ("query Services { service { name } }", "name it Service"),
        (SERVICE + "query Other { service { name } }", "exactly one query or mutation"),
    ],
)
def test_a_document_that_may_not_run_stops_the_start(text: str, reason: str) -> None:
    sentence = refusal(source(SERVICE.replace("Service", "Other"), "Other"), source(text))
    assert sentence.startswith("gas-desk/Service.graphql: ")
    assert reason in sentence


def test_an_earlier_version_is_held_to_the_same() -> None:
    gone = source("query Service { service { gone } }", file="earlier/Service.1.graphql")
    assert refusal(source(SERVICE), earlier=[gone]).startswith("gas-desk/earlier/Service.1.graphql: can't be")


def test_a_version_that_was_not_changed_is_told() -> None:
    copied = source(SERVICE, file="earlier/Service.1.graphql")
    sentence = "is the same document as gas-desk/Service.graphql; remove one of the two."
    assert refusal(source(SERVICE), earlier=[copied]) == f"{copied.file}: {sentence}"


@pytest.mark.parametrize("any_text", [False, True])
def test_an_id_admits_what_is_registered_for_the_kind(any_text: bool) -> None:
    documents = registered(profile(source(SERVICE)), profile(source(VERIFY, "VerifyPass"), kind="telecom-desk"))

    def by(document_id: str) -> object:
        return admit(documents, kind="gas-desk", document_id=document_id, text=None, any_text=any_text)

    found = by(document_id(SERVICE))
    assert isinstance(found, RegisteredDocument)
    assert found.source.text == SERVICE
    assert by(document_id(VERIFY)) is by(document_id("another")) is NOT_REGISTERED
    assert NOT_REGISTERED.body["errors"][0]["extensions"] == {"code": "DOCUMENT_NOT_REGISTERED"}


def test_a_text_is_admitted_by_the_sandbox_alone() -> None:
    documents = registered(profile(source(SERVICE)))
    for text in (SERVICE, "query { service { version } }", "no GraphQL"):
        given: dict[str, Any] = {"kind": "gas-desk", "document_id": None, "text": text}
        assert admit(documents, **given, any_text=True) == text
        assert admit(documents, **given, any_text=False) is ID_REQUIRED
    assert ID_REQUIRED.body["errors"][0]["extensions"] == {"code": "DOCUMENT_ID_REQUIRED"}


@pytest.mark.anyio
async def test_a_registered_document_runs_without_being_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.issue("card")
    verify, redeem = one_of(VERIFY, "VerifyPass"), one_of(REDEEM, "RedeemReward")
    for reader in ("parse", "validate"):
        monkeypatch.delattr(f"gateway.schema.documents.{reader}")
        monkeypatch.delattr(f"gateway.schema.registered.{reader}")
    monkeypatch.delattr("strawberry.schema.schema.parse")
    monkeypatch.delattr("strawberry.schema.schema.validate_document")
    told = await ask(world, verify, {"pass": "card"})
    assert told.body == {"data": {"verifyPass": {"__typename": "Eligible"}}}
    variables = {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}}
    done = await ask(world, redeem, variables, operation="RedeemReward")
    assert done.body == {"data": {"redeemReward": {"__typename": "Redemption"}}}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("variables", "operation", "code", "argument"),
    [
        (None, None, "BAD_USER_INPUT", None),
        ({"pass": "card", "quantity": "canary"}, None, "BAD_USER_INPUT", None),
        ({"pass": "card", "quantity": 0}, None, "BAD_USER_INPUT", "quantity"),
        ({"pass": "card", "canary": 1}, None, "BAD_USER_INPUT", None),
        ({"pass": "card"}, "canary", "BAD_REQUEST", None),
        ({"pass": "card"}, "", "BAD_REQUEST", None),
    ],
)
async def test_wrong_variables_and_names_are_told_and_not_quoted(
    world: World, variables: dict[str, object] | None, operation: str | None, code: str, argument: str | None
) -> None:
    answer = await ask(world, one_of(VERIFY, "VerifyPass"), variables, operation=operation)
    error = only_error(answer)
    assert error["extensions"] == {"code": code} | ({} if argument is None else {"argument": argument})
    assert "canary" not in str(error)
    assert isinstance(answer, NotExecuted) or argument == "quantity"


@pytest.mark.anyio
async def test_scopes_and_bound_bodies_are_demanded_of_registered_documents_too(world: World) -> None:
    redeem = one_of(REDEEM, "RedeemReward")
    variables = {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}}
    lacking = await ask(world, redeem, variables, scopes=frozenset({Scope.VERIFY}))
    assert only_error(lacking)["extensions"] == {"code": "FORBIDDEN"}
    unbound = await ask(world, redeem, variables, bound=False)
    assert only_error(unbound)["extensions"] == {"code": "CONTENT_DIGEST_REQUIRED"}
    assert world.calls.made == []
