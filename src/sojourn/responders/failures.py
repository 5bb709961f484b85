"""What went wrong at a model's endpoint, as an error of sojourn's: one sentence.

Endpoints repeat parts of keys and prompts in their own messages, so none of those is passed on.
"""

import openai

from sojourn.errors import BackendError, ConfigError, Unavailable

Failure = BackendError | ConfigError

_FOR_A_WHILE = frozenset({408, 409, 425, 502, 503, 504, 529})


def failure(problem: Exception) -> Failure:
    """The error to raise. `facts` has the HTTP `status` and `retry_after` seconds, where known."""
    if isinstance(problem, TimeoutError | openai.APITimeoutError):
        return Unavailable("The model did not answer in time; try again.")
    if isinstance(problem, openai.APIConnectionError):
        return Unavailable("The model cannot be reached; try again later.")
    if isinstance(problem, openai.APIStatusError):
        return _refusal(problem)
    if isinstance(problem, openai.APIError):
        return BackendError("The model broke off with an error; what came before it is not the whole answer.")
    return BackendError("What came from the model's endpoint is not an answer.", kind=type(problem).__name__)


def _refusal(problem: openai.APIStatusError) -> Failure:
    status = problem.status_code
    if status in (401, 403):
        return ConfigError("The model's endpoint refused the API key.", status=status, field="api_key")
    if status == 404:
        return ConfigError("The endpoint knows no such model, or the address is wrong.", status=status)
    if status == 429 and problem.code == "insufficient_quota":
        return Unavailable("The quota at the model's endpoint is used up.", status=status)
    if status == 429:
        seconds = problem.response.headers.get("retry-after", "")
        if seconds.isascii() and seconds.isdecimal() and len(seconds) <= 6:
            return Unavailable(
                f"The model is asked too often; try again in {int(seconds)} seconds.",
                status=status,
                retry_after=int(seconds),
            )
        return Unavailable("The model is asked too often; try again later.", status=status)
    if status in _FOR_A_WHILE:
        return Unavailable("The model is not available just now; try again later.", status=status)
    if status < 500:
        return BackendError("The model refused the request; it may be too long for it.", status=status)
    return BackendError("The model's endpoint failed.", status=status)
