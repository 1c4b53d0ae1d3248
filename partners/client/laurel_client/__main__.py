"""The command line: one signed request, the enrolment of this machine, or a rehearsal in a sandbox.

    python -m laurel_client PARTNER.json DOCUMENT [VARIABLES]
    python -m laurel_client enrol ISSUER CODE --out PARTNER.json
    python -m laurel_client rehearse PARTNER.json PASSES.json [--redeem]

VARIABLES are a JSON object; `-` reads them from standard input, so that a pass stays out of the shell's history
and the process list. Prints the answer's data as JSON; ends with 1 and one sentence where there is none.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from laurel_client.client import LaurelClient
from laurel_client.credentials import Credentials
from laurel_client.enrolment_command import enrol_machine
from laurel_client.errors import BadInput, LaurelError
from laurel_client.rehearsal import rehearse_partner


def main(arguments: Sequence[str] | None = None) -> int:
    """Send one document; return the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["enrol"]:
        return enrol_machine(words[1:])
    if words[:1] == ["rehearse"]:
        return rehearse_partner(words[1:])
    parser = argparse.ArgumentParser(
        prog="laurel_client",
        description="Send one signed request to Laurel.",
        epilog="To register this machine with a code from the city: python -m laurel_client enrol --help; "
        "to try a sandbox's personas: python -m laurel_client rehearse --help",
    )
    parser.add_argument("partner", help="the partner file, such as var/sandbox/partners/harbour-metro.json")
    parser.add_argument("document", help="the name of a document in it, such as VerifyPass")
    parser.add_argument("variables", nargs="?", default="{}", help="a JSON object; - reads it from standard input")
    given = parser.parse_args(words)
    try:
        data = asyncio.run(_send(given.partner, given.document, given.variables))
    except LaurelError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(data, ensure_ascii=False, indent=2))
    return 0


async def _send(partner: str, document: str, text: str) -> dict[str, object]:
    credentials = Credentials.from_file(partner)
    try:
        variables = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError:
        variables = None
    if not isinstance(variables, dict):
        raise BadInput("BAD_USER_INPUT", "Give the variables as a JSON object.")
    async with LaurelClient(credentials) as client:
        return await client.execute(document, variables)


if __name__ == "__main__":
    sys.exit(main())
