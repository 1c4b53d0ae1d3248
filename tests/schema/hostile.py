"""Hostile documents, each with what has to become of it: a code, or None where it is harmless and runs.

CANARY is in each where it can be: a value, a name, a comment. Whatever is answered or logged, it stays unsaid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.error_codes import ErrorCode

CANARY = "C4N4RYK7Q2ZXWVT9"
"""What a typed code looks like; so it is a name as well as a value."""

PARSE, LARGE = ErrorCode.GRAPHQL_PARSE_FAILED, ErrorCode.DOCUMENT_TOO_LARGE
INVALID, INPUT, REQUEST = ErrorCode.GRAPHQL_VALIDATION_FAILED, ErrorCode.BAD_USER_INPUT, ErrorCode.BAD_REQUEST

VERIFY = "verifyPass(pass: %s, reward: %s) { __typename }"
REDEEM = "mutation($input: RedeemRewardInput!) { redeemReward(input: $input) { __typename } }"


@dataclass(frozen=True, slots=True)
class Row:
    """One hostile document. `ran` tells whether the operation began, and a field of it failed."""

    name: str
    document: str
    code: ErrorCode | None = None
    variables: Mapping[str, Any] | None = None
    operation: str | None = None
    ran: bool = False
    production: ErrorCode | None = field(default=None)
    """The code where introspection is off, if that is another one."""


def _nested(opening: str, closing: str, count: int, inner: str = "") -> str:
    return opening * count + inner + closing * count


def _fragments(count: int, *, doubled: bool = True) -> str:
    """Return fragments of which each spreads the next twice, and the last names the service."""
    return " ".join(
        f"fragment f{n} on Query {{ ...f{n + 1} {f'... {{ ...f{n + 1} }}' if doubled else ''} }}"
        for n in range(count)
    )


NESTING = [
    Row("fields 100 deep", "{" + _nested(f" {CANARY} {{", "}", 100, "a") + "}", LARGE),
    Row("fields beyond the parser", _nested("{ a", "}", 240), PARSE),
    Row(
        "lists in a literal",
        f"{{ redemption(id: {_nested('[', ']', 190, chr(34) + CANARY + chr(34))}) {{ id }} }}",
        INPUT,
    ),
    Row("objects in a literal", f"{{ redemption(id: {_nested('{a: ', '}', 100, CANARY)}) {{ id }} }}", INPUT),
    Row("lists in a type", f"query($v: {_nested('[', ']', 190, 'Int')}) {{ service {{ name }} }}", INVALID),
    Row("inline fragments 80 deep", "{ service {" + _nested(" ... {", "}", 80, "name") + "} }"),
    Row("typed fragments 60 deep", "{ service {" + _nested(" ... on Service {", "}", 60, "name") + "} }"),
    Row("seven levels of data", "{ redemptions { edges { node { a { b { c { d } } } } } } }", LARGE),
]

FRAGMENTS = [
    Row("a circle of one", "{ service { ...f } } fragment f on Service { ...f }", INVALID),
    Row("a circle of two", "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", INVALID),
    Row(
        "a circle aside", "{ service { name } } fragment f on Query { ...g } fragment g on Query { ...f }", INVALID
    ),
    Row(
        "doubled seven times", f"{{ ...f0 }} {_fragments(7)} fragment f7 on Query {{ service {{ name }} }}", LARGE
    ),
    Row("a chain of twenty", f"{{ ...f0 }} {_fragments(20, doubled=False)} fragment f20 on Query {{ a }}", LARGE),
    Row(
        "nine fragments",
        "{ service { name } }" + "".join(f" fragment f{n} on Query {{ a }}" for n in range(9)),
        LARGE,
    ),
    Row("two of one name", "{ ...f } fragment f on Query { a } fragment f on Query { b }", INVALID),
    Row("one that is missing", f"{{ ...{CANARY} }}", INVALID),
    Row("one that nobody spreads", f"{{ service {{ name }} }} fragment {CANARY} on Service {{ name }}", INVALID),
    Row("on a scalar", "{ service { ...f } } fragment f on Int { a }", INVALID),
    Row("on a type of nobody", f"{{ service {{ ... on {CANARY} {{ name }} }} }}", INVALID),
    Row("on another type", "{ service { ... on Redemption { id } } }", INVALID),
    Row(
        "six roots by fragments",
        "{ ...r ...r ...r ...r ...r ...r } fragment r on Query { rewards { code } }",
        LARGE,
    ),
    Row("a fragment with variables", "{ ...f } fragment f($a: Int) on Query { service { name } }", PARSE),
    Row("a fragment called on", "{ ...on } fragment on on Query { service { name } }", PARSE),
]

AMOUNTS = [
    Row("five aliases", "{ service { " + " ".join(f"a{n}: name" for n in range(5)) + " } }", LARGE),
    Row("100 aliases", "{ " + " ".join(f"a{n}: __typename" for n in range(100)) + " }", LARGE),
    Row(
        "guesses by aliases",
        "{ " + " ".join(f"a{n}: " + VERIFY % (f'"{CANARY}"', '"x"') for n in range(6)) + " }",
        LARGE,
    ),
    Row("a long alias", "{ " + CANARY * 100 + ": service { name } }", LARGE),
    Row("a long name", "{ " + CANARY * 100 + " }", LARGE),
    Row("an alias for two", f"{{ service {{ {CANARY}: name {CANARY}: version }} }}", INVALID),
    Row("a prototype's name", "{ __proto__: service { constructor: name toString: version } }"),
    Row("a field 250 times", "{ service { " + "name " * 250 + "} }", LARGE),
    Row("a field 59 times", "{ service { " + "name " * 59 + "} }"),
    Row("six roots", "{ " + "service { name } " * 6 + "}", LARGE),
    Row("an argument twice", f'{{ redemption(id: "{CANARY}", id: "b") {{ id }} }}', INVALID),
    Row("150 arguments", "{ service(" + " ".join(f"a{n}: {n}" for n in range(150)) + ") { name } }", INVALID),
    Row("a variable twice", "query($a: ID, $a: ID) { redemption(id: $a) { id } }", INVALID),
    Row("21 variables", "query(" + " ".join(f"$v{n}: Int" for n in range(21)) + ") { service { name } }", LARGE),
    Row(
        "60 operations", " ".join(f"query q{n} {{ service {{ name }} }}" for n in range(60)), None, operation="q9"
    ),
    Row("an operation twice", "query a { service { name } } query a { rewards { code } }", INVALID, operation="a"),
    Row("500 tokens and more", "{ service { name } }" + " , a" * 500, PARSE),
    Row("100 directives", "{ service { name " + "@a " * 100 + "} }", LARGE),
    Row("ten directives", f"{{ service {{ name {f'@{CANARY} ' * 10} }} }}", INVALID),
    Row("a directive ten times", "{ service { name " + "@skip(if: false) " * 10 + "} }", INVALID),
    Row("defer", "{ ... @defer { service { name } } }", INVALID),
    Row("stream", "{ rewards @stream(initialCount: 1) { code } }", INVALID),
    Row("skip without a condition", "{ service { name @skip } }", INVALID),
    Row("skip what has an effect", REDEEM.replace("{ __", "@skip(if: true) { __"), INPUT, {"input": {}}),
    Row("2000 comments", "# " + CANARY + "\n#\n" * 2000 + "{ service { name } }", LARGE),
    Row("1000 commas", "{ service { name" + "," * 1000 + " } }"),
]

INTROSPECTION = [
    Row("the schema", "{ __schema { types { name } } }", None, production=INVALID),
    Row("a type", '{ __type(name: "Redemption") { fields { name } } }', None, production=INVALID),
    Row("by alias", "{ a: __schema { queryType { name } } }", None, production=INVALID),
    Row(
        "by fragment", "{ ...f } fragment f on Query { __schema { queryType { name } } }", None, production=INVALID
    ),
    Row("across lines", "{\n__schema\n#\n{ queryType { name } } }", None, production=INVALID),
    Row("from a mutation", "mutation { __schema { queryType { name } } }", INVALID),
    Row("below a field", "{ service { __schema { queryType { name } } } }", INVALID),
    Row(
        "a circle of types",
        "{ __schema { types { " + _nested("fields { type { ", "} } ", 5, "name ") + "} } }",
        INVALID,
    ),
    Row("types 20 deep", "{ __schema { types { " + _nested("ofType { ", "} ", 20, "name ") + "} } }", LARGE),
    Row("a name 241 times", "{ __schema { types { " + "name " * 241 + "} } }", LARGE),
    Row("where one is", "{ __typename service { __typename } }"),
]

_REVERSE = (
    'mutation { reverseRedemption(input: {redemptionId: "a", requestId: "b", reason: RETURND}) { __typename } }'
)

SUGGESTIONS = [
    Row("almost a field", "{ servic { name } }", INVALID),
    Row("almost an argument", "{ redemptions(firs: 1) { edges { cursor } } }", INVALID),
    Row("almost a type", "query($a: RedeemRewardInpu!) { service { name } }", INVALID),
    Row("almost a directive", "{ service { name @skp(if: true) } }", INVALID),
    Row("almost a value", _REVERSE, INPUT),
    Row("almost a member", _REVERSE.replace("redemptionId", "redemptionI"), INPUT),
    Row("no selection", "{ service }", INVALID),
    Row("a selection of nothing", f"{{ service {{ name {{ {CANARY} }} }} }}", INVALID),
]

TEXTS = [
    Row("a byte order mark", "\ufeff{ service { name } }"),
    Row("a null byte", "{ service { name } }\0", PARSE),
    Row("an escape", "{ service { name \x1b[31m } }", PARSE),
    Row("a letter from elsewhere", "{ s\u0435rvice { name } }", PARSE),
    Row("right to left", "{ service { \u202ename } }", PARSE),
    Row("half a pair", '{ redemption(id: "\ud800") { id } }', PARSE),
    Row("half an escaped pair", '{ redemption(id: "\\uD800") { id } }', PARSE),
    Row("beyond Unicode", '{ redemption(id: "\\u{110000}") { id } }', PARSE),
    Row("a whole pair", '{ redemption(id: "\\uD83D\\uDE00") { id } }', INPUT, ran=True),
    Row("a text of 15 KiB", f'{{ redemption(id: "{CANARY * 900}") {{ id }} }}', INPUT, ran=True),
    Row("a block of text", f'{{ redemption(id: """{CANARY}\n""") {{ id }} }}', INPUT, ran=True),
    Row("an open text", f'{{ redemption(id: "{CANARY}', PARSE),
    Row("SQL", '{ redemption(id: "\' OR 1=1 --") { id } }', INPUT, ran=True),
    Row(
        "a template",
        f'{{ verifyPass(pass: "${{jndi:{CANARY}}}", reward: "{{{{7*7}}}}") {{ __typename }} }}',
        INPUT,
        ran=True,
    ),
    Row("a path", '{ redemptions(reward: "../../etc/passwd") { edges { cursor } } }', INPUT, ran=True),
    Row("a line of a log", '{ redemptions(after: "x\\nERROR forged") { edges { cursor } } }', INPUT, ran=True),
]

NUMBERS = [
    Row("a large one", "{ redemptions(first: 2147483648) { edges { cursor } } }", INPUT),
    Row("5000 digits", "{ redemptions(first: " + "9" * 5000 + ") { edges { cursor } } }", INPUT),
    Row("5000 digits for an id", "{ redemption(id: " + "9" * 5000 + ") { id } }", INPUT, ran=True),
    Row("a huge exponent", "{ redemptions(first: 1e400) { edges { cursor } } }", INPUT),
    Row("a fraction", "{ redemptions(first: 1.5) { edges { cursor } } }", INPUT),
    Row("minus one", "{ redemptions(first: -1) { edges { cursor } } }", INPUT, ran=True),
    Row("more than a page", "{ redemptions(first: 201) { edges { cursor } } }", INPUT, ran=True),
    Row("a leading zero", "{ redemptions(first: 010) { edges { cursor } } }", PARSE),
    Row("hexadecimal", "{ redemptions(first: 0x10) { edges { cursor } } }", PARSE),
    Row("not a number", "{ redemptions(first: NaN) { edges { cursor } } }", INPUT),
    Row(
        "a variable of 2^31",
        "query($n: Int!) { redemptions(first: $n) { edges { cursor } } }",
        INPUT,
        {"n": 2**31},
    ),
    Row(
        "a default of a wrong type",
        f'query($n: Int! = "{CANARY}") {{ redemptions(first: $n) {{ edges {{ cursor }} }} }}',
        INPUT,
    ),
]

TYPES = [
    Row("a number for a pass", "{ " + VERIFY % (4929, '"ride"') + " }", INPUT),
    Row("a name for a pass", "{ " + VERIFY % (CANARY, '"ride"') + " }", INPUT),
    Row("a variable's name for a pass", "{ " + VERIFY % (f"${CANARY}", '"ride"') + " }", INVALID),
    Row("a list for a pass", "{ " + VERIFY % (f'["{CANARY}", "b"]', '"ride"') + " }", INPUT),
    Row("null for a pass", "{ " + VERIFY % ("null", '"ride"') + " }", INPUT),
    Row("an object for a pass", REDEEM, INPUT, {"input": {"pass": {CANARY: 1}, "reward": "a", "requestId": "b"}}),
    Row("a text for an object", REDEEM, INPUT, {"input": CANARY}),
    Row("a list of objects", REDEEM, INPUT, {"input": [{"pass": CANARY}, {"pass": CANARY}]}),
    Row("a member too many", REDEEM, INPUT, {"input": {"pass": "a", "reward": "b", "requestId": "c", CANARY: 1}}),
    Row(
        "a truth for a number",
        "query($n: Int!) { redemptions(first: $n) { edges { cursor } } }",
        INPUT,
        {"n": True},
    ),
    Row("a text for a truth", "query($b: Boolean!) { service { name @skip(if: $b) } }", INPUT, {"b": CANARY}),
    Row(
        "a time without a zone",
        '{ redemptions(since: "2026-11-01T00:00:00") { edges { cursor } } }',
        INPUT,
        ran=True,
    ),
    Row("no time at all", f'{{ redemptions(since: "{CANARY}") {{ edges {{ cursor }} }} }}', INPUT),
    Row("a variable that nobody uses", "{ service { name } }", None, {CANARY: CANARY}),
    Row("a variable that is missing", "query($a: ID!) { redemption(id: $a) { id } }", INPUT),
    Row("a cursor of nobody", f'{{ redemptions(after: "{CANARY}") {{ edges {{ cursor }} }} }}', INPUT, ran=True),
]

OPERATIONS = [
    Row("two without a name", "query a { service { name } } query b { service { name } }", REQUEST),
    Row("another name", "query a { service { name } }", REQUEST, operation=CANARY),
    Row("another case", "query a { service { name } }", REQUEST, operation="A"),
    Row("a fragment's name", "query a { ...f } fragment f on Query { service { name } }", REQUEST, operation="f"),
    Row("a prototype's", "query a { service { name } }", REQUEST, operation="__proto__"),
    Row("a subscription", "subscription { service { name } }", REQUEST),
    Row("two mutations", "mutation { a: redeemReward { __typename } b: redeemReward { __typename } }", LARGE),
    Row("a mutation in a query", "{ redeemReward(input: {}) { __typename } }", INVALID),
    Row("no operation", "fragment f on Query { service { name } }", REQUEST),
    Row("nothing selected", "{ }", None),
    Row("a schema of one's own", f"type {CANARY} {{ a: Int }} {{ service {{ name }} }}", INVALID),
    Row("a type extended", "extend type Query { a: Int } query { service { name } }", INVALID),
    Row("two anonymous", "{ service { name } } { rewards { code } }", INVALID),
]

ROWS = [*NESTING, *FRAGMENTS, *AMOUNTS, *INTROSPECTION, *SUGGESTIONS, *TEXTS, *NUMBERS, *TYPES, *OPERATIONS]
