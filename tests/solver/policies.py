"""Random resource policies, and a solver that decides who may call: written from AWS's documentation alone.

Nothing here uses the evaluator of the pack. A policy is encoded for one request whose condition keys are variables.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
import itertools
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import z3

from solver import strings

RANGES: Final = [
    *("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/2", "52.0.0.0/8", "203.0.113.0/24", "198.51.100.7/32"),
    *("::/0", "2000::/3", "2001:db8::/32", "10.0.0.0/8", "8.0.0.0/7"),
]
ENDPOINTS: Final = ["vpce-0a1b2c3d4e5f60718", "vpce-0a*", "vpce-*", "vpce-0a1b2c3d4e5f6071?", "*", "vpce-1a2b3c4d"]
ACCOUNTS: Final = ["123456789012", "1234*", "*", "210987654321", "12345678901?"]
ORGANIZATIONS: Final = ["o-a1b2c3d4e5", "o-*", "o-zzzzzzzzzz"]
ROLES: Final = [
    "arn:aws:iam::123456789012:role/a",
    "arn:aws:iam::*:role/a",
    "arn:aws:iam::123456789012:*",
    "arn:aws:iam::12*:role/*",
    "*",
]
_TEXT_OPERATORS: Final = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike"),
)
_OTHER_ACCOUNTS: Final = [
    "998877665544",
    "123400000000",
    "120000000000",
    "123456789019",
    "123456789012",
    "210987654321",
]
_OTHER_ORGANIZATIONS: Final = ["o-f1e2d3c4b5", "o-a1b2c3d4e5", "o-zzzzzzzzzz"]
_LETTERS: Final = "abAB*?/"


def random_policy(pick: random.Random) -> dict[str, Any]:
    """A policy of one to four statements."""
    return {"Version": "2012-10-17", "Statement": [_statement(pick) for _ in range(pick.choice((1, 1, 2, 2, 3, 4)))]}


def _statement(pick: random.Random) -> dict[str, Any]:
    principal = pick.choice(["*", "*", "*", {"AWS": "*"}, {"AWS": "123456789012"}])
    found: dict[str, Any] = {
        "Effect": pick.choice(["Allow", "Allow", "Deny"]),
        "Principal": principal,
        "Action": pick.choice(["execute-api:Invoke", "execute-api:*", "*", "execute-api:ManageConnections"])
        if pick.random() < 0.1
        else "execute-api:Invoke",
        "Resource": pick.choice(["*", "execute-api:/*", "execute-api:/live/GET/orders", "execute-api:/live/POST/*"])
        if pick.random() < 0.2
        else "execute-api:/*",
    }
    condition: dict[str, dict[str, Any]] = {}
    for _ in range(pick.choice((0, 1, 1, 2, 2, 3))):
        operator, key, values = _condition(pick)
        condition.setdefault(operator, {})[key] = values
    if condition:
        found["Condition"] = condition
    return found


def _condition(pick: random.Random) -> tuple[str, str, Any]:
    draw = pick.random()
    if draw < 0.3:
        values = pick.sample(RANGES, pick.choice((1, 1, 2, 3)))
        return pick.choice(["IpAddress", "NotIpAddress"]) + _if_exists(pick), "aws:SourceIp", values
    if draw < 0.65:
        key = pick.choice(["aws:Referer", "aws:UserAgent"])
        if pick.random() < 0.15:
            return "Null", key, pick.choice(["true", "false"])
        values = [
            "".join(pick.choice(_LETTERS) for _ in range(pick.randint(1, 4))) for _ in range(pick.choice((1, 1, 2)))
        ]
        quantifier = pick.choice(["", "", "", "ForAllValues:"])
        return quantifier + pick.choice(_TEXT_OPERATORS) + _if_exists(pick), key, values
    if draw < 0.7:
        return "Bool", "aws:SecureTransport", pick.choice(["true", "false"])
    key, values = pick.choice(
        [
            ("aws:SourceVpce", ENDPOINTS),
            ("aws:PrincipalAccount", ACCOUNTS),
            ("aws:PrincipalOrgID", ORGANIZATIONS),
            ("aws:PrincipalArn", ROLES),
            ("aws:PrincipalTag/team", ["a", "b*"]),
        ]
    )
    if pick.random() < 0.1:
        return "Null", key, pick.choice(["true", "false"])
    operators = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
    chosen = pick.choice((*operators, "ArnLike", "ArnNotLike")) if key.endswith("Arn") else pick.choice(operators)
    return chosen + _if_exists(pick), key, pick.sample(values, pick.choice((1, 1, 2)))


def _if_exists(pick: random.Random) -> str:
    return "IfExists" if pick.random() < 0.1 else ""


@dataclass(frozen=True)
class Caller:
    """A kind of caller: which condition keys its requests have."""

    signed: bool = False
    """Whether an account signs the request that the policy does not name."""
    private: bool = False
    """Whether the request comes through a VPC endpoint that the policy does not name."""


def is_open(policy: Mapping[str, Any], caller: Caller) -> bool | None:
    """Whether a caller that the policy does not name is let in; from most of the internet, unless it is private.

    None if the solver gives up.
    """
    if caller.private:
        return _satisfiable(policy, caller, None)
    admitted, unknown = {4: 0, 6: 0}, {4: 0, 6: 0}
    cache: dict[tuple[bool, ...], bool | None] = {}
    for version, first, last in _intervals(policy):
        address = ipaddress.ip_address(first) if version == 4 else ipaddress.IPv6Address(first)
        key = tuple(_inside(address, [each]) for each in _written_ranges(policy))
        if key not in cache:
            cache[key] = _satisfiable(policy, caller, address)
        size = last - first + 1
        if cache[key] is None:
            unknown[version] += size
        elif cache[key]:
            admitted[version] += size
    if admitted[4] > 2**24 or admitted[6] > 2**112:
        return True
    return None if admitted[4] + unknown[4] > 2**24 or admitted[6] + unknown[6] > 2**112 else False


_RESERVED: Final = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3"),
]


def _written_ranges(policy: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for statement in policy["Statement"]:
        for block in statement.get("Condition", {}).values():
            found += _listed(block.get("aws:SourceIp", []))
    return sorted(set(found))


def _intervals(policy: Mapping[str, Any]) -> Iterator[tuple[int, int, int]]:
    """Parts of the public internet that no range of the policy divides."""
    for version, whole in ((4, "0.0.0.0/0"), (6, "2000::/3")):
        network = ipaddress.ip_network(whole)
        start, end = int(network.network_address), int(network.broadcast_address)
        cuts = {start, end + 1}
        for each in map(ipaddress.ip_network, [*_written_ranges(policy), *_RESERVED]):
            if each.version == version:
                edges = (int(each.network_address), int(each.broadcast_address) + 1)
                cuts |= {edge for edge in edges if start <= edge <= end + 1}
        ordered = sorted(cuts)
        for first, after in itertools.pairwise(ordered):
            reserved = version == 4 and _inside(ipaddress.IPv4Address(first), _RESERVED)
            if not reserved:
                yield version, first, after - 1


def _inside(address: Any, ranges: Sequence[str]) -> bool:
    return any(address in each for each in map(ipaddress.ip_network, ranges) if each.version == address.version)


def _satisfiable(policy: Mapping[str, Any], caller: Caller, address: Any) -> bool | None:
    solver = z3.Solver()
    solver.set("timeout", 2_000)
    request = _Request(policy, caller, address, solver)
    allows, denies = [], []
    for statement in policy["Statement"]:
        if _covers(statement):
            (denies if statement["Effect"] == "Deny" else allows).append(request.meets(statement))
    solver.add(z3.Or(*allows) if allows else z3.BoolVal(val=False), *(z3.Not(each) for each in denies))
    result = solver.check()
    return None if result == z3.unknown else result == z3.sat


def says(policy: Mapping[str, Any], request: "FixedRequest") -> tuple[bool, bool] | None:
    """Whether a policy allows a request, and whether it denies it; None if that depends on what is not known."""
    found: list[bool] = []
    for effect in ("Allow", "Deny"):
        meets = [request.meets(each) for each in policy["Statement"] if each["Effect"] == effect and _covers(each)]
        solver = z3.Solver()
        solver.add(z3.Or(*meets) if meets else z3.BoolVal(val=False))
        possible = solver.check() == z3.sat
        solver = z3.Solver()
        solver.add(z3.Not(z3.Or(*meets)) if meets else z3.BoolVal(val=True))
        avoidable = solver.check() == z3.sat
        if possible and avoidable:
            return None
        found.append(possible)
    return found[0], found[1]


def _covers(statement: Mapping[str, Any]) -> bool:
    """Whether a statement is about calling `GET /orders` on the stage `live`."""
    action, resource = statement["Action"].lower(), statement["Resource"]
    return action in {"execute-api:invoke", "execute-api:*", "*"} and resource != "execute-api:/live/POST/*"


class _Request:
    """A request whose headers, and the name of whose caller, the solver chooses."""

    def __init__(self, policy: Mapping[str, Any], caller: Caller, address: Any, solver: z3.Solver) -> None:
        self._caller = caller
        self._address = address
        self._values: dict[str, tuple[z3.BoolRef, z3.SeqRef] | None] = {}
        written = str(policy)
        for key in ("aws:referer", "aws:useragent"):
            self._values[key] = (z3.Bool(f"has {key}"), self._string(key, solver, strings.PRINTABLE))
        self._values |= self._signature(solver, written)
        self._values["aws:sourcevpce"] = self._endpoint(solver, written)

    def _string(self, name: str, solver: z3.Solver, letters: z3.ReRef) -> z3.SeqRef:
        value = z3.String(name)
        solver.add(z3.InRe(value, z3.Plus(letters)))
        return value

    def _signature(self, solver: z3.Solver, written: str) -> dict[str, tuple[z3.BoolRef, z3.SeqRef] | None]:
        """The keys of a signed request. The patterns above distinguish no other accounts and roles than these."""
        keys = ("aws:principalaccount", "aws:principalorgid", "aws:principalarn", "aws:principaltag/team")
        if not self._caller.signed:
            return dict.fromkeys(keys)
        named = set(re.findall(r"(?<!\d)\d{12}(?!\d)", written))
        accounts = [each for each in _OTHER_ACCOUNTS if each not in named]
        organizations = [each for each in _OTHER_ORGANIZATIONS if each not in written]
        account, organization = z3.String("account"), z3.String("organization")
        tag, arn = z3.String("tag"), z3.String("arn")
        solver.add(
            z3.Or(
                *(
                    z3.And(account == each, arn == f"arn:aws:iam::{each}:role/{role}")
                    for each in accounts
                    for role in ("a", "zz")
                )
            )
        )
        solver.add(z3.Or(*(organization == each for each in organizations)))
        solver.add(z3.InRe(tag, z3.Plus(strings.PRINTABLE)))
        certain = z3.BoolVal(val=True)
        return {
            "aws:principalaccount": (certain, account),
            "aws:principalorgid": (z3.Bool("has organization"), organization),
            "aws:principalarn": (certain, arn),
            "aws:principaltag/team": (z3.Bool("has tag"), tag),
        }

    def _endpoint(self, solver: z3.Solver, written: str) -> tuple[z3.BoolRef, z3.SeqRef] | None:
        if not self._caller.private:
            return None
        endpoint = z3.String("endpoint")
        hexadecimal = z3.Union(z3.Range("0", "9"), z3.Range("a", "f"))
        digits = z3.Union(z3.Loop(hexadecimal, 17, 17), z3.Loop(hexadecimal, 8, 8))
        solver.add(z3.InRe(endpoint, z3.Concat(z3.Re("vpce-"), digits)))
        for each in set(re.findall(r"vpce-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-f?*])", written)):
            solver.add(endpoint != each)
        return z3.BoolVal(val=True), endpoint

    def meets(self, statement: Mapping[str, Any]) -> z3.BoolRef:
        """Whether the request meets the principals and conditions of a statement."""
        principal = statement["Principal"]
        if principal not in ("*", {"AWS": "*"}):
            return z3.BoolVal(val=False)
        parts = [
            self._holds(operator, key.lower(), _listed(values))
            for operator, block in statement.get("Condition", {}).items()
            for key, values in block.items()
        ]
        return z3.And(*parts) if parts else z3.BoolVal(val=True)

    def _holds(self, written: str, key: str, values: Sequence[str]) -> z3.BoolRef:
        quantifier, _, operator = written.rpartition(":")
        optional = operator.endswith("IfExists")
        operator = operator.removesuffix("IfExists")
        if key == "aws:securetransport":
            return z3.BoolVal(val="true" in values)
        if key == "aws:sourceip":
            return z3.BoolVal(val=self._by_address(operator, values, optional=optional))
        found = self._values[key]
        present, value = found or (z3.BoolVal(val=False), z3.StringVal(""))
        if operator == "Null":
            return z3.Not(present) if values == ["true"] else present
        negated = "Not" in operator
        match = z3.Or(*(_matcher(operator)(value, each) for each in values))
        if negated or optional or quantifier == "ForAllValues":
            return z3.Or(z3.Not(present), z3.Not(match) if negated else match)
        return z3.And(present, match)

    def _by_address(self, operator: str, values: Sequence[str], *, optional: bool) -> bool:
        if self._address is None:
            return operator == "NotIpAddress" or optional
        return _inside(self._address, values) is (operator == "IpAddress")


class FixedRequest(_Request):
    """A request whose condition keys are known, except the tags of the principal that signed it."""

    def __init__(self, address: Any, keys: Mapping[str, str | None], account: str) -> None:
        """`keys` are the condition keys that it has; `account` signed it, if any."""
        self._caller = Caller(signed=bool(account))
        self._address = address
        self._account = account
        certain = z3.BoolVal(val=True)
        self._values = {
            key: (certain, z3.StringVal(keys[key])) if keys.get(key) is not None else None
            for key in (
                *("aws:referer", "aws:useragent", "aws:principalaccount", "aws:principalorgid", "aws:principalarn"),
                "aws:sourcevpce",
            )
        }
        self._values["aws:principaltag/team"] = (z3.Bool("has tag"), z3.String("tag")) if account else None

    def meets(self, statement: Mapping[str, Any]) -> z3.BoolRef:
        """Whether it meets the principals and conditions of a statement."""
        if statement["Principal"] == {"AWS": self._account}:
            return super().meets({**statement, "Principal": "*"})
        return super().meets(statement)


def _matcher(operator: str) -> Callable[[z3.SeqRef, str], z3.BoolRef]:
    if "Like" in operator:
        return strings.arn_like if operator.startswith("Arn") else strings.like
    return strings.same_in_any_case if operator.endswith("IgnoreCase") else strings.same


def _listed(values: Any) -> list[str]:
    return list(values) if isinstance(values, list) else [values]
