"""Whether a body fits a model of API Gateway: JSON schema draft 4, without what AWS does not check or document.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..patterns.automaton import Automaton
from ..patterns.regex import UnsupportedPatternError, parse

_BASE: Final = "urn:models"
_LENGTHS: Final = ("minItems", "maxItems")
"""Keywords that an import of a document drops."""
_FORMATS: Final = frozenset({"date-time", "email", "hostname", "ipv4", "ipv6", "regex", "uri"})
"""The formats of draft 4, of which AWS does not say whether it checks them."""
_CHECKED_HERE: Final = frozenset({"ipv4", "ipv6"})
_REVERSED: Final = frozenset({"not", "oneOf"})
"""Keywords by which a value may fit because it does not fit another schema."""
_Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, in the document or among the models that it may refer to."""

    root: Mapping[str, Any]
    """What references such as `#/components/schemas/Order` lead into."""
    pointer: str = ""
    """The JSON pointer of the schema within `root`; empty for all of it."""
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """The models of the API by the URL that a schema refers to them by."""
    imported: bool = False
    """Whether API Gateway imports it from a document."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a value fits a schema."""

    fits: bool | None
    """None if that depends on what AWS does not document, or on something unknown."""
    reason: str = ""
    """What does not fit, or what is unknown, as a clause."""


def fit(schema: Schema, body: str) -> Fit:
    """Whether a body fits a schema. A body that is not JSON fits no schema."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Fit(fits=False, reason="its body is not JSON")
    return _fit(schema, value)


def fit_without_body(schema: Schema) -> Fit:
    """Whether a request without a body fits a schema.

    AWS does not document as which value it takes a missing body, so it is certain only if that makes no difference.
    """
    found = {each.fits for each in (_fit(schema, None), _fit(schema, {}))}
    if found == {False}:
        return Fit(fits=False, reason="it has no body")
    if found == {True}:
        return Fit(fits=True)
    return Fit(fits=None, reason="AWS does not document how it validates a request without a body")


@dataclass(slots=True)
class _Uncertain:
    """What an evaluation met that AWS does not document."""

    reasons: list[str] = field(default_factory=list[str])
    reversed: bool = False
    """Whether a keyword was met by which a value may fit because it does not fit."""


def _fit(schema: Schema, value: Any) -> Fit:
    from referencing import Registry
    from referencing.jsonschema import DRAFT4

    met = _Uncertain()
    contents = {_BASE: schema.root, **schema.models}
    resources = [(name, DRAFT4.create_resource(each)) for name, each in contents.items()]
    validator = _validator(schema, met)(
        {"$ref": f"{_BASE}#{schema.pointer}"}, registry=Registry[Any]().with_resources(resources)
    )
    try:
        error = next(iter(validator.iter_errors(value)), None)
    except Exception:  # noqa: BLE001 - of a schema that is not valid, or not known, anything may be raised
        return Fit(fits=None, reason="its schema cannot be evaluated")
    if met.reasons and (met.reversed or error is None):
        return Fit(fits=None, reason=met.reasons[0])
    if error is None:
        return Fit(fits=True)
    path = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path)
    return Fit(fits=False, reason=f"its body{path} violates `{error.validator}` of the model")


def _validator(schema: Schema, met: _Uncertain) -> Any:
    """A validator that takes what is uncertain for valid, and notes it."""
    from jsonschema import Draft4Validator, validators

    usual: Mapping[str, Any] = Draft4Validator.VALIDATORS

    def lenient(name: str, reason: str) -> _Keyword:
        """A keyword that is taken to be satisfied; what does not satisfy it is uncertain."""

        def check(validator: Any, value: Any, instance: Any, own: Any) -> None:
            if next(iter(usual[name](validator, value, instance, own) or ()), None) is not None:
                met.reasons.append(reason)

        return check

    def exclusive(bound: str) -> _Keyword:
        def check(_validator: Any, value: Any, instance: Any, own: Any) -> None:
            if value is not False and instance == (own.get(bound) if value is True else value):
                met.reasons.append(f"API Gateway does not support an exclusive `{bound}`")

        return check

    def inclusive(name: str) -> _Keyword:
        def check(validator: Any, value: Any, instance: Any, _own: Any) -> Iterator[Any] | None:
            return usual[name](validator, value, instance, {})

        return check

    def reversing(name: str) -> _Keyword:
        def check(validator: Any, value: Any, instance: Any, own: Any) -> Iterator[Any] | None:
            met.reversed = True
            return usual[name](validator, value, instance, own)

        return check

    keywords: dict[str, _Keyword] = {name: reversing(name) for name in _REVERSED}
    for name in _LENGTHS if schema.imported else ():
        keywords[name] = lenient(name, f"the import of a document drops `{name}`, unless the model is changed later")
    for bound in ("minimum", "maximum"):
        keywords |= {bound: inclusive(bound), f"exclusive{bound.capitalize()}": exclusive(bound)}
    library: Any = validators  # its types are incomplete
    return library.extend(Draft4Validator, {**keywords, **_strings(met), "type": _type(usual["type"], met)})


def _strings(met: _Uncertain) -> Mapping[str, _Keyword]:
    """The keywords about strings."""
    from jsonschema import FormatChecker, ValidationError

    checker = FormatChecker()

    def pattern(_validator: Any, value: Any, instance: Any, _own: Any) -> Iterator[Any]:
        if isinstance(instance, str):
            try:
                matches = Automaton(parse(value)).matches(instance)
            except UnsupportedPatternError:
                met.reasons.append("a `pattern` of its schema cannot be evaluated")
                return
            if not matches:
                yield ValidationError("does not match")

    def format_(_validator: Any, value: Any, instance: Any, _own: Any) -> None:
        known = value in _CHECKED_HERE and checker.conforms(instance, value)
        if isinstance(instance, str) and value in _FORMATS and not known:
            met.reasons.append(f"whether API Gateway checks the format `{value}` is not documented")

    return {"pattern": pattern, "format": format_}


def _type(usual: Any, met: _Uncertain) -> _Keyword:
    def check(validator: Any, value: Any, instance: Any, own: Any) -> Iterator[Any]:
        for error in usual(validator, value, instance, own) or ():
            if instance is None and own.get("nullable") is True:
                met.reasons.append("whether API Gateway supports `nullable` is not documented")
            elif isinstance(instance, float) and instance.is_integer():
                met.reasons.append("whether API Gateway takes 1.0 for an integer is not documented")
            else:
                yield error

    return check
