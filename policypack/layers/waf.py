"""WAF: malicious requests are filtered before they reach a stage."""

from collections.abc import Iterator

from ..findings import Severity, Verdict
from ..model import Gateway
from ..rules import Layer, Settings

WAF = Layer("waf", "WAF protection")
_DOCS = "https://docs.aws.amazon.com/waf/latest/developerguide/"


@WAF.rule(
    severity=Severity.HIGH,
    fix="Associate a regional web ACL with the stage (`WebAclAssociation`). SecureGateway does unless `waf` is waived.",
    references=(
        "fsbp:APIGateway.4",
        "owasp-api-2023:API4",
        "nist-800-53-r5:AC-4(21)",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    ),
)
def stages_behind_acl(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage is behind a web ACL.

    Without one, injection attempts and floods reach the API unfiltered. One bare stage beside a protected one is a way
    round it.
    """
    for stage in gateway.stages:
        yield stage.verdict(
            stage.behind_web_acl,
            no="is reachable without a web ACL",
            not_yet="an association leads somewhere that is known only after deployment",
        )


@WAF.rule(
    severity=Severity.HIGH,
    fix="Give the web ACL rules that block, or take rules and managed groups out of count mode.",
    references=("fsbp:WAF.10", "owasp-api-2023:API8", "nist-800-53-r5:SC-7", f"{_DOCS}web-acl.html"),
)
def acls_filter(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The web ACL in front of a stage blocks something.

    An ACL without rules, or with rules that only count, lets everything through.
    """
    for stage in gateway.stages:
        if stage.web_acl is not None:
            yield stage.web_acl.verdict(
                stage.web_acl.filters, no="blocks nothing", not_yet="its rules are known only after deployment"
            )
