"""WAF: statements are judged by the requests that they match, whatever their shape."""

import pytest
from graphs import (
    BAD_INPUTS,
    BLOCKING,
    UNDECIDED,
    VIOLATION,
    api,
    changed,
    made,
    managed,
    statuses,
    waf_rule,
    web_acl,
)
from work import growth

from policypack.graph.values import UNKNOWN
from policypack.patterns.addresses import Address
from policypack.web_acl import Acl, Action, Group, Request, Rule, evaluate
from policypack.web_acl.statements import (
    ByteMatch,
    Either,
    Every,
    Field,
    Handling,
    Kind,
    LabelMatch,
    Not,
    Opaque,
    OverLimit,
    Position,
)

ATTACKS, LIMITED, RESTRICTED = "waf-managed-rules-included", "waf-callers-rate-limited", "network-callers-restricted"
NONE = {"textTransformations": [{"priority": 0, "type": "NONE"}]}
PATH, QUERY, METHOD, BODY = {"uriPath": {}}, {"queryString": {}}, {"method": {}}, {"body": {}}


def transformed(*types):
    return {"textTransformations": [{"priority": number, "type": each} for number, each in enumerate(types)]}


def match(field, value, position="EXACTLY", **more):
    return {
        "byteMatchStatement": {
            "fieldToMatch": field,
            "positionalConstraint": position,
            "searchString": value,
            **NONE,
            **more,
        }
    }


def size(field, operator, number):
    return {"sizeConstraintStatement": {"fieldToMatch": field, "comparisonOperator": operator, "size": number, **NONE}}


def regex(field, expression):
    return {"regexMatchStatement": {"fieldToMatch": field, "regexString": expression, **NONE}}


def unless(*statements):
    inner = statements[0] if len(statements) == 1 else either(*statements)
    return {"notStatement": {"statement": inner}}


def either(*statements):
    return {"orStatement": {"statements": list(statements)}}


def every(*statements):
    return {"andStatement": {"statements": list(statements)}}


def header(name="x-internal"):
    return {"singleHeader": {"name": name}}


def label(key, scope="LABEL"):
    return {"labelMatchStatement": {"scope": scope, "key": key}}


HEALTH = match(PATH, "/health")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
COUNTRIES = {"geoMatchStatement": {"countryCodes": ["KP", "RU"]}}
SCOPES = {
    # What a scope-down statement leaves to inspect: nothing, a part that callers can leave, or all but a little.
    "not-any-size": (unless(size(PATH, "GE", 0)), [VIOLATION]),
    "not-any-size-of-the-query": (unless(size(QUERY, "GE", 0)), [VIOLATION]),
    "not-every-path": (unless(match(PATH, "/", "CONTAINS")), [VIOLATION]),
    "not-every-path-by-regex": (unless(regex(PATH, "/.*")), [VIOLATION]),
    "not-every-path-in-lower-case": (unless(match(PATH, "/", "STARTS_WITH", **transformed("LOWERCASE"))), [VIOLATION]),
    "not-every-method": (unless(*(match(METHOD, each) for each in METHODS)), [VIOLATION]),
    "not-get-or-not-get": (unless(match(METHOD, "GET"), unless(match(METHOD, "GET"))), [VIOLATION]),
    "not-the-method-of-the-routes": (unless(match(METHOD, "GET")), [VIOLATION]),
    "not-another-method": (unless(match(METHOD, "TRACE")), []),
    "not-every-path-in-a-list": ({"notStatement": {"statements": [size(PATH, "GE", 0)]}}, [VIOLATION]),
    "not-the-health-check-in-a-list": ({"notStatement": {"statements": [match(PATH, "/health")]}}, []),
    "not-nothing": ({"notStatement": {}}, [UNDECIDED]),
    "twice-not": (unless(unless(match(PATH, "/", "STARTS_WITH"))), []),
    "neither-here-nor-there": (every(match(PATH, "/a", "STARTS_WITH"), match(PATH, "/b", "STARTS_WITH")), [VIOLATION]),
    "longer-than-it-is": (every(match(PATH, "/a"), size(PATH, "GT", 2)), [VIOLATION]),
    "upper-case-after-lower-case": (match(PATH, "/ORDERS", **transformed("LOWERCASE")), [VIOLATION]),
    "not-upper-case-after-lower-case": (unless(match(PATH, "/ORDERS", **transformed("LOWERCASE"))), []),
    "not-a-header": (unless(match(header(), "1")), [VIOLATION]),
    "not-any-header": (unless(size(header(), "GE", 0)), [VIOLATION]),
    "a-header": (match(header(), "1"), [VIOLATION]),
    "not-an-argument": (unless(match({"singleQueryArgument": {"name": "debug"}}, "1")), [VIOLATION]),
    "not-any-argument": (unless(match({"allQueryArguments": {}}, "debug", "CONTAINS")), [VIOLATION]),
    "not-a-query": (unless(match(QUERY, "debug", "CONTAINS")), [VIOLATION]),
    "not-a-cookie": (
        unless(
            match(
                {
                    "cookies": {
                        "matchScope": "ALL",
                        "matchPattern": {"includedCookies": ["beta"]},
                        "oversizeHandling": "MATCH",
                    }
                },
                "1",
            )
        ),
        [VIOLATION],
    ),
    "not-in-any-header": (
        unless(
            match(
                {"headers": {"matchScope": "VALUE", "matchPattern": {"all": {}}, "oversizeHandling": "MATCH"}}, "curl"
            )
        ),
        [VIOLATION],
    ),
    "not-a-large-body": (unless(size(BODY, "GT", 8192)), [VIOLATION]),
    "not-a-body": (unless(match(BODY, "ok", "STARTS_WITH")), [VIOLATION]),
    "not-a-json-body": (
        unless(
            match({"jsonBody": {"matchScope": "ALL", "matchPattern": {"all": {}}, "oversizeHandling": "MATCH"}}, "ok")
        ),
        [VIOLATION],
    ),
    "not-health": (unless(HEALTH), []),
    "not-several-paths": (unless(HEALTH, match(PATH, "/ready"), match(PATH, "/favicon.ico")), []),
    "not-a-folder": (unless(match(PATH, "/static/", "STARTS_WITH")), []),
    "not-health-in-lower-case": (unless(match(PATH, "/health", **transformed("URL_DECODE", "LOWERCASE"))), []),
    "not-health-with-a-header": (unless(every(HEALTH, match(header(), "probe"))), []),
    "not-preflights": (unless(match(METHOD, "OPTIONS")), []),
    "not-preflights-with-an-origin": (unless(every(match(METHOD, "OPTIONS"), size(header("origin"), "GT", 0))), []),
    "the-only-path-left-out": (unless(match(PATH, "/orders", "CONTAINS")), [VIOLATION]),
    "not-two-countries": (unless(COUNTRIES), []),
    "two-countries": (COUNTRIES, [VIOLATION]),
    "not-two-hundred-countries": (
        unless(
            {"geoMatchStatement": {"countryCodes": [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRST"]}}
        ),
        [VIOLATION],
    ),
    "an-attack-already": (unless({"sqliMatchStatement": {"fieldToMatch": QUERY, **NONE}}), [UNDECIDED]),
    "not-verified-bots": (unless(label("awswaf:managed:aws:bot-control:bot:verified")), []),
    "a-label-that-nothing-adds": (label("seen"), [VIOLATION]),
    "not-a-label-that-nothing-adds": (unless(label("seen")), []),
    "unknown": (UNKNOWN, [UNDECIDED]),
    "unknown-inside": (unless(match(PATH, UNKNOWN)), [UNDECIDED]),
    "everything-or-unknown": (either(match(PATH, "/", "STARTS_WITH"), match(PATH, UNKNOWN)), []),
}


@pytest.mark.parametrize(("scope", "expected"), SCOPES.values(), ids=SCOPES)
def test_what_a_scope_down_statement_leaves_to_inspect(scope, expected):
    groups = [
        managed(name, priority=10 + number, group={"scopeDownStatement": scope})
        for number, name in enumerate(("AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"))
    ]
    limit = waf_rule(
        "rate", {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP", "scopeDownStatement": scope}}
    )

    assert statuses(ATTACKS, changed(acl=web_acl(BLOCKING, *groups))) == expected
    assert statuses(LIMITED, changed(acl=web_acl(limit))) == expected


def labelled(statement, **more):
    return waf_rule("seen", statement, priority=1, action={"count": {}}, ruleLabels=[{"name": "ns:seen"}], **more)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(match(PATH, "/", "STARTS_WITH"), [VIOLATION], id="everything"),
        pytest.param(size(QUERY, "GE", 0), [VIOLATION], id="any-size"),
        pytest.param(match(header(), "1"), [VIOLATION], id="callers-choice"),
        pytest.param(HEALTH, [], id="one-path"),
    ],
)
@pytest.mark.parametrize("by", [label("ns:seen"), label("seen"), label("ns:", "NAMESPACE")], ids=str)
def test_a_scope_down_statement_by_a_label_is_about_what_gets_the_label(statement, expected, by):
    common = managed("AWSManagedRulesCommonRuleSet", group={"scopeDownStatement": unless(by)})

    assert statuses(ATTACKS, changed(acl=web_acl(labelled(statement), common, BAD_INPUTS))) == expected


def test_more_routes_leave_room_for_exceptions():
    health = made("apigateway/resource:Resource", "health", restApi="shop-id", parentId="root", pathPart="health")
    asked = made(
        "apigateway/method:Method",
        "health-get",
        restApi="shop-id",
        resourceId="health-id",
        httpMethod="GET",
        authorization="NONE",
    )
    only_health = managed("AWSManagedRulesCommonRuleSet", group={"scopeDownStatement": HEALTH})
    all_but = managed("AWSManagedRulesCommonRuleSet", group={"scopeDownStatement": unless(HEALTH)})

    assert statuses(ATTACKS, changed(health, asked, acl=web_acl(all_but, BAD_INPUTS))) == []
    assert statuses(ATTACKS, changed(health, asked, acl=web_acl(only_health, BAD_INPUTS))) == [VIOLATION]


FORWARDED = {"headerName": "X-Forwarded-For", "fallbackBehavior": "MATCH", "position": "FIRST"}
LISTS = {
    # Which callers a web ACL lets in that blocks by default.
    "office": (["203.0.113.0/24"], {}, []),
    "several": (["203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32"], {}, []),
    "halves": (["0.0.0.0/1", "128.0.0.0/1"], {}, [VIOLATION]),
    "quarter": (["0.0.0.0/2"], {}, [VIOLATION]),
    "all-of-version-six": (["2000::/4", "3000::/4"], {}, [VIOLATION]),
    "nobody": ([], {}, []),
    "unknown": (UNKNOWN, {}, [UNDECIDED]),
    "external": (None, {}, [UNDECIDED]),
    "forwarded": (["203.0.113.0/24"], {"ipSetForwardedIpConfig": FORWARDED}, [VIOLATION]),
    "forwarded-last": (
        ["203.0.113.0/24"],
        {"ipSetForwardedIpConfig": {**FORWARDED, "position": "LAST", "fallbackBehavior": "NO_MATCH"}},
        [VIOLATION],
    ),
    "forwarded-external": (None, {"ipSetForwardedIpConfig": FORWARDED}, [VIOLATION]),
}


@pytest.mark.parametrize(("addresses", "more", "expected"), LISTS.values(), ids=LISTS)
def test_an_allow_list_counts_for_whom_it_lets_in(addresses, more, expected):
    sets = [] if addresses is None else [made("wafv2/ipSet:IpSet", "set", arn="arn:set", addresses=addresses)]
    listed = {"ipSetReferenceStatement": {"arn": "arn:set", **more}}
    allowed = web_acl(BLOCKING, waf_rule("ours", listed, priority=9, action={"allow": {}}), defaultAction={"block": {}})
    others = web_acl(BLOCKING, waf_rule("others", unless(listed), priority=9))

    for acl in (allowed, others):
        assert statuses(RESTRICTED, changed(*sets, acl=acl, api=api(policy=None))) == expected


def test_an_allow_list_of_a_path_or_a_preflight_keeps_nobody_out():
    office = made("wafv2/ipSet:IpSet", "set", arn="arn:set", addresses=["203.0.113.0/24"])
    ours = waf_rule("ours", {"ipSetReferenceStatement": {"arn": "arn:set"}}, priority=1, action={"allow": {}})
    for statement, expected in (
        (match(METHOD, "OPTIONS"), []),
        (match(header(), "secret"), [VIOLATION]),
        (match(PATH, "/open"), [VIOLATION]),
        (every(match(PATH, "/a"), match(PATH, "/b")), []),
    ):
        also = waf_rule("also", statement, priority=2, action={"allow": {}})
        acl = web_acl(ours, also, defaultAction={"block": {}})
        assert statuses(RESTRICTED, changed(office, acl=acl, api=api(policy=None))) == expected


NOTHING = {
    "contradiction": every(match(PATH, "/a"), match(PATH, "/b")),
    "no-such-method": match(METHOD, "get"),
    "no-country": {"geoMatchStatement": {"countryCodes": []}},
    "negative-size": size(PATH, "LT", 0),
    "path-without-slash": unless(match(PATH, "/", "STARTS_WITH")),
    "neither": every(unless(match(PATH, "/a")), match(PATH, "/a")),
}


@pytest.mark.parametrize("statement", NOTHING.values(), ids=NOTHING)
def test_a_rule_that_matches_no_request_blocks_nothing(statement):
    assert statuses("waf-web-acls-block", changed(acl=web_acl(waf_rule("own", statement)))) == [VIOLATION]


def text_match(field, value, position=Position.CONTAINS, *transformations):
    return ByteMatch(field, transformations, position, value)


IN_PATH, IN_BODY = Field(Kind.PATH), Field(Kind.BODY, oversize=Handling.MATCH)
ADMIN = text_match(IN_PATH, "/admin", Position.STARTS_WITH, "URL_DECODE", "LOWERCASE")


def test_one_request_is_evaluated_rule_by_rule():
    acl = Acl(
        (
            Rule("seen", ADMIN, Action.COUNT, ("area:admin",)),
            Rule("large", text_match(IN_BODY, "x"), Action.BLOCK),
            Rule("flood", Every((Every(()), OverLimit("flood"))), Action.BLOCK),
            Rule("admins", LabelMatch("area:", namespace=True), Action.CAPTCHA),
            Rule("attacks", Every(()), group=Group("common", None, reason="what rule group common matches varies")),
        )
    )

    blocked = evaluate(acl, Request(path="/%41dmin/users"))
    assert (blocked.action, blocked.rule, blocked.passes) == (Action.CAPTCHA, "admins", False)
    assert blocked.labels == {"area:admin"}
    assert blocked.counted == ("seen",)
    large = evaluate(acl, Request(body="y" * 20_000))
    assert (large.action, large.rule) == (Action.BLOCK, "large")
    assert evaluate(acl, Request(over_limit=frozenset({"flood"}))).rule == "flood"
    varies = evaluate(acl, Request(address=Address(4, 1)))
    assert (varies.passes, varies.unknowns) == (None, ("what rule group common matches varies",))
    solved = evaluate(acl, Request(path="/admin", has_token=True))
    assert [each.action for each in solved.endings] == [Action.BLOCK, Action.ALLOW]


def test_a_rule_group_that_only_counts_still_adds_labels():
    inner = (Rule("first", ADMIN, Action.BLOCK, ("one",)), Rule("second", Every(()), Action.BLOCK, ("two",)))
    acl = Acl(
        (
            Rule("own", Every(()), group=Group("own", inner, counts=True)),
            Rule("by-label", LabelMatch("one"), Action.BLOCK),
        )
    )

    assert evaluate(acl, Request(path="/admin")).labels == {"one"}
    assert evaluate(acl, Request(path="/admin")).rule == "by-label"
    assert evaluate(acl, Request(path="/")).labels == {"two"}
    assert evaluate(acl, Request(path="/")).passes is True


def test_what_is_certain_needs_nothing_unknown():
    unknown = Opaque("x", "its statement is unknown", unknown=True)
    certain = Acl((Rule("own", Either((unknown, Not(unknown))), Action.BLOCK),), Action.BLOCK)

    assert evaluate(certain, Request()).passes is False
    assert evaluate(Acl((Rule("own", unknown, Action.BLOCK),)), Request()).unknowns == ("its statement is unknown",)


HOSTILE = {
    "slow-expression": unless(regex(PATH, "(z+)+$")),
    "slow-expression-with-look-ahead": unless(regex(PATH, "(?=(z+)+$)x")),
    "large-expression": unless(regex(PATH, "((a{200}){200}){200}")),
}


@pytest.mark.parametrize("scope", HOSTILE.values(), ids=HOSTILE)
def test_hostile_statements_come_to_an_end(scope):
    statuses_with(scope)


MANY = {
    "statements": (125, lambda n: unless(either(*(match(PATH, f"abc{each}", "CONTAINS") for each in range(n))))),
    "headers": (
        20,
        lambda n: either(
            *(every(match(header(f"h{m}"), "1"), unless(match(header(f"h{m + 1}"), "1"))) for m in range(n))
        ),
    ),
}
"""By what there is much of: a size, and a statement of a size."""


@pytest.mark.parametrize(("size", "scope"), MANY.values(), ids=MANY)
def test_the_work_grows_with_statements_and_not_with_their_combinations(size, scope):
    assert growth(lambda count: statuses_with(scope(count)), size) < 4


def statuses_with(scope):
    common = managed("AWSManagedRulesCommonRuleSet", group={"scopeDownStatement": scope})
    return statuses(ATTACKS, changed(acl=web_acl(BLOCKING, common, BAD_INPUTS)))
