"""Where a key is missing, nobody is refused: a machine is asked to come again, and the log says why."""

from pathlib import Path

from structlog.testing import capture_logs

from tests.auth.key_home import one_of_each
from tests.web import test_authentication, test_enrolment


def test_without_a_key_for_nonces_a_device_is_asked_to_come_again(tmp_path: Path) -> None:
    server = test_authentication.Server(tmp_path, *(key for key in one_of_each() if key.purpose != "nonce"))
    with capture_logs() as log:
        answer = server.send()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert log == [{"event": "authentication impossible", "log_level": "error", "reason": "keys-missing"}]


def test_without_a_key_to_hash_with_a_machine_is_asked_to_come_again(tmp_path: Path) -> None:
    server = test_enrolment.Server(tmp_path, *(key for key in one_of_each() if key.purpose != "handle"))
    with capture_logs() as log:
        answer = server.post()
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert log == [{"event": "enrolment impossible", "log_level": "error", "reason": "keys-missing"}]
