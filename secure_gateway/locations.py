"""Where resources are that args name by their ARNs: AWS refuses those of another region, account or partition.

A plain ARN says where it is. The API's own home is known from the configuration of the provider before anything is
registered, else from the ARN of the API.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pulumi

from .layers.tls.spec import EDGE
from .openapi.members import INTEGRATION
from .services.dynamodb import TableSpec
from .spec import GatewaySpec
from .stages import StageSpec
from .validation.problems import Problems, join, spell


class Location(NamedTuple):
    """A partition, a region and an account; an empty string stands for one that is not known."""

    partition: str
    region: str
    account: str

    @classmethod
    def of_arn(cls, arn: str) -> "Location":
        """Where the resource of an ARN is. The ARNs of some services leave out region or account."""
        _, partition, _, region, account, *_ = arn.split(":", 5)
        return cls(partition, region, account)

    @classmethod
    def of_region(cls, region: str) -> "Location":
        """A region, with the partition that its name shows."""
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        special = region.startswith(("us-iso", "eu-isoe", "eusc-"))
        found = next((each for prefix, each in prefixes.items() if region.startswith(prefix)), "aws")
        return cls("" if special else found, region, "")


class Named(NamedTuple):
    """An ARN in the args, and what AWS requires of it."""

    path: str
    arn: pulumi.Input[str] | None
    rule: str
    """Why it must be in the API's region; empty if it may be in another one."""
    same_account: bool = False


_OWN_REGION: Final = "${AWS::Region}"
"""AWS fills in the region of the API at the import of the document."""
_FUNCTION: Final = re.compile(
    r":apigateway:(?P<asked>[^:]+|\$\{AWS::Region\}):lambda:[^:]*(?P<arn>arn:[^:]+:lambda:[^:]+:[^:]+:function:[^/]+)"
)
_ALARM: Final = "CloudWatch alarms start actions in their own region"
_KEY: Final = "a KMS key encrypts logs and functions of its own region"
_WEB_ACL: Final = "AWS WAF uses what is in the region of the stage"
_CERTIFICATE: Final = "a Regional domain has its certificate in the region of the API"
_INVOKED: Final = "Lambda invokes functions of its own region only, and API Gateway asks the one of the API"
_CALLED: Final = "API Gateway calls AWS services in its own region"
_TARGET: Final = "a VPC link leads to load balancers of its own region"
_DOMAIN: Final = "a private custom domain belongs to the region of its APIs"


def check(name: str, spec: GatewaySpec, location: Location) -> None:
    """Raise `ArgsError` for every ARN that cannot work with an API of this home."""
    problems = Problems()
    for path, arn, rule, same_account in _named(spec):
        if not isinstance(arn, str) or not arn.startswith("arn:"):
            continue
        theirs = Location.of_arn(arn)
        if "$" in theirs.partition:
            continue  # AWS fills it in at the import of the document
        if location.partition and theirs.partition != location.partition:
            message = f"is in the partition {theirs.partition!r}, but the API is in {location.partition!r}"
        elif rule and location.region and theirs.region and theirs.region != location.region:
            message = f"is in {theirs.region}, but the API is in {location.region}: {rule}"
        elif same_account and location.account and theirs.account.isdigit() and theirs.account != location.account:
            message = f"belongs to the account {theirs.account}, but the API to {location.account}"
        else:
            continue
        problems.reject(path, arn, message)
    for path, uri in _own_uris(spec):
        function = _FUNCTION.search(uri)
        region = Location.of_arn(function["arn"]).region if function else ""
        if function and "$" not in function["asked"] + region and function["asked"] != region:
            message = f"asks Lambda in {function['asked']} for a function in {region}: name the function's region twice"
            problems.reject(path, uri, message)
    problems.raise_any(f"SecureGateway {name!r}")


def configured(opts: pulumi.ResourceOptions | None) -> Location | None:
    """The home of resources with these options, if they use the default provider and its region is configured."""
    if opts and (opts.provider or opts.providers or opts.parent):
        return None
    region = pulumi.Config("aws").get("region")
    return Location.of_region(region) if region else None


def _named(spec: GatewaySpec) -> Iterator[Named]:
    """Every ARN of the args. What may be anywhere in the partition has no rule."""
    yield Named(spell("permissions_boundary_arn"), spec.permissions_boundary_arn, "", same_account=True)
    for name, function in spec.stage.functions.items():
        yield Named(join("functions", name), function, _INVOKED)
    yield from _of_auth(spec)
    if spec.network.private:
        for name, arn in spec.network.private.domain_arns.items():
            path = join(join("network.private", spell("domain_arns")), name)
            yield Named(path, arn, _DOMAIN)
    for route in spec.routes:
        if route.integration.service:
            path = f"{route.args_path}.integration"
            # A table is called by its name, which is looked up in the API's own account.
            named = isinstance(route.integration.service, TableSpec)
            yield Named(path, route.integration.service.arn, _CALLED, same_account=named)
            yield Named(path, route.integration.service.kms_key_arn, _CALLED)
        yield Named(
            f"{route.args_path}.integration.{spell('target_arn')}",
            route.integration.target_arn,
            _TARGET,
            same_account=True,
        )
        if route.integration.own:
            yield from _of_document(f"{route.args_path}.{INTEGRATION}", route.integration.own)
    for stage in spec.stages:
        yield from _of_stage(stage, spec.stage)


def _own_uris(spec: GatewaySpec) -> Iterator[tuple[str, str]]:
    """The URIs of the integrations of the user's own document."""
    for route in spec.routes:
        uri = (route.integration.own or {}).get("uri")
        if isinstance(uri, str):
            yield f"{route.args_path}.{INTEGRATION}.uri", uri


def _of_document(path: str, integration: Mapping[str, Any]) -> Iterator[Named]:
    """The ARNs of an integration of the user's own document."""
    uri = integration.get("uri")
    if isinstance(uri, str):
        yield Named(f"{path}.uri", uri, "")
        if function := _FUNCTION.search(uri):
            # A URI may name the region of its function.
            yield Named(f"{path}.uri", function["arn"], _INVOKED if function["asked"] == _OWN_REGION else "")
    yield Named(f"{path}.integrationTarget", integration.get("integrationTarget"), _TARGET, same_account=True)
    yield Named(f"{path}.credentials", integration.get("credentials"), "", same_account=True)


def _of_auth(spec: GatewaySpec) -> Iterator[Named]:
    for name, pool in spec.auth.cognito.items():
        path = f"{join('auth.authorizers', name)}.cognito"
        for index, arn in enumerate(pool.pool_arns):
            yield Named(f"{path}.{spell('pool_arns')}[{index}]", arn, "")
    for name, builtin in spec.auth.builtins.items():
        path = f"{join('auth.authorizers', name)}.builtin"
        yield Named(join(path, spell("kms_key_arn")), builtin.kms_key_arn, _KEY)
    for name, function in spec.auth.functions.items():
        if name not in spec.auth.builtins:
            yield Named(f"{join('auth.authorizers', name)}.function.function", function.function, _INVOKED)


def _of_stage(stage: StageSpec, own: StageSpec) -> Iterator[Named]:
    """The ARNs of a stage, without those that it has in common with the gateway's own one."""
    if stage is own or stage.own_waf:
        yield from _of_waf(stage)
    if stage is own or stage.observability is not own.observability:
        yield from _of_observability(stage)
    tls = stage.at("tls")
    if stage.tls.shared_domain:
        yield Named(join(join(tls, spell("shared_domain")), "arn"), stage.tls.shared_domain.arn, _DOMAIN)
    for index, domain in enumerate(stage.tls.domains):
        path = f"{join(tls, spell('more_domains'))}[{index - 1}]" if index else join(tls, "domain")
        regional = _CERTIFICATE if domain.endpoint_type != EDGE else ""
        yield Named(join(path, spell("certificate_arn")), domain.certificate_arn, regional, same_account=True)
        yield Named(join(path, spell("private_ca_arn")), domain.private_ca_arn, regional)
        ownership = join(path, spell("ownership_certificate_arn"))
        yield Named(ownership, domain.ownership_certificate_arn, regional, same_account=True)


def _of_waf(stage: StageSpec) -> Iterator[Named]:
    waf = stage.at("waf")
    yield Named(join(waf, spell("acl_arn")), stage.waf.acl_arn, _WEB_ACL, same_account=True)
    yield Named(join(waf, spell("kms_key_arn")), stage.waf.kms_key_arn, _KEY)
    # A bucket may be in another region; its ARN names none.
    yield Named(join(waf, spell("log_destination_arn")), stage.waf.log_destination_arn, _WEB_ACL)
    for name, group in stage.waf.rule_groups.items():
        yield Named(join(join(join(waf, spell("rule_groups")), name), "arn"), group.arn, _WEB_ACL)


def _of_observability(stage: StageSpec) -> Iterator[Named]:
    seen = stage.at("observability")
    yield Named(join(seen, spell("kms_key_arn")), stage.observability.kms_key_arn, _KEY)
    yield Named(join(seen, spell("topic_arn")), stage.observability.topic_arn, _ALARM)
    for index, arn in enumerate(stage.observability.alarm_action_arns):
        yield Named(f"{join(seen, spell('alarm_action_arns'))}[{index}]", arn, _ALARM)
