"""The least that HTTP can cost here: an ASGI application that does nothing, on the gateway's own uvicorn."""

from starlette.types import Receive, Scope, Send

from gateway.cli.serve import bind, run, server

BODY = b"hello\n"

_HEADERS = [(b"content-type", b"text/plain"), (b"content-length", str(len(BODY)).encode())]


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with the same six bytes."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    """Serve on a free port, and say on which."""
    listening = bind("127.0.0.1", 0)
    print(f"hello serves at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    run(server(hello).serve(sockets=[listening]))


if __name__ == "__main__":
    main()
