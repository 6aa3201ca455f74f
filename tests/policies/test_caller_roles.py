"""Auth: who gets the credentials of roles that may call routes with IAM authorization."""

import json
from dataclasses import replace

import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, findings, made, method, policy, policy_document, statuses
from http_graphs import http_api
from native_graphs import native

from policypack.graph.values import UNKNOWN

ID = "auth-caller-roles-restricted"
ROLE_ARN = "arn:aws:iam::123456789012:role/caller"
API_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id"
GITHUB = "token.actions.githubusercontent.com"
POOL = made("cognito/identityPool:IdentityPool", "pool", id_="pool-1", allowUnauthenticatedIdentities=True)
SIGNED_IN = made("cognito/identityPool:IdentityPool", "pool", id_="pool-1", allowUnauthenticatedIdentities=False)


def provider(host):
    return {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}


def trust(principal, action="sts:AssumeRole", **conditions):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return policy(statement | ({"Condition": conditions} if conditions else {}))


def web(host=GITHUB, **claims):
    """Trust in an OpenID Connect provider; a claim is `operator__claim`."""
    conditions = {}
    for name, value in claims.items():
        operator, _, claim = name.partition("__")
        conditions.setdefault(operator, {})[f"{host}:{claim}"] = value
    return trust(provider(host), "sts:AssumeRoleWithWebIdentity", **conditions)


def guests(kind="unauthenticated", pool="pool-1"):
    conditions = {} if pool is None else {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}
    if kind:
        conditions["ForAnyValue:StringLike"] = {"cognito-identity.amazonaws.com:amr": kind}
    return trust({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity", **conditions)


def calls(resource=f"{API_ARN}/*", action="execute-api:Invoke", effect="Allow"):
    return policy({"Effect": effect, "Action": action, "Resource": resource})


def role(document, **inputs):
    return made(
        "iam/role:Role", "caller", id_="caller", arn=ROLE_ARN, name="caller", assumeRolePolicy=document, **inputs
    )


def role_policy(document):
    return made("iam/rolePolicy:RolePolicy", "calls", role="caller", policy=document)


def gateway(*more, how="AWS_IAM", **parts):
    called = replace(api(), outputs={"executionArn": API_ARN})
    return changed(*more, **{"api": called, "method": method(authorization=how), **parts})


TRUST = {
    "everyone": (trust("*"), VIOLATION),
    "every AWS account": (trust({"AWS": "*"}), VIOLATION),
    "all but one": (policy({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE_ARN}, "Action": "sts:*"}), VIOLATION),
    "an organization": (trust("*", StringEquals={"aws:PrincipalOrgID": "o-1"}), None),
    "every organization": (trust("*", StringLike={"aws:PrincipalOrgID": "*"}), VIOLATION),
    "roles of one account": (trust("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}), None),
    "roles of a name": (trust("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/partner"}), UNDECIDED),
    "an external id": (trust({"AWS": "*"}, StringEquals={"sts:ExternalId": "x"}), UNDECIDED),
    "all other accounts": (trust("*", StringNotEquals={"aws:PrincipalAccount": "999999999999"}), UNDECIDED),
    "an account": (trust({"AWS": "arn:aws:iam::999999999999:root"}), None),
    "a service": (trust({"Service": "lambda.amazonaws.com"}), None),
    "SAML": (trust({"Federated": "arn:aws:iam::123456789012:saml-provider/x"}, "sts:AssumeRoleWithSAML"), None),
    "another action": (trust("*", "sts:TagSession"), None),
    "unknown": (UNKNOWN, UNDECIDED),
    "an unknown principal": (
        policy_document({"Effect": "Allow", "Principal": UNKNOWN, "Action": "sts:AssumeRole"}),
        UNDECIDED,
    ),
    "every repository": (web(StringEquals__aud="sts.amazonaws.com"), VIOLATION),
    "every repository, without an audience": (web(), VIOLATION),
    "every subject": (web(StringLike__sub="*"), VIOLATION),
    "every owner": (web(StringLike__sub="repo:*/shop:ref:refs/heads/main"), VIOLATION),
    "owners that begin alike": (web(StringLike__sub="repo:acme*"), VIOLATION),
    "one of two is every owner": (web(StringLike__sub=["repo:acme/shop:*", "repo:*"]), VIOLATION),
    "a repository": (web(StringLike__sub="repo:acme/shop:*"), None),
    "an owner": (web(StringLike__sub="repo:acme/*"), None),
    "a branch": (web(StringEquals__sub="repo:acme/shop:ref:refs/heads/main"), None),
    "another subject": (web(StringNotEquals__sub="repo:acme/shop:*"), VIOLATION),
    "another claim": (web(StringEquals__repository_owner="acme"), UNDECIDED),
    "an unknown subject": (
        policy_document(
            {
                "Effect": "Allow",
                "Principal": provider(GITHUB),
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{GITHUB}:sub": UNKNOWN}},
            }
        ),
        UNDECIDED,
    ),
    "every group of GitLab": (web("gitlab.com", StringEquals__aud="https://gitlab.com"), VIOLATION),
    "a group of GitLab": (web("gitlab.com", StringLike__sub="project_path:acme/*:ref_type:branch:ref:main"), None),
    "every workspace": (web("app.terraform.io", StringLike__sub="organization:*:workspace:*"), VIOLATION),
    "a workspace": (web("app.terraform.io", StringLike__sub="organization:acme:project:*"), None),
    "every service account of a cluster": (web("oidc.eks.eu-west-1.amazonaws.com/id/AB"), UNDECIDED),
    "an audience of an issuer of its own": (web("login.acme.com", StringEquals__aud="shop"), None),
    "guests": (guests(), VIOLATION),
    "guests and users": (guests(kind=""), VIOLATION),
    "users": (guests("authenticated"), None),
    "every pool": (guests(pool=None), VIOLATION),
    "guests of another stack's pool": (guests(pool="pool-2"), UNDECIDED),
}


@pytest.mark.parametrize(("document", "expected"), TRUST.values(), ids=TRUST)
def test_who_gets_the_credentials_of_a_role_that_calls(document, expected):
    resources = gateway(role(document), role_policy(calls()), POOL)

    found = [status for status, message in findings(ID, resources) if not message.startswith("identity pool")]

    assert found == ([expected] if expected else [])


def test_a_pool_without_guests_is_closed():
    assert statuses(ID, gateway(role(guests()), role_policy(calls()), SIGNED_IN)) == []


OPEN = role(trust("*"))
ATTACHED = made(
    "iam/rolePolicyAttachment:RolePolicyAttachment",
    "calls",
    role="caller",
    policyArn="arn:aws:iam::123456789012:policy/p",
)
AWS = "arn:aws:iam::aws:policy/"


def attached(arn):
    return made("iam/rolePolicyAttachment:RolePolicyAttachment", "calls", role="caller", policyArn=arn)


CALLS = {
    "its policy": ([OPEN, role_policy(calls())], VIOLATION),
    "every action": ([OPEN, role_policy(calls("*", "*"))], VIOLATION),
    "one method": ([OPEN, role_policy(calls(f"{API_ARN}/live/GET/orders"))], VIOLATION),
    "every API": ([OPEN, role_policy(calls("arn:aws:execute-api:*:*:*"))], VIOLATION),
    "every action but one": (
        [OPEN, role_policy(policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}))],
        VIOLATION,
    ),
    "an inline policy": ([role(trust("*"), inlinePolicies=[{"name": "p", "policy": calls()}])], VIOLATION),
    "a managed policy": (
        [OPEN, ATTACHED, made("iam/policy:Policy", "p", arn="arn:aws:iam::123456789012:policy/p", policy=calls())],
        VIOLATION,
    ),
    "a policy of AWS": ([OPEN, attached(f"{AWS}AmazonAPIGatewayInvokeFullAccess")], VIOLATION),
    "an administrator": ([role(trust("*"), managedPolicyArns=[f"{AWS}AdministratorAccess"])], VIOLATION),
    "attached to several": (
        [OPEN, made("iam/policyAttachment:PolicyAttachment", "a", roles=["caller"], policyArn=f"{AWS}PowerUserAccess")],
        VIOLATION,
    ),
    "the policy of the API": (
        [
            OPEN,
            made(
                "apigateway/restApiPolicy:RestApiPolicy",
                "p",
                restApiId="shop-id",
                policy=policy(
                    {"Effect": "Allow", "Principal": {"AWS": ROLE_ARN}, "Action": "execute-api:Invoke", "Resource": "*"}
                ),
            ),
        ],
        VIOLATION,
    ),
    "a policy of another stack": ([OPEN, ATTACHED], UNDECIDED),
    "unknown": ([OPEN, role_policy(UNKNOWN)], UNDECIDED),
    "another API": ([OPEN, role_policy(calls("arn:aws:execute-api:eu-west-1:123456789012:other/*"))], None),
    "another service": ([OPEN, role_policy(calls("*", "s3:*"))], None),
    "connections only": ([OPEN, role_policy(calls(action="execute-api:ManageConnections"))], None),
    "a Deny": ([OPEN, role_policy(calls(effect="Deny"))], None),
    "nothing": ([OPEN], None),
    "a harmless policy of AWS": ([OPEN, attached(f"{AWS}ReadOnlyAccess")], None),
}


@pytest.mark.parametrize(("resources", "expected"), CALLS.values(), ids=CALLS)
def test_which_roles_call(resources, expected):
    assert statuses(ID, gateway(*resources)) == ([expected] if expected else [])


def test_roles_do_not_matter_where_no_route_has_iam():
    assert statuses(ID, gateway(OPEN, role_policy(calls()), how="CUSTOM")) == []


def roles_of(pool_id, arn):
    return made(
        "cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment",
        "roles",
        identityPoolId=pool_id,
        roles={"unauthenticated": arn},
    )


def test_a_role_for_guests_of_another_stack_is_undecided():
    assert statuses(ID, gateway(POOL, roles_of("pool-1", ROLE_ARN))) == [UNDECIDED]
    assert statuses(ID, gateway(POOL)) == [UNDECIDED]
    assert statuses(ID, gateway(SIGNED_IN, roles_of("pool-1", ROLE_ARN))) == []


@pytest.mark.parametrize("principal", [{"AWS": "*"}, "*"])
def test_roles_of_a_template(principal):
    document = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    allowed = {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}
    role = {"AssumeRolePolicyDocument": document}
    inline = {**role, "Policies": [{"PolicyName": "p", "PolicyDocument": allowed}]}
    separate = {"PolicyName": "p", "Roles": [{"Ref": "Caller"}], "PolicyDocument": allowed}

    def found(**declared):
        parts = {"Caller": {"Type": "AWS::IAM::Role", "Properties": declared.pop("role")}}
        parts |= {name: {"Type": f"AWS::IAM::{name}", "Properties": each} for name, each in declared.items()}
        stack = made("cloudformation/stack:Stack", "s", name="s", templateBody=json.dumps({"Resources": parts}))
        return statuses(ID, gateway(stack))

    assert found(role=inline) == [VIOLATION]
    assert found(role=role, Policy=separate) == [VIOLATION]
    assert found(role=role, ManagedPolicy=separate) == [VIOLATION]
    assert found(role=role) == []


def test_roles_of_aws_native():
    document = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    allowed = {"Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}
    inline = native(
        "iam:Role",
        "caller",
        assumeRolePolicyDocument=document,
        policies=[{"policyName": "p", "policyDocument": allowed}],
    )
    plain = native("iam:Role", "caller", id_="caller", roleName="caller", assumeRolePolicyDocument=document)
    separate = native("iam:RolePolicy", "p", roleName="caller", policyDocument=allowed)
    managed = native("iam:ManagedPolicy", "p", roles=["caller"], policyDocument=allowed)

    assert statuses(ID, gateway(inline)) == [VIOLATION]
    assert statuses(ID, gateway(plain, separate)) == [VIOLATION]
    assert statuses(ID, gateway(plain, managed)) == [VIOLATION]
    assert statuses(ID, gateway(plain)) == []


@pytest.mark.parametrize(
    ("action", "kind", "expected"),
    [
        ("execute-api:ManageConnections", "WEBSOCKET", [VIOLATION]),
        ("execute-api:*", "WEBSOCKET", [VIOLATION]),
        ("execute-api:Invoke", "WEBSOCKET", []),
        ("execute-api:ManageConnections", "HTTP", []),
    ],
)
def test_not_everyone_manages_connections(action, kind, expected):
    # AWS authorizes @connections by IAM, whatever authorizes $connect.
    called = replace(http_api(kind), outputs={"executionArn": API_ARN})
    resources = [called, role(trust("*")), role_policy(calls(action=action))]
    assert statuses(ID, resources) == expected
