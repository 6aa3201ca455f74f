"""The component: IP sets, web ACL, its log, and the association with each stage, in that order."""

import re
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, wafv2

from ...naming import former_name
from ...validation.arns import check_stage
from ...validation.cidrs import by_family
from ...validation.names import check_names
from ...validation.problems import Problems
from ...validation.reader import Reader
from .args import WafLayerArgs
from .rules import bodies, rules
from .spec import WafSpec


class Waf(pulumi.ComponentResource):
    """A web ACL, made here or given, and its association with stages of REST APIs.

    A stage that depends on `resources` is deleted before them, which ends the association: AWS deletes no web ACL that
    protects something.
    """

    web_acl_arn: pulumi.Output[str]
    """ARN of the web ACL."""

    metric_name: pulumi.Output[str]
    """Name under which the web ACL reports to CloudWatch (dimension `WebACL`); empty where it is not known."""

    log_group_name: pulumi.Output[str]
    """Name of the web ACL's log group; empty if the web ACL or its log's destination was given."""

    def __init__(self, name: str, args: WafLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, WafLayerArgs, "", problems)
        spec = WafSpec.parse(reader)
        stage_arn = reader.leaf("stage_arn", check=check_stage)
        stage_arns = reader.leaf_map("stage_arns", check=check_stage)
        if spec.waived:
            reader.add("waived", "must not be given: a layer that is off has nothing to create")
        check_names(name, spec.names(name), problems)
        problems.raise_any(f"Waf {name!r}")
        self._create(name, spec, opts)
        if stage_arn is not None:
            self.protect(stage_arn)
        for stage, arn in sorted(stage_arns.items()):
            self.protect(arn, f"{name}-{stage}")
        self.register_outputs({each: getattr(self, each) for each in Waf.__annotations__})

    @classmethod
    def from_spec(cls, name: str, spec: WafSpec, opts: pulumi.ResourceOptions) -> "Waf":
        """Create the layer from args that are parsed already; `protect` attaches it to a stage."""
        self = cls.__new__(cls)
        self._create(name, spec, opts)
        self.register_outputs({each: getattr(self, each) for each in Waf.__annotations__})
        return self

    def _create(self, name: str, spec: WafSpec, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__("secure-gateway:index:Waf", name, {}, opts)

        self.resources: list[pulumi.Resource] = []
        """What a protected stage depends on."""
        self._name = name
        self._label = re.sub(r"[^A-Za-z0-9_-]", "-", f"{name}-{pulumi.get_stack()}")
        self.metric_name = pulumi.Output.from_input(spec.acl_metric_name if spec.acl_arn is not None else self._label)
        self.web_acl_arn, self.log_group_name = (
            (pulumi.Output.from_input(spec.acl_arn), pulumi.Output.from_input(""))
            if spec.acl_arn is not None
            else self._own(spec)
        )

    def protect(
        self, stage_arn: pulumi.Input[str], name: str | None = None, *former_names: str
    ) -> wafv2.WebAclAssociation:
        """Associate the web ACL with a stage, once its log is set; `name` names the association's resource.

        Pulumi creates a replacement before it deletes the old association, and that deletion would remove the new web
        ACL from the stage. So associations are never deleted: each ends with its stage.
        """
        return wafv2.WebAclAssociation(
            name or self._name,
            resource_arn=stage_arn,
            web_acl_arn=self.web_acl_arn,
            opts=pulumi.ResourceOptions.merge(
                former_name(name or self._name, *former_names),
                pulumi.ResourceOptions(parent=self, depends_on=self.resources, retain_on_delete=True),
            ),
        )

    def _own(self, spec: WafSpec) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The web ACL's ARN and the name of its log group."""
        child = pulumi.ResourceOptions(parent=self)
        acl = wafv2.WebAcl(
            self._name,
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=rules(
                spec,
                blocked=_ip_sets(f"{self._name}-blocked", spec.block_cidrs, child),
                admitted=_ip_sets(f"{self._name}-admitted", spec.allow_cidrs, child),
                proxies=_ip_sets(
                    f"{self._name}-proxies", spec.forwarded_ip.proxies if spec.forwarded_ip else (), child
                ),
            ),
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": self._label,
                # Samples hold whole query strings, for everyone who may read the web ACL.
                "sampled_requests_enabled": spec.sampled_requests,
            },
            custom_response_bodies=bodies(spec) or None,
            association_config=_inspection(spec),
            # Beyond the log's own redaction this covers what a rule quotes of its match, samples, and Security Lake.
            data_protection_config={"data_protections": _protections(spec)},
            opts=child,
        )
        group = self._log_group(spec, child) if spec.log_destination_arn is None else None
        logging = wafv2.WebAclLoggingConfiguration(
            self._name,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn if group else spec.log_destination_arn or ""],
            redacted_fields=[{"single_header": {"name": each}} for each in spec.hidden_headers],
            logging_filter=_MATCHED if spec.log_requests == "MATCHED" else None,
            # A web ACL has one, so that "the old one", deleted last, would be the new one.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.resources += [acl, logging]
        return acl.arn, group.name if group else pulumi.Output.from_input("")

    def _log_group(self, spec: WafSpec, opts: pulumi.ResourceOptions) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{self._name}-waf",
            # The prefix is AWS's condition.
            name=f"aws-waf-logs-{self._label}",
            retention_in_days=spec.log_retention_days,
            kms_key_id=spec.kms_key_arn,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True)),
        )


# A managed group's rule that only counts leaves its request as `EXCLUDED_AS_COUNT`.
_MATCHED: wafv2.WebAclLoggingConfigurationLoggingFilterArgsDict = {
    "default_behavior": "DROP",
    "filters": [
        {
            "behavior": "KEEP",
            "requirement": "MEETS_ANY",
            "conditions": [{"action_condition": {"action": each}} for each in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")],
        }
    ],
}


def _inspection(spec: WafSpec) -> Any:
    """How much of a body is inspected, where it is not AWS's default."""
    if spec.body_inspection_kb == _DEFAULT_INSPECTION_KB:
        return None
    limit = {"default_size_inspection_limit": f"KB_{spec.body_inspection_kb}"}
    return {"request_bodies": [{"api_gateway": limit}]}


_DEFAULT_INSPECTION_KB = 16


def _protections(spec: WafSpec) -> list[wafv2.WebAclDataProtectionConfigDataProtectionArgsDict]:
    fields = {"SINGLE_HEADER": spec.hidden_headers, "SINGLE_QUERY_ARGUMENT": spec.hidden_query_arguments}
    return [
        {"action": "SUBSTITUTION", "field": {"field_type": kind, "field_keys": list(names)}}
        for kind, names in fields.items()
        if names
    ]


def _ip_sets(name: str, cidrs: tuple[str, ...], opts: pulumi.ResourceOptions) -> list[pulumi.Output[str]]:
    """The ARNs of the sets that hold address ranges, one for each IP family."""
    return [
        wafv2.IpSet(
            f"{name}-{family}",
            scope="REGIONAL",
            ip_address_version=family.upper(),
            addresses=addresses,
            opts=opts,
        ).arn
        for family, addresses in by_family(cidrs).items()
    ]
