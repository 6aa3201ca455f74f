"""Args of the built-in authorizer, and the spec that they are parsed into."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Required, TypedDict

import pulumi

from ...authorizer.config import ConfigError, read
from ...authorizer_responses import opens, policy, resources
from ...aws_facts import RETENTION_DAYS
from ...validation.arns import check_kms_key
from ...validation.problems import Problems, join, listing, plural, spell, suggest
from ...validation.reader import Reader, is_list, is_object
from .validators import ValidatorArgs, read_validator

_RUNTIMES = ("python3.12", "python3.13", "python3.14")
_LONGEST_NAME = 64
_BEARER = r"^[Bb]earer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
_LONGEST_ANSWER = 8_192
_LONGEST_ENVIRONMENT = 3_500
"""Lambda takes 4 KB of environment together."""

Require = tuple[tuple[str, ...], ...]


class FunctionVpcArgs(TypedDict, total=False):
    """Where the function's network interfaces stand. They need a way to the issuers and the stores."""

    subnet_ids: Required[list[pulumi.Input[str]]]
    """Subnets."""

    security_group_ids: Required[list[pulumi.Input[str]]]
    """Security groups."""


class BuiltinAuthorizerArgs(TypedDict, total=False):
    """The Lambda authorizer that ships with the component: the function is made, with a role of its own."""

    validators: Required[dict[str, ValidatorArgs]]
    """What is checked, by a name of yours (letters, digits, `_`)."""

    require: list[list[str]]
    """Which validators a request must pass: any of these lists, and of a list all. Defaults to the only validator."""

    route_require: dict[str, list[list[str]]]
    """The same for single routes (`METHOD /path`), in place of `require`. Defaults to none."""

    type: str
    """`REQUEST`, or `TOKEN` where tokens in one header are all that is checked. Defaults to `REQUEST`."""

    returns_api_key: bool
    """Whether answers name the API key that a usage plan counts: the `usage_key` of a key's record. Needs an `api_key`
    validator. Defaults to false."""

    ttl_seconds: int
    """Seconds API Gateway keeps an answer, 0 to 3,600; so long an expired token or a withdrawn key may still pass. More
    than 0 only where all that is checked is part of the cache's key. Defaults to 0."""

    function_name: str
    """Name of the function, unique in account and region. Defaults to `<gateway>-<authorizer>-<stack>`."""

    runtime: str
    """`python3.12`, `python3.13` or `python3.14`. Defaults to `python3.12`."""

    architecture: str
    """`arm64` or `x86_64`. Defaults to `arm64`."""

    memory_mb: int
    """Memory, and with it processor, 128 to 10,240. Defaults to 512."""

    timeout_seconds: int
    """Seconds until the function is stopped, 3 to 29. Defaults to 10."""

    reserved_concurrency: int
    """Most copies at a time, taken from the account's pool. Defaults to none reserved."""

    kms_key_arn: pulumi.Input[str]
    """KMS key of the environment and the log; CloudWatch Logs must be allowed to use it. Defaults to one made here."""

    store_key_arns: list[pulumi.Input[str]]
    """KMS keys that encrypt the stores, where these are not AWS's own. Defaults to none."""

    retention_days: int
    """Days the function's log is kept, as CloudWatch has them. Defaults to 90."""

    vpc: FunctionVpcArgs
    """Where the function's network interfaces stand. Defaults to no VPC."""


@dataclass(frozen=True, kw_only=True)
class BuiltinSpec:
    """`BuiltinAuthorizerArgs`, validated, with defaults filled in."""

    name: str
    place: str
    validators: Mapping[str, Mapping[str, Any]]
    """As the function's configuration has them; Outputs at the leaves."""
    require: Require
    route_require: Mapping[str, Require]
    token: bool
    ttl_seconds: int
    returns_api_key: bool
    function_name: str
    runtime: str
    architecture: str
    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None
    kms_key_arn: pulumi.Input[str] | None
    store_key_arns: tuple[pulumi.Input[str], ...]
    retention_days: int
    vpc: tuple[tuple[pulumi.Input[str], ...], tuple[pulumi.Input[str], ...]] | None

    @classmethod
    def parse(cls, reader: Reader, name: str, gateway: str) -> "BuiltinSpec":
        """Decide everything but what the routes require."""
        validators = {
            key: read_validator(each, key) for key, each in reader.child_map("validators", ValidatorArgs).items()
        }
        if not validators and reader.has("validators"):
            reader.add("validators", "must contain at least one validator")
        only = ((next(iter(validators)),),) if len(validators) == 1 else ()
        require = _require(reader.get("require"), reader.at("require"), validators, reader.problems) or only
        if not require and len(validators) > 1 and not reader.has("require"):
            reader.add("require", f"required with {len(validators)} validators: lists of {listing(validators)}")
        given_routes, place = reader.free("route_require"), reader.at("route_require")
        if given_routes is not None and not is_object(given_routes):
            reader.mismatch("route_require", "a map from routes to lists of validators")
        vpc = reader.child("vpc", FunctionVpcArgs)
        reserved = reader.integer("reserved_concurrency", 0, low=1, high=10_000, unit="copies")
        spec = cls(
            name=name,
            place=reader.path,
            validators=validators,
            require=require,
            route_require={
                key: _require(each, join(place, key), validators, reader.problems)
                for key, each in (given_routes.items() if is_object(given_routes) else ())
            },
            token=reader.string("type", "REQUEST", choices=("REQUEST", "TOKEN")) == "TOKEN",
            ttl_seconds=reader.integer("ttl_seconds", 0, low=0, high=3_600, unit="seconds"),
            returns_api_key=reader.boolean("returns_api_key", default=False),
            function_name=reader.string(
                "function_name",
                _function_name(gateway, name),
                pattern=r"[A-Za-z0-9_-]{1,64}",
                expected="the name of a function",
            ),
            runtime=reader.string("runtime", _RUNTIMES[0], choices=_RUNTIMES),
            architecture=reader.string("architecture", "arm64", choices=("arm64", "x86_64")),
            memory_mb=reader.integer("memory_mb", 512, low=128, high=10_240, unit="MB"),
            timeout_seconds=reader.integer("timeout_seconds", 10, low=3, high=29, unit="seconds"),
            reserved_concurrency=reserved or None,
            kms_key_arn=reader.leaf("kms_key_arn", check=check_kms_key),
            store_key_arns=reader.leaves("store_key_arns", check=check_kms_key),
            retention_days=reader.one_of("retention_days", 90, choices=RETENTION_DAYS, unit="days"),
            vpc=(vpc.leaves("subnet_ids"), vpc.leaves("security_group_ids")) if vpc else None,
        )
        if vpc and spec.vpc and not all(spec.vpc):
            reader.add("vpc", "must contain at least one subnet and one security group")
        if spec.returns_api_key and not any("api_key" in each for each in validators.values()):
            reader.add(
                "returns_api_key",
                f"requires a validator of the kind `{spell('api_key')}`, which knows the usage plan's key",
            )
        spec._check_cache(reader)
        return spec

    def _check_cache(self, reader: Reader) -> None:
        """Refuse what a kept answer would get wrong: all that is checked must be in the cache's key."""
        headers = set(self._headers)
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

    @property
    def _headers(self) -> tuple[str, ...]:
        return tuple(sorted({_header(each) for each in self.validators.values()} - {""}))

    @property
    def _common_headers(self) -> tuple[str, ...]:
        """Headers that every request must have, whichever way it authenticates."""
        ways = [way for each in (self.require, *self.route_require.values()) for way in each]
        read_by = [{_header(self.validators[name]) for name in way} for way in ways]
        return tuple(each for each in self._headers if read_by and all(each in way for way in read_by))

    @property
    def identity_sources(self) -> tuple[str, ...]:
        """What API Gateway asks for before it calls the function: the headers that every request must have."""
        return tuple(
            f"method.request.header.{each}" for each in (self._headers if self.token else self._common_headers)
        )

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
        return header in self._headers

    @property
    def gives_scopes(self) -> bool:
        """Whether some validator can tell a caller's scopes."""
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
        """Refuse a configuration that the function would refuse, or whose answers could not be exact."""
        place = join(self.place, spell("route_require"))
        for key in self.route_require:
            if key not in routes:
                problems.reject(join(place, key), key, f"is not a route of this authorizer{suggest(key, routes)}")
                return
        used = {name for each in (self.require, *self.route_require.values()) for way in each for name in way}
        for name in self.validators:
            if name not in used:
                path = join(join(self.place, "validators"), name)
                problems.add(path, f"`{spell('require')}` does not name this validator")
                return
        if not routes or not self.require:
            return
        try:
            read(json.dumps(_stood_in(self.document(routes))))
        except ConfigError as error:
            problems.add(self.place, f"the authorizer would reject this configuration: {error}")
        if self.ttl_seconds or self.token:
            self._check_answers(routes, problems)

    def _check_answers(self, routes: Mapping[str, tuple[str, ...]], problems: Problems) -> None:
        what = spell("ttl_seconds") if self.ttl_seconds else "type"
        stage = f"arn:aws:execute-api:{'r' * 14}:{'0' * 12}:{'a' * 10}/{'s' * 20}/"
        longest = len(json.dumps(policy(stage, list(routes))))
        if any("{" in key for key in routes):
            # Of a route that is denied next to a wildcard, the policy also names the paths with a slash at their end.
            denied = [each for key, scopes in routes.items() if scopes for each in resources(key)]
            longest += sum(len(f'"{stage}{each}/", ') for each in denied)
        if longest > _LONGEST_ANSWER:
            message = (
                f"cannot be used with {plural(len(routes), 'route')}: the cached response would be longer than 8 KB; "
                "with 0 it names the called route only"
            )
            problems.add(join(self.place, what), message)
        for one, its in routes.items():
            for other, others in routes.items():
                if one < other and set(its) != set(others) and opens(one, other) and opens(other, one):
                    message = f"responses cannot be cached: no policy can tell {one!r} and {other!r} apart"
                    problems.add(join(self.place, what), message)

    def posture(self) -> str:
        """What is in force."""
        ways = " or ".join("+".join(way) for way in self.require)
        kinds = ", ".join(f"{name} ({next(iter(each))})" for name, each in sorted(self.validators.items()))
        kept = f"answers kept {self.ttl_seconds} s"
        return f"{self.name}: built-in authorizer, {'TOKEN' if self.token else 'REQUEST'}, {ways} of {kinds}; {kept}"


def _require(given: Any, place: str, validators: Mapping[str, Any], problems: Problems) -> Require:
    if given is None:
        return ()
    if not is_list(given) or not given or not all(is_list(way) and way for way in given):
        problems.add(place, f"expected lists of validators ({listing(validators)}), none of them empty")
        return ()
    for index, way in enumerate(given):
        for each in way:
            if not isinstance(each, str) or each not in validators:
                problems.reject(f"{place}[{index}]", each, f"is not a validator{suggest(str(each), validators)}")
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
    """A document with a text in the place of each Output."""
    if isinstance(value, pulumi.Output):
        return _STAND_INS.get(key, "known-after-deployment")
    if isinstance(value, Mapping):
        return {name: _stood_in(each, str(name)) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_stood_in(each, key) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value
