"""The region's logging role: adopted unless told otherwise, and never taken away."""

import json

import pytest

from secure_gateway.account import AccountArgs, AccountSpec, GatewayAccount
from secure_gateway.testing import deploy, value
from secure_gateway.validation.problems import ArgsError, Problems
from secure_gateway.validation.reader import Reader

ROLE_ARN = "arn:aws:iam::123456789012:role/region"
MANAGED = "iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


def spec(args) -> AccountSpec:
    problems = Problems()
    parsed = AccountSpec.parse(Reader(args, AccountArgs, "account", problems))
    problems.raise_any("account")
    return parsed


def made(role_arn: str = ROLE_ARN, *, preview: bool = False):
    outputs = {"Role": {"arn": role_arn, "name": "region-1a2b3c"}}
    return deploy(lambda: GatewayAccount("region", {"ensure": True}), outputs=outputs, preview=preview)


def test_makes_role_attachment_and_setting():
    recorded = made()

    assert sorted(each.type for each in recorded.resources) == [
        "aws:apigateway/account:Account",
        "aws:iam/role:Role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "secure-gateway:index:GatewayAccount",
    ]
    role = recorded.one("Role")
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    # Deprecated, and exclusive: it would detach what others attach.
    assert "managedPolicyArns" not in role.inputs
    assert recorded.one("RolePolicyAttachment").inputs == {"role": "region-1a2b3c", "policyArn": f"arn:aws:{MANAGED}"}
    assert recorded.one("Account").inputs == {"cloudwatchRoleArn": ROLE_ARN}


def test_the_setting_waits_for_the_roles_permissions():
    recorded = made()

    account = recorded.one("Account")
    assert account.depends_on(recorded.one("Role"))
    assert account.depends_on(recorded.one("RolePolicyAttachment"))


@pytest.mark.parametrize("type_", ["Role", "RolePolicyAttachment", "Account"])
def test_destroy_leaves_it_in_place(type_):
    assert made().one(type_).retain_on_delete


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_managed_policy_is_that_of_the_roles_partition(partition):
    recorded = made(ROLE_ARN.replace("arn:aws:", f"arn:{partition}:"))

    assert recorded.one("RolePolicyAttachment").inputs["policyArn"] == f"arn:{partition}:{MANAGED}"


def test_the_role_arn_is_an_output():
    assert value(made().result.role_arn) == ROLE_ARN


def test_a_first_preview_registers_the_same():
    assert {each.urn for each in made(preview=True).resources} == {each.urn for each in made().resources}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param({}, "ensure: must be true: otherwise there is nothing to create", id="nothing"),
        pytest.param({"ensure": False}, "ensure: must be true: otherwise there is nothing to create", id="false"),
        pytest.param({"ensure": "yes"}, "ensure: expected true or false, got 'yes'", id="no-boolean"),
        pytest.param({"esnure": True}, "unknown field; did you mean 'ensure'?", id="misspelt"),
    ],
)
def test_the_component_refuses_to_make_nothing(args, message):
    recorded = []

    def program():
        with pytest.raises(ArgsError) as refused:
            GatewayAccount("region", args)
        recorded.append(refused.value)

    assert deploy(program).resources == []
    assert len(recorded[0].problems) == 1
    assert message in str(recorded[0])


def test_the_role_is_adopted_by_default():
    assert spec({}).ensure is False


def test_posture_tells_what_a_missing_role_looks_like():
    (line,) = spec({}).posture()
    assert "(if AWS reports 'CloudWatch Logs role ARN must be set in account settings to enable logging'" in line
    assert line.endswith("account ensure = true)")
    assert spec({"ensure": True}).posture() == ("logging role of the region: created here, retained on destroy",)
