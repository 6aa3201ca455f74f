"""Provider functions (`aws.get_region()` ...) answered without a provider."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from . import policy_document

ACCOUNT: Final = "123456789012"
"""The account that AWS's own documentation uses."""
FALLBACK_REGION: Final = "us-east-1"
_PARTITIONS: Final = (
    ("cn-", "aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
    ("us-gov-", "aws-us-gov", "amazonaws.com", "com.amazonaws"),
    ("eusc-", "aws-eusc", "amazonaws.eu", "eu.amazonaws"),
    ("", "aws", "amazonaws.com", "com.amazonaws"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider deploys to, and how AWS names things there."""

    region: str

    @property
    def partition(self) -> str:
        """`aws`, or the partition of China, GovCloud and the European sovereign cloud."""
        return self._names[1]

    @property
    def dns_suffix(self) -> str:
        """The domain of the partition's endpoints."""
        return self._names[2]

    @property
    def reverse_dns_prefix(self) -> str:
        """The beginning of the partition's endpoint service names."""
        return self._names[3]

    @property
    def zones(self) -> list[str]:
        """Three zones, as most regions have."""
        return [f"{self.region}{letter}" for letter in "abc"]

    @property
    def zone_ids(self) -> list[str]:
        """The zones' ids, such as `use1-az1`."""
        area, *directions, number = self.region.split("-")
        # `northeast` is `ne`, `central` is `c`, `gov` is `g`.
        initials = re.sub(r"north|south|east|west|\w+|-", lambda word: word[0][0].strip("-"), "-".join(directions))
        return [f"{area}{initials}{number}-az{each}" for each in (1, 2, 3)]

    @property
    def _names(self) -> tuple[str, str, str, str]:
        return next(each for each in _PARTITIONS if self.region.startswith(each[0]))


Function = Callable[[Mapping[str, Any], Place], dict[str, Any]]


def _region(args: Mapping[str, Any], place: Place) -> dict[str, Any]:
    name = str(args.get("region") or args.get("name") or place.region)
    endpoint = args.get("endpoint") or f"ec2.{name}.{Place(name).dns_suffix}"
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": endpoint}


def _identity(_args: Mapping[str, Any], place: Place) -> dict[str, Any]:
    arn = f"arn:{place.partition}:iam::{ACCOUNT}:user/preview"
    return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AIDAPREVIEW"}


def _partition(_args: Mapping[str, Any], place: Place) -> dict[str, Any]:
    names = {"dnsSuffix": place.dns_suffix, "reverseDnsPrefix": place.reverse_dns_prefix}
    return {"id": place.partition, "partition": place.partition, **names}


def _zones(args: Mapping[str, Any], place: Place) -> dict[str, Any]:
    region = str(args.get("region") or place.region)
    there = Place(region)
    left_out = {*args.get("excludeNames", ()), *args.get("excludeZoneIds", ())}
    kept = [each for each in zip(there.zones, there.zone_ids, strict=True) if left_out.isdisjoint(each)]
    found = {"names": [name for name, _ in kept], "zoneIds": [zone for _, zone in kept], "groupNames": [region]}
    return {**args, "id": region, "region": region, **found}


def _service_principal(args: Mapping[str, Any], place: Place) -> dict[str, Any]:
    region = str(args.get("region") or place.region)
    service = args["serviceName"]
    suffix = "amazonaws.com"
    names = {"id": f"{service}.{region}.{suffix}", "name": f"{service}.{suffix}", "suffix": suffix}
    return {**args, **names, "region": region}


_COMPUTED: Final[Mapping[str, Function]] = {
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws-native:index:getPartition": lambda _args, place: {"partition": place.partition},
    "aws-native:index:getUrlSuffix": lambda _args, place: {"urlSuffix": place.dns_suffix},
}
"""Functions of their arguments and the region alone."""
_ASSUMED: Final[Mapping[str, tuple[str, Function]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (f"account {ACCOUNT}", _identity),
    "aws:index/getAvailabilityZones:getAvailabilityZones": ("three availability zones", _zones),
    "aws-native:index:getAccountId": (f"account {ACCOUNT}", lambda _args, _place: {"accountId": ACCOUNT}),
    "aws-native:index:getAzs": ("three availability zones", lambda _args, place: {"azs": place.zones}),
}
"""What only AWS knows, and what is assumed of it unless the user says better."""
_REGION: Final[Mapping[str, Function]] = {
    "aws:index/getRegion:getRegion": _region,
    "aws-native:index:getRegion": lambda _args, place: {"region": place.region},
}


@dataclass
class Invokes:
    """Answers from the user's data first, then those built in; keeps what was assumed and what had no answer."""

    given: Sequence[Mapping[str, Any]]
    """Each with a `token`, a `result`, and `args` that the call's must hold."""
    region: str
    """The configured region; empty if none is."""
    assumed: set[str] = field(default_factory=set[str])
    unanswered: set[str] = field(default_factory=set[str])

    def find(self, token: str, args: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The user's answer to a call."""
        for answer in self.given:
            wanted: Mapping[str, Any] = answer.get("args") or {}
            if answer["token"] == token and all(args.get(key) == value for key, value in wanted.items()):
                return answer["result"]
        return None

    def answer(self, token: str, args: Mapping[str, Any], region: str | None = "") -> Mapping[str, Any] | None:
        """The answer to a call, or None where there is none, which is noted.

        `region` is that of the provider the call goes through: empty for the configured one, None while it is
        not known. The note names the call's arguments but not their values: one may be a secret.
        """
        found = self.find(token, args)
        if found is not None:
            return found
        if token == "aws:iam/getPolicyDocument:getPolicyDocument":  # noqa: S105 - a function's name
            return policy_document.render(args)
        if region is None:
            self.unanswered.add(f"{token}, through a provider whose region is not known before deployment")
            return None
        place = Place(region or self.region or FALLBACK_REGION)
        if token in _COMPUTED:
            return _COMPUTED[token](args, place)
        if token in _REGION:
            if not region and not self.region:
                self.assumed.add(f"region {place.region}")
            return _REGION[token](args, place)
        if token in _ASSUMED:
            assumption, function = _ASSUMED[token]
            self.assumed.add(assumption)
            return function(args, place)
        self.unanswered.add(f"{token} ({', '.join(sorted(args))})" if args else token)
        return None
