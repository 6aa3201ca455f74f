"""A hosted zone that another account owns."""

import pulumi
from pulumi_aws import Provider, route53


def records_through(provider: Provider) -> pulumi.ResourceTransformation:
    """A transformation that creates the DNS records of a component, and nothing else, with another provider.

    Add it to the component's `opts`: `pulumi.ResourceOptions(transformations=[records_through(dns)])`.
    """

    def choose(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not isinstance(args.resource, route53.Record):
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(provider=provider))
        return pulumi.ResourceTransformationResult(args.props, opts)

    return choose
