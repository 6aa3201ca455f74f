"""Schemas of request bodies: declared once, referred to by routes, in the dialect of API Gateway's models."""

import re
from collections.abc import Mapping
from typing import Any

from ..routes import WITHOUT_BODY, slug
from ..validation.problems import NOTHING, Shown, join
from ..validation.reader import Reader, is_object
from .schemas import PREFIX, Schemas


class Models:
    """The declared schemas, and those that routes brought along."""

    def __init__(self, reader: Reader) -> None:
        """Read the declared ones; each is converted when a route first refers to it."""
        self._reader = reader
        self._place = reader.at("schemas")
        given = reader.free("schemas")
        if given is not None and not is_object(given):
            reader.refuse("schemas", "an object of schemas by name")
        self._declared: Mapping[str, Any] = given if is_object(given) else {}
        for name in self._declared:
            if not re.fullmatch(r"[A-Za-z0-9]{1,100}", name):
                reader.problems.add(join(self._place, name), given=name, allowed="a name of letters and digits")
        self._schemas = Schemas(self._declared, self._place, reader.problems)
        self._bodies: dict[str, Any] = {}

    def of_body(self, reader: Reader, method: str, path: str) -> Any:
        """A reference to the schema of a route's body; an inline one gets a name, so that it is written once."""
        schema = reader.free("body_schema")
        if schema is None:
            return None
        if method in WITHOUT_BODY:
            reader.refuse("body_schema", f"nothing: a {method} request has no body", given=Shown("a schema"))
        converted = self._schemas.convert(schema, reader.at("body_schema"))
        if converted.keys() == {"$ref"}:
            return converted
        name = "".join(word.capitalize() for word in slug(f"{method} {path}").split("_"))
        self._bodies[name] = converted
        return {"$ref": f"{PREFIX}{name}"}

    def kept(self, others: Mapping[str, Any]) -> dict[str, Any]:
        """All schemas that bodies refer to; `others` are those of the user's own document."""
        for name in sorted(self._declared.keys() - self._schemas.referred):
            allowed = "a body_schema that refers to it: it checks nothing"
            self._reader.problems.add(join(self._place, name), given=NOTHING, allowed=allowed)
        found = {**self._schemas.kept, **self._bodies}
        for name in sorted(found.keys() & others.keys()):
            allowed = "another name: a schema of openapi has it"
            self._reader.problems.add(join(self._place, name), given=name, allowed=allowed)
        return found
