"""A sample of `make agreement`: what a policy rules out reaches no backend."""

from collections.abc import Sequence
from typing import Any

import agreement
import mutants
import pytest
from graphs import EVERYTHING, changed, domain, made, mapping, method, policy, settings, usage_plan, web_acl
from graphs import api as rest_api
from http_graphs import http_api, v2_stage

from policypack.ask.callers import callers
from policypack.evaluation.asked import of_resources
from policypack.graph.graph import Resource


@pytest.mark.parametrize("base", mutants.BASES)
def test_what_a_policy_rules_out_reaches_no_backend(base: str) -> None:
    count, found = agreement.compared(base, 12, seed=5)

    assert 8 <= count <= 12
    assert found == []


@pytest.mark.parametrize("base", [each for each in mutants.BASES if "WebSocket" not in each])
def test_callers_that_should_reach_the_gateways_do(base: str) -> None:
    apis = of_resources(mutants.base(base)).apis
    rows = [each for api in apis for each in callers(api)]

    # The routes of `internal` are known only after deployment.
    assert (base == "internal") is not any(api.gateway.routes for api in apis)
    assert base == "internal" or any(each.credentials for each in rows)


NONE = {"method": method(authorization="NONE")}
OPEN = {"api": rest_api(policy=policy(EVERYTHING))}
PRIVATE = {"endpointConfiguration": {"types": "PRIVATE"}, "policy": policy(EVERYTHING)}
MUTUAL = domain(mutualTlsAuthentication={"truststoreUri": "s3://trust/ca.pem", "truststoreVersion": "1"})
REQUIRED: dict[str, Any] = {"requestParameters": {"method.request.querystring.page": True}}
HTTP = [http_api(), v2_stage(), made("apigatewayv2/route:Route", "r", apiId="h-id", routeKey="GET /orders")]
NO_RULES: dict[str, Any] = {"acl": web_acl()}
FORBIDDEN: dict[str, Sequence[Resource]] = {
    "auth-methods-authenticated": changed(**NONE),
    "auth-keys-never-standalone": changed(usage_plan(), method=method(authorization="NONE", apiKeyRequired=True)),
    "network-callers-restricted": changed(**NONE, **OPEN),
    "network-iam-accounts-restricted": changed(**OPEN),
    "network-private-apis-restricted": changed(api=rest_api(**PRIVATE), **NONE, **NO_RULES),
    "network-http-apis-not-public": HTTP,
    "tls-default-endpoint-disabled": changed(domain(), mapping(), **NONE),
    "tls-mutual-tls-on-every-domain": changed(MUTUAL, mapping(), domain("b.com"), mapping("b.com"), **NONE),
    "tls-endpoints-minimum-version": changed(
        api=rest_api(securityPolicy="TLS_1_0", policy=policy(EVERYTHING)), **NONE, **NO_RULES
    ),
    "waf-stages-have-web-acl": changed(acl=None, association=None, **NONE),
    "keys-stages-throttled": changed(
        settings=settings(throttlingRateLimit=None, throttlingBurstLimit=None), **NONE, **OPEN, **NO_RULES
    ),
    "api-requests-validated": changed(method=method(authorization="NONE", **REQUIRED), **OPEN, **NO_RULES),
}
"""By policy, a gateway that lets through what it forbids."""


def test_every_comparison_has_an_example() -> None:
    assert set(FORBIDDEN) == {each[0] for each in agreement.FORBIDDEN}


@pytest.mark.parametrize("policies", agreement.FORBIDDEN, ids=lambda each: each[0])
def test_what_a_policy_forbids_is_noticed_where_no_policy_reports_it(policies: tuple[str, ...]) -> None:
    resources = FORBIDDEN[policies[0]]
    others = {one for each in agreement.FORBIDDEN for one in each} - set(policies)

    assert list(agreement.disagreements(resources, others))
    assert not list(agreement.disagreements(resources, {*others, policies[0]}))
