"""A card office's machine over HTTP: enrolled by a code like any other, and then request by request."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from laurel_client import Credentials, enrol, new_key
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

OFFICE = "district-office"


class OfficeMachine(Wire):
    """One machine of a card office."""

    def order(self, what: str, /, **members: object) -> httpx2.Response:
        """Send an order, with a proof for its body."""
        content = json.dumps(members).encode()
        return self.http.post(self.at(what), content=content, headers=self.proving(what, content))

    def at(self, what: str) -> str:
        """Return the address of an order."""
        return f"{self.credentials.issuer}/office/{what}"

    def proving(self, what: str, content: bytes | None) -> dict[str, str]:
        """Return the headers of an order, with a proof for its body if that is given."""
        proof = self.proof(url=self.at(what), content=content)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof, "Content-Type": "application/json"}

    def does(self, what: str, /, **members: object) -> Any:
        """Send an order that has to succeed, and return its answer."""
        answer = self.order(what, **members)
        assert answer.status_code == httpx2.codes.OK, answer.text
        return answer.json()

    def refuses(self, what: str, /, **members: object) -> tuple[str, str]:
        """Send an order that has to be refused; return which argument was wrong, and the sentence."""
        answer = self.order(what, **members)
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT"), answer.text
        return error["extensions"]["argument"], error["message"]


async def new_office(city: Sandbox) -> Credentials:
    """Add the card office if it is not there yet, and enrol one more machine of it."""
    await city.steward.add_office(OFFICE)
    [code] = await hand_out(city.steward.settings, OFFICE)
    return Credentials.from_mapping(await enrol(city.gateway.url, code, new_key()))


@contextmanager
def at_the_desk(credentials: Credentials) -> Iterator[OfficeMachine]:
    """Work at a machine."""
    with OfficeMachine(credentials) as machine:
        yield machine
