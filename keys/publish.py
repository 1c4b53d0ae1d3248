"""What a key home shows of itself: the public JWK Set, and a list for people."""

from collections.abc import Iterator
from datetime import datetime

from keys.home import Home, KeyHomeError, read_jwk, shown
from keys.manifest import Key, State
from keys.material import Jwk, require_public, thumbprint
from keys.purposes import PURPOSES, Purpose


def jwks(home: Home, *, now: datetime, purpose: Purpose | None = None) -> dict[str, list[Jwk]]:
    """Return the public JWK Set (RFC 7517 section 5) of the live signing keys, of one purpose or of all.

    Raises:
        KeyHomeError: the purpose has no public keys, or a public file is missing or wrong.
    """
    if purpose is not None and not purpose.signs:
        raise KeyHomeError(f"keys for {purpose.name} are secrets: there is nothing to publish")
    wanted = [purpose] if purpose else [each for each in PURPOSES.values() if each.signs]
    manifest = home.read_manifest()
    return {"keys": [_published(home, key) for each in wanted for key in manifest.live(each, now)]}


def listing(home: Home, *, now: datetime) -> Iterator[str]:
    """Yield a heading, then a line for each key; a live signing key is shown with its thumbprint (RFC 7638).

    Raises:
        KeyHomeError: the manifest is wrong, or the public file of a live key is.
    """
    keys = home.read_manifest().keys
    yield _line("kid", "purpose", "algorithm", "state", "from", "until", "thumbprint")
    for key in keys:
        live = key.is_live(now)
        state = "expired" if not live and key.state is not State.REVOKED else key.state
        print_of = thumbprint(_published(home, key)) if live and key.purpose.signs else ""
        begin, end = (f"{instant:%Y-%m-%d}" for instant in (key.not_before, key.not_after))
        yield _line(key.kid, key.purpose.name, key.purpose.algorithm, state, begin, end, print_of)


def _line(*cells: str) -> str:
    widths = (28, 13, 10, 8, 11, 11, 0)
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _published(home: Home, key: Key) -> Jwk:
    path = home.public_path(key.kid)
    try:
        jwk = read_jwk(path)
        require_public(jwk, key.kid, key.purpose.algorithm)
    except (FileNotFoundError, ValueError):
        raise KeyHomeError(f"{shown(path)} is missing or no public JWK of its key: `check` says more") from None
    return jwk
