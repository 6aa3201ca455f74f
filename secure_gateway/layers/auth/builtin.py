"""The spec that the args of the built-in authorizer are parsed into."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, get_args

import pulumi

from ...authorizer.config import ConfigError, read
from ...authorizer_responses import opens, policy, resources
from ...aws_facts import LEAST_RETENTION_DAYS, RETENTION_DAYS
from ...choices import Architecture, AuthorizerType, Runtime
from ...validation.arns import check_kms_key
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import (
    boolean,
    leaf,
    leaves,
    one_of,
    optional_whole_number,
    options,
    parses,
    string,
    whole_number,
)
from ...validation.json_values import is_list, is_object
from ...validation.problems import Problems, join, listing, plural, spell, suggest
from ...validation.reader import Reader
from .builtin_args import BuiltinAuthorizerArgs, FunctionVpcArgs
from .validator_args import ValidatorArgs
from .validators import read_validator

_RUNTIMES: tuple[str, ...] = get_args(Runtime)
_LONGEST_NAME = 64
_SOURCE_SECONDS = 2
"""Seconds that an authorizer waits for one issuer or store at most."""
_BEARER = r"^[Bb]earer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
_LONGEST_RESPONSE = 8_192
_LONGEST_ENVIRONMENT = 3_500
"""Lambda takes 4 KB of environment together."""
Require = tuple[tuple[str, ...], ...]


@parses(FunctionVpcArgs)
@dataclass(frozen=True, kw_only=True)
class FunctionVpcSpec:
    """`FunctionVpcArgs`, validated, with defaults filled in."""

    subnet_ids: tuple[pulumi.Input[str], ...] = leaves()
    security_group_ids: tuple[pulumi.Input[str], ...] = leaves()


@parses(BuiltinAuthorizerArgs)
@dataclass(frozen=True, kw_only=True)
class BuiltinSpec:
    """`BuiltinAuthorizerArgs`, validated, with defaults filled in."""

    name: str
    path: str
    """Path of its args, for messages."""
    validators: Mapping[str, Mapping[str, Any]]
    """As in the function's configuration, with Outputs as values."""
    require: Require
    route_require: Mapping[str, Require]
    type: str = string("REQUEST", choices=get_args(AuthorizerType))
    ttl_seconds: int = whole_number(0, low=0, high=3_600, unit="seconds")
    returns_api_key: bool = boolean(default=False)
    function_name: str
    runtime: str = string(_RUNTIMES[0], choices=_RUNTIMES)
    architecture: str = string("arm64", choices=get_args(Architecture))
    memory_mb: int = whole_number(512, low=128, high=10_240, unit="MB")
    timeout_seconds: int = whole_number(10, low=3, high=29, unit="seconds")
    reserved_concurrency: int | None = optional_whole_number(low=1, high=10_000, unit="copies")
    kms_key_arn: pulumi.Input[str] | None = leaf(check=check_kms_key, values="ARN")
    store_key_arns: tuple[pulumi.Input[str], ...] = leaves(check=check_kms_key, values="ARNs")
    retention_days: int = one_of(90, RETENTION_DAYS, unit="days")
    vpc: FunctionVpcSpec | None
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader, name: str, gateway: str) -> "BuiltinSpec":
        """Check everything except what the routes require."""
        plain = options(cls, reader)
        validators = {
            key: read_validator(each, key) for key, each in reader.child_map("validators", ValidatorArgs).items()
        }
        if not validators and reader.has("validators"):
            reader.add("validators", "must contain at least one validator")
        vpc = reader.child("vpc", FunctionVpcArgs)
        spec = cls(
            **plain,
            name=name,
            path=reader.path,
            validators=validators,
            require=_default_require(reader, validators),
            route_require=_route_require(reader, validators),
            function_name=reader.string(
                "function_name",
                _function_name(gateway, name),
                pattern=r"[A-Za-z0-9_-]{1,64}",
                expected="the name of a function",
            ),
            vpc=FunctionVpcSpec(**options(FunctionVpcSpec, vpc)) if vpc else None,
        )
        if spec.vpc and not (spec.vpc.subnet_ids and spec.vpc.security_group_ids):
            reader.add("vpc", "must contain at least one subnet and one security group")
        if spec.returns_api_key and not any("api_key" in each for each in validators.values()):
            reader.add(
                "returns_api_key",
                f"requires a validator of the kind `{spell('api_key')}`, which knows the usage plan's key",
            )
        spec._check_cache(reader)
        spec._check_timeout(reader)
        exceptions = Exceptions(reader)
        require_short_cache(exceptions, reader, spec.ttl_seconds)
        if spec.retention_days < LEAST_RETENTION_DAYS:
            message = f"is less than the {LEAST_RETENTION_DAYS} days that an investigation needs"
            exceptions.require(reader, "retention_days", message)
        return replace(spec, exceptions=exceptions.checked())

    @property
    def token(self) -> bool:
        """Whether the function gets one header, not the request."""
        return self.type == "TOKEN"

    def _check_cache(self, reader: Reader) -> None:
        """Reject caching unless everything that is checked is part of the cache's key."""
        headers = set(self.headers)
        if self.token and (len(headers) > 1 or any("jwt" not in each for each in self.validators.values())):
            reader.add("type", "must be 'REQUEST': a TOKEN authorizer sees one header, and can validate tokens only")
        if self.token and self.route_require:
            reader.add("route_require", "cannot be combined with the type 'TOKEN', whose events do not name the route")
        if not self.ttl_seconds:
            return
        unkeyed = [name for name, each in self.validators.items() if {"signature", "client_certificate"} & set(each)]
        if unkeyed:
            message = f"must be 0: what the validators {listing(unkeyed)} check is not part of the cache's key"
            reader.add("ttl_seconds", message)
        elif headers != set(self._common_headers) or self.route_require:
            message = (
                f"must be 0: not every request has all of the headers {listing(headers)}, or routes differ in what "
                "they require"
            )
            reader.add("ttl_seconds", message)

    def _check_timeout(self, reader: Reader) -> None:
        """Reject a time limit that ends the function while it waits for issuers and stores that are down."""
        sources = max((self._count_sources(way) for way in self._ways), default=0)
        if self.timeout_seconds <= _SOURCE_SECONDS * sources:
            message = (
                f"must be at least {_SOURCE_SECONDS * sources + 1}: a request may wait for "
                f"{plural(sources, 'issuer or store', 'issuers and stores')}, {_SOURCE_SECONDS} seconds for each"
            )
            reader.add("timeout_seconds", message)

    def _count_sources(self, way: Sequence[str]) -> int:
        """How many issuers and stores a request may need that passes one list of validators.

        Validators of other lists are tried too if they read the same headers. A token has one issuer, so those that
        read tokens from the same header need one together.
        """
        headers = {_header(self.validators[name]) for name in way} - {""}
        tried = {name for each in self._ways for name in each if _header(self.validators[name]) in headers}
        stores = [name for name in tried if "jwt" not in self.validators[name]]
        issuers = {_header(self.validators[name]) for name in tried if "jwt" in self.validators[name]}
        return len(stores) + len(issuers)

    @property
    def _ways(self) -> tuple[tuple[str, ...], ...]:
        """Every list of validators that some route requires."""
        return tuple(way for each in (self.require, *self.route_require.values()) for way in each)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that hold credentials, in lower case."""
        return tuple(sorted({_header(each) for each in self.validators.values()} - {""}))

    @property
    def _common_headers(self) -> tuple[str, ...]:
        """Headers that every request must have, whichever way it authenticates."""
        read_by = [{_header(self.validators[name]) for name in way} for way in self._ways]
        return tuple(each for each in self.headers if read_by and all(each in way for way in read_by))

    @property
    def identity_sources(self) -> tuple[str, ...]:
        """What API Gateway requires before it calls the function: the headers that every request must have."""
        return tuple(f"method.request.header.{each}" for each in (self.headers if self.token else self._common_headers))

    @property
    def validation_expression(self) -> str:
        """What the header of a TOKEN authorizer must match."""
        return _BEARER if self.token else ""

    @property
    def stores(self) -> tuple[pulumi.Input[str], ...]:
        """ARNs of the stores that the function reads."""
        given = (next(iter(each.values())).get("store") for each in self.validators.values())
        return tuple(each for each in given if each is not None)

    def reads(self, header: str) -> bool:
        """Whether a header, by its lower-case name, holds a credential."""
        return header in self.headers

    def names_callers(self, route: str) -> bool:
        """Whether every way to a route identifies a caller; a shared secret does not."""
        ways = self.route_require.get(route, self.require)
        return all(any("shared_secret" not in self.validators[name] for name in way) for way in ways)

    @property
    def gives_scopes(self) -> bool:
        """Whether some validator knows a caller's scopes."""
        return any({"jwt", "api_key", "signature"} & set(each) for each in self.validators.values())

    @property
    def certificates(self) -> bool:
        """Whether client certificates are checked."""
        return any("client_certificate" in each for each in self.validators.values())

    def document(self, routes: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
        """The function's configuration, for routes with the scopes that each requires; Outputs at the leaves."""
        return {
            "name": self.function_name,
            "validators": self.validators,
            "require": self.require,
            "routes": {
                key: {
                    **({"scopes": sorted(scopes)} if scopes else {}),
                    **({"require": self.route_require[key]} if key in self.route_require else {}),
                }
                for key, scopes in sorted(routes.items())
            },
            "cached": self.ttl_seconds > 0,
        }

    def bundled(self, routes: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether the configuration is too long for the environment, and so goes into the archive."""
        return len(json.dumps(_stood_in(self.document(routes)))) > _LONGEST_ENVIRONMENT

    def check(self, routes: Mapping[str, tuple[str, ...]], problems: Problems) -> None:
        """Reject a configuration that the function would reject, or whose responses could not be exact."""
        path = join(self.path, spell("route_require"))
        for key in self.route_require:
            if key not in routes:
                problems.reject(join(path, key), key, f"is not a route of this authorizer{suggest(key, routes)}")
                return
        used = {name for way in self._ways for name in way}
        for name in self.validators:
            if name not in used:
                path = join(join(self.path, "validators"), name)
                problems.add(path, f"`{spell('require')}` does not name this validator")
                return
        if not routes or not self.require:
            return
        try:
            read(json.dumps(_stood_in(self.document(routes))))
        except ConfigError as error:
            problems.add(self.path, f"the authorizer would reject this configuration: {error}")
        if self.ttl_seconds or self.token:
            self._check_responses(routes, problems)

    def _check_responses(self, routes: Mapping[str, tuple[str, ...]], problems: Problems) -> None:
        what = spell("ttl_seconds") if self.ttl_seconds else "type"
        stage = f"arn:aws:execute-api:{'r' * 14}:{'0' * 12}:{'a' * 10}/{'s' * 20}/"
        longest = len(json.dumps(policy(stage, list(routes))))
        if any("{" in key for key in routes):
            # Of a route that is denied next to a wildcard, the policy also names the paths with a slash at their end.
            denied = [each for key, scopes in routes.items() if scopes for each in resources(key)]
            longest += sum(len(f'"{stage}{each}", ') for each in (*(f"{one}/" for one in denied), "*//*"))
        if longest > _LONGEST_RESPONSE:
            message = (
                f"cannot be used with {plural(len(routes), 'route')}: the cached response would be longer than 8 KB; "
                "with 0 it names the called route only"
            )
            problems.add(join(self.path, what), message)
        for one, its in routes.items():
            for other, others in routes.items():
                if one < other and set(its) != set(others) and opens(one, other) and opens(other, one):
                    message = f"responses cannot be cached: no policy can distinguish {one!r} from {other!r}"
                    problems.add(join(self.path, what), message)

    def posture(self) -> str:
        """What is in force."""
        ways = " or ".join("+".join(way) for way in self.require)
        kinds = ", ".join(f"{name} ({next(iter(each))})" for name, each in sorted(self.validators.items()))
        cached = "; ".join([f"decisions cached {self.ttl_seconds} s", *listed(self.exceptions)])
        return f"{self.name}: built-in authorizer, {'TOKEN' if self.token else 'REQUEST'}, {ways} of {kinds}; {cached}"


def require_short_cache(exceptions: Exceptions, reader: Reader, seconds: int) -> None:
    """Decisions are not cached for long without a reason."""
    if seconds > _LONGEST_CACHE_SECONDS:
        message = f"caches decisions longer than {_LONGEST_CACHE_SECONDS} seconds, also those about withdrawn access"
        exceptions.require(reader, "ttl_seconds", message)


_LONGEST_CACHE_SECONDS = 300


def _default_require(reader: Reader, validators: Mapping[str, Any]) -> Require:
    only = ((next(iter(validators)),),) if len(validators) == 1 else ()
    require = _require(reader.get("require"), reader.at("require"), validators, reader.problems) or only
    if not require and len(validators) > 1 and not reader.has("require"):
        reader.add("require", f"required with {len(validators)} validators: lists of {listing(validators)}")
    return require


def _route_require(reader: Reader, validators: Mapping[str, Any]) -> Mapping[str, Require]:
    given, path = reader.free("route_require"), reader.at("route_require")
    if given is not None and not is_object(given):
        reader.mismatch("route_require", "a map from routes to lists of validators")
    return {
        key: _require(each, join(path, key), validators, reader.problems)
        for key, each in (given.items() if is_object(given) else ())
    }


def _require(given: Any, path: str, validators: Mapping[str, Any], problems: Problems) -> Require:
    if given is None:
        return ()
    if not is_list(given) or not given or not all(is_list(way) and way for way in given):
        problems.add(path, f"expected lists of validators ({listing(validators)}), none of them empty")
        return ()
    for index, way in enumerate(given):
        for each in way:
            if not isinstance(each, str) or each not in validators:
                problems.reject(f"{path}[{index}]", each, f"is not a validator{suggest(str(each), validators)}")
                return ()
    return tuple(tuple(map(str, way)) for way in given)


def _header(validator: Mapping[str, Any]) -> str:
    return next(iter(validator.values())).get("header", "")


def _function_name(gateway: str, authorizer: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]", "-", f"{gateway}-{authorizer}-{pulumi.get_stack()}")
    return (
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 7]}-{sha256(name.encode()).hexdigest()[:6]}"
    )


_STAND_INS = {
    "store": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:known-after-deployment",
    "issuer": "https://known-after-deployment.example.com/" + "x" * 60,
}


def _stood_in(value: Any, key: str = "") -> Any:
    """A document with a string instead of each Output."""
    if isinstance(value, pulumi.Output):
        return _STAND_INS.get(key, "known-after-deployment")
    if isinstance(value, Mapping):
        return {name: _stood_in(each, str(name)) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_stood_in(each, key) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value
