"""The layer `waf`, and what its policies share."""

import re
from collections.abc import Sequence

from ...model.fact import Fact
from ...model.gateway import Gateway
from ...model.waf import WafRule, WebAcl
from ...web_acl import Route, Statement
from ..policy import Layer

WAF = Layer("waf", "WAF protection")
DOCS = "https://docs.aws.amazon.com/waf/latest/developerguide/"
MAY_BE_EXTERNAL = {
    "elsewhere": {
        "type": "boolean",
        "default": False,
        "description": "What is missing may be in another stack: it is undecided rather than a violation.",
    }
}
_PARAMETER = re.compile(r"\{[^}]*\}")


def web_acls(gateway: Gateway) -> Sequence[WebAcl]:
    """The evaluated web ACLs in front of a gateway, each once."""
    found = (stage.web_acl for stage in (*gateway.stages, *gateway.named_stages))
    return tuple({acl.urn: acl for acl in found if acl is not None}.values())


def inspects_all_requests(gateway: Gateway, acl: WebAcl, rule: WafRule, scope_down: Statement) -> Fact:
    """Whether a rule with a scope-down statement inspects every request to the routes of a gateway."""
    return acl.inspects_all(rule, scope_down, _routes(gateway), gateway.routes_known)


def _routes(gateway: Gateway) -> list[Route]:
    """The routes as callers write them: with or without the stage's name."""
    found: list[Route] = []
    for each in gateway.routes:
        method, _, written = each.label.partition(" ")
        path = _PARAMETER.sub("zq", written)
        if not each.is_preflight and path.startswith("/"):
            found.append(Route(method, (path, *(f"/{stage.name}{path}" for stage in gateway.stages))))
    return found
