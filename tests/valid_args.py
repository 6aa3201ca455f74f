"""Args that are valid, over the whole space of what may be written, as one strategy.

`gateways()` draws the args of a gateway. A value that may be an Output comes as `Later` now and then; `real` puts
Outputs there inside a program. `fields` walks the TypedDicts, `present` tells which of them some args give: together
they show that no option is forgotten.
"""

import json
import re
import string
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints, is_typeddict

import pulumi
from hypothesis import strategies as st

from secure_gateway.args import SecureGatewayArgs
from secure_gateway.aws_facts import RETENTION_DAYS
from secure_gateway.choices import BlockedResponseStatus, BlockedResponseType, RoutingMode
from secure_gateway.layers.tls.spec import KEY_ALGORITHMS, RULES_FIRST, SECURITY_POLICIES, TLS_1_2
from secure_gateway.layers.waf.catalogue import MANAGED_GROUPS
from secure_gateway.validation.fields import Boolean, Number, OneOf, String, WholeNumber, declared

HOME = "eu-west-1:123456789012"
CA = Path(__file__).parent.parent / "stacks/partner-ca.pem"
REASON = "a test"


@dataclass(frozen=True)
class Later:
    """Stands for an Output of a text."""

    text: str


@dataclass(frozen=True)
class Deep:
    """Stands for lists and objects that are nested so deep that even hypothesis could not print them."""

    levels: int

    def made(self) -> Any:
        value: Any = {}
        for _ in range(self.levels):
            value = {"items": [value]}
        return value


class Origin(pulumi.CustomResource):
    """A resource of somebody's, of which the Outputs come."""

    text: pulumi.Output[str]
    answer: pulumi.Output[str]
    """Known only after deployment."""

    def __init__(self, text: str) -> None:
        name = sha256(text.encode()).hexdigest()[:8]
        super().__init__("test:index:Origin", name, {"text": text, "answer": None})


def real(args: Any, *, known: bool = True) -> Any:
    """The args with another resource's Outputs in the place of `Later`: with their texts, or unknown."""
    origins: dict[str, Origin] = {}

    def output(text: str) -> Any:
        if text not in origins:
            origins[text] = Origin(text)
        return origins[text].text if known else origins[text].answer

    def walk(value: Any) -> Any:
        if isinstance(value, Later):
            return output(value.text)
        if isinstance(value, Deep):
            return value.made()
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return value

    return walk(args)


@cache
def hints(shape: type) -> Mapping[str, Any]:
    """The types of a TypedDict's fields; pulumi.Input refers to Output by its name alone."""
    return get_type_hints(shape, localns={"Output": pulumi.Output, "T": Any})


OF_SPECIAL_DOCUMENTS: Final = frozenset(
    {
        ("OpenApiArgs", "function_scopes"),
        ("OpenApiArgs", "permitted_functions"),
        ("OpenApiArgs", "unchecked_keywords"),
        ("OperationArgs", "target_from_request"),
    }
)
"""Options that are rejected unless the document has what they are for. `test_openapi_whole.py` and others test them."""


def fields(shape: type = SecureGatewayArgs) -> set[tuple[str, str]]:
    """Every field of a TypedDict and of those in it that is drawn, as (TypedDict, field)."""
    return set(_fields(shape, set())) - OF_SPECIAL_DOCUMENTS


def _fields(shape: type, seen: set[type]) -> Iterator[tuple[str, str]]:
    seen.add(shape)
    for name, hint in hints(shape).items():
        yield shape.__name__, name
        for each in _shapes(hint):
            if each not in seen:
                yield from _fields(each, seen)


def _shapes(hint: Any) -> Iterator[type]:
    if is_typeddict(hint):
        yield hint
    for each in get_args(hint):
        yield from _shapes(each)


NOT_VALID_ALONE: Final = {
    ("AlarmsArgs", "latency_p99_ms"): "no request takes longer than its integration may",
    ("AlarmsArgs", "traffic_spike_requests"): "no more requests than the stage lets in",
    ("AlarmsArgs", "waf_blocked_requests"): "no more requests than the web ACL may let in",
    ("BuiltinAuthorizerArgs", "timeout_seconds"): "no shorter than what it asks needs",
    ("CanaryArgs", "percent"): "0 is no canary",
    ("RuleGroupArgs", "capacity"): "all rules together stay below the capacity of the web ACL",
    ("WafArgs", "max_capacity"): "no less than what the rules need",
    ("CognitoClientArgs", "refresh_token_hours"): "longer than the access tokens",
    ("QuotaArgs", "offset"): "less than the period",
    ("QuotaArgs", "limit"): "more than the offset",
    ("BuiltinAuthorizerArgs", "type"): "TOKEN only with one validator that reads a header",
    ("DomainArgs", "ip_address_type"): "dualstack only if the address lists know IPv6 callers",
    ("MoreDomainArgs", "ip_address_type"): "dualstack only if the address lists know IPv6 callers",
}
"""Options of which another one, or the whole, does not let every bound be."""


def edges(shape: type = SecureGatewayArgs) -> set[tuple[str, str]]:
    """The bounds and choices of every declared option of a TypedDict and of those in it, as (TypedDict, assignment)."""
    shapes = {each.__name__: each for each in (shape, *_every_shape(shape))}
    return {
        (name, written_as(option, edge))
        for name, each in shapes.items()
        for option in hints(each)
        if (name, option) not in NOT_VALID_ALONE | dict.fromkeys(OF_SPECIAL_DOCUMENTS)
        for edge in _edges(declared(each, option))
    }


def _every_shape(shape: type) -> Iterator[type]:
    seen: set[type] = set()
    list(_fields(shape, seen))
    yield from seen


def _edges(option: Any) -> Iterator[str | float]:
    match option:
        case WholeNumber(low=low, high=high) | Number(low=low, high=high, above=False):
            yield from (low, high)
        case Number(high=high):
            yield high
        case OneOf(choices=choices):
            yield from (min(choices), max(choices))
        case String(choices=choices):
            yield from choices
        case Boolean():
            yield from (True, False)
        case _:
            pass


def written_as(option: str, value: str | float) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{option} = {float(value)}" if number else f"{option} = {value}"


def present(value: Any, shape: Any = SecureGatewayArgs) -> Iterator[tuple[str, str]]:
    """The fields that some args give, and the values of plain ones."""
    if is_typeddict(shape):
        for name, hint in hints(shape).items():
            if value.get(name) is not None:
                yield shape.__name__, name
                if isinstance(value[name], str | int | float):
                    yield shape.__name__, written_as(name, value[name])
                yield from present(value[name], hint)
    elif get_origin(shape) in (Sequence, list):
        for each in value:
            yield from present(each, get_args(shape)[0])
    elif get_origin(shape) is Mapping:
        for each in value.values():
            yield from present(each, get_args(shape)[1])


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=4)
REASONS = st.just(REASON)


def between(low: float, high: float) -> st.SearchStrategy[Any]:
    """A number of the bounds' type; every third is a bound."""
    inside = st.integers(low, high) if isinstance(low, int) and isinstance(high, int) else st.floats(low, high)
    return st.one_of(inside, inside, st.sampled_from([low, high]))


RETENTIONS = st.one_of(st.sampled_from(RETENTION_DAYS), st.sampled_from([min(RETENTION_DAYS), max(RETENTION_DAYS)]))


def leaf(*texts: str) -> st.SearchStrategy[Any]:
    """A text, or an Output of it."""
    return st.builds(lambda text, later: Later(text) if later else text, st.sampled_from(texts), rarely())


ODDS = {"against": 4}
"""How many times an option is left out for each time that it is given."""


@st.composite
def rarely(draw: Any) -> bool:
    return draw(st.integers(0, ODDS["against"])) == ODDS["against"]


def some(draw: Any, optional: Mapping[str, st.SearchStrategy[Any]], **given: Any) -> dict[str, Any]:
    """What is given, and now and then each of what is optional."""
    return {**given, **{name: draw(each) for name, each in optional.items() if draw(rarely())}}


def lists(*values: Any, least: int = 1) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True)


def key_arn() -> st.SearchStrategy[Any]:
    return leaf(f"arn:aws:kms:{HOME}:key/11111111-2222-3333-4444-555555555555")


# Who may call.


@st.composite
def cognito(draw: Any, own: int = 0) -> dict[str, Any]:
    """`own` is the number of the authorizer: AWS has each sign-in domain once."""
    if draw(rarely()):
        pools = [draw(leaf(f"arn:aws:cognito-idp:{HOME}:userpool/eu-west-1_aaaa{n}")) for n in draw(lists(1, 2))]
        if draw(st.booleans()):
            return {"pool_arns": pools, "id_token_clients": draw(lists("client1", "client2"))}
        return {
            "pool_arns": pools,
            "scopes": {"read": "See"},
            "identifier": draw(st.sampled_from(["shop", "https://x/y"])),
        }
    scopes = draw(st.sampled_from([None, {"read": "See"}, {"read": "See", "write": "Change"}]))
    threats = draw(st.sampled_from([None, None, "OFF", "AUDIT", "ENFORCED"]))
    made = some(
        draw,
        {
            "identifier": st.sampled_from(["shop", "https://shop.example.com"]),
            "sign_in": st.sampled_from(["USERNAME", "EMAIL"]),
            "password_length": between(8, 99),
            "temporary_password_days": between(1, 365),
            "self_sign_up": st.booleans(),
            "ses_identity_arn": leaf(f"arn:aws:ses:{HOME}:identity/example.com"),
            "deletion_protection": st.booleans(),
            "mfa": st.sampled_from(["OPTIONAL", "ON"] if threats == "ENFORCED" else ["OFF", "OPTIONAL", "ON"]),
        },
    )
    if scopes:
        made["scopes"] = scopes
    if threats:
        made["threat_protection"] = threats
    if draw(rarely()):
        made["tier"] = draw(st.sampled_from(["ESSENTIALS", "LITE", "PLUS"] if threats in (None, "OFF") else ["PLUS"]))
    if made.get("tier") != "LITE" and draw(rarely()):
        made["password_history"] = draw(between(0, 24))
    if draw(st.booleans()):
        if draw(st.booleans()):
            made["domain_prefix"] = f"shop-sign-in-{own}"
        else:
            certificate = "arn:aws:acm:us-east-1:123456789012:certificate/login"
            made["domain"] = some(
                draw, {"zone_id": leaf("Z123")}, name=f"login{own}.example.com", certificate_arn=draw(leaf(certificate))
            )
        if draw(st.booleans()):
            made["clients"] = draw(
                st.dictionaries(NAMES, clients(sorted(scopes or {"call": ""})), min_size=1, max_size=2)
            )
    return with_exceptions(made, COGNITO_LIMITS)


@st.composite
def clients(draw: Any, scopes: list[str]) -> dict[str, Any]:
    minutes = between(5, 1_440)
    common = some(draw, {"scopes": lists(*scopes), "access_token_minutes": minutes})
    if draw(st.booleans()):
        return {"machine": True, **common}
    callbacks = lists("https://app.example.com/back", "http://localhost:8080/back", "shop-app://back")
    people = some(
        draw,
        {
            "confidential": st.booleans(),
            "logout_urls": lists("https://app.example.com/bye"),
            "id_token_minutes": minutes,
            "rotate_refresh_tokens": st.booleans(),
            "sign_in_minutes": between(3, 15),
            "machine": st.sampled_from([False]),
        },
        callback_urls=draw(callbacks),
        refresh_token_hours=draw(between(25, 87_600)),
    )
    return {**common, **people}


@st.composite
def function_authorizers(draw: Any, *, answers_keys: bool) -> dict[str, Any]:
    function = draw(leaf("tokens", "tokens:live", f"arn:aws:lambda:{HOME}:function:tokens"))
    made = {"function": function}
    if isinstance(function, Later) and draw(st.booleans()):
        made["function_name"] = function.text.removeprefix(f"arn:aws:lambda:{HOME}:function:")
    if answers_keys:
        made["returns_api_key"] = True
    elif draw(rarely()):
        made["returns_api_key"] = False
    if draw(st.booleans()):
        made["type"] = "TOKEN"
        made |= some(
            draw,
            {
                "validation_expression": st.just("^Bearer [a-z]+$"),
                "identity_sources": st.just(["method.request.header.X-Token"]),
            },
        )
    elif draw(st.booleans()):
        made |= some(draw, {"type": st.just("REQUEST")})
        made["identity_sources"] = draw(
            st.sampled_from(
                [
                    ["method.request.header.X-Token"],
                    ["method.request.header.Authorization", "method.request.querystring.tenant"],
                    ["method.request.header.Authorization", "context.httpMethod", "context.path"],
                ]
            )
        )
    if draw(rarely()):
        by_path = "context.path" in made.get("identity_sources", ())
        made["ttl_seconds"] = draw(between(0, 3_600))
        if made["ttl_seconds"] and (not by_path or draw(st.booleans())):
            made["covers_all_routes"] = True
    return with_exceptions(made, LAMBDA_LIMITS)


@st.composite
def jwt(draw: Any) -> dict[str, Any]:
    issuer = (
        {"user_pool_arn": draw(leaf(f"arn:aws:cognito-idp:{HOME}:userpool/eu-west-1_aaaa1"))}
        if draw(st.booleans())
        else {"issuer": draw(leaf("https://issuer.example.com"))}
    )
    whom = st.sampled_from(["audiences", "client_ids"])
    issuer[draw(whom)] = [draw(leaf("shop"))]
    issuer |= some(
        draw,
        {
            "jwks_url": st.just("https://issuer.example.com/keys"),
            "token_use": st.sampled_from(["access", "id"]),
            "algorithms": lists("RS256", "ES256", "PS256"),
            "required_claims": st.sampled_from(
                [{"tier": ["gold", "silver"]}, {"tier": []}, {"email_verified": [True, "true"]}, {"trial": [False]}]
            ),
            "leeway_seconds": between(0, 60),
            "principal_claim": st.just("client_id"),
            "scope_claim": st.just("scp"),
            "tenant_claim": st.just("tenant"),
            "keys_fresh_seconds": between(300, 7_200),
            "keys_stale_seconds": between(0, 86_400),
        },
    )
    if issuer.get("token_use") != "id" and draw(st.booleans()):
        issuer["require_at_jwt"] = draw(st.booleans())
    return some(draw, {"header": st.sampled_from(["authorization", "x-token"])}, issuers=[issuer])


@st.composite
def stored(draw: Any, kind: str) -> dict[str, Any]:
    store = f"arn:aws:secretsmanager:{HOME}:secret:store-AbCdEf"
    more = {
        "refresh_seconds": between(10, 3_600),
        "stale_seconds": between(0, 86_400),
        "header": st.just(f"x-own-{kind.replace('_', '-')}"),
    }
    if kind == "signature":
        more["window_seconds"] = between(10, 900)
        more["hosts"] = lists("api.example.com", "www.example.com")
        more["signed_headers"] = lists("content-type", "x-request-id")
        more["accept_v1_until"] = st.dates(date(2_000, 1, 1), date(2_099, 12, 31)).map(str)
    made = some(draw, more, store=draw(leaf(store, f"arn:aws:ssm:{HOME}:parameter/store")))
    if kind == "api_key":
        made["header"] = "x-own-key"  # `x-api-key` is the usage plans'
    return made


@st.composite
def certificates(draw: Any) -> dict[str, Any]:
    made = some(draw, {"issuers": st.just(["CN=CA"])})
    which = draw(st.sampled_from(["subjects", "fingerprints", "both"]))
    if which != "subjects":
        made["fingerprints"] = ["ab" * 32]
    if which != "fingerprints":
        made["subjects"] = ["CN=partner"]
    return made


@st.composite
def builtins(draw: Any, *, mutual: bool, answers_keys: bool) -> dict[str, Any]:
    """Routes are not known yet: `route_require` is put in when they are."""
    kinds = ["jwt", "api_key", "shared_secret", "signature", *(["client_certificate"] if mutual else [])]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique=True))
    if answers_keys and "api_key" not in chosen:
        chosen.append("api_key")
    strategies = {"jwt": jwt(), "client_certificate": certificates()}
    validators = {kind: {kind: draw(strategies[kind] if kind in strategies else stored(kind))} for kind in chosen}
    made = some(
        draw,
        {
            "function_name": st.just("own-name"),
            "runtime": st.sampled_from(["python3.12", "python3.13", "python3.14"]),
            "architecture": st.sampled_from(["arm64", "x86_64"]),
            "memory_mb": between(128, 10_240),
            "timeout_seconds": between(9, 29),  # four issuers and stores may be asked, for two seconds each
            "reserved_concurrency": between(1, 10_000),
            "kms_key_arn": key_arn(),
            "store_key_arns": st.lists(key_arn(), min_size=1, max_size=1),
            "retention_days": RETENTIONS,
            "vpc": st.fixed_dictionaries(
                {
                    "subnet_ids": st.lists(leaf("subnet-0123456789abcdef0"), min_size=1, max_size=1),
                    "security_group_ids": st.lists(leaf("sg-0123456789abcdef0"), min_size=1, max_size=1),
                }
            ),
        },
        validators=validators,
    )
    if answers_keys:
        made["returns_api_key"] = True
    elif draw(rarely()):
        made["returns_api_key"] = False
    if len(chosen) > 1 or draw(st.booleans()):
        ways = draw(st.sampled_from([[chosen], [[each] for each in chosen]]))
        made["require"] = [["api_key"]] if answers_keys and len(chosen) == 1 else ways
        if answers_keys:
            made["require"] = [chosen]
    if len(chosen) == 1 and draw(rarely()):
        if chosen == ["jwt"] and draw(st.booleans()):
            made["type"] = "TOKEN"
        if chosen[0] in ("jwt", "api_key", "shared_secret"):
            made["ttl_seconds"] = draw(between(0, 3_600))
    elif draw(rarely()):
        made["type"] = "REQUEST"
    return with_exceptions(made, BUILTIN_LIMITS)


# What is behind.


def sources(path: str, *, caller: bool) -> st.SearchStrategy[str]:
    found = ["query.view", "header.X-Of", "body.item", "body", "request.id", "request.time:N"]
    found += [f"path.{name}" for name in re.findall(r"\{(\w+)\}", path)]
    return st.sampled_from([*found, "caller"] if caller else found)


@st.composite
def mocks(draw: Any) -> dict[str, Any]:
    made = some(draw, {"status": between(200, 599)})
    if draw(st.booleans()):
        made["body"] = "<p>hello</p>"
        made |= some(draw, {"content_type": st.sampled_from(["text/html", "application/json"])})
    return made


def transfers() -> st.SearchStrategy[dict[str, Any]]:
    """How a response is passed on; a streamed one may take longer than any other."""
    streamed = st.fixed_dictionaries(
        {"response_transfer_mode": st.just("STREAM")}, optional={"timeout_ms": between(50, 900_000)}
    )
    return st.just({}) | st.just({"response_transfer_mode": "BUFFERED"}) | streamed


@st.composite
def integrations(draw: Any, path: str, functions: list[str], *, caller: bool, timeout: int) -> dict[str, Any]:
    kinds = ["url", "mock", "queue", "event_bus", "state_machine", "table", *(["function"] * 2 if functions else [])]
    made = some(draw, {"timeout_ms": between(50, timeout)})
    key = {"kms_key_arn": key_arn()}
    match draw(st.sampled_from(kinds)):
        case "function":
            made["function"] = draw(st.sampled_from(functions))
            made |= draw(transfers())
        case "url":
            made["url"] = draw(leaf("https://backend.example.com", "https://backend.example.com/v1"))
            made |= some(draw, {"path": st.just(path if path != "/" else "/root")}) | draw(transfers()) | draw(links())
        case "mock":
            made["mock"] = draw(mocks())
        case "queue" if draw(st.booleans()):
            group = "caller" if caller else "body.item"
            made["queue"] = some(draw, key, arn=f"arn:aws:sqs:{HOME}:orders.fifo", group=group)
        case "queue":
            made["queue"] = some(draw, key, arn=draw(leaf(f"arn:aws:sqs:{HOME}:orders")))
        case "event_bus":
            arn = draw(leaf(f"arn:aws:events:{HOME}:event-bus/shop"))
            made["event_bus"] = {"arn": arn, "source": "com.example.shop", "detail_type": "Order placed"}
        case "state_machine":
            arn = draw(leaf(f"arn:aws:states:{HOME}:stateMachine:orders"))
            made["state_machine"] = some(draw, {"wait": st.booleans()}, arn=arn)
        case "table":
            made["table"] = draw(tables(path, caller=caller))
    return made


def links() -> st.SearchStrategy[dict[str, Any]]:
    """How a backend in a VPC is reached; `main` is declared where a route refers to it."""
    balancer = leaf(f"arn:aws:elasticloadbalancing:{HOME}:loadbalancer/app/orders/0123456789abcdef")
    existing = st.fixed_dictionaries({"vpc_link_id": leaf("link-1")}, optional={"target_arn": balancer})
    created = st.fixed_dictionaries({"vpc_link": st.just("main"), "target_arn": balancer})
    return st.just({}) | existing | created


@st.composite
def vpc_links(draw: Any, ports: st.SearchStrategy[int]) -> dict[str, Any]:
    subnets = [draw(leaf("subnet-0123456789abcdef0"))]
    if draw(st.booleans()):
        return {"subnet_ids": subnets, "security_group_ids": [draw(leaf("sg-0123456789abcdef0"))]}
    targets = {
        "target_cidrs": lists("10.0.0.0/16", "2001:db8::/48"),
        "target_security_groups": st.fixed_dictionaries({"web": leaf("sg-0123456789abcdef0")}),
    }
    which = draw(st.sampled_from(sorted(targets)))
    made = some(draw, {**targets, "port": ports}, subnet_ids=subnets, vpc_id=draw(leaf("vpc-0123456789abcdef0")))
    made.setdefault(which, draw(targets[which]))
    return made


@st.composite
def tables(draw: Any, path: str, *, caller: bool) -> dict[str, Any]:
    attributes = draw(st.dictionaries(NAMES, sources(path, caller=caller), min_size=1, max_size=3))
    action = draw(st.sampled_from(["GetItem", "Query", "PutItem"]))
    more: dict[str, Any] = {"kms_key_arn": key_arn()}
    if action == "Query":
        more |= {"index": st.just("by-owner"), "limit": between(1, 1_000)}
    if action == "PutItem":
        more |= {"partition_key": st.sampled_from(sorted(attributes))}
    return some(
        draw, more, arn=draw(leaf(f"arn:aws:dynamodb:{HOME}:table/orders")), action=action, attributes=attributes
    )


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string", "nullable": True}, {"const": 1}, {"type": ["integer", "null"]}, {}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=2)}),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=4,
)
PATHS = ("/", "/orders", "/orders/{id}", "/orders/{id}/items", "/a-b", "/a.b/{id}", "/files/{proxy+}", "/x:y,z")
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


# From where.


@st.composite
def networks(draw: Any, *, signed: bool, private: bool, only_signed: bool) -> dict[str, Any]:
    """`signed`: some route asks for IAM; `only_signed`: every one does."""
    if not private and draw(rarely()):
        return {"waived": REASON}
    old, new = ["203.0.113.0/24", "198.51.100.7/32", "16.0.0.0/9", "10.0.0.0/8"], ["2001:db8::/32"]
    made: dict[str, Any] = {}
    both = False
    if private:
        made["private"] = draw(privates())
        made |= some(
            draw,
            {
                "allow_vpcs": st.lists(leaf("vpc-0123456789abcdef0"), min_size=1, max_size=1),
                "allow_vpc_endpoints": st.lists(leaf("vpce-0123456789abcdef1"), min_size=1, max_size=1),
                "deny_vpcs": st.lists(leaf("vpc-0fedcba9876543210"), min_size=1, max_size=1),
                "deny_vpc_endpoints": st.lists(leaf("vpce-0fedcba9876543210"), min_size=1, max_size=1),
                "ip_address_type": st.just("dualstack"),
                "allow_cidrs": lists("10.0.0.0/8", "2001:db8::/32"),
                "account": st.just("123456789012"),
            },
        )
    else:
        made |= some(draw, {"ip_address_type": st.sampled_from(["ipv4", "dualstack"])})
        both = made.get("ip_address_type") == "dualstack"
    if only_signed and draw(st.booleans()):
        made |= some(
            draw,
            {
                "allow_accounts": lists("123456789012", "210987654321"),
                "allow_roles": lists("arn:aws:iam::123456789012:role/batch", "arn:aws:iam::210987654321:user/ci"),
            },
        )
        if draw(st.booleans()) or not {"allow_accounts", "allow_roles"} & made.keys():
            made |= {"allow_organizations": ["o-a1b2c3d4e5"], "account": "123456789012"}
    decided = {"private", "allow_accounts", "allow_organizations", "allow_roles"} & made.keys()
    if not private and (not decided or draw(st.booleans())):
        ranges = draw(lists(*old).filter(lambda each: each != ["10.0.0.0/8"]))
        made["allow_cidrs"] = [*ranges, *(new if both or draw(st.booleans()) else [])]
    if draw(rarely()):
        made["deny_cidrs"] = ["192.0.2.0/24", *(["2001:db9::/32"] if both else [])]
    if signed:
        made |= some(
            draw,
            {"deny_accounts": lists("333333333333"), "deny_roles": lists("arn:aws:iam::333333333333:role/x")},
        )
    if draw(rarely()):
        agent = {"Effect": "Deny", "Condition": {"StringLike": {"aws:UserAgent": "bad*"}}}
        place = {"Resource": "execute-api:/live/GET/orders", "Sid": "Orders", "Action": "execute-api:Invoke"}
        made["statements"] = [{**agent, **(place if draw(st.booleans()) else {})}]
    return made


@st.composite
def privates(draw: Any) -> dict[str, Any]:
    arns = {"main": draw(leaf(f"arn:aws:apigateway:{HOME}:/domainnames/api.internal+abc"))}
    made = {"domain_arns": arns} if draw(rarely()) else {}
    if draw(st.booleans()):
        return {**made, "vpc_endpoint_ids": [draw(leaf("vpce-0123456789abcdef0"))]}
    clients = {
        "client_cidrs": lists("10.0.0.0/16", "2001:db8::/48"),
        "client_security_groups": st.fixed_dictionaries({"web": leaf("sg-0123456789abcdef0")}),
    }
    which = draw(st.sampled_from(sorted(clients)))
    vpc = some(
        draw,
        {**clients, which: clients[which], "private_dns": st.booleans(), "region": st.just("eu-west-1")},
        vpc_id=draw(leaf("vpc-0123456789abcdef0")),
        subnet_ids=[draw(leaf("subnet-0123456789abcdef0"))],
    )
    vpc.setdefault(which, draw(clients[which]))
    return {**made, "vpc": vpc}


# How much.


def throttles(rate: float, burst: int) -> st.SearchStrategy[dict[str, Any]]:
    """Limits that are no higher than those of the stage."""
    return st.fixed_dictionaries({"rate": between(min(0.1, rate), float(rate)), "burst": between(1, burst)})


@st.composite
def keys(draw: Any, routes: list[str], *, keyed: bool, source: str, several: bool) -> dict[str, Any]:
    """`several`: other stages take the keys over, so that none may have a value of its own."""
    if not keyed and draw(rarely()):
        return {"waived": REASON}
    made = some(draw, {"rate": between(0.1, 10_000.0), "burst": between(1, 5_000)})
    rate, burst = made.get("rate", 500.0), made.get("burst", 1_000)
    limits = st.dictionaries(st.sampled_from(routes), throttles(rate, burst), min_size=1, max_size=2)
    made |= some(draw, {"route_throttles": limits})
    if source != "HEADER" or draw(rarely()):
        made["source"] = source
    if keyed:
        names = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
        made["plans"] = {f"plan{name}": draw(plans(rate, burst, limits)) for name in names}
        made["keys"] = {}
        for index, plan in enumerate(made["plans"]):
            key = {"plan": plan}
            if draw(rarely()):
                key["existing_key_id"] = draw(leaf(f"key{index}"))
            else:
                own = {"enabled": st.booleans(), "description": st.just("A client")}
                if not several:
                    own["value"] = leaf(f"k{index}" * 20)
                key = with_exceptions(key | some(draw, own), KEY_LIMITS)
            made["keys"][f"client{index}"] = key
    return made


@st.composite
def plans(draw: Any, rate: float, burst: int, limits: Any) -> dict[str, Any]:
    made = some(draw, {"description": st.just("Gold"), "quota": quotas()})
    if "quota" not in made or draw(st.booleans()):
        made |= draw(throttles(rate, burst))
        if draw(rarely()):
            highest = throttles(made["rate"], made["burst"])
            made["route_throttles"] = {name: draw(highest) for name in draw(limits)}
    return made


@st.composite
def quotas(draw: Any) -> dict[str, Any]:
    period, most = draw(st.sampled_from([("DAY", 0), ("WEEK", 6), ("MONTH", 27)]))
    limit = draw(between(most + 1, 864_000_000 if period == "DAY" else 2_147_483_647))
    return some(draw, {"offset": between(0, most)}, period=period, limit=limit)


# Which requests.

OWN_NAMES = st.text(string.ascii_lowercase + "-_", min_size=1, max_size=5)
PREFIXES = lists("/live/login", "/login", "/")


@st.composite
def wafs(draw: Any) -> dict[str, Any]:
    if draw(rarely()):
        return draw(given_acls())
    if draw(rarely()):
        return {"waived": REASON}
    rates = st.fixed_dictionaries(
        {"requests": between(10, 2_000_000_000)},
        optional={
            "window_seconds": st.sampled_from([60, 120, 300, 600]),
            "keys": lists("ip", "header:x-tenant", "method", "label:awswaf:managed:"),
            "path_prefixes": PREFIXES,
        },
    )
    made = some(
        draw,
        {
            "rate_limit": st.fixed_dictionaries(
                {},
                optional={
                    "requests": between(10, 2_000_000_000),
                    "window_seconds": st.sampled_from([60, 120, 300, 600]),
                },
            ),
            "rate_limits": st.dictionaries(OWN_NAMES, rates, max_size=2),
            "sql_injection": st.booleans(),
            "cross_site_scripting": st.booleans(),
            "body_inspection_kb": st.sampled_from([16, 32, 48, 64]),
            "managed_groups": st.lists(st.sampled_from(sorted(MANAGED_GROUPS)), max_size=3, unique=True).map(sorted),
            "rule_groups": st.dictionaries(OWN_NAMES, rule_groups(), max_size=1),
            "label_rules": st.dictionaries(OWN_NAMES, label_rules(), max_size=1),
            "block_cidrs": lists("192.0.2.0/24", "2001:db9::/32"),
            "allow_cidrs": lists("203.0.113.0/24", "2001:db8::/32"),
            "forwarded_ip": st.fixed_dictionaries(
                {"proxies": lists("203.0.113.9/32", "2001:db8::1/128")}, optional={"header": st.just("X-Real-IP")}
            ),
            "secret_headers": lists("x-secret", "x-own-key"),
            "secret_query_arguments": lists("token"),
            "sampled_requests": st.booleans(),
            "log_requests": st.sampled_from(["ALL", "MATCHED"]),
            "max_capacity": st.just(5_000),
            draw(st.sampled_from(["block_countries", "allow_countries"])): lists("DE", "GB"),
        },
    )
    if made.get("sql_injection", True):
        made |= some(draw, {"sql_injection_sensitivity": st.sampled_from(["HIGH", "LOW"])})
    if made.get("sql_injection", True) or made.get("cross_site_scripting", True):
        made |= some(draw, {"oversize_handling": st.sampled_from(["CONTINUE", "MATCH"])})
    if draw(rarely()):
        made["log_destination_arn"] = draw(leaf("arn:aws:s3:::aws-waf-logs-shop"))
    else:
        made |= some(draw, {"log_retention_days": RETENTIONS, "kms_key_arn": key_arn()})
    groups = sorted(made.get("managed_groups", BASIC_GROUPS))
    if groups and draw(rarely()):
        made["managed_group_settings"] = draw(group_settings(groups))
    if draw(rarely()):
        own = [
            "rate-limit",
            *(["sql-injection"] * made.get("sql_injection", True)),
            *(["cross-site-scripting"] * made.get("cross_site_scripting", True)),
            *(["blocked-addresses"] * ("block_cidrs" in made)),
        ]
        for kind, prefix in (("rate_limits", "rate-limit"), ("rule_groups", "group"), ("label_rules", "label")):
            own += [f"{prefix}-{name}" for name in made.get(kind, {})]
        made |= draw(st.one_of(st.just({"count_all": REASON}), lists(*own, *groups).map(lambda each: {"count": each})))
    elif draw(rarely()):
        made["responses"] = {"rate-limit": draw(responses())}
    made = with_exceptions(made, WAF_LIMITS)
    reasons = {
        f"managed_group_settings.{group}.{option}": REASON
        for group, settings in made.get("managed_group_settings", {}).items()
        for option, limit in GROUP_LIMITS.items()
        if limit(group, settings, made)
    }
    return {**made, "exceptions": {**made.get("exceptions", {}), **reasons}} if reasons else made


Limits = Mapping[str, Callable[[dict[str, Any]], bool]]
"""By option, whether its value needs a reason."""

BASIC_GROUPS = {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"}
WAF_LIMITS: Limits = {
    "log_retention_days": lambda made: made.get("log_retention_days", 365) < 90,
    "rate_limit.requests": lambda made: "count_all" not in made and flood(made.get("rate_limit", {})),
    "managed_groups": lambda made: (
        "count_all" not in made and bool(BASIC_GROUPS - {*made.get("managed_groups", BASIC_GROUPS)})
    ),
    "count": lambda made: bool(made.get("count")),
}
KEY_LIMITS: Limits = {
    "enabled": lambda made: not made.get("enabled", True),
    "value": lambda made: isinstance(made.get("value"), str),
}
GROUP_LIMITS: Mapping[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]] = {
    "count": lambda group, made, _waf: bool({*made.get("count", ())} - MAY_COUNT),
    "path_prefixes": lambda group, made, waf: (
        group in BASIC_GROUPS
        and "/" not in made.get("path_prefixes", ["/"])
        and "count_all" not in waf
        and group not in waf.get("count", ())
    ),
}
"""By option of a managed group, whether its value needs a reason."""
MAY_COUNT = frozenset(
    {
        *("NoUserAgent_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING", "HostingProviderIPList"),
        *("CategoryHttpLibrary", "SignalNonBrowserUserAgent"),
    }
)
LAMBDA_LIMITS: Limits = {"ttl_seconds": lambda made: made.get("ttl_seconds", 0) > 300}
BUILTIN_LIMITS: Limits = {**LAMBDA_LIMITS, "retention_days": lambda made: made.get("retention_days", 90) < 90}
OBSERVABILITY_LIMITS: Limits = {
    "retention_days": lambda made: logs(made) and made.get("retention_days", 365) < 90,
    "encrypt": lambda made: logs(made) and not made.get("encrypt", True),
    "method_metrics": lambda made: not made.get("method_metrics", True),
    "tracing": lambda made: not made.get("tracing", True),
    "execution_log_level": lambda made: made.get("execution_log_level") == "OFF",
}
COGNITO_LIMITS: Limits = {
    "mfa": lambda made: people(made) and made.get("mfa", "ON") != "ON",
    "temporary_password_days": lambda made: people(made) and made.get("temporary_password_days", 3) > 7,
    "deletion_protection": lambda made: not made.get("deletion_protection", True),
}


def flood(limit: Mapping[str, Any]) -> bool:
    return limit.get("requests", 1_000) * 300 / limit.get("window_seconds", 300) > 10_000


def logs(made: Mapping[str, Any]) -> bool:
    """Whether there is a log group."""
    return "firehose_arn" not in made or made.get("execution_log_level") != "OFF"


def people(made: Mapping[str, Any]) -> bool:
    """Whether users sign in to a pool."""
    clients = made.get("clients", {})
    return not clients or any(not each.get("machine") for each in clients.values())


def share_log(gateway: Mapping[str, Any], stage: Mapping[str, Any]) -> bool:
    """Whether a stage may take over the options of the gateway: not each kind of log has alarms and queries."""
    about_logs, special = {"firehose_arn", "log_class", "saved_queries", "alarms"}, {"firehose_arn", "log_class"}
    one, other = about_logs & gateway.keys(), about_logs & stage.keys()
    return not (one & special and other) and not (other & special and one)


def with_exceptions(made: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Args with a reason for each value that needs one."""
    needed = {option: REASON for option, needs in limits.items() if needs(made)}
    return {**made, **({"exceptions": needed} if needed else {})}


@st.composite
def group_settings(draw: Any, groups: list[str]) -> dict[str, Any]:
    group = draw(st.sampled_from(groups))
    rules = MANAGED_GROUPS[group]
    more: dict[str, st.SearchStrategy[Any]] = {"version": st.just("Version_1.20"), "path_prefixes": PREFIXES}
    if rules.counted:
        more["block"] = lists(*rules.counted)
    if others := [each for each in rules.rules if each not in rules.counted]:
        more["count"] = lists(*others)
    return {group: some(draw, more)}


def rule_groups() -> st.SearchStrategy[dict[str, Any]]:
    arn = f"arn:aws:wafv2:{HOME}:regional/rulegroup/own/11111111-2222-3333-4444-555555555555"
    return st.fixed_dictionaries({"arn": leaf(arn), "capacity": between(1, 200)})


def label_rules() -> st.SearchStrategy[dict[str, Any]]:
    label = st.just("awswaf:managed:aws:core-rule-set:SizeRestrictions_Body")
    return st.fixed_dictionaries(
        {"label": label}, optional={"path_prefixes": PREFIXES, "except_path_prefixes": PREFIXES}
    )


@st.composite
def responses(draw: Any) -> dict[str, Any]:
    made = some(
        draw,
        {
            "status": st.sampled_from(get_args(BlockedResponseStatus)),
            "headers": st.fixed_dictionaries({"Retry-After": leaf("60")}),
        },
    )
    if draw(st.booleans()):
        made |= some(draw, {"content_type": st.sampled_from(get_args(BlockedResponseType))}, body='{"a":1}')
    return made


@st.composite
def given_acls(draw: Any) -> dict[str, Any]:
    arn = leaf(f"arn:aws:wafv2:{HOME}:regional/webacl/own/11111111-2222-3333-4444-555555555555")
    return some(draw, {"acl_metric_name": st.just("own")}, acl_arn=draw(arn))


# What is recorded.


@st.composite
def observabilities(draw: Any) -> dict[str, Any]:
    if draw(rarely()) and draw(rarely()):
        return {"waived": REASON}
    made = some(
        draw,
        {
            "retention_days": RETENTIONS,
            "access_log_fields": st.just({"tenant": "$context.authorizer.tenant"}),
            "execution_log_level": st.sampled_from(["ERROR", "INFO", "OFF"]),
            "method_metrics": st.booleans(),
            "tracing": st.booleans(),
            "dashboard": st.booleans(),
            "encrypt": st.booleans(),
        },
    )
    if made.get("encrypt", True):
        made |= some(draw, {"kms_key_arn": key_arn()})
    counted = True
    match draw(st.integers(0, 6)):
        case 6:
            made["firehose_arn"] = draw(leaf(f"arn:aws:firehose:{HOME}:deliverystream/amazon-apigateway-shop"))
            counted = False
        case 5:
            made["log_class"] = "INFREQUENT_ACCESS"
            counted = False
        case 4:
            made["log_class"] = "STANDARD"
    if "firehose_arn" not in made:
        made |= some(draw, {"saved_queries": st.booleans()})
    alarmed = draw(alarms(counted=counted))
    if alarmed:
        made["alarms"] = alarmed
    if "waived" not in alarmed:
        told = st.lists(
            leaf(f"arn:aws:sns:{HOME}:other", f"arn:aws:lambda:{HOME}:function:wake"), min_size=1, max_size=2
        )
        made |= some(draw, {"alarm_action_arns": told})
        if draw(rarely()):
            made["topic_arn"] = draw(leaf(f"arn:aws:sns:{HOME}:trouble"))
        else:
            made |= some(draw, {"alarm_emails": lists("ops@example.com")})
    return with_exceptions(made, OBSERVABILITY_LIMITS)


@st.composite
def alarms(draw: Any, *, counted: bool) -> dict[str, Any]:
    if draw(rarely()) and draw(rarely()):
        return {"waived": REASON}
    percent = between(0.01, 99.0)
    periods = draw(between(1, 24))
    counts = between(1, 60_000_000)
    made = some(
        draw,
        {
            "server_error_rate_percent": percent,
            "client_error_rate_percent": percent,
            "latency_p99_ms": between(1, 30_000),
            **draw(st.sampled_from([{"traffic_spike_band": between(0.1, 20.0)}, {"traffic_spike_requests": counts}])),
            "waf_blocked_requests": counts,
            "composite": st.booleans(),
            "period_seconds": between(1, 60).map(lambda minutes: minutes * 60),
            "evaluation_periods": st.just(periods),
        },
    )
    if counted and not draw(rarely()):
        made |= some(draw, {"auth_failure_rate_percent": percent, "throttled_rate_percent": percent})
    else:
        made["log_alarms_waived"] = REASON
    if "evaluation_periods" in made and draw(st.booleans()):
        made["datapoints_to_alarm"] = draw(between(1, periods))
    return made


# How encrypted.


@st.composite
def tls(draw: Any, host: str, *, public: bool, mutual: bool, policy: str = "") -> dict[str, Any]:
    """`host` empty: no domain. `policy`: what the API has already."""
    made: dict[str, Any] = {}
    if policy:
        made["security_policy"] = policy
    elif not mutual:
        made |= some(draw, {"security_policy": st.sampled_from(SECURITY_POLICIES)})
    else:
        made |= some(draw, {"security_policy": st.just(TLS_1_2)})
    chosen = made.get("security_policy", TLS_1_2 if mutual else "SecurityPolicy_")
    if chosen.startswith("SecurityPolicy_") and not policy:
        made |= some(draw, {"endpoint_access_mode": st.sampled_from(["BASIC", "STRICT"])})
    if not host:
        return made
    edge = public and not mutual and made.get("endpoint_access_mode") != "STRICT"
    made["domain"] = draw(domains(host, edge=edge, mutual=mutual, private=not public))
    if draw(rarely()):
        more = draw(domains(f"more.{host}", edge=edge, mutual=mutual, private=not public))
        if mutual and draw(st.booleans()):
            more.pop("ownership_certificate_arn", None)
            more["without_mutual_tls"] = REASON
        made["more_domains"] = [more]
    if mutual:
        made["mutual_tls"] = draw(truststores())
    return made


@st.composite
def domains(draw: Any, host: str, *, edge: bool, mutual: bool, private: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"name": host}
    zone = "validation_zone_id" if private else "zone_id"
    region = "eu-west-1"
    if edge and draw(rarely()):
        policies = ["SecurityPolicy_TLS13_2025_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE", TLS_1_2]
        made |= some(draw, {"security_policy": st.sampled_from(policies)}, endpoint_type="EDGE")
        region = "us-east-1"
    elif not private:
        made |= some(draw, {"endpoint_type": st.just("REGIONAL")})
    modes = ["BASE_PATH_MAPPING_ONLY"] if private else get_args(RoutingMode)
    addresses = "dualstack" if private else "ipv4"
    made |= some(draw, {"ip_address_type": st.just(addresses), "routing_mode": st.sampled_from(modes)})
    certificate = leaf(f"arn:aws:acm:{region}:123456789012:certificate/11111111")
    authority = leaf(f"arn:aws:acm-pca:{HOME}:certificate-authority/11111111")
    match draw(st.sampled_from(["given", "requested", "private"])):
        case "given":
            made |= some(draw, {"zone_id": leaf("Z0123456789ABC")}, certificate_arn=draw(certificate))
            if mutual:
                made |= some(draw, {"ownership_certificate_arn": certificate})
        case "requested":
            made[zone] = draw(leaf("Z0123456789ABC"))
            more = {"zone_id": leaf("Z0123456789ABC"), "validation_zone_id": leaf("Z0123456789ABD")}
            made |= some(draw, {**more, "key_algorithm": st.sampled_from(KEY_ALGORITHMS)})
        case _:
            made["private_ca_arn"] = draw(authority)
            made |= some(draw, {"key_algorithm": st.sampled_from(KEY_ALGORITHMS)})
            if mutual or draw(st.booleans()):
                made["zone_id"] = draw(leaf("Z0123456789ABC"))
            if mutual:
                made |= some(draw, {"validation_zone_id": leaf("Z0123456789ABD")})
    made |= some(draw, {"base_path": st.just("v1"), "more_base_paths": lists("v2", "v3")})
    return made


@st.composite
def shared_domains(draw: Any, *, private: bool = False) -> dict[str, Any]:
    """A domain of others, in place of one of the stage's own."""
    made: dict[str, Any] = {"name": draw(leaf("shared.example.com"))}
    if private:
        made["arn"] = draw(leaf(f"arn:aws:apigateway:{HOME}:/domainnames/shared.example.com+abc"))
    elif draw(st.booleans()):
        return {**made, "routing_rule": draw(routing_rules())}
    return made | some(draw, {"base_path": st.just("v1")})


@st.composite
def routing_rules(draw: Any) -> dict[str, Any]:
    conditions = {"headers": st.just({"X-Version": "2*"}), "base_path": st.just("v9")}
    which = draw(st.sampled_from(sorted(conditions)))
    made = some(draw, conditions, priority=draw(between(1, 1_000_000)))
    return {which: draw(conditions[which]), **made}


@st.composite
def truststores(draw: Any) -> dict[str, Any]:
    match draw(st.sampled_from(["file", "pem", "uri"])):
        case "file":
            return some(draw, {"force_destroy": st.booleans()}, ca_file=str(CA))
        case "pem":
            return some(draw, {"force_destroy": st.booleans()}, ca_pem=draw(leaf(CA.read_text("utf-8"))))
    return {"truststore_uri": draw(leaf("s3://trust/ca.pem")), "truststore_version": draw(leaf("1"))}


# The whole.


@st.composite
def gateways(draw: Any) -> dict[str, Any]:
    """The args of a gateway that is taken."""
    public, host = not draw(rarely()), "api.example.com" if draw(rarely()) else ""
    mutual = public and bool(host) and draw(st.booleans())
    others = draw(st.lists(st.sampled_from(["test", "demo"]), max_size=2, unique=True)) if draw(rarely()) else []
    answers_keys = draw(rarely())
    made = some(
        draw,
        {
            "account": st.fixed_dictionaries({"ensure": st.booleans()}),
            "minimum_compression_size": between(0, 10_485_760),
            "binary_media_types": lists("image/png", "*/*"),
            "quotas": st.fixed_dictionaries(
                {},
                optional={
                    "resources": between(300, 10_000),
                    "stages": between(10, 100),
                    "authorizers": between(10, 100),
                    "integration_timeout_ms": between(29_000, 900_000),
                },
            ),
            "api_name": st.just("shop"),
            "description": st.just("A shop"),
            "verification_file": st.just("verified.json"),
            "tags": st.fixed_dictionaries({"team": leaf("shop")}),
            "permissions_boundary_arn": leaf("arn:aws:iam::123456789012:policy/boundary"),
            "stage": st.sampled_from(["live", "prod"]),
            "variables": st.fixed_dictionaries({"flavour": leaf("old")}),
        },
    )
    made["auth"] = auth = draw(authorizations(mutual=mutual, answers_keys=answers_keys))
    Routes(draw, made, answers_keys=answers_keys).add()
    if any("vpc_link" in each.get("integration", {}) for each in made["routes"]):
        made["vpc_links"] = {"main": draw(vpc_links(st.just(443)))}
    if not _variables_read(made):
        made.pop("variables", None)
    routes = made.get("routes", [])
    if all(_streams(made, each) for each in routes):
        made.pop("minimum_compression_size", None)
    every = [_key(each) for each in routes] + made.pop("operations", [])
    signed = [_key(each) for each in routes if "public" not in each and each.get("auth", _default(auth)) == "iam"]
    made["network"] = draw(
        networks(
            signed=bool(signed),
            private=not public,
            only_signed=len(signed) == len(every) and "openapi" not in made,
        )
    )
    if signed and draw(rarely()):
        auth["invoke_policies"] = {"readers": signed}
        if not public and not {"allow_accounts", "allow_organizations", "allow_roles"} & made["network"].keys():
            made["network"]["account"] = "123456789012"
    keyed = any(each.get("api_key") for each in routes)
    if keyed or draw(rarely()):
        source = "AUTHORIZER" if answers_keys else "HEADER"
        made["keys"] = draw(keys(every, keyed=keyed, source=source, several=bool(others)))
    made |= some(draw, {"waf": wafs(), "observability": observabilities()})
    if draw(st.booleans()) or host:
        made["tls"] = draw(tls(host, public=public, mutual=mutual))
        if host and not mutual and draw(rarely()):
            made["tls"]["keep_default_endpoint"] = REASON
    if not host and not others and draw(rarely()):
        own = made.setdefault("tls", {})
        own |= draw(
            st.booleans().map(lambda each: {"disable_default_endpoint": each})
            | shared_domains(private=not public).map(lambda each: {"shared_domain": each})
        )
    _stages(draw, made, others, public=public, domain=bool(host))
    if not others and "canary" not in made:
        made |= some(draw, {"plain_arns": st.booleans()})
    if not auth:
        del made["auth"]
    return made


def _variables_read(made: Mapping[str, Any]) -> bool:
    functions = [
        each.get(kind) for each in made["auth"].get("authorizers", {}).values() for kind in ("function", "builtin")
    ]
    requests = [each for each in functions if each and each.get("type") != "TOKEN"]
    openapi = made.get("openapi", {})
    written = Path(openapi["file"]).read_text("utf-8") if "file" in openapi else repr(openapi)
    return "functions" in made or bool(requests) or "stageVariables" in written


def _streams(made: Mapping[str, Any], route: Mapping[str, Any]) -> bool:
    integration = route.get("integration", made.get("default_integration", {}))
    return integration.get("response_transfer_mode") == "STREAM"


def _key(route: Mapping[str, Any]) -> str:
    return f"{route.get('method', 'ANY')} {route['path']}"


def _default(auth: Mapping[str, Any]) -> str:
    names = [*auth.get("authorizers", {})]
    return auth.get("default") or (names[0] if len(names) == 1 else "iam")


@st.composite
def authorizations(draw: Any, *, mutual: bool, answers_keys: bool) -> dict[str, Any]:
    kinds = ["builtin"] if mutual else []
    if answers_keys:
        kinds.append(draw(st.sampled_from(["function", "builtin"])))
    else:
        kinds += draw(st.lists(st.sampled_from(["cognito", "function", "builtin"]), max_size=2))
    strategies = {
        "function": function_authorizers(answers_keys=answers_keys),
        "builtin": builtins(mutual=mutual, answers_keys=answers_keys),
    }
    made = some(draw, {"aws_gateway_responses": st.booleans()})
    authorizers = {
        f"own{index}": {kind: draw(cognito(index) if kind == "cognito" else strategies[kind])}
        for index, kind in enumerate(kinds)
    }
    # A function's name is unique in an account.
    seen = False
    for each in authorizers.values():
        if seen:
            each.get("builtin", {}).pop("function_name", None)
        seen = seen or "function_name" in each.get("builtin", {})
    if authorizers:
        made["authorizers"] = authorizers
    if len(authorizers) > 1 or (authorizers and draw(rarely())):
        made["default"] = draw(st.sampled_from(["iam", *authorizers]))
    return made


class Routes:
    """Adds routes, an own document, and what they call; every authorizer, function and schema is used."""

    def __init__(self, draw: Any, made: dict[str, Any], *, answers_keys: bool) -> None:
        self.draw, self.made, self.answers_keys = draw, made, answers_keys
        self.auth = made["auth"]
        self.authorizers = self.auth.get("authorizers", {})
        self.timeout = min(29_000, made.get("quotas", {}).get("integration_timeout_ms", 29_000))
        self.functions = [f"f{n}" for n in range(draw(st.integers(0, 2)))]

    def add(self) -> None:
        draw, made = self.draw, self.made
        if "cors" not in made and draw(rarely()):
            made["cors"] = draw(cors())
        verbs = [each for each in METHODS if each != "OPTIONS" or "cors" not in made]
        # Every authorizer guards a route, and one at least counts a key where keys come from an authorizer.
        guards = [*self.authorizers]
        guards += draw(st.lists(st.sampled_from(["", "iam", "public", *guards]), max_size=3))
        if not guards:
            guards = [""]
        pairs = st.tuples(st.sampled_from(PATHS), st.sampled_from(verbs))
        places = draw(st.lists(pairs, min_size=len(guards), max_size=len(guards), unique=True))
        made["routes"] = [self.route(*place, guard) for place, guard in zip(places, guards, strict=True)]
        if self.answers_keys and not any(each.get("api_key") for each in made["routes"]):
            made["routes"][0]["api_key"] = True
        self.used_functions()
        made["default_integration"] = {"url": draw(leaf("https://default.example.com"))}
        self.models()
        self.builtin_routes()
        if draw(rarely()):
            self.own_document()
        self.cache()

    def route(self, path: str, method: str, guard: str) -> dict[str, Any]:
        draw = self.draw
        authorizer = guard or _default(self.auth)
        made: dict[str, Any] = {"path": path}
        if method != "ANY" or draw(st.booleans()):
            made["method"] = method
        if guard == "public":
            made["public"] = REASON
        elif guard and (guard != _default(self.auth) or draw(st.booleans())):
            made["auth"] = guard
        kind = self.authorizers.get(authorizer, {})
        if "cognito" in kind:
            self.scopes(made, kind["cognito"])
        elif "builtin" in kind and draw(rarely()) and self.gives_scopes(kind["builtin"]):
            made["scopes"] = draw(lists("read", "write"))
        answering = "function" in kind or "builtin" in kind
        if guard != "public" and (answering or not self.answers_keys) and draw(rarely()):
            made["api_key"] = True
        elif draw(rarely()):
            made["api_key"] = False
        if draw(st.booleans()):
            caller = bool(kind) and guard != "public"
            made["integration"] = draw(integrations(path, self.functions, caller=caller, timeout=self.timeout))
        more = {"required_query": lists("page", "size"), "required_headers": lists("X-Of")}
        made |= some(draw, more if method in ("GET", "HEAD") else {**more, "body_schema": SCHEMAS})
        return made

    @staticmethod
    def gives_scopes(builtin: Mapping[str, Any]) -> bool:
        # Ways without one that tells scopes could never pass.
        telling = {"jwt", "api_key", "signature"}
        ways = builtin.get("require") or [[*builtin["validators"]]]
        return all(telling & set(way) for way in ways) and not builtin.get("ttl_seconds") and "type" not in builtin

    def scopes(self, made: dict[str, Any], pool: Mapping[str, Any]) -> None:
        if "id_token_clients" not in pool and self.draw(rarely()):
            made["scopes"] = [min(pool.get("scopes", {"call": ""}))]

    def used_functions(self) -> None:
        used = {each.get("integration", {}).get("function") for each in self.made["routes"]} - {None}
        if used:
            texts = leaf("orders", "orders:live", f"arn:aws:lambda:{HOME}:function:orders")
            self.made["functions"] = {name: self.draw(texts) for name in sorted(used)}

    def models(self) -> None:
        bodies = [each for each in self.made["routes"] if "body_schema" in each]
        if bodies and self.draw(rarely()):
            self.made["body_media_types"] = ["application/json"]
        if bodies and self.draw(st.booleans()):
            self.made["schemas"] = {
                "Order": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Order"}}}
            }
            bodies[0]["body_schema"] = {"$ref": "#/components/schemas/Order"}

    def builtin_routes(self) -> None:
        for name, each in self.authorizers.items():
            builtin = each.get("builtin", {})
            own = [_key(route) for route in self.made["routes"] if self.guard(route) == name]
            free = builtin and not builtin.get("ttl_seconds") and builtin.get("type") != "TOKEN"
            if free and own and not builtin.get("returns_api_key") and self.draw(rarely()):
                route = next(each for each in self.made["routes"] if _key(each) == own[0])
                route.pop("scopes", None)
                builtin["route_require"] = {own[0]: [[*builtin["validators"]]]}

    def guard(self, route: Mapping[str, Any]) -> str:
        return "" if "public" in route else route.get("auth", _default(self.auth))

    def own_document(self) -> None:
        """Operations beside the routes, below a path of their own."""
        draw = self.draw
        names = ["iam"] if self.answers_keys else ["iam", *self.authorizers]
        scopeless = [each for each in names if not self.asks_scopes(each)]
        operations: dict[str, Any] = {}
        integration = {
            "type": "http_proxy",
            "httpMethod": "GET",
            "uri": "https://${stageVariables.flavour}.example.com",
        }
        own: dict[str, Any] = {"responses": {"200": {"description": "yes"}}}
        if "flavour" in self.made.get("variables", {}) and draw(st.booleans()):
            own["x-amazon-apigateway-integration"] = integration
        paths: dict[str, Any] = {"/doc": {"get": {**own, "operationId": "getDoc", "security": [{"login": []}]}}}
        if draw(st.booleans()):
            paths["/doc/{name}"] = {"put": {**own, "security": [{"login": []}]}}
            operations["PUT /doc/{name}"] = {"public": REASON}
        if draw(st.booleans()):
            paths["/doc"]["post"] = {**own, "operationId": "postDoc", "security": [{"login": []}]}
            override = {"auth": draw(st.sampled_from(scopeless))}
            if draw(st.booleans()) and self.keyed() and not self.answers_keys:
                override["api_key"] = True
            operations["postDoc"] = override
        scheme = {"type": "apiKey", "name": "X-Login", "in": "header"}
        whole = {
            "openapi": draw(st.sampled_from(["3.0.1", "3.1.0"])),
            "info": {"title": "Doc", "version": "2"},
            "paths": paths,
            "components": {"securitySchemes": {"login": scheme}},
        }
        target = draw(st.sampled_from(scopeless))
        made: dict[str, Any] = {"security_schemes": {"login": target}}
        if draw(rarely()):
            made["security_meaning"] = draw(st.sampled_from(["openapi", "aws"]))
        scoped = [
            each for each in names if each not in scopeless and "pool_arns" not in self.authorizers[each]["cognito"]
        ]
        if scoped:
            pool = self.authorizers[scoped[0]]["cognito"]
            scope = min(pool.get("scopes", {"call": ""}))
            operations["getDoc"] = {"auth": scoped[0], "scopes": [scope]}
        if operations:
            made["operations"] = operations
        match draw(st.sampled_from(["document", "text", "file"])):
            case "document":
                made["document"] = whole
            case "text":
                made["text"] = json.dumps(whole)
            case _:
                made["file"] = written(json.dumps(whole))
        self.made["openapi"] = made
        # Another operation must still read the stage variable.
        alone = "x-amazon-apigateway-integration" in own and sum(map(len, paths.values())) == 1
        if draw(st.booleans()) and not alone:
            self.made["integrations"] = {"getDoc": {"mock": {"status": 200}}}
        self.made["operations"] = [
            f"{'GET' if m == 'get' else m.upper()} {p}" for p, item in paths.items() for m in item
        ]

    def keyed(self) -> bool:
        return any(each.get("api_key") for each in self.made["routes"])

    def asks_scopes(self, authorizer: str) -> bool:
        pool = self.authorizers.get(authorizer, {}).get("cognito")
        return pool is not None

    def cache(self) -> None:
        draw = self.draw
        kept = {}
        for route in self.made["routes"]:
            if (
                route.get("method") == "GET"
                and self.cacheable(self.guard(route))
                and not self.streams(route)
                and draw(rarely())
            ):
                kept[_key(route)] = draw(cached_routes())
        if kept:
            self.made["cache"] = some(draw, {"size_gb": st.sampled_from([0.5, 1.6, 237])}, routes=kept)

    def streams(self, route: dict[str, Any]) -> bool:
        """What is streamed is not cached."""
        return _streams(self.made, route)

    def cacheable(self, authorizer: str) -> bool:
        """Of an authorizer's routes, where the caller is told by headers; public ones are cached elsewhere."""
        kind = self.authorizers.get(authorizer, {})
        if "function" in kind:
            return all(".header." in each for each in kind["function"].get("identity_sources", [".header."]))
        return "cognito" in kind


def cached_routes() -> st.SearchStrategy[dict[str, Any]]:
    more = {"ttl_seconds": between(1, 3_600), "query": lists("view"), "headers": lists("Accept-Language")}
    return st.fixed_dictionaries({}, optional=more)


@st.composite
def cors(draw: Any) -> dict[str, Any]:
    origins = draw(
        st.sampled_from([["*"], ["https://a.example.com"], ["https://a.example.com", "http://localhost:3000"]])
    )
    more: dict[str, st.SearchStrategy[Any]] = {
        "allow_headers": lists("authorization", "x-of"),
        "expose_headers": lists("x-total"),
        "max_age_seconds": between(0, 86_400),
    }
    if origins != ["*"]:
        more["allow_credentials"] = st.booleans()
    return some(draw, more, allow_origins=origins)


def _stages(draw: Any, made: dict[str, Any], others: list[str], *, public: bool, domain: bool) -> None:
    """A canary, and further stages; `domain` says that the gateway's own stage has one."""
    made |= _canary(draw, made)
    for name in others:
        made.setdefault("stages", {})[name] = stage = draw(stages(made))
        if domain:
            kept = made["tls"].get("keep_default_endpoint")
            own = {"name": f"{name}.example.com", "zone_id" if public else "validation_zone_id": "Z0123456789ABC"}
            if "routing_rule" in stage:
                stage["routing_rule"]["priority"] = len(made["stages"])
            elif "mutual_tls" in made["tls"] or draw(st.booleans()):
                stage["base_path"] = name
            else:
                stage["tls"] = {"domain": own, **({"keep_default_endpoint": kept} if kept else {})}


def _canary(draw: Any, made: Mapping[str, Any]) -> dict[str, Any]:
    canary = draw(canaries(made.get("functions", {}), made.get("variables", {}))) if draw(rarely()) else {}
    return {"canary": canary} if canary else {}


@st.composite
def stages(draw: Any, made: Mapping[str, Any]) -> dict[str, Any]:
    """A further stage of a gateway."""
    # A topic of the gateway's is taken over, and nobody is subscribed to such a one.
    topic = "topic_arn" in made.get("observability", {})
    own = observabilities().filter(lambda own: share_log(made.get("observability", {}), own))
    options = {"observability": st.just({"tracing": True}) if topic else own}
    if made.get("tls", {}).get("domain", {}).get("routing_mode") == RULES_FIRST:
        options["routing_rule"] = routing_rules()
    if "waived" not in made.get("waf", {}):
        options["waf"] = wafs()
    if "waived" not in made.get("keys", {}):
        options["keys"] = st.just({"rate": 10_000.0, "burst": 5_000})
    if "functions" in made:
        options["functions"] = st.fixed_dictionaries(dict.fromkeys(made["functions"], leaf("orders:test")))
    if "variables" in made:
        options["variables"] = st.fixed_dictionaries({"flavour": leaf("test")})
    if "cache" in made:
        options["cache"] = st.just(made["cache"])
    return {**some(draw, options), **_canary(draw, made)}


@st.composite
def canaries(draw: Any, functions: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if functions and draw(st.booleans()):
        made["functions"] = {min(functions): draw(leaf("orders:next"))}
    if variables and draw(st.booleans()):
        made["variables"] = {"flavour": draw(leaf("new"))}
    return some(draw, {"percent": between(0.01, 99.99)}, **made) if made else {}


def written(text: str) -> str:
    """The path of a file with this text."""
    path = Path(tempfile.gettempdir()) / f"secure-gateway-{sha256(text.encode()).hexdigest()[:16]}.json"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    return str(path)
