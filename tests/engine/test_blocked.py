"""What one resource shows blocks it before it is created: with a preview, without one, and if a value is known late."""

import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

PACK = Path(__file__).parents[2] / "policypack"
PROGRAM = """
    import json

    import pulumi
    import pulumi_aws as aws

    api = aws.apigateway.RestApi("orders", endpoint_configuration={{"types": "REGIONAL"}})
    path = aws.apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")
    web = aws.apigatewayv2.Api("web", protocol_type="HTTP")


    def open_(value):
        return {open_}


    {resources}
"""
OPEN = {
    "method": """
        aws.apigateway.Method(
            "get", rest_api=api.id, resource_id=path.id, http_method="GET", authorization=open_("NONE")
        )
    """,
    "method with a key only": """
        aws.apigateway.Method(
            "post",
            rest_api=api.id,
            resource_id=path.id,
            http_method="POST",
            authorization=open_("NONE"),
            api_key_required=True,
        )
    """,
    "route": """
        aws.apigatewayv2.Route("orders", api_id=web.id, route_key="GET /orders", authorization_type=open_("NONE"))
    """,
}
KNOWN = {"at once": "value", "during the update": "api.id.apply(lambda _: value)"}
SOUND = """
    aws.apigateway.Method("sound", rest_api=api.id, resource_id=path.id, http_method="PUT", authorization="AWS_IAM")
    aws.apigateway.Method(
        "preflight", rest_api=api.id, resource_id=path.id, http_method="OPTIONS", authorization="NONE"
    )
"""


def write(made, open_, *resources):
    shown = "\n".join(textwrap.dedent(each) for each in resources)
    program = textwrap.dedent(PROGRAM).format(open_=open_, resources=shown)
    (made.folder / "stacks" / f"{made.stack}.py").write_text(program)


def rejected(made, *arguments):
    """Deploy with the pack, which must fail, and return what was printed."""
    process = made.start("up", "--yes", *arguments, "--policy-pack", str(PACK))
    printed, _ = process.communicate()
    assert process.returncode != 0, printed
    return printed


def methods(cloud):
    """The HTTP methods and route keys in AWS, with what they require."""
    rest, http = cloud.client("apigateway"), cloud.client("apigatewayv2")
    for api in rest.get_rest_apis()["items"]:
        for resource in rest.get_resources(restApiId=api["id"], embed=["methods"])["items"]:
            for name, method in resource.get("resourceMethods", {}).items():
                yield name, method["authorizationType"]
    for api in http.get_apis()["Items"]:
        for route in http.get_routes(ApiId=api["ApiId"])["Items"]:
            yield route["RouteKey"], route.get("AuthorizationType", "NONE")


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "no preview"])
@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
@pytest.mark.parametrize("resource", OPEN.values(), ids=OPEN)
def test_no_open_method_is_created(project, cloud, resource, known, preview):
    made = project("minimal")
    write(made, known, resource)
    skipped = [] if preview else ["--skip-preview"]

    printed = rejected(made, *skipped)

    assert "[mandatory]" in printed, printed
    assert list(methods(cloud)) == []


def test_sound_methods_are_created_before_the_whole_stack_is_evaluated(project, cloud):
    """Whether a method for OPTIONS is a preflight is in its integration, so the method alone is not blocked."""
    made = project("minimal")
    write(made, "value", SOUND)

    rejected(made, "--skip-preview")

    assert sorted(methods(cloud)) == [("OPTIONS", "NONE"), ("PUT", "AWS_IAM")]
