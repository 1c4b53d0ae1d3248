"""B: the form of a token, for each kind alike; all but a few are signed by the right key."""

from collections.abc import Callable, Iterator

from tests.auth.machines import b64, unb64
from tests.hostile.door import EDWARDS, GATE, OTHER, RSA, Door
from tests.hostile.kinds import KINDS, Kind
from tests.hostile.rows import Row, wrong_client, wrong_token

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _leftover(token: str) -> str:
    """Another spelling of the same 64 bytes: a bit that no byte has is set."""
    return token[:-1] + ALPHABET[ALPHABET.index(token[-1]) | 1]


def _segments(change: Callable[[str, str, str], str]) -> Callable[[str], str]:
    return lambda token: change(*token.split("."))


SHAPES: dict[str, tuple[str, Callable[[str], str]]] = {
    "two segments": ("segments", _segments(lambda h, c, s: f"{h}.{c}")),
    "four segments": ("segments", _segments(lambda h, c, s: f"{h}.{c}.{s}.{s}")),
    "five, as if encrypted": ("segments", _segments(lambda h, c, s: f"{h}.{c}.{s}.{s}.{s}")),
    "no signature": ("segments", _segments(lambda h, c, s: f"{h}.{c}.")),
    "no header": ("segments", _segments(lambda h, c, s: f".{c}.{s}")),
    "no claims": ("segments", _segments(lambda h, c, s: f"{h}..{s}")),
    "padding": ("base64", lambda token: f"{token}=="),
    "padding in the middle": ("base64", _segments(lambda h, c, s: f"{h}=.{c}.{s}")),
    "not base64url": ("base64", _segments(lambda h, c, s: f"{h}.{c}.{s[:9]}+{s[10:]}")),
    "leftover bits": ("base64", _leftover),
    "an impossible length": ("base64", _segments(lambda h, c, s: f"{h}.{c}.{s[:-1]}")),
}

TEXTS: dict[str, tuple[str, Callable[[Kind, Door], bytes]]] = {
    "claim twice": ("claims", lambda k, d: k.text(d, "claims", new=', "jti": "' + "j" * 22 + '"')),
    "claim twice in two spellings": (
        "claims",
        lambda k, d: k.text(d, "claims", new=', "\\u006ati": "' + "j" * 22 + '"'),
    ),
    "alg twice": ("header", lambda k, d: k.text(d, "header", new=', "alg": "none"')),
    "not a number": ("claims", lambda k, d: k.text(d, "claims", new=', "a": NaN')),
    "infinite": ("claims", lambda k, d: k.text(d, "claims", new=', "a": Infinity')),
    "fraction": ("claims", lambda k, d: k.text(d, "claims", new=', "a": 1.0')),
    "exponent": ("claims", lambda k, d: k.text(d, "claims", new=', "a": 1e9')),
    "integer beyond 2^53": ("claims", lambda k, d: k.text(d, "claims", new=f', "a": {2**53 + 1}')),
    "deeper than four": ("claims", lambda k, d: k.text(d, "claims", new=', "a": [[[[1]]]]')),
    "half a surrogate pair": ("claims", lambda k, d: k.text(d, "claims", new=', "a": "\\ud800"')),
    "bad utf-8": ("claims", lambda k, d: k.text(d, "claims", new=', "a": "@"').replace(b"@", b"\xff")),
    "byte order mark": ("header", lambda k, d: b"\xef\xbb\xbf" + k.text(d, "header")),
    "array": ("header", lambda k, d: b"[" + k.text(d, "header") + b"]"),
    "text after it": ("claims", lambda k, d: k.text(d, "claims") + b" {}"),
}

HEADERS: dict[str, object] = {
    "jku": "https://evil.example/keys",
    "x5u": "https://evil.example/chain",
    "x5c": ["MIIB"],
    "x5t": "AAAA",
    "x5t#S256": "AAAA",
    "zip": "DEF",
    "b64": False,
    "crit": ["exp"],
    "cty": "JWT",
    "epk": {},
}

TYPES = ["", "JWT", "jwt", "at+jwt", "dpop+jwt", "client-authentication+jwt", "pass+jwt", "secevent+jwt", None, 1]
ALGORITHMS = ["none", "None", "", "HS256", "RS256", "ES384", "ES256K", "es256", None, ["ES256"]]


def _rows(kind: Kind) -> Iterator[Row]:
    """The rows that every kind has."""

    def row(check: str, name: str, outcome: tuple[int, str, str], make: Callable[[Door], str]) -> Row:
        return Row(check, f"{kind.name}: {name}", lambda door: kind.send(door, make(door)), *outcome)

    def header(name: str, value: object) -> Callable[[Door], str]:
        return lambda door: kind.signed(door, {name: value})

    def text(part: str, text_of: Callable[[Kind, Door], bytes]) -> Callable[[Door], str]:
        return lambda door: kind.signed(door, **{part: text_of(kind, door)})

    def extra(value: str) -> Callable[[Door], str]:
        return text("claims", lambda k, d: k.text(d, "claims", new=f', "a": {value}'))

    def shape(change: Callable[[str], str]) -> Callable[[Door], str]:
        return lambda door: change(kind.signed(door))

    good, refused = (200, kind.told, ""), kind.refused
    for check in ("B1", "B3", "B4", "B5", "B6"):
        yield row(check, "as it has to be", good, kind.signed)
    for name, (code, change) in SHAPES.items():
        yield row("B1", name, kind.malformed(code), shape(change))
    for name, value in {"2^53": str(2**53), "four deep": "[[[1]]]", "another script": '"市民"'}.items():
        yield row("B2", name, good, extra(value))
    for name, (part, text_of) in TEXTS.items():
        yield row("B2", name, kind.malformed("json"), text(part, text_of))
    for name, member in HEADERS.items():
        yield row("B3", name, refused("header-key"), header(name, member))
    if "jwk" not in kind.header_names:
        yield row("B3", "jwk", refused("header-key"), header("jwk", GATE.jwk))
    for typ in TYPES:
        if typ not in kind.types:
            yield row("B4", f"typ {typ!r}", refused("typ"), header("typ", typ))
    other = "ES256" if kind.name == "pass" else "EdDSA"
    for alg in (*ALGORITHMS, other):
        yield row("B5", f"alg {alg!r}", refused("alg"), header("alg", alg))
    yield row("B5", "a flipped signature", refused("signature"), shape(_flipped))
    for kid in ("", "../../etc/passwd", "a b", "k" * 65, None, 7):
        yield row("B6", f"kid {kid!r}"[:24], refused("kid"), header("kid", kid))


def _flipped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    octets = bytearray(unb64(signature))
    octets[20] ^= 1
    return f"{head}.{b64(bytes(octets))}"


def _unknown(kind: str, kid: str, outcome: tuple[int, str, str], name: str) -> Row:
    return Row(
        "B6", f"{kind}: {name}", lambda d: KINDS[kind].send(d, KINDS[kind].signed(d, {"kid": kid})), *outcome
    )


NEWER = {"alg": "Ed25519"}
UNKNOWN = wrong_client("assertion-unknown-key")
ROWS = [
    *(row for kind in KINDS.values() for row in _rows(kind)),
    Row("B5", "EdDSA by its newer name", lambda d: d.sign_in(
        EDWARDS.assertion(header=NEWER), proof=EDWARDS.proof(header=NEWER)), 200, "token"),
    Row("B5", "EdDSA", lambda d: d.sign_in(one=EDWARDS), 200, "token"),
    Row("B5", "PS256", lambda d: d.sign_in(one=RSA), 200, "token"),
    Row("B5", "RS256 of an RSA key", lambda d: d.sign_in(RSA.assertion(header={"alg": "RS256"}), one=RSA),
        *wrong_client("assertion-alg")),
    _unknown("assertion", "k" * 64, UNKNOWN, "a kid of 64 characters"),
    _unknown("assertion", OTHER.kid, UNKNOWN, "another partner's kid"),
    _unknown("assertion", EDWARDS.kid, wrong_client("assertion-alg"), "another kid of the partner's"),
    _unknown("token", "access-token-2", wrong_token("token-unknown-key"), "unknown kid"),
    _unknown("token", "pass-1", wrong_token("token-unknown-key"), "the kid of our other key"),
    _unknown("pass", "access-token-1", (200, "NotEligible", ""), "the kid of our other key"),
    _unknown("proof", "any-kid", (200, "data", ""), "a kid that nobody looks up"),
]  # fmt: skip
