"""Random web ACLs, and a solver that decides whether any request passes: written from AWS's documentation alone.

The encoding uses nothing of the pack; only `compare` does, to ask its evaluator the same question.
https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements.html
"""

import ipaddress
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import z3

from policypack.graph.graph import Graph, Resource
from policypack.readers.alarms.alarms import Alarms
from policypack.readers.stage_index import StageIndex
from policypack.readers.waf.web_acls import WebAcls
from policypack.web_acl import passing
from solver import strings

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
SETS: Final = {
    "office": ["203.0.113.0/24"],
    "half": ["0.0.0.0/1"],
    "halves": ["0.0.0.0/1", "128.0.0.0/1"],
    "none": [],
    "sixes": ["2001:db8::/32"],
    "all-sixes": ["2000::/4", "3000::/4"],
}
_COUNTRIES: Final = ("DE", "US", "KP")
_LETTERS: Final = "abAB/"
_POSITIONS: Final = ("EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD")
_OPERATORS: Final = ("EQ", "NE", "LE", "LT", "GE", "GT")
_LABELS: Final = ("x", "n:y")
_REGEXES: Final = ("^/a", "b$", "a+b", "^/[ab]{2}$", "^[^b]*$", "(a|B)/", "^/", ".*", "^$", "[0-9]", "a.b", "^/?a*$")
_ARN: Final = "arn:aws:wafv2:eu-west-1:123456789012:regional/"
_SIZES: Final = (0, 1, 2, 3, 5, 100)


def random_acl(pick: random.Random) -> dict[str, Any]:
    """The inputs of a web ACL with one to five rules."""
    rules = [_rule(pick, number) for number in range(pick.choice((1, 2, 2, 3, 4, 5)))]
    pick.shuffle(rules)
    return {"defaultAction": {pick.choice(["allow", "block", "block"]): {}}, "rules": rules}


def _rule(pick: random.Random, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {"name": f"r{number}", "priority": number}
    draw = pick.random()
    if draw < 0.08:
        group = {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
        if pick.random() < 0.5:
            group["scopeDownStatement"] = _statement(pick, 1)
        return {
            **found,
            "statement": {"managedRuleGroupStatement": group},
            "overrideAction": {pick.choice(["none", "none", "count"]): {}},
        }
    if draw < 0.16:
        limit: dict[str, Any] = {"limit": 100, "aggregateKeyType": "IP"}
        if pick.random() < 0.5:
            limit["scopeDownStatement"] = _statement(pick, 1)
        return {**found, "statement": {"rateBasedStatement": limit}, "action": {"block": {}}}
    if pick.random() < 0.25:
        found["ruleLabels"] = [{"name": pick.choice(_LABELS)}]
    action = pick.choice(["allow", "allow", "block", "block", "block", "count", "captcha", "challenge"])
    return {**found, "statement": _statement(pick, 2), "action": {action: {}}}


def _statement(pick: random.Random, depth: int) -> dict[str, Any]:
    draw = pick.random()
    if depth and draw < 0.2:
        return {"notStatement": {"statement": _statement(pick, depth - 1)}}
    if depth and draw < 0.5:
        kind = pick.choice(["andStatement", "orStatement"])
        return {kind: {"statements": [_statement(pick, depth - 1) for _ in range(pick.choice((2, 2, 3)))]}}
    if draw < 0.6:
        reference: dict[str, Any] = {"arn": f"{_ARN}ipset/{pick.choice(list(SETS))}"}
        if pick.random() < 0.25:
            reference["ipSetForwardedIpConfig"] = {
                "headerName": "X-Forwarded-For",
                "fallbackBehavior": pick.choice(["MATCH", "NO_MATCH"]),
                "position": "FIRST",
            }
        return {"ipSetReferenceStatement": reference}
    if draw < 0.67:
        return {"geoMatchStatement": {"countryCodes": pick.sample(_COUNTRIES, pick.choice((0, 1, 1, 2, 3)))}}
    if draw < 0.75:
        scope, key = pick.choice([("LABEL", "x"), ("LABEL", "n:y"), ("LABEL", "y"), ("NAMESPACE", "n:")])
        return {"labelMatchStatement": {"scope": scope, "key": key}}
    if draw < 0.78:
        return {"sqliMatchStatement": {"fieldToMatch": {"queryString": {}}, **_NONE}}
    return _text(pick)


_NONE: Final = {"textTransformations": [{"priority": 0, "type": "NONE"}]}


def _text(pick: random.Random) -> dict[str, Any]:
    field = pick.choice(
        [
            *({"uriPath": {}}, {"uriPath": {}}, {"uriPath": {}}, {"method": {}}, {"queryString": {}}),
            *({"singleHeader": {"name": "X-A"}}, {"singleHeader": {"name": "x-b"}}, {"body": {}}),
        ]
    )
    lower = pick.random() < 0.3
    inspected = {
        "fieldToMatch": field,
        "textTransformations": [{"priority": 0, "type": "LOWERCASE" if lower else "NONE"}],
    }
    if "method" in field:
        value, position = pick.choice([*METHODS, "P", "get"]), pick.choice(["EXACTLY", "EXACTLY", "STARTS_WITH"])
        return {"byteMatchStatement": {**inspected, "positionalConstraint": position, "searchString": value}}
    draw = pick.random()
    if draw < 0.65:
        value = "".join(pick.choice(_LETTERS) for _ in range(pick.randint(1, 3)))
        if "uriPath" in field and pick.random() < 0.5:
            value = "/" + value
        return {
            "byteMatchStatement": {
                **inspected,
                "positionalConstraint": pick.choice(_POSITIONS),
                "searchString": value,
            }
        }
    if draw < 0.8:
        return {
            "sizeConstraintStatement": {
                **inspected,
                "comparisonOperator": pick.choice(_OPERATORS),
                "size": pick.choice(_SIZES),
            }
        }
    return {"regexMatchStatement": {**inspected, "regexString": pick.choice(_REGEXES)}}


def compare(given: Mapping[str, Any]) -> tuple[bool | None, bool | None]:
    """Whether any request passes, for the pack and for the solver."""
    return _of_pack(given), passes(given)


def ip_sets() -> list[Resource]:
    """The IP sets that random rules refer to."""
    return [
        Resource(
            urn=f"urn:{name}",
            type="aws:wafv2/ipSet:IpSet",
            name=name,
            inputs={"addresses": addresses},
            outputs={"arn": f"{_ARN}ipset/{name}"},
        )
        for name, addresses in SETS.items()
    ]


def _of_pack(given: Mapping[str, Any]) -> bool | None:
    acl = Resource(urn="urn:acl", type="aws:wafv2/webAcl:WebAcl", name="acl", inputs={"name": "acl", **given})
    graph = Graph([acl, *ip_sets()])
    stages = StageIndex(graph)
    return passing(WebAcls(graph, stages, Alarms(graph, stages)).read(graph.of_type(acl.type)[0]).evaluated)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request that looks like no attack, in all that AWS WAF sees of it."""

    address: str
    country: str
    path: str
    query: str
    headers: Mapping[str, str]
    over_limit: bool
    """Whether it exceeds every rate limit."""


def passes(given: Mapping[str, Any], sent: Sent | None = None) -> bool | None:
    """Whether some request, or the one that was sent, is allowed; None if the solver gives up."""
    solver = z3.Solver()
    solver.set("timeout", 3_000)
    request = _Request(solver)
    undecided, allowed = z3.BoolVal(val=True), []
    for rule in sorted(given["rules"], key=lambda each: each["priority"]):
        matches = request.matches_rule(rule)
        action = _action(rule)
        for each in rule.get("ruleLabels", []):
            request.label(each["name"], z3.And(undecided, matches))
        if action == "allow":
            allowed.append(z3.And(undecided, matches))
        if action != "count":
            undecided = z3.And(undecided, z3.Not(matches))
    if "allow" in given["defaultAction"]:
        allowed.append(undecided)
    if sent is not None:
        request.fix(sent)
    solver.add(z3.Or(*allowed) if allowed else z3.BoolVal(val=False))
    result = solver.check()
    return None if result == z3.unknown else result == z3.sat


def _action(rule: Mapping[str, Any]) -> str:
    if "overrideAction" in rule:
        return "count" if "count" in rule["overrideAction"] else "block"
    (action,) = rule["action"]
    return action


_VISIBLE: Final = z3.Range("!", "~")
_SAFE_IN_PATHS: Final = z3.Union(
    *(z3.Range(*pair) for pair in ("AZ", "az", "09", "&;", "--", "==", "@@", "__", "~~", "!!", "$$", "%%")),
    *(z3.Re(each) for each in ".:"),
)


class _Request:
    """A request that the solver chooses."""

    def __init__(self, solver: z3.Solver) -> None:
        self._solver = solver
        self._labels: dict[str, list[z3.BoolRef]] = {}
        self._chances: list[tuple[z3.BoolRef, bool]] = []
        """What a managed rule group or a rate limit matches, each with whether it is a rate limit."""
        self._address = _address("address", solver)
        self._forwarded = _address("forwarded", solver)
        self._header_kind = z3.Int("kind of the forwarding header")
        solver.add(self._header_kind >= 0, self._header_kind <= 2)
        self._country = z3.String("country")
        solver.add(z3.Or(*(self._country == each for each in (*_COUNTRIES, "FR"))))
        self._strings: dict[str, z3.SeqRef] = {}

    def matches_rule(self, rule: Mapping[str, Any]) -> z3.BoolRef:
        """Whether the request matches a rule; what a managed rule group matches is open."""
        ((kind, body),) = rule["statement"].items()
        if kind in {"managedRuleGroupStatement", "rateBasedStatement"}:
            scope = body.get("scopeDownStatement")
            inspects = z3.BoolVal(val=True) if scope is None else self.matches(scope)
            chance = z3.Bool(f"chance {len(self._chances)}")
            self._chances.append((chance, kind == "rateBasedStatement"))
            return z3.And(inspects, chance)
        return self.matches(rule["statement"])

    def fix(self, sent: Sent) -> None:
        """Leave the solver no other request than the one that was sent."""
        four, number = self._address
        address = ipaddress.ip_address(sent.address)
        forwarded, kind = sent.headers.get("x-forwarded-for"), 0
        if forwarded is not None:
            kind = 2 if re.fullmatch(r"[0-9a-f.:]+", forwarded) else 1
        self._solver.add(
            four == (address.version == 4),
            number == int(address),
            self._country == sent.country,
            self._header_kind == kind,
            z3.Not(z3.Bool("looks like SQL in the query string")),
            *(chance == (limit and sent.over_limit) for chance, limit in self._chances),
        )
        if kind == 2:
            behind = ipaddress.ip_address(str(forwarded))
            self._solver.add(self._forwarded[0] == (behind.version == 4), self._forwarded[1] == int(behind))
        known = {"uriPath ": sent.path, "method ": "GET", "queryString ": sent.query, "body ": ""}
        for name, value in self._strings.items():
            header = sent.headers.get(name.removeprefix("singleHeader "))
            if name in known:
                self._solver.add(value == known[name])
            else:
                self._solver.add(z3.Bool(f"has {name}") == (header is not None), value == (header or ""))

    def label(self, name: str, added: z3.BoolRef) -> None:
        """Note that a rule adds a label."""
        self._labels.setdefault(name, []).append(added)

    def matches(self, statement: Mapping[str, Any]) -> z3.BoolRef:
        """Whether the request matches a statement."""
        ((kind, body),) = statement.items()
        if kind == "notStatement":
            return z3.Not(self.matches(body["statement"]))
        if kind in {"andStatement", "orStatement"}:
            parts = [self.matches(each) for each in body["statements"]]
            return z3.And(*parts) if kind == "andStatement" else z3.Or(*parts)
        if kind == "ipSetReferenceStatement":
            return self._in_set(body)
        if kind == "geoMatchStatement":
            return _any([self._country == each for each in body["countryCodes"]])
        if kind == "labelMatchStatement":
            return self._labelled(body["key"], namespace=body["scope"] == "NAMESPACE")
        if kind == "sqliMatchStatement":
            return z3.Bool("looks like SQL in the query string")
        return self._inspects(kind, body)

    def _labelled(self, key: str, *, namespace: bool) -> z3.BoolRef:
        found: list[z3.BoolRef] = []
        for label, added in self._labels.items():
            spaces, _, name = label.rpartition(":")
            if (namespace and spaces and f"{spaces}:" == key) or (not namespace and key in {label, name}):
                found += added
        return _any(found)

    def _in_set(self, body: Mapping[str, Any]) -> z3.BoolRef:
        ranges = SETS[body["arn"].rpartition("/")[2]]
        forwarded = body.get("ipSetForwardedIpConfig")
        if forwarded is None:
            return _inside(self._address, ranges)
        valid = z3.And(self._header_kind == 2, _inside(self._forwarded, ranges))
        return z3.Or(valid, self._header_kind == 1) if forwarded["fallbackBehavior"] == "MATCH" else valid

    def _inspects(self, kind: str, body: Mapping[str, Any]) -> z3.BoolRef:
        ((field, details),) = body["fieldToMatch"].items()
        name = f"{field} {details.get('name', '').lower()}"
        value = self._string(field, name)
        lower = body["textTransformations"][0]["type"] == "LOWERCASE"
        if kind == "sizeConstraintStatement":
            found = _sized(z3.Length(value), body["comparisonOperator"], body["size"])
        elif kind == "regexMatchStatement":
            found = z3.InRe(value, _REGEX_LANGUAGES[lower][body["regexString"]])
        else:
            found = _positioned(value, body["positionalConstraint"], body["searchString"], lower=lower)
        return z3.And(z3.Bool(f"has {name}"), found) if field == "singleHeader" else found

    def _string(self, field: str, name: str) -> z3.SeqRef:
        if name not in self._strings:
            value = self._strings[name] = z3.String(name)
            if field == "method":
                self._solver.add(z3.Or(*(value == each for each in METHODS)))
            elif field == "uriPath":
                self._solver.add(z3.InRe(value, z3.Concat(z3.Re("/"), z3.Star(_SAFE_IN_PATHS))))
            else:
                self._solver.add(z3.InRe(value, z3.Star(_VISIBLE)))
        return self._strings[name]


def _any(parts: Sequence[z3.BoolRef]) -> z3.BoolRef:
    return z3.Or(*parts) if parts else z3.BoolVal(val=False)


def _address(name: str, solver: z3.Solver) -> tuple[z3.BoolRef, z3.ArithRef]:
    """An address of the internet: whether it is IPv4, and its number."""
    four, number = z3.Bool(f"{name} is IPv4"), z3.Int(name)
    public = [(0x01000000, 0x09FFFFFF), (0x0B000000, 0x643FFFFF), (0xC6000000, 0xDFFFFFFF)]
    six = ipaddress.ip_network("2000::/3")
    solver.add(
        z3.If(
            four,
            z3.Or(*(z3.And(number >= first, number <= last) for first, last in public)),
            z3.And(number >= int(six.network_address), number <= int(six.broadcast_address)),
        )
    )
    return four, number


def _inside(address: tuple[z3.BoolRef, z3.ArithRef], ranges: Sequence[str]) -> z3.BoolRef:
    four, number = address
    parts: list[z3.BoolRef] = []
    for each in map(ipaddress.ip_network, ranges):
        version = four if each.version == 4 else z3.Not(four)
        parts.append(z3.And(version, number >= int(each.network_address), number <= int(each.broadcast_address)))
    return _any(parts)


def _sized(length: z3.ArithRef, operator: str, size: int) -> z3.BoolRef:
    return {
        "EQ": length == size,
        "NE": length != size,
        "LE": length <= size,
        "LT": length < size,
        "GE": length >= size,
        "GT": length > size,
    }[operator]


_ANY: Final = z3.Star(z3.Range(chr(0), chr(127)))
_NOT_WORD: Final = z3.Union(
    *(z3.Range(chr(first), chr(last)) for first, last in ((0, 47), (58, 64), (91, 94), (123, 127))), z3.Re("`")
)


def _positioned(value: z3.SeqRef, position: str, text: str, *, lower: bool) -> z3.BoolRef:
    if lower and text != text.lower():
        return z3.BoolVal(val=False)
    wanted = strings.joined([strings.either_case(each) if lower else z3.Re(each) for each in text])
    before = z3.Union(z3.Re(""), z3.Concat(_ANY, _NOT_WORD))
    after = z3.Union(z3.Re(""), z3.Concat(_NOT_WORD, _ANY))
    language = {
        "EXACTLY": wanted,
        "STARTS_WITH": z3.Concat(wanted, _ANY),
        "ENDS_WITH": z3.Concat(_ANY, wanted),
        "CONTAINS": z3.Concat(_ANY, wanted, _ANY),
        "CONTAINS_WORD": z3.Concat(before, wanted, after),
    }[position]
    return z3.InRe(value, language)


def _languages(*, lower: bool) -> dict[str, z3.ReRef]:
    """The strings that the regular expressions above find something in."""

    def one(letter: str) -> z3.ReRef:
        if not lower:
            return z3.Re(letter)
        return strings.either_case(letter) if letter == letter.lower() else z3.Empty(z3.ReSort(z3.StringSort()))

    a, b, upper_b, slash = one("a"), one("b"), one("B"), z3.Re("/")
    not_b = z3.Range(chr(0), "a"), z3.Range("c", chr(127))
    not_either_b = z3.Range(chr(0), "A"), z3.Range("C", "a"), z3.Range("c", chr(127))
    dot = z3.Union(z3.Range(chr(0), chr(9)), z3.Range(chr(11), chr(127)))
    return {
        "^/a": z3.Concat(slash, a, _ANY),
        "b$": z3.Concat(_ANY, b),
        "a+b": z3.Concat(_ANY, a, b, _ANY),
        "^/[ab]{2}$": z3.Concat(slash, z3.Union(a, b), z3.Union(a, b)),
        "^[^b]*$": z3.Star(z3.Union(*(not_either_b if lower else not_b))),
        "(a|B)/": z3.Concat(_ANY, z3.Union(a, upper_b), slash, _ANY),
        "^/": z3.Concat(slash, _ANY),
        ".*": _ANY,
        "^$": z3.Re(""),
        "[0-9]": z3.Concat(_ANY, z3.Range("0", "9"), _ANY),
        "a.b": z3.Concat(_ANY, a, dot, b, _ANY),
        "^/?a*$": z3.Concat(z3.Option(slash), z3.Star(a)),
    }


_REGEX_LANGUAGES: Final = {lower: _languages(lower=lower) for lower in (False, True)}
