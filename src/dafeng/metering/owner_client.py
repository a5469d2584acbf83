"""Client of the process that owns a store: the command line goes through the server while it runs."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from dafeng.evidence import DafengError, Problem
from dafeng.metering.intake.messages import placed
from dafeng.metering.owner import Owner


def ask_owner(owner: Owner, verb: str, values: dict[str, Any]) -> dict[str, Any]:
    """Request the owner to execute `verb`.

    Parameters
    ----------
    owner
        Address and token of the process that owns the store.
    verb
        Operation as `operate` names it.
    values
        Arguments of the verb.

    Returns
    -------
    Answer of the verb.

    Raises
    ------
    DafengError
        With its problems, or where it does not answer.
    """
    request = Request(
        f"{owner.url}/api/v1/operate/{verb}",
        data=json.dumps(values, default=str).encode(),
        headers={"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urlopen(request, timeout=600) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        body = json.loads(error.read() or b"{}")
        problems = [placed(Problem.from_dict(problem)) for problem in body.get("problems", [])]
        raise DafengError(problems or Problem(owner.url, f"HTTP {error.code}", "an answer")) from error
    except URLError as error:
        raise DafengError.at(
            owner.url,
            str(error.reason),
            f"the server that owns the store (process {owner.pid})",
            "start it again",
        ) from error
