"""What every command shares: one sentence for what went wrong, an exit code, and an event loop."""

import asyncio
import json
import os
import pwd
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Annotated, NoReturn

import typer

from gateway.assembly import Laurel, assemble
from gateway.domain.errors import ConfigurationError, KeysMissing, MalformedInput, Unavailable
from gateway.logs import configure_logs
from gateway.office import joining
from gateway.services.card_office import CardOffice
from gateway.settings import Settings
from gateway.store.admin_record import AdminRecord

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

WRONG_INPUT = 1
WRONG_CONFIGURATION = 2
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h."""

BUG = 70
"""EX_SOFTWARE of sysexits.h."""

PLACES = 5
"""Lines of code that lead to a bug: the last ones."""

WHO_MAX = 80
"""Characters of a name in the record: no account's is longer, and a made-up one shall not stop a command."""

INTERRUPTED = 130
"""What shells answer for a program that Ctrl-C ended."""


@contextmanager
def plain_errors(interrupted: str = "Interrupted.") -> Iterator[None]:
    """Turn what may go wrong into one sentence on standard error and an exit code."""
    try:
        yield
    except MalformedInput as error:
        fail(f"{error.argument}: {error.message}", WRONG_INPUT)
    except ConfigurationError as error:
        fail(str(error), WRONG_CONFIGURATION)
    except KeysMissing as error:
        fail(f"{error} Make or renew keys with `python -m keys`.", WRONG_CONFIGURATION)
    except Unavailable as error:
        fail(f"The {error} does not answer; nothing was changed. Try again.", TRY_AGAIN)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        fail(f"{error.filename or 'The system'}: {error.strerror or error}.", WRONG_CONFIGURATION)
    except KeyboardInterrupt:
        fail(interrupted, INTERRUPTED)
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as bug:  # its text may quote whoever the command was about, and a timer's output is kept
        fail(f"This is a bug, please report it: {_place_of(bug)}.", BUG)


def _place_of(bug: Exception) -> str:
    """Return an exception's type and where it was raised, and not a word that it says."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(bug.__traceback__)]
    return f"{type(bug).__name__} at {', '.join(places[-PLACES:])}"


def fail(sentence: str, code: int) -> NoReturn:
    """Print a sentence to standard error and leave with a code."""
    print(f"gateway: {sentence}", file=sys.stderr)
    raise typer.Exit(code)


def with_laurel(work: Callable[[Laurel], Awaitable[None]], *, interrupted: str = "Interrupted.") -> None:
    """Run a steward's work on the gateway that the environment describes, sandbox or not.

    `interrupted` is said when Ctrl-C ends it: what stays, and what to do.
    """

    async def fit_and_work(settings: Settings) -> None:
        async with closing(assemble(settings, sandbox=None)) as laurel:
            await laurel.require_fit()
            await work(laurel)

    with plain_errors(interrupted):
        configure_logs("warning")
        asyncio.run(fit_and_work(Settings.read()))


def with_card_office(
    work: Callable[[Laurel, CardOffice], Awaitable[None]], *, interrupted: str = "Interrupted."
) -> None:
    """Run the card office's work, which needs the right issuer besides."""

    async def issuer_and_work(laurel: Laurel) -> None:
        await laurel.require_pass_issuer()
        await work(laurel, card_office(laurel))

    with_laurel(issuer_and_work, interrupted=interrupted)


def record_of(laurel: Laurel) -> AdminRecord:
    """Return the administrative record, written in the name of whoever runs this process."""
    return AdminRecord(laurel.database, who=who_runs_this())


def who_runs_this() -> str:
    """Return whose acts those of this process are.

    Not by LOGNAME or USER, which anybody sets; SUDO_USER is set by sudo, and only root could set another.
    """
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user need not have a name
        name = str(os.getuid())
    on_behalf = os.environ.get("SUDO_USER", "") if os.getuid() == 0 else ""
    return (f"os:{name}" + (f" for {on_behalf}" if on_behalf else ""))[:WHO_MAX]


def tell(facts: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Print what was done: a sentence for people, or the facts as one JSON object."""
    print(json.dumps(facts, ensure_ascii=False, indent=2, default=str) if as_json else sentence, flush=True)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that can't be undone, unless `--yes` was given.

    Raises:
        MalformedInput: nobody is there to ask, or the answer is no; nothing was changed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise MalformedInput("--yes", f"{question} Nothing was changed: there is nobody to ask, so say --yes.")
    if not typer.confirm(question, err=True):
        raise MalformedInput("answer", "Nothing was changed.")


@asynccontextmanager
async def closing(laurel: Laurel) -> AsyncIterator[Laurel]:
    """Close every connection of a gateway at the end, whatever ends it."""
    try:
        yield laurel
    finally:
        await laurel.close()


def card_office(laurel: Laurel) -> CardOffice:
    """Return the card office of a gateway, in the name of whoever runs this process."""
    return joining.card_office(laurel, record_of(laurel))
