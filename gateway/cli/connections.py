"""One client's connection: a bounded head, a bounded time for each request, and room for whoever is not slow."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE_SECONDS = 5.0
"""How long a request may take to come in whole: it is 3 KiB, and a slow line sends that in one second. As long may
an answer lie there that nobody reads."""

HEAD_BYTES_MAX = 16 * 1024
"""A request before its body: an access token has 1 KiB, a proof as much."""

CONNECTIONS_MAX = 800
"""At once. A process may have 1024 open files on most systems, and databases and logs need some."""

_HEAD_TOO_LONG = "The head of a request has to be shorter."
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 34\r\nconnection: close\r\n\r\nThe whole request has to come now."
)


class HeadTooLong(Exception):
    """Ends the parsing of a request amid its head."""


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with limits on what httptools would gather and wait for without end.

    Address and headers are counted one by one as they are parsed, so not one that goes beyond HEAD_BYTES_MAX is
    looked at. A single one without end is never parsed; so what comes in is counted, too, but for the piece in
    which a head begins: it may hold the body before it, or all of the request.
    Whoever connects has PATIENCE_SECONDS to send a whole request; between two, keep-alive's time counts. Where all
    places are taken, whoever has been silent longest makes room, first of those who never sent a whole request.
    """

    _in_head = True
    _in_request = False
    _head_bytes = 0
    _parsed_bytes = 0
    _served = False
    _quiet_since: float | None = None
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for long; make room for it, or have none."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > CONNECTIONS_MAX:
            self._longest_quiet().transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._arrived()
        self._read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came in; answer 431 to a head that is too long, and hang up."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response(_HEAD_TOO_LONG)

    def send_400_response(self, msg: str) -> None:
        """Hang up: what came is no HTTP, or its head is too long (RFC 6585 section 5)."""
        if max(self._head_bytes * self._in_head, self._parsed_bytes) <= HEAD_BYTES_MAX:
            super().send_400_response(msg)
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_HEAD_TOO_LONG), _HEAD_TOO_LONG.encode())
        )
        self.transport.close()

    def on_url(self, url: bytes) -> None:
        """Take the address, or a piece of it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header: its name, a colon, a space, its value and the end of the line."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, parsed: int) -> None:
        self._parsed_bytes += parsed
        if self._parsed_bytes > HEAD_BYTES_MAX:
            raise HeadTooLong

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._in_head, self._in_request, self._head_bytes, self._parsed_bytes = True, True, 0, 0
        if self._patience is None:
            self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A whole request is here."""
        self._arrived()
        self._in_request, self._served = False, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Nobody waits for us now."""
        super().on_response_complete()
        if self._patience is None:
            self._quiet_since = self.loop.time()

    def pause_writing(self) -> None:
        """The answer is not read: wait for that no longer than for a request."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It is read again."""
        self._read()
        super().resume_writing()

    def _wait(self) -> None:
        self._quiet_since = self.loop.time()
        self._patience = self.loop.call_later(PATIENCE_SECONDS, self._cut_off)

    def _arrived(self) -> None:
        self._quiet_since = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _cut_off(self) -> None:
        """Hang up; whoever has sent a part of a request, and got no answer, is told why."""
        answered = not self._in_head and self.cycle.response_started
        if self._in_request and not answered and not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _longest_quiet(self) -> "Protocol":
        """Return who makes room for this new one: another that waits for no answer, or else itself."""
        others = [one for one in self.connections if isinstance(one, Protocol) and one is not self]
        quiet = [(one._served, one._quiet_since, one) for one in others if one._quiet_since is not None]
        return min(quiet, key=lambda each: each[:2], default=(False, 0.0, self))[2]
