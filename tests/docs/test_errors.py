"""The page of errors lists each code there is, each status it comes with, and the limits that hold."""

import ast
import re
from collections.abc import Iterator

from gateway.domain.error_codes import ErrorCode
from gateway.schema import limits, patience
from gateway.web import bodies, graphql_requests
from tests.docs.pages import ROOT

TEXT = (ROOT / "docs" / "errors.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| ([0-9, ]+) \|", TEXT, re.MULTILINE))


def test_every_code_is_explained_and_no_other() -> None:
    assert list(ROWS) == [code.value for code in ErrorCode]


def test_every_code_is_given_somewhere_and_none_is_made_up_elsewhere() -> None:
    used, made_up = set(), set()
    for path in (ROOT / "gateway").rglob("*.py"):
        if path.name == "error_codes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "ErrorCode"
            ):
                used.add(node.attr)
            if isinstance(node, ast.Dict):
                made_up |= {(path.name, text) for text in codes_in(node)}
    assert used == set(ErrorCode.__members__)
    assert made_up == set()


def codes_in(node: ast.Dict) -> Iterator[str]:
    """Yield what is written out as a code in a dictionary."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant):
            yield str(value.value)


def test_what_may_take_longer_is_said() -> None:
    [sentence] = re.findall(r"[^.|]+ have two seconds\.", TEXT)
    assert set(re.findall(r"`(\w+)`", sentence)) == patience.LONG
    assert patience.LONG_SECONDS_MAX == 2


def test_the_limits_are_those_that_hold() -> None:
    section = TEXT.partition("## Limits of a document")[2]
    cells = [
        cell.strip() for row in re.findall(r"^\|(.+)\|$", section, re.MULTILINE)[2:] for cell in row.split("|")
    ]
    told = dict(zip(cells[::2], map(int, cells[1::2]), strict=True))
    assert told == {
        "bytes of a request's body": bodies.BODY_BYTES_MAX,
        "seconds until it is there": bodies.BODY_SECONDS,
        "tokens, comments counted": limits.TOKENS_MAX,
        "seconds of an operation": patience.SECONDS_MAX,
        "levels of fields": limits.DEPTH_MAX,
        "fields, fragments spread": limits.FIELDS_MAX,
        "fields at the root of a query": limits.ROOT_FIELDS_MAX,
        "fields of a mutation": 1,
        "aliases, fragments spread": limits.ALIASES_MAX,
        "directives": limits.DIRECTIVES_MAX,
        "fragments with a name": limits.FRAGMENTS_MAX,
        "variables": limits.VARIABLES_MAX,
        "characters of an alias or a field's name": limits.NAME_LENGTH_MAX,
        "levels of JSON": graphql_requests.BODY_DEPTH_MAX,
        "levels below `__schema`, `__type`": limits.INTROSPECTION_DEPTH_MAX,
        "fields there": limits.INTROSPECTION_FIELDS_MAX,
    }
