"""The command line: `python -m keys new | rotate | activate | retire | revoke | list | jwks | check`."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from keys.check import find_problems
from keys.commands import activate, new_key, new_missing, retire, revoke, rotate
from keys.home import DEFAULT_HOME, Home, KeyHomeError, shown
from keys.manifest import Key, State
from keys.publish import jwks, listing
from keys.purposes import PURPOSES

DAYS_MAX = 3660
"""Ten years: a longer validity is a slip of the finger."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Results go to standard output, problems to standard error.

    Returns the exit status: 0, or 1 where something is wrong (argparse exits with 2 on a wrong command line).
    """
    arguments = _parser().parse_args(argv)
    home, now = Home(arguments.home), datetime.now(UTC)
    try:
        if arguments.command == "check":
            return _check(home, now)
        for line in _run(arguments, home, now):
            print(line)
    except KeyHomeError as error:
        print(f"keys: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"keys: {error.filename or home.root}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace, home: Home, now: datetime) -> Iterator[str]:
    """Carry out a command and yield what to tell."""
    match arguments.command:
        case "new":
            yield from _new(arguments, home, now)
        case "rotate":
            rotation = rotate(home, PURPOSES[arguments.purpose], now=now, overlap_days=arguments.overlap_days)
            yield from map(_told, (rotation.active, *rotation.retired))
        case "activate":
            yield _told(activate(home, arguments.kid, now=now))
        case "retire":
            yield _told(retire(home, arguments.kid, now=now, overlap_days=arguments.overlap_days))
        case "revoke":
            yield _told(revoke(home, arguments.kid))
        case "list":
            yield from listing(home, now=now)
        case "jwks":
            purpose = PURPOSES[arguments.purpose] if arguments.purpose else None
            yield json.dumps(jwks(home, now=now, purpose=purpose), indent=2)


def _new(arguments: argparse.Namespace, home: Home, now: datetime) -> Iterator[str]:
    if arguments.all == bool(arguments.purpose):
        raise KeyHomeError("name one purpose, or give --all")
    if arguments.sandbox and home.root.resolve() == DEFAULT_HOME.resolve():
        raise KeyHomeError("a sandbox needs a home of its own: add --home DIR")
    if arguments.all:
        if arguments.state is not State.ACTIVE:
            raise KeyHomeError("--all makes active keys: name one purpose for another --state")
        made = new_missing(home, now=now, days=arguments.days, sandbox=arguments.sandbox)
        yield from map(_told, made)
        if not made:
            yield f"Every purpose has a live key in {shown(home.root)}."
    else:
        purpose = PURPOSES[arguments.purpose]
        yield _told(
            new_key(home, purpose, now=now, state=arguments.state, days=arguments.days, sandbox=arguments.sandbox)
        )


def _told(key: Key) -> str:
    until = "" if key.state is State.REVOKED else f" until {key.not_after:%Y-%m-%d %H:%M} UTC"
    return f"{key.kid} is {key.state}{until}."


def _check(home: Home, now: datetime) -> int:
    problems = find_problems(home, now=now)
    for problem in problems:
        print(f"{problem}.", file=sys.stderr)
    if problems:
        return 1
    keys = home.read_manifest().keys
    if keys:
        print(f"{shown(home.root)}: all is well with {len(keys)} key{'s' if len(keys) > 1 else ''}.")
    else:
        print(f"{shown(home.root)}: all is well, there is no key yet; keys/README.md tells how to make them.")
    return 0


def _parser() -> argparse.ArgumentParser:
    """The command line; --home may stand before or after the command."""
    anywhere = argparse.ArgumentParser(add_help=False)
    anywhere.add_argument("--home", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="another key home")
    parser = argparse.ArgumentParser(prog="python -m keys", description="Laurel's offline key tool.")
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_HOME, metavar="DIR", help="the key home (default: the repository's)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    new = commands.add_parser(
        "new", parents=[anywhere], help="make a key, or with --all every one that is missing"
    )
    new.add_argument("purpose", nargs="?", choices=PURPOSES, metavar="PURPOSE", help=", ".join(PURPOSES))
    new.add_argument("--all", action="store_true", help="for every purpose without a live key")
    new.add_argument("--state", type=State, choices=(State.ACTIVE, State.NEXT), default=State.ACTIVE)
    new.add_argument("--days", type=_days, metavar="N", help="validity in days (default: the purpose's)")
    new.add_argument("--sandbox", action="store_true", help="mark the home as a sandbox's")

    turn = commands.add_parser("rotate", parents=[anywhere], help="make a new active key, retire the old one")
    turn.add_argument("purpose", choices=PURPOSES, metavar="PURPOSE", help=", ".join(PURPOSES))
    end = commands.add_parser("retire", parents=[anywhere], help="let a superseded active key only verify")
    for overlapping in (turn, end):
        overlapping.add_argument(
            "--overlap-days", type=_days, metavar="N", help="days that it still verifies (default: the purpose's)"
        )
    begin = commands.add_parser("activate", parents=[anywhere], help="let a `next` key sign")
    stop = commands.add_parser("revoke", parents=[anywhere], help="make a key unusable for ever")
    for single in (end, begin, stop):
        single.add_argument("kid", metavar="KID", help="the key's id; `list` shows them")

    commands.add_parser("list", parents=[anywhere], help="show the keys, with the thumbprints of public ones")
    publish = commands.add_parser("jwks", parents=[anywhere], help="print the public JWK Set of live signing keys")
    signing = [purpose.name for purpose in PURPOSES.values() if purpose.signs]
    publish.add_argument("--purpose", choices=signing, metavar="PURPOSE", help=", ".join(signing))
    commands.add_parser("check", parents=[anywhere], help="look for what is wrong with the home")
    return parser


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= days <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"give 1 to {DAYS_MAX} days")
    return days


if __name__ == "__main__":
    sys.exit(main())
