"""The gateway's desk for new machines, over real HTTP: takes one code, remembers the key, and fails on demand."""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laurel_client.signing import thumbprint

CODE = "0123-4567-89AB-CDE8"
ADVICE = "Ask the city for a new enrolment code."


class StubDesk:
    """Registers the first key that comes with CODE. `faults` are taken one per request."""

    def __init__(self) -> None:
        self.url = ""
        self.faults: deque[str] = deque()
        self.kids: list[str] = []
        """The key of each request whose proof was right."""
        self.jtis: list[str] = []
        self.nonce: str | None = None
        """If set, a proof without it is refused; the refusal brings it."""
        self.changes: dict[str, Any] = {}
        """What to say otherwise than is right."""

    async def devices(self, request: Request) -> Response:
        """Answer POST /devices."""
        header = jwt.get_unverified_header(request.headers["DPoP"])
        claims = jwt.decode(request.headers["DPoP"], jwt.PyJWK(header["jwk"]).key, algorithms=["ES256", "EdDSA"])
        assert (header["typ"], claims["htm"], claims["htu"]) == ("dpop+jwt", "POST", f"{self.url}/devices")
        assert "d" not in header["jwk"]
        kid = thumbprint(header["jwk"])
        self.kids.append(kid)
        self.jtis.append(claims["jti"])
        if claims.get("nonce") != self.nonce:
            return JSONResponse({"error": "use_dpop_nonce"}, 400, {"DPoP-Nonce": str(self.nonce)})
        fault = self.faults.popleft() if self.faults else ""
        if fault == "busy":
            return Response(status_code=503, headers={"Retry-After": "0"})
        if fault == "garbage":
            return Response("<html>", 200)
        if fault == "slow clock":
            told = {"error": "invalid_dpop_proof", "error_description": "Yours is slow.", "skew_seconds": -240}
            return JSONResponse(told, 400)
        if fault == "taken":
            return JSONResponse({"error": "key_registered", "error_description": "Make a new one."}, 409)
        if fault == "strange":
            return JSONResponse({"error": "<b>" * 50, "error_description": "\x1b[31m"}, 400)
        if await request.json() != {"code": CODE} or kid != self.kids[0]:
            return JSONResponse({"error": "invalid_grant", "error_description": ADVICE}, 400)
        return JSONResponse({**self._device(kid), **self.changes}, 201)

    def _device(self, kid: str) -> dict[str, Any]:
        return {
            "client_id": "metro-one",
            "device_id": "dev_1",
            "kid": kid,
            "kind": "transit-turnstile",
            "scopes": ["redeem", "verify"],
            "expires": "2027-11-22T09:00:00+00:00",
            "rewards": ["transit-discount"],
            "documents": {"Service": "query Service { service { name } }"},
            "issuer": self.url,
            "token_endpoint": f"{self.url}/oauth/token",
            "graphql_endpoint": f"{self.url}/graphql",
        }


@contextmanager
def open_desk() -> Iterator[StubDesk]:
    """Serve on a free port of the loopback, in a thread, until the block ends."""
    desk = StubDesk()
    app = Starlette(routes=[Route("/devices", desk.devices, methods=["POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield desk
        finally:
            server.should_exit = True
            thread.join()
