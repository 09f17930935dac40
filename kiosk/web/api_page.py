"""The OpenAPI document -> rows of the page to read it. Pure."""

from dataclasses import dataclass
from typing import Any

from kiosk.web.api_routes import PREFIX, ROUTES, Route

ADDRESS = "http://127.0.0.1:8080"
"""The station's own address, for the examples."""


@dataclass(frozen=True)
class FieldRow:
    """One field or parameter."""

    name: str
    kind: str
    """Its type in words."""
    about: str
    needed: bool


@dataclass(frozen=True)
class RouteRow:
    """One route as it is read."""

    name: str
    method: str
    path: str
    scope: str
    summary: str
    status: int
    taken: tuple[FieldRow, ...]
    given: tuple[FieldRow, ...]
    errors: tuple[tuple[str, str], ...]
    curl: str


def curl(route: Route) -> str:
    """The example: one command that can be copied."""
    path = PREFIX + route.path.replace("{id}", "1")
    parts = [] if route.method == "GET" else ["-X", route.method]
    parts += ['-H "Authorization: Bearer $KEY"']
    if route.body:
        parts += ['-H "Content-Type: application/json"', f"-d '{route.example}'"]
    query = route.example if route.query else ""
    return " ".join(["curl", *parts, f'"{ADDRESS}{path}{query}"'])


def page_rows(document: dict[str, Any]) -> tuple[RouteRow, ...]:
    """All routes in the order of the table."""
    return tuple(_row(route, document) for route in ROUTES)


def page_shapes(document: dict[str, Any]) -> tuple[tuple[str, str, tuple[FieldRow, ...]], ...]:
    """(name, meaning, fields) of what answers are made of."""
    whole = {model.__name__ for route in ROUTES for model in (route.model, route.body) if model}
    schemas = document["components"]["schemas"]
    parts = {name: schema for name, schema in schemas.items() if "properties" in schema and name not in whole | {"Error"}}
    return tuple((name, schema.get("description", ""), _fields(schema, schemas)) for name, schema in parts.items())


def _row(route: Route, document: dict[str, Any]) -> RouteRow:
    operation = document["paths"][route.path][route.method.lower()]
    schemas = document["components"]["schemas"]
    good = str(route.status)
    return RouteRow(
        name=route.name,
        method=route.method,
        path=PREFIX + route.path,
        scope=route.scope,
        summary=route.summary,
        status=route.status,
        taken=_parameters(operation, schemas) + (_fields(schemas[route.body.__name__], schemas) if route.body else ()),
        given=_fields(schemas[route.model.__name__], schemas) if route.model else (),
        errors=tuple((status, row["description"]) for status, row in operation["responses"].items() if status != good),
        curl=curl(route),
    )


def _parameters(operation: dict[str, Any], schemas: dict[str, Any]) -> tuple[FieldRow, ...]:
    return tuple(FieldRow(p["name"], _kind(p["schema"], schemas), p["description"], p["required"]) for p in operation["parameters"])


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[FieldRow, ...]:
    needed = schema.get("required", [])
    return tuple(FieldRow(n, _kind(row, schemas), row.get("description", ""), n in needed) for n, row in schema["properties"].items())


def _kind(row: dict[str, Any], schemas: dict[str, Any]) -> str:
    """A schema in a few words: "number or null", "list of Found", "one of left, right"."""
    if row.get("$ref"):
        name = row["$ref"].rpartition("/")[2]
        return _kind(schemas[name], schemas) if "enum" in schemas[name] else name
    if "anyOf" in row:
        return " or ".join(_kind(part, schemas) for part in row["anyOf"])
    if "enum" in row:
        return "one of " + ", ".join(str(value) for value in row["enum"])
    if row.get("type") == "array":
        return "list of " + _kind(row["items"], schemas)
    if isinstance(row.get("additionalProperties"), dict):
        return "name → " + _kind(row["additionalProperties"], schemas)
    ends = [f"{word} {row[key]}" for key, word in ENDS.items() if key in row and abs(row[key]) < 2**53]
    return " ".join([str(row.get("type", "anything")), *ends])


ENDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}
"""How limits are written."""
