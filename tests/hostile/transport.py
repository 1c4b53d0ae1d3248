"""A: how long anything may be, and where a token stands."""

from dataclasses import replace

from gateway.auth import access_tokens, assertions, passes, proofs
from gateway.auth.jws import sign
from gateway.cli.connections import HEAD_BYTES_MAX
from gateway.web.bodies import BODY_BYTES_MAX
from gateway.web.token_endpoint import FORM_BYTES_MAX
from tests.hostile.door import GATE, OTHER, SERVICE, Door, Request
from tests.hostile.kinds import pass_claims, thief
from tests.hostile.rows import Row, padded, wrong_client, wrong_token

FORM = "application/x-www-form-urlencoded"


def _body(door: Door, size: int) -> Request:
    return door.graphql(body=SERVICE.ljust(size))


def _form(door: Door, size: int) -> Request:
    right = door.sign_in()
    return replace(right, body=right.body + b"&a=" + b"a" * (size - len(right.body) - 3))


def _head(door: Door, size: int) -> Request:
    return replace(door.graphql(), head_bytes=size)


def _token(door: Door, *, over: bool) -> Request:
    longest = access_tokens.POLICY.token_bytes_max
    return door.graphql(token=padded(lambda more: thief(door, more=more), longest, over=over))


def _proof(door: Door, *, over: bool) -> Request:
    token, longest = door.token(), proofs.POLICY.token_bytes_max
    return door.graphql(
        token=token, proof=padded(lambda more: GATE.proof(token=token, more=more), longest, over=over)
    )


def _assertion(door: Door, *, over: bool) -> Request:
    longest = assertions.POLICY.token_bytes_max
    return door.sign_in(padded(lambda more: GATE.assertion(more=more), longest, over=over))


def _pass(door: Door, *, over: bool) -> Request:
    key = door.laurel.keyring.signing("pass")
    claims = pass_claims(door)
    return door.show(
        padded(
            lambda more: sign({**claims, "more": more}, key, typ="pass+jwt"),
            passes.TOKEN_CHARACTERS_MAX,
            over=over,
        )
    )


def _with(door: Door, *more: tuple[str, str], drop: str = "") -> Request:
    """A right request with more headers, and without one."""
    right = door.graphql()
    kept = [header for header in right.headers if header[0] != drop]
    return replace(right, headers=[*kept, *more])


def _as(door: Door, scheme: str) -> Request:
    token = door.token()
    right = door.graphql(token=token)
    return replace(right, headers=[("Authorization", f"{scheme}{token}"), *right.headers[1:]])


def _elsewhere(door: Door, where: str) -> Request:
    right, token = _with(door, drop="Authorization"), door.token()
    match where:
        case "query":
            return replace(right, path=f"/graphql?access_token={token}")
        case "form":
            headers = [right.headers[0], ("Content-Type", FORM)]
            return replace(right, headers=headers, body=f"access_token={token}".encode())
        case _:
            return replace(right, headers=[*right.headers, ("Cookie", f"access_token={token}")])


NOBODY = wrong_token("authorization-header")
SCHEME = wrong_token("authorization-scheme")
ROWS = [
    Row("A1", "body of 16 KiB", lambda d: _body(d, BODY_BYTES_MAX), 200, "data"),
    Row("A1", "body of a byte more", lambda d: _body(d, BODY_BYTES_MAX + 1), 413, "BAD_REQUEST"),
    Row("A1", "form of 16 KiB", lambda d: _form(d, FORM_BYTES_MAX), 200, "token"),
    Row("A1", "form of a byte more", lambda d: _form(d, FORM_BYTES_MAX + 1), 413, ""),
    Row("A1", "head of 16 KiB", lambda d: _head(d, HEAD_BYTES_MAX), 200, "data"),
    Row("A1", "head of a byte more", lambda d: _head(d, HEAD_BYTES_MAX + 1), 431, ""),
    Row("A1", "token of 60 KB", lambda d: _with(d, ("Authorization", "DPoP " + "a" * 60_000)), 431, ""),
    Row("A1", "longest token", lambda d: _token(d, over=False), 200, "data"),
    Row("A1", "token too long", lambda d: _token(d, over=True), *wrong_token("token-too-long")),
    Row("A1", "longest proof", lambda d: _proof(d, over=False), 200, "data"),
    Row("A1", "proof too long", lambda d: _proof(d, over=True), *wrong_token("proof-too-long")),
    Row("A1", "longest assertion", lambda d: _assertion(d, over=False), 200, "token"),
    Row("A1", "assertion too long", lambda d: _assertion(d, over=True), *wrong_client("assertion-too-long")),
    Row("A1", "longest pass", lambda d: _pass(d, over=False), 200, "Eligible"),
    Row("A1", "pass too long", lambda d: _pass(d, over=True), 200, "BAD_USER_INPUT"),
    Row("A1", "typed code of 16 KB", lambda d: d.show("0" * 15_000), 200, "BAD_USER_INPUT"),
    Row("A2", "no Authorization", lambda d: _with(d, drop="Authorization"), *NOBODY),
    Row("A2", "two tokens", lambda d: _with(d, ("Authorization", f"DPoP {d.token(OTHER)}")), *NOBODY),
    Row("A2", "no proof", lambda d: _with(d, drop="DPoP"), *wrong_token("proof-header")),
    Row("A2", "two proofs", lambda d: _with(d, ("DPoP", GATE.proof())), *wrong_token("proof-header")),
    Row("A2", "scheme as written", lambda d: _as(d, "DPoP "), 200, "data"),
    Row("A2", "scheme in lower case", lambda d: _as(d, "dpop "), 200, "data"),
    Row("A2", "bound token as a bearer's", lambda d: _as(d, "Bearer "), *SCHEME),
    Row("A2", "no scheme", lambda d: _as(d, ""), *SCHEME),
    Row("A2", "scheme and a bearer's", lambda d: _as(d, "DPoP Bearer "), *SCHEME),
    Row("A2", "no space", lambda d: _as(d, "DPoP"), *SCHEME),
    Row("A2", "token in the query", lambda d: _elsewhere(d, "query"), 400, "BAD_REQUEST", "token-misplaced"),
    Row("A2", "token in a form", lambda d: _elsewhere(d, "form"), 400, "BAD_REQUEST", "token-misplaced"),
    Row("A2", "token in a cookie", lambda d: _elsewhere(d, "cookie"), 400, "BAD_REQUEST", "token-misplaced"),
    Row(
        "A2",
        "assertion in the query",
        lambda d: replace(d.sign_in(), path="/oauth/token?client_assertion=" + GATE.assertion()),
        400,
        "invalid_request",
        "query-string",
    ),
]
