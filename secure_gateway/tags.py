"""What every resource of a gateway has in common, whichever layer makes it."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import iam


def inheriting(
    opts: pulumi.ResourceOptions | None,
    tags: Mapping[str, pulumi.Input[str]],
    permissions_boundary_arn: pulumi.Input[str] | None,
) -> pulumi.ResourceOptions:
    """Options of a component whose taggable resources bear the tags, and whose roles have the boundary.

    Transformations run in this process, for each child at any depth, before the `transforms` of the caller, which see
    their result and may change it.
    """
    # The provider repeats the tags in `tagsAll`, where the engine does not know that one came as a secret.
    unknown = any(isinstance(each, pulumi.Output) for each in tags.values())
    secret = pulumi.ResourceOptions(additional_secret_outputs=["tagsAll"] if unknown else [])

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        props: dict[str, Any] = dict(args.props)
        opts = args.opts
        if tags and isinstance(args.resource, pulumi.CustomResource) and hasattr(type(args.resource), "tags"):
            props["tags"] = {**tags, **(props.get("tags") or {})}
            opts = pulumi.ResourceOptions.merge(opts, secret)
        if permissions_boundary_arn is not None and isinstance(args.resource, iam.Role):
            props["permissions_boundary"] = permissions_boundary_arn
        return pulumi.ResourceTransformationResult(props, opts)

    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[add]))
