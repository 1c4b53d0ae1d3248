"""Looks for private keys among the files that git tracks, in the index and in the work tree.

`git grep` does the reading: it skips what is not tracked, and no key passes through this process.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from keys.home import KeyHomeError, shown

_PEM = "-----BEGIN [A-Z ]*PRIVATE KEY-----"

_MEMBER = r"""(^|[^A-Za-z0-9_])[dk]\\?["']?[[:space:]]*[:=][[:space:]]*"""
_JWK = rf"""{_MEMBER}(\\?["'][A-Za-z0-9_-]{{22,}}|[A-Za-z0-9_-]{{43,}})"""
"""The member `d` or `k` (RFC 7518 section 6): of 128 bits or more in quotes, of 256 bits or more without."""


def leaks(root: Path, private_directory: Path) -> Iterator[str]:
    """Yield a sentence for each file through which git could give a private key away.

    Nothing where the home lies in no git checkout.
    """
    home = root.resolve()
    checkout = next((place for place in (home, *home.parents) if (place / ".git").exists()), None)
    if checkout is None:
        return
    private = private_directory.resolve()
    text = ("--no-color", "-lzE")
    try:
        found = set(_paths(checkout, "ls-files", "-z", "--", str(private)))
        for where in ((), ("--cached",)):  # the work tree, the index
            found |= set(_paths(checkout, "grep", *where, *text, "-e", _PEM))
            # --all-match: the file must name `kty` as well, on whichever line
            found |= set(_paths(checkout, "grep", *where, *text, "--all-match", "-e", "kty", "-e", _JWK))
        exposed = private.is_dir() and not _paths(checkout, "check-ignore", "--no-index", str(private))
    except KeyHomeError as error:
        yield str(error)
        return
    for path in sorted(found):
        yield f"{shown(checkout / path)} is tracked by git and holds a private key: `git rm` it and revoke the key"
    if exposed:
        yield f"{shown(private)} is not ignored by git: add it to .gitignore before anything in it is committed"


def _paths(checkout: Path, *command: str) -> list[str]:
    """The paths that a git command lists; KeyHomeError where git can't tell."""
    try:
        answer = subprocess.run(  # noqa: S603 - the arguments are ours but for paths of the home
            ["git", "-C", str(checkout), *command],  # noqa: S607 - whichever git the person here uses
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        answer = None
    if answer is None or answer.returncode > 1:  # 1 says that nothing was found
        where = shown(checkout)
        raise KeyHomeError(
            f"git can't read {where}, so nobody knows what it tracks: mend what `git status` says there"
        )
    return [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]
