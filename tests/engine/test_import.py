"""What exists is taken over, not made again: a transform imports an inner resource, as docs/migrate.md says."""

import pytest

pytestmark = pytest.mark.engine

ADOPT = """
def adopt(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    if args.type_ == "aws:cloudwatch/logGroup:LogGroup" and args.name == "minimal-waf":
        args.opts.import_ = "aws-waf-logs-minimal-minimal"
        return pulumi.ResourceTransformResult(args.props, args.opts)
    return None


gateway = SecureGateway("""


def test_an_existing_resource_is_taken_over(project, cloud):
    logs, name = cloud.client("logs"), "aws-waf-logs-minimal-minimal"
    logs.create_log_group(logGroupName=name)
    made = project("minimal")
    made.edit("\ngateway = SecureGateway(", ADOPT)
    made.edit("},\n)\n", "},\n    opts=pulumi.ResourceOptions(transforms=[adopt]),\n)\n")

    assert "1 imported" in made.up()
    assert len([line for line in cloud.calls() if line.endswith("CreateLogGroup")]) == 3  # by hand, access, execution
    made.unchanged()
