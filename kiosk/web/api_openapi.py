"""ROUTES -> the OpenAPI 3.1 document. What must not go in: anything about a route that is not in the table or its models."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from kiosk import __version__
from kiosk.web.api_models import Error
from kiosk.web.api_routes import PREFIX, ROUTES, SCOPES, Route, errors_of

REF = "#/components/schemas/{model}"
ABOUT = (
    "Live state, sessions, start and stop of a Treadside kiosk, for scripts. Every request needs a key: "
    "`Authorization: Bearer KEY`. Patients are not in this API: their data leave the kiosk only by a person with the PIN."
)


def document(routes: tuple[Route, ...] = ROUTES) -> dict[str, Any]:
    """The whole document as plain JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    key = {"type": "http", "scheme": "bearer", "description": "; ".join(f"{name!r}: {what}" for name, what in SCOPES.items())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Treadside", "version": __version__, "description": ABOUT},
        "servers": [{"url": PREFIX}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": _schemas(routes), "securitySchemes": {"key": key}},
    }


def _schemas(routes: tuple[Route, ...]) -> dict[str, Any]:
    """What is sent to us as it is checked, what we send as it is written."""
    given = [(model, "serialization") for model in {route.model for route in routes if route.model} | {Error}]
    taken = [(route.body, "validation") for route in routes if route.body]
    _, found = models_json_schema(sorted(given + taken, key=lambda row: row[0].__name__), ref_template=REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _operation(route: Route) -> dict[str, Any]:
    operation = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Needs a key for {route.scope!r}.",
        "security": [{"key": [route.scope]}],
        "parameters": _parameters(route.place, "path") + _parameters(route.query, "query"),
        "responses": {str(route.status): _answer(route)} | {str(s): _error(when) for s, when in errors_of(route).items()},
    }
    if route.body:
        operation["requestBody"] = {"required": True, "content": _json(route.body)}
    return operation


def _parameters(model: type[BaseModel] | None, where: str) -> list[dict[str, Any]]:
    """One for each field of a flat model."""
    if model is None:
        return []
    found = model.model_json_schema(ref_template=REF)
    needed = found.get("required", [])
    return [
        {
            "name": name,
            "in": where,
            "required": name in needed,
            "description": row.get("description", ""),
            "schema": {key: value for key, value in _resolved(row, found).items() if key not in ("title", "description")},
        }
        for name, row in found["properties"].items()
    ]


def _resolved(row: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The row with the schema that it points to in place of the pointer."""
    name = str(row.get("$ref", "")).rpartition("/")[2]
    return {key: value for key, value in row.items() if key != "$ref"} | (schema["$defs"][name] if name else {})


def _answer(route: Route) -> dict[str, Any]:
    if route.model is None:
        return {"description": route.summary, "content": {"text/html": {"schema": {"type": "string"}}}}
    return {"description": route.summary, "content": _json(route.model)}


def _error(when: str) -> dict[str, Any]:
    return {"description": when, "content": _json(Error)}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}}
