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

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        props: dict[str, Any] = dict(args.props)
        if tags and isinstance(args.resource, pulumi.CustomResource) and hasattr(type(args.resource), "tags"):
            props["tags"] = {**tags, **(props.get("tags") or {})}
        if permissions_boundary_arn is not None and isinstance(args.resource, iam.Role):
            props["permissions_boundary"] = permissions_boundary_arn
        return pulumi.ResourceTransformationResult(props, args.opts)

    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[add]))
