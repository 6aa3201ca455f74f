"""How to fix a violation, in Pulumi: the same resource in three languages, and real by the installed SDK."""

import ast
import importlib
import importlib.util
import re

import pytest
import yaml

from policypack.layers import POLICIES
from policypack.reports import snippets

WRITTEN = {name: entry for name, entry in snippets.written().items() if isinstance(entry, list)}
RESOURCES = [
    (name, *each)
    for name, entry in WRITTEN.items()
    for part in entry
    if isinstance(part, dict)
    for each in part.items()
]


def test_every_policy_has_one() -> None:
    assert set(snippets.written()) == {rule.id for rule in POLICIES}, "snippets.yaml has one for each"


def unknown(value: object, type_: object, inputs: object) -> list[str]:
    """The keys of a value that the SDK's type does not have; what has no such type is data."""
    named = re.search(r"(\w+ArgsDict)", str(type_))
    if isinstance(value, list):
        return [key for item in value for key in unknown(item, type_, inputs)]
    if named is None or not isinstance(value, dict):
        return []
    fields = getattr(inputs, named[1]).__annotations__
    wrong = [key for key in value if key not in fields]
    return wrong + [key for name in value if name in fields for key in unknown(value[name], fields[name], inputs)]


@pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")
@pytest.mark.parametrize(("rule", "class_", "arguments"), RESOURCES, ids=[f"{n}-{c}" for n, c, _ in RESOURCES])
def test_every_snippet_is_real(rule: str, class_: str, arguments: dict) -> None:
    package, module, name = class_.replace("lambda", "lambda_").split(".")
    assert package == "aws"
    sdk = importlib.import_module(f"pulumi_aws.{module}")
    accepted = getattr(sdk, name)._internal_init.__annotations__
    calls = [node.value for node in ast.parse(snippets.of(rule)["python"]).body if isinstance(node, ast.Expr)]
    call = next(each for each in calls if ast.unparse(each.func) == f"aws.{module}.{name}")
    given = {each.arg: plain(each.value) for each in call.keywords}

    assert len(given) == len(arguments)
    assert set(given) <= set(accepted)
    inputs = importlib.import_module(f"pulumi_aws.{module}._inputs") if has_inputs(module) else None
    assert [key for each in given for key in unknown(given[each], accepted[each], inputs)] == []


def has_inputs(module: str) -> bool:
    return importlib.util.find_spec(f"pulumi_aws.{module}._inputs") is not None


def plain(node: ast.expr) -> object:
    """The literal of an expression, with None for what is none."""
    match node:
        case ast.Constant(value):
            return value
        case ast.List(items):
            return [plain(each) for each in items]
        case ast.Dict(keys, values):
            return {key.value: plain(value) for key, value in zip(keys, values, strict=True)}
        case _:
            return None


def test_all_languages_name_the_same() -> None:
    found = snippets.of("waf-stages-have-web-acl")
    comment = "An HTTP or WebSocket API gets the `{}` of the CloudFront distribution in front of it."

    assert found == {
        "python": (
            'aws.wafv2.WebAclAssociation(\n    "shop",\n    resource_arn=stage.arn,\n    web_acl_arn=acl.arn,\n)\n'
            f"# {comment.format('web_acl_id')}"
        ),
        "typescript": (
            'new aws.wafv2.WebAclAssociation("shop", {\n    resourceArn: stage.arn,\n    webAclArn: acl.arn,\n});\n'
            f"// {comment.format('webAclId')}"
        ),
        "yaml": (
            "resources:\n"
            "  webAclAssociation:\n"
            "    type: aws:wafv2:WebAclAssociation\n"
            "    properties:\n"
            "      resourceArn: ${stage.arn}\n"
            "      webAclArn: ${acl.arn}\n"
            f"  # {comment.format('webAclId')}"
        ),
    }


def test_data_keeps_its_keys_and_expressions_follow_the_language() -> None:
    alarm = snippets.of("observability-stages-have-alarms")
    plan = snippets.of("keys-stages-have-usage-plan")
    policy = snippets.of("network-callers-restricted")

    assert 'dimensions={"ApiName": api.name, "Stage": stage.stage_name}' in alarm["python"]
    assert "dimensions: { ApiName: api.name, Stage: stage.stageName }" in alarm["typescript"]
    assert 'api_stages=[{"api_id": api.id, "stage": stage.stage_name}]' in plan["python"]
    assert "policy=json.dumps({" in policy["python"]
    assert '"NotIpAddress": { "aws:SourceIp": ["203.0.113.0/24"] }' in policy["typescript"]
    assert policy["typescript"].startswith("// In an API with a body")


@pytest.mark.parametrize("rule", WRITTEN)
def test_the_program_in_yaml_declares_every_resource(rule: str) -> None:
    written = [each for each in WRITTEN[rule] if isinstance(each, dict)]
    program = yaml.safe_load(snippets.of(rule)["yaml"]) or {"resources": {}}
    declared = [(each["type"].replace(":", "."), set(each["properties"])) for each in program["resources"].values()]

    assert declared == [(class_, set(given)) for part in written for class_, given in part.items()]


def test_json_is_written_by_a_function_in_yaml() -> None:
    program = yaml.safe_load(snippets.of("network-callers-restricted")["yaml"])
    (policy,) = program["resources"].values()

    assert policy["properties"]["policy"]["fn::toJSON"]["Version"] == "2012-10-17"
