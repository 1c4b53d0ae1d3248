"""What `python -m keys check` looks for: one sentence for each problem, saying where it is and what to do.

A home without `private/` is the published view, as committed: only its public half is checked.
"""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta

from keys.home import PRIVATE_DIRECTORY, PRIVATE_FILE, Home, KeyHomeError, read_jwk, shown
from keys.manifest import Key, Manifest, State
from keys.material import require_private, require_public
from keys.purposes import PURPOSES, Fixed
from keys.tracked import leaks

EXPIRY_NOTICE = timedelta(days=30)
"""How long before an active key expires the check begins to fail: time enough for a ceremony."""


def find_problems(home: Home, *, now: datetime) -> list[str]:
    """Return all that is wrong with a home, and with the git checkout around it; empty where all is well."""
    try:
        manifest, problems = home.examine_manifest()
    except KeyHomeError as error:
        manifest, problems = Manifest(), [str(error)]
    where = shown(home.manifest_path)
    return [
        *problems,
        *(f"{where}: {problem}" for problem in _purposes(manifest, now)),
        *(problem for key in manifest.keys if key.is_live(now) for problem in _files(home, key)),
        *_modes(home),
        *leaks(home.root, home.private_directory),
    ]


def _purposes(manifest: Manifest, now: datetime) -> Iterator[str]:
    """Problems between the keys of one purpose."""
    for purpose in PURPOSES.values():
        name, active = purpose.name, manifest.active(purpose, now)
        if not active:
            if any(key.purpose is purpose for key in manifest.keys):
                yield f"no key for {name} is active any more: make one with `new {name}`"
            continue
        signer = active[-1]
        fixed = isinstance(purpose.rotation, Fixed)
        if len(active) > 1 and (fixed or active[-2].not_before == signer.not_before):
            kids = ", ".join(key.kid for key in active)
            yield f"two keys for {name} are active and none supersedes the other ({kids}): revoke one"
        if signer.not_after - now < EXPIRY_NOTICE:
            advice = "see keys/README.md on keys that can't rotate" if fixed else f"`rotate {name}` now"
            yield f"{signer.kid}, the active key for {name}, expires on {signer.not_after:%Y-%m-%d}: {advice}"


def _files(home: Home, key: Key) -> Iterator[str]:
    """Problems with the files of one live key. A secret has no public half."""
    algorithm = key.purpose.algorithm
    public_path, private_path = home.public_path(key.kid), home.private_path(key.kid)
    public = derived = None
    if key.purpose.signs:
        try:
            public = read_jwk(public_path)
            require_public(public, key.kid, algorithm)
        except FileNotFoundError:
            yield f"{shown(public_path)} is missing: take it from git or a backup, or revoke {key.kid}"
        except ValueError:
            yield f"{shown(public_path)} is no public {algorithm} JWK of {key.kid}: take it from git or a backup"
            public = None
    if not home.private_directory.is_dir():
        return
    try:
        derived = require_private(read_jwk(private_path), key.kid, algorithm)
    except FileNotFoundError:
        if key.purpose.signs and key.state is State.RETIRED:
            return  # it will never sign again, so its private half is best destroyed
        yield f"{shown(private_path)} is missing: bring it back from the backup, or revoke {key.kid}"
    except ValueError:
        yield f"{shown(private_path)} is no private {algorithm} JWK of {key.kid}: bring it back from the backup"
    if public and derived and public != derived:
        yield f"{shown(public_path)} is not the public half of {shown(private_path)}: take both from the backup"


def _modes(home: Home) -> Iterator[str]:
    """Private files that others than their owner can reach."""
    directory = home.private_directory
    if not directory.is_dir():
        return
    for path, mode in ((directory, PRIVATE_DIRECTORY), *((file, PRIVATE_FILE) for file in directory.iterdir())):
        if stat.S_IMODE(path.stat().st_mode) & ~mode:
            yield f"{shown(path)} has the wrong mode, others may reach it: `chmod {mode:o} {shown(path)}`"
