"""What the tool does to a key home: make, rotate, activate, retire and revoke keys.

Each change is one new manifest. `now` is in UTC; validity is kept in whole seconds.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keys.home import Home, KeyHomeError, shown
from keys.manifest import Key, Manifest, State
from keys.material import generate
from keys.purposes import PURPOSES, Fixed, Purpose

_SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Rotation:
    """The key that took over, and those that only verify from now on."""

    active: Key
    retired: tuple[Key, ...]


def new_key(
    home: Home,
    purpose: Purpose,
    *,
    now: datetime,
    state: State = State.ACTIVE,
    days: int | None = None,
    sandbox: bool = False,
) -> Key:
    """Make one key, valid from now for `days`.

    Raises:
        KeyHomeError: the purpose has a key that speaks against it, or the home is of the other sort.
    """
    home.create()
    with home.changing():
        manifest = _manifest_for_new(home, sandbox)
        live = manifest.live(purpose, now)
        if live and isinstance(purpose.rotation, Fixed):
            raise KeyHomeError(f"{purpose.name} has a live key and can't rotate: {purpose.rotation.because}")
        if state is State.ACTIVE and manifest.active(purpose, now):
            raise KeyHomeError(f"{purpose.name} has an active key: use `rotate`, or `new` with --state next")
        key = _make(home, manifest, purpose, now=now, state=state, days=days)
        home.write_manifest(_with(manifest, key))
    return key


def new_missing(home: Home, *, now: datetime, days: int | None = None, sandbox: bool = False) -> tuple[Key, ...]:
    """Make an active key for every purpose that has no live one.

    Raises:
        KeyHomeError: the manifest is wrong, or the home is of the other sort.
    """
    home.create()
    with home.changing():
        manifest = _manifest_for_new(home, sandbox)
        missing = [purpose for purpose in PURPOSES.values() if not manifest.live(purpose, now)]
        made = tuple(_make(home, manifest, purpose, now=now, state=State.ACTIVE, days=days) for purpose in missing)
        home.write_manifest(_with(manifest, *made))
    return made


def rotate(home: Home, purpose: Purpose, *, now: datetime, overlap_days: int | None = None) -> Rotation:
    """Make a new active key and retire the active ones, which go on verifying for `overlap_days`.

    Raises:
        KeyHomeError: the purpose can't rotate, or has no active key.
    """
    with home.changing():
        manifest = home.read_manifest()
        end = now + _overlap(purpose, overlap_days)
        old = manifest.active(purpose, now)
        if not old:
            raise KeyHomeError(f"{purpose.name} has no active key to rotate: use `new {purpose.name}`")
        key = _make(home, manifest, purpose, now=now, state=State.ACTIVE)
        retired = tuple(_retired(each, end) for each in old)
        home.write_manifest(_with(manifest, *retired, key))
    return Rotation(key, retired)


def activate(home: Home, kid: str, *, now: datetime) -> Key:
    """Let a `next` key sign. An active key of its purpose is superseded, and goes on verifying until retired.

    Raises:
        KeyHomeError: there is no such key, or it is not `next`.
    """
    with home.changing():
        manifest = home.read_manifest()
        key = _find(manifest, kid)
        if key.state is not State.NEXT or not key.is_live(now):
            raise KeyHomeError(f"{kid} is {key.state}: only a `next` key that has not expired can be activated")
        begin = now.replace(microsecond=0)
        for other in manifest.active(key.purpose, now):
            begin = max(begin, other.not_before + timedelta(seconds=1))  # the newest not_before signs
        key = replace(key, state=State.ACTIVE, not_before=begin)
        home.write_manifest(_with(manifest, key))
    return key


def retire(home: Home, kid: str, *, now: datetime, overlap_days: int | None = None) -> Key:
    """Let an active key only verify from now on, for `overlap_days`.

    Raises:
        KeyHomeError: there is no such key, it is not active, or nothing would be left to sign.
    """
    with home.changing():
        manifest = home.read_manifest()
        key = _find(manifest, kid)
        end = now + _overlap(key.purpose, overlap_days)
        if key.state is not State.ACTIVE or not key.is_live(now):
            raise KeyHomeError(f"{kid} is {key.state}: only an active key that has not expired can be retired")
        if all(other.kid == kid for other in manifest.active(key.purpose, now)):
            raise KeyHomeError(
                f"{kid} is the only active key for {key.purpose.name}: use `rotate {key.purpose.name}`"
            )
        key = _retired(key, end)
        home.write_manifest(_with(manifest, key))
    return key


def revoke(home: Home, kid: str) -> Key:
    """Make a key unusable for ever. What it signed or sealed is lost with it.

    Raises:
        KeyHomeError: there is no such key.
    """
    with home.changing():
        manifest = home.read_manifest()
        key = replace(_find(manifest, kid), state=State.REVOKED)
        home.write_manifest(_with(manifest, key))
    return key


def _manifest_for_new(home: Home, sandbox: bool) -> Manifest:
    """The manifest that a new key goes into; a home without one, or without keys, takes the sort asked for."""
    manifest = home.read_manifest() if home.manifest_path.exists() else Manifest()
    if sandbox and manifest.keys and not manifest.sandbox:
        raise KeyHomeError(f"{shown(home.root)} holds keys that are no sandbox's: choose another --home")
    return replace(manifest, sandbox=manifest.sandbox or sandbox)


def _make(
    home: Home,
    manifest: Manifest,
    purpose: Purpose,
    *,
    now: datetime,
    state: State,
    days: int | None = None,
) -> Key:
    """Generate a key and write its files; its entry is still to be written."""
    begin = now.replace(microsecond=0)
    taken = {key.kid for key in manifest.keys}
    while True:
        kid = f"{purpose.name}-{begin:%Y%m%d}-{''.join(secrets.choice(_SYMBOLS) for _ in range(4))}"
        if kid not in taken and not home.private_path(kid).exists():
            break
    home.write_material(kid, generate(kid, purpose.algorithm))
    end = begin + timedelta(days=days or purpose.days)
    return Key(kid=kid, purpose=purpose, state=state, not_before=begin, not_after=end)


def _overlap(purpose: Purpose, days: int | None) -> timedelta:
    """How long a retired key of a purpose verifies; KeyHomeError where none can take over from it."""
    if isinstance(purpose.rotation, Fixed):
        raise KeyHomeError(f"{purpose.name} can't rotate: {purpose.rotation.because}; keys/README.md says how")
    return timedelta(days=days or purpose.rotation.overlap_days)


def _retired(key: Key, end: datetime) -> Key:
    return replace(key, state=State.RETIRED, not_after=end.replace(microsecond=0))


def _find(manifest: Manifest, kid: str) -> Key:
    for key in manifest.keys:
        if key.kid == kid:
            return key
    raise KeyHomeError("the manifest has no key with that kid: `list` shows them")


def _with(manifest: Manifest, *changed: Key) -> Manifest:
    """The manifest with changed keys in their places, and new ones at its end."""
    by_kid = {key.kid: key for key in (*manifest.keys, *changed)}
    return replace(manifest, keys=tuple(by_kid.values()))
