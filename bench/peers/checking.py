"""Before anything is timed: every server gives the same answers, and refuses what is forged."""

import json
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from bench.jobs import WrongAnswer
from bench.load import Answer, drive
from bench.peers.requests import Requests
from bench.servers import Server

ANSWERS = 60
"""How many verifications are compared."""


async def require_alike(
    asked: Mapping[str, tuple[Server, Requests]], passes: Sequence[str], *, answers: int = ANSWERS
) -> None:
    """Compare answers of all servers with the first one's, then have each refuse forgeries.

    Raises:
        WrongAnswer: a server answers otherwise, or is taken in.
    """
    right: list[Any] = []
    for name, (server, requests) in asked.items():
        token = requests.town.token()
        jobs = [requests.verification(shown, token) for shown in islice(cycle(passes), answers)]
        given = await _answers(server, [job.request for job in jobs])
        found = [_content(name, answer) for answer in given]
        right = right or found
        if found != right or not all(job.is_right(answer) for job, answer in zip(jobs, given, strict=True)):
            raise WrongAnswer(f"{name} answers otherwise than the others.")
        forgeries = requests.forgeries(passes[0], token, jobs[0].request)
        refused = await _answers(server, [job.request for job in forgeries.values()])
        for (what, job), answer in zip(forgeries.items(), refused, strict=True):
            if not job.is_right(answer):
                raise WrongAnswer(f"{name} did not refuse {what}: status {answer.status}.")


async def _answers(server: Server, requests: Sequence[bytes]) -> list[Answer]:
    return (await drive(server.port, requests, connections=1)).answers


def _content(name: str, answer: Answer) -> Any:
    if answer.status != 200:
        raise WrongAnswer(f"{name} answers with status {answer.status}.")
    return json.loads(answer.body)
