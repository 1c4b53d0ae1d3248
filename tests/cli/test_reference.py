"""The reference follows the schema: it is what the command prints, and says something of everything."""

import re
import shutil
from pathlib import Path

import pytest
from graphql import build_schema, is_introspection_type, is_specified_scalar_type

from gateway.cli.reference.examples import load_examples
from gateway.cli.reference.markdown import as_json, described, heading_of, link, table
from gateway.cli.reference.pages import operations_of
from gateway.domain.error_codes import ErrorCode
from gateway.domain.redemptions import Reason
from gateway.schema import build_schema as build_laurel
from tests.cli.conftest import Steward
from tests.docs.pages import ROOT, anchors

PAGE = (ROOT / "docs" / "reference.md").read_text("utf-8")
SCHEMA = build_schema((ROOT / "gateway" / "schema" / "schema.graphql").read_text("utf-8"))
ROOTS = [SCHEMA.query_type, SCHEMA.mutation_type]
BUILT_IN = (is_introspection_type, is_specified_scalar_type)
TYPES = [
    one for one in SCHEMA.type_map.values() if one not in ROOTS and not any(built_in(one) for built_in in BUILT_IN)
]
OPERATIONS = operations_of(build_laurel(introspection=False)._schema)
LISTED = re.compile(r"Refused with ([A-Z_, ]+)\.$")


def section(heading: str) -> str:
    """Return the part of the page under a heading."""
    return PAGE.partition(f"\n### {heading}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


def test_the_committed_page_is_what_the_command_prints(steward: Steward) -> None:
    nobody = Steward(steward.folder, {})
    assert nobody.does("reference") == PAGE, "run `make schema` and look at the difference"
    assert nobody.does("reference", "--out", "reference.md") == ""
    assert (steward.folder / "reference.md").read_text("utf-8") == PAGE


def test_other_partners_than_the_examples_are_told(steward: Steward) -> None:
    partners = Path(shutil.copytree(ROOT / "partners", steward.folder / "partners"))
    (partners / "venue-counter" / "Service.graphql").unlink()
    sentence = steward.is_refused("reference", status=2, GATEWAY_PARTNERS_DIR=str(partners))
    assert "Service of venue-counter" in sentence


def test_every_operation_has_a_section_and_an_example() -> None:
    assert [one.name for one in OPERATIONS] == [name for root in ROOTS if root for name in root.fields]
    without = {one.name for one in OPERATIONS} - {one.root for one in load_examples()}
    assert without == set(), "add a request and its answer to gateway/cli/reference/examples.json"
    for operation in OPERATIONS:
        text = section(operation.heading)
        assert operation.needs in text
        assert "**Example**" in text
        assert f"| [`{operation.name}`](#{operation.root}-{operation.name.lower()}) |" in PAGE
        for argument in operation.field.args.values():
            assert described(argument.description) in text


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_every_type_is_told_whole(kind: object) -> None:
    text = section(heading_of(kind))  # type: ignore[arg-type]
    assert described(kind.description) in text  # type: ignore[attr-defined]
    for members in ("fields", "values"):
        for name, one in (getattr(kind, members, None) or {}).items():
            assert re.search(rf"^\| `{name}` \|.*{re.escape(described(one.description))} \|$", text, re.M), name
    for one in getattr(kind, "types", ()):
        assert f"[`{one.name}`](#type-{one.name.lower()})" in text


def test_every_mutation_names_its_reasons_and_every_reason_has_one() -> None:
    named: set[str] = set()
    for operation in OPERATIONS:
        if operation.root == "mutation" and operation.name != "uploadRedemptions":  # each tap has a verdict
            listed = LISTED.search(described(operation.field.description))
            assert listed is not None, f"{operation.name}: end its description with refused_with(...)"
            reasons = listed[1].split(", ")
            assert set(reasons) <= set(Reason)
            told = re.findall(r"^\| `([A-Z_]+)` \|", section(operation.heading), re.M)
            assert sorted(told) == sorted(reasons)
            named |= set(reasons)
    assert named == set(Reason)


def test_the_codes_that_it_names_are_all_that_a_request_by_id_can_get() -> None:
    named = set(re.findall(r"`([A-Z_]+)`", PAGE.partition("\n## Errors\n")[2].partition("\n## ")[0]))
    for line in re.findall(r"^\*\*Errors\*\* .*$", PAGE, re.M):
        named |= set(re.findall(r"`([A-Z_]+)`", line))
    of_texts = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "DOCUMENT_TOO_LARGE"}
    assert named == set(ErrorCode) - of_texts


def test_the_markdown_is_right() -> None:
    assert table(("a", "b"), [("x|y", ""), ("1", "2")]) == "| a | b |\n|---|---|\n| x\\|y | |\n| 1 | 2 |"
    assert table(("a",), []) == ""
    heading = "type `Über-Thing`, 2"
    anchor = re.search(r"\(#(.+)\)", link("text", heading))
    assert anchor is not None
    assert {anchor[1]} == anchors(f"# {heading}\n")
    assert as_json({"a": [1], "b": {"c": "x" * 100}}) == (
        '```json\n{\n  "a": [1],\n  "b": {\n    "c": "' + "x" * 100 + '"\n  }\n}\n```'
    )
