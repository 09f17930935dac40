"""Models whose fields are described by the docstrings below them. What must not go in: a model of the API."""

import ast
import inspect
import itertools

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Described(BaseModel):
    """Base of all: a field is described by the docstring below it."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The model's schema with these words. Read when somebody asks for the document: pydantic's own `use_attribute_docstrings`
        reads the source of every model at every start, a fifteenth of what a station loads."""
        found = handler(schema)
        rows = handler.resolve_ref_schema(found)["properties"]
        for model in cls.__mro__[: cls.__mro__.index(Described)]:
            for name, words in _docstrings(model).items():
                rows[name].setdefault("description", words)
        return found


def _docstrings(model: type) -> dict[str, str]:
    """Field -> docstring below it, of the class's own fields."""
    (tree,) = ast.parse(inspect.getsource(model)).body
    rows = itertools.pairwise(tree.body) if isinstance(tree, ast.ClassDef) else ()
    return {
        field.target.id: inspect.cleandoc(str(below.value.value))
        for field, below in rows
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }
