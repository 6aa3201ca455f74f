"""Domains that lead to several stages: routing rules, and domains that another gateway or program owns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ...aws_facts import BASE_PATH
from ...validation.arns import check_private_domain
from ...validation.fields import leaf, options, parses, required_leaf, string, whole_number
from ...validation.problems import alternatives, join
from ...validation.reader import Reader, matching
from .args import RoutingRuleArgs, SharedDomainArgs

HOST = r"(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
ONE_SEGMENT = "one path segment without slashes"

_HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}"
_HEADER_VALUE = r"[!-~]{1,128}"
_MOST_HEADERS = 2
NO_RULES = "pulumi-aws cannot create routing rules for private domains"


@parses(RoutingRuleArgs)
@dataclass(frozen=True, kw_only=True)
class RoutingRuleSpec:
    """`RoutingRuleArgs`, validated, with defaults filled in."""

    priority: int = whole_number(1, low=1, high=1_000_000)
    headers: Mapping[str, str]
    base_path: str = string(pattern=BASE_PATH, expected=ONE_SEGMENT)

    @classmethod
    def parse(cls, reader: Reader) -> "RoutingRuleSpec":
        """Parse a rule; one without conditions is rejected, since it would take every request to the domain."""
        headers = reader.string_map("headers", "the value of a header")
        for name, value in headers.items():
            path = join(reader.at("headers"), name)
            if not re.fullmatch(_HEADER_NAME, name):
                reader.problems.reject(path, name, "is not the name of a header of at most 40 characters")
            if not re.fullmatch(_HEADER_VALUE, value):
                message = "must be a value of at most 128 printable characters without spaces"
                reader.problems.add(path, message)
        if len({each.lower() for each in headers}) < len(headers):
            reader.add("headers", "names a header twice: header names are case-insensitive")
        if len(headers) > _MOST_HEADERS:
            reader.add("headers", f"must list at most {_MOST_HEADERS} headers, as AWS does")
        if not headers and not reader.has("base_path"):
            message = f"requires {alternatives(('headers', 'base_path'))}: otherwise it would take every request"
            reader.problems.add(reader.path, message)
        return cls(**options(cls, reader), headers=headers)

    def posture(self) -> str:
        """The conditions in words."""
        conditions = [f"header {name}: {value}" for name, value in sorted(self.headers.items())]
        conditions += [f"base path {self.base_path}"] if self.base_path else []
        return " and ".join(conditions)


def private_domain(arn: object) -> tuple[str, str] | None:
    """The name and the id in the ARN of a private domain."""
    found = re.fullmatch(r"arn:\S+/domainnames/([^+\s]+)\+(\S+)", arn) if isinstance(arn, str) else None
    return (found[1], found[2]) if found else None


@parses(SharedDomainArgs)
@dataclass(frozen=True, kw_only=True)
class SharedDomainSpec:
    """`SharedDomainArgs`, validated, with defaults filled in."""

    name: pulumi.Input[str] = required_leaf(check=matching(HOST, "a host name in lower case such as api.example.com"))
    arn: pulumi.Input[str] | None = leaf(check=check_private_domain, values="ARN")
    base_path: str = string(pattern=BASE_PATH, expected=ONE_SEGMENT)
    routing_rule: RoutingRuleSpec | None

    @classmethod
    def parse(cls, reader: Reader, *, private: bool) -> "SharedDomainSpec":
        """Parse it; a stage is reached under a base path or by a rule. `private`: the API is."""
        rule = reader.child("routing_rule", RoutingRuleArgs)
        if private and not reader.has("arn"):
            reader.add("arn", "required with `network.private`: several private domains may have one name")
        if not private and reader.has("arn"):
            reader.requires("arn", "network.private", reason="other domains are identified by their name")
        found = private_domain(reader.get("arn"))
        if found and isinstance(reader.get("name"), str) and found[0] != reader.get("name"):
            reader.reject("arn", f"is the ARN of another domain than `{reader.at('name')}`")
        if private and rule:
            reader.conflict("routing_rule", "network.private", NO_RULES)
        if rule and reader.has("base_path"):
            reader.conflict("base_path", reader.at("routing_rule"), "a rule has a base path of its own")
        return cls(**options(cls, reader), routing_rule=RoutingRuleSpec.parse(rule) if rule else None)

    @property
    def path(self) -> str:
        """The base path at which callers reach the stage; empty for the root."""
        return self.routing_rule.base_path if self.routing_rule else self.base_path

    @property
    def identity(self) -> str:
        """What identifies the domain in AWS; empty if it is known only after deployment."""
        found = self.name if self.arn is None else self.arn
        return found if isinstance(found, str) else ""

    def posture(self) -> str:
        """The domain in one line."""
        name = self.name if isinstance(self.name, str) else "of another resource"
        what = self.routing_rule.posture() if self.routing_rule else f"base path {self.base_path or '/'}"
        return f"shared domain {name}, {what}"
