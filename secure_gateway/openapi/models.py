"""Schemas of request bodies: declared once, referred to by routes, in the dialect of API Gateway's models."""

import re
from collections.abc import Mapping
from typing import Any

from ..routes import WITHOUT_BODY, slug
from ..validation.json_values import is_object
from ..validation.problems import join, spell
from ..validation.reader import Reader
from .dropped import Dropped
from .pointers import Pointers
from .schemas import PREFIX, Schemas


class Models:
    """The declared schemas, and those that routes brought along."""

    def __init__(self, reader: Reader) -> None:
        """Read the declared ones; each is converted when a route first refers to it."""
        self._reader = reader
        self._path = reader.at("schemas")
        given = reader.free("schemas")
        if given is not None and not is_object(given):
            reader.mismatch("schemas", "a map of schemas")
        self._declared: Mapping[str, Any] = given if is_object(given) else {}
        for name in self._declared:
            if not re.fullmatch(r"[A-Za-z0-9]{1,100}", name):
                reader.problems.reject(join(self._path, name), name, "is not a name of letters and digits")
        root = {"components": {"schemas": self._declared}}
        pointers = Pointers(root, self._path, reader.problems, hidden=("components", "schemas"))
        self._schemas = Schemas(pointers, reader.problems, Dropped())
        self._bodies: dict[str, Any] = {}

    def of_body(self, reader: Reader, method: str, path: str) -> Any:
        """A reference to the schema of a route's body; an inline one gets a name, so that it is written once."""
        schema = reader.free("body_schema")
        if schema is None:
            return None
        if method in WITHOUT_BODY:
            reader.add("body_schema", f"has no effect: a {method} request has no body")
        converted = self._schemas.convert(schema, reader.at("body_schema"))
        if converted.keys() == {"$ref"}:
            return converted
        name = "".join(word.capitalize() for word in slug(f"{method} {path}").split("_"))
        self._bodies[name] = converted
        return {"$ref": f"{PREFIX}{name}"}

    def used(self, others: Mapping[str, Any]) -> dict[str, Any]:
        """All schemas that bodies refer to; `others` are those of the user's own document."""
        self._schemas.refuse_circles()
        for name in sorted(self._declared):
            path = join(self._path, name)
            if any(each == path or each.startswith((f"{path}.", f"{path}[")) for each in self._schemas.read):
                continue
            message = f"no `{spell('body_schema')}` refers to this schema"
            self._reader.problems.add(join(self._path, name), message)
        found = {**self._schemas.models, **self._bodies}
        for name in sorted(found.keys() & others.keys()):
            predicate = "is the name of a schema in `openapi` too: choose another name"
            self._reader.problems.reject(join(self._path, name), name, predicate)
        return found
