"""The ports that sign-in needs, in memory."""

from datetime import datetime

from gateway.domain.errors import Unavailable
from gateway.domain.partners import Device


class MemoryDirectory:
    """Devices by their partner's client id and their key id."""

    def __init__(self, *devices: Device) -> None:
        self.devices = {(device.partner.id, device.kid): device for device in devices}

    def put(self, device: Device) -> None:
        self.devices[device.partner.id, device.kid] = device

    async def device(self, client_id: str, kid: str) -> Device | None:
        return self.devices.get((client_id, kid))


class MemoryReplay:
    """Remembers everything, with its end; knows nothing while it is `down`."""

    def __init__(self) -> None:
        self.used: dict[bytes, datetime] = {}
        self.down = False

    async def first_use(self, digest: bytes, expires_at: datetime) -> bool:
        if self.down:
            raise Unavailable("replay memory", retry_after_seconds=2)
        if digest in self.used:
            return False
        self.used[digest] = expires_at
        return True

    def forget(self, now: datetime) -> None:
        """Forget what has come to its end."""
        self.used = {digest: end for digest, end in self.used.items() if end > now}
