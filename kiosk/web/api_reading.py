"""A request as checked values: query, places in the path, body. Whatever is wrong is one sentence. Asks nobody, does nothing."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

BODY_BYTES = 4096
"""Largest body (our choice: the only one that is taken has two numbers)."""
NAME_LENGTH = 40
"""A name that came from outside is repeated in a sentence up to this length."""

M = TypeVar("M", bound=BaseModel)


class Wrong(Exception):  # noqa: N818 - an answer, not a fault
    """The request cannot be answered: status and a sentence."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, dict(headers or {})


def query_of(request: Request, model: type[M] | None) -> M | None:
    """The query as the model says; None when the route takes none.

    Raises:
        Wrong: unknown, repeated or impossible parameters.
    """
    values: dict[str, str] = {}
    for name, given in request.args.items(multi=True):
        if model is None:
            raise Wrong(400, f"{short(name)}: nothing is taken after the question mark here. Leave it out.")
        if name in values:
            raise Wrong(400, f"{short(name)} is given more than once: give it once.")
        values[name] = given
    return None if model is None else _checked(model, values, 400)


def place_of(values: Mapping[str, str], model: type[M] | None) -> M | None:
    """The places in the path; one that cannot be is not found.

    Raises:
        Wrong: 404.
    """
    return None if model is None else _checked(model, dict(values), 404)


def body_of(request: Request, model: type[M] | None) -> M | None:
    """The JSON body; None when the route takes none.

    Raises:
        Wrong: too large, not JSON, unknown or impossible fields, a body where none is taken.
    """
    data = _data(request)
    if model is None:
        if data:
            raise Wrong(400, "This address takes no body: leave it out.")
        return None
    if request.mimetype != "application/json":
        raise Wrong(415, "The body must be JSON: send it with the header Content-Type: application/json.")
    try:
        found = model.model_validate_json(data)
        json.loads(data, object_pairs_hook=_once)  # after pydantic: now it is known to be small and well formed
    except ValidationError as error:
        raise Wrong(400, _sentence(model, error)) from None
    return found


def short(name: str) -> str:
    """A name from outside as it may stand in a sentence."""
    return ascii(name if len(name) <= NAME_LENGTH else name[:NAME_LENGTH] + "...")


def _data(request: Request) -> bytes:
    request.max_content_length = BODY_BYTES
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Wrong(413, f"The body is too large: at most {BODY_BYTES} bytes are taken.") from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Wrong(400, f"{short(name)} is given more than once: give it once.")


def _checked(model: type[M], values: dict[str, Any], status: int) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Wrong(status, _sentence(model, error)) from None


def _sentence(model: type[BaseModel], error: ValidationError) -> str:
    """The first problem: where, what is needed, what else may be given. Values are not repeated."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"][:1])
    allowed = ", ".join(model.model_fields)
    if first["type"] == "extra_forbidden":
        return f"{short(where)} is not known here. Allowed: {allowed}."
    if not where:
        return f"The body is not what is taken here ({_plain(first['msg'])}). Send a JSON object with {allowed}."
    return f"{short(where)}: {_plain(first['msg'])}."


def _plain(text: str) -> str:
    text = text.removeprefix("Value error, ").rstrip(".")
    return text[:1].lower() + text[1:200]
