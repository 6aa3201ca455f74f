"""Results of provider functions such as `aws.get_region()`, without a provider."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from . import policy_document

FunctionResult: TypeAlias = Mapping[str, Any]
"""A function's `token` and its `result`. With `args`, the result is only for calls that pass these arguments."""

ACCOUNT: Final = "123456789012"
"""The account id that AWS's own documentation uses."""
FALLBACK_REGION: Final = "us-east-1"
_PARTITIONS: Final = (
    ("cn-", "aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
    ("us-gov-", "aws-us-gov", "amazonaws.com", "com.amazonaws"),
    ("eusc-", "aws-eusc", "amazonaws.eu", "eu.amazonaws"),
    ("", "aws", "amazonaws.com", "com.amazonaws"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """An AWS region, and the names that AWS uses in it."""

    name: str

    @property
    def partition(self) -> str:
        """`aws`, or the partition of China, of GovCloud or of the European Sovereign Cloud."""
        return self._names[1]

    @property
    def dns_suffix(self) -> str:
        """The domain of the partition's endpoints."""
        return self._names[2]

    @property
    def reverse_dns_prefix(self) -> str:
        """The prefix of the partition's endpoint service names."""
        return self._names[3]

    @property
    def zones(self) -> list[str]:
        """Three availability zones, as most regions have."""
        return [f"{self.name}{letter}" for letter in "abc"]

    @property
    def zone_ids(self) -> list[str]:
        """The ids of the availability zones, such as `use1-az1`."""
        area, *directions, number = self.name.split("-")
        # `northeast` is `ne`, `central` is `c`, `gov` is `g`.
        initials = re.sub(r"north|south|east|west|\w+|-", lambda word: word[0][0].strip("-"), "-".join(directions))
        return [f"{area}{initials}{number}-az{each}" for each in (1, 2, 3)]

    @property
    def _names(self) -> tuple[str, str, str, str]:
        return next(each for each in _PARTITIONS if self.name.startswith(each[0]))


Function = Callable[[Mapping[str, Any], Region], dict[str, Any]]


def _region(args: Mapping[str, Any], region: Region) -> dict[str, Any]:
    name = str(args.get("region") or args.get("name") or region.name)
    endpoint = args.get("endpoint") or f"ec2.{name}.{Region(name).dns_suffix}"
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": endpoint}


def _identity(_args: Mapping[str, Any], region: Region) -> dict[str, Any]:
    arn = f"arn:{region.partition}:iam::{ACCOUNT}:user/preview"
    return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AIDAPREVIEW"}


def _partition(_args: Mapping[str, Any], region: Region) -> dict[str, Any]:
    names = {"dnsSuffix": region.dns_suffix, "reverseDnsPrefix": region.reverse_dns_prefix}
    return {"id": region.partition, "partition": region.partition, **names}


def _zones(args: Mapping[str, Any], region: Region) -> dict[str, Any]:
    chosen = Region(str(args.get("region") or region.name))
    excluded = {*args.get("excludeNames", ()), *args.get("excludeZoneIds", ())}
    zones = [each for each in zip(chosen.zones, chosen.zone_ids, strict=True) if excluded.isdisjoint(each)]
    found = {"names": [name for name, _ in zones], "zoneIds": [zone for _, zone in zones], "groupNames": [chosen.name]}
    return {**args, "id": chosen.name, "region": chosen.name, **found}


def _service_principal(args: Mapping[str, Any], region: Region) -> dict[str, Any]:
    name = str(args.get("region") or region.name)
    service = args["serviceName"]
    suffix = "amazonaws.com"
    names = {"id": f"{service}.{name}.{suffix}", "name": f"{service}.{suffix}", "suffix": suffix}
    return {**args, **names, "region": name}


_COMPUTED: Final[Mapping[str, Function]] = {
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws-native:index:getPartition": lambda _args, region: {"partition": region.partition},
    "aws-native:index:getUrlSuffix": lambda _args, region: {"urlSuffix": region.dns_suffix},
}
"""Functions whose result follows from their arguments and the region."""
_ASSUMED: Final[Mapping[str, tuple[str, Function]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (f"account {ACCOUNT}", _identity),
    "aws:index/getAvailabilityZones:getAvailabilityZones": ("three availability zones", _zones),
    "aws-native:index:getAccountId": (f"account {ACCOUNT}", lambda _args, _region: {"accountId": ACCOUNT}),
    "aws-native:index:getAzs": ("three availability zones", lambda _args, region: {"azs": region.zones}),
}
"""Functions whose result only AWS knows, with what is assumed unless the user gives a result."""
_REGION: Final[Mapping[str, Function]] = {
    "aws:index/getRegion:getRegion": _region,
    "aws-native:index:getRegion": lambda _args, region: {"region": region.name},
}
"""Functions that return the region itself."""


@dataclass
class Invokes:
    """Results from the user first, then built-in ones; records what was assumed and which results are missing."""

    given: Sequence[FunctionResult]
    region: str
    """The configured region; empty if there is none."""
    assumed: set[str] = field(default_factory=set[str])
    """What was assumed, such as `region us-east-1`."""
    missing: set[str] = field(default_factory=set[str])
    """The calls that have no result."""

    def find(self, token: str, args: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result that the user gives for a call, if any."""
        for each in self.given:
            wanted: Mapping[str, Any] = each.get("args") or {}
            if each["token"] == token and all(args.get(key) == value for key, value in wanted.items()):
                return each["result"]
        return None

    def result(self, token: str, args: Mapping[str, Any], region: str | None = "") -> Mapping[str, Any] | None:
        """The result of a call. If there is none, the call is added to `missing`, and the result is None.

        `region` is the region of the provider that the call uses: empty for the configured region, None if it is
        unknown. `missing` names the call's arguments but not their values, since one may be a secret.
        """
        found = self.find(token, args)
        if found is not None:
            return found
        if token == "aws:iam/getPolicyDocument:getPolicyDocument":  # noqa: S105 - a function's name
            return policy_document.render(args)
        if region is None:
            self.missing.add(f"{token}, through a provider whose region is known only after deployment")
            return None
        effective = Region(region or self.region or FALLBACK_REGION)
        if token in _COMPUTED:
            return _COMPUTED[token](args, effective)
        if token in _REGION:
            if not region and not self.region:
                self.assumed.add(f"region {effective.name}")
            return _REGION[token](args, effective)
        if token in _ASSUMED:
            assumption, function = _ASSUMED[token]
            self.assumed.add(assumption)
            return function(args, effective)
        self.missing.add(f"{token} ({', '.join(sorted(args))})" if args else token)
        return None
