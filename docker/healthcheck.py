"""`python healthcheck.py [PORT]` exits 0 if the gateway in this container answers `/healthz`.

The image has no curl, and needs none.
"""

import http.client
import sys

TIMEOUT_SECONDS = 2.0
"""Shorter than the HEALTHCHECK's own, so that the connection is closed in order."""


def is_healthy(port: int) -> bool:
    """Whether the gateway on this port of the loopback address answers with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(sys.argv[1]) if len(sys.argv) > 1 else 8000) else 1)
