"""The component: pools with their clients, permissions of Lambda authorizers, IAM policies."""

import json
import re

import pulumi
from pulumi_aws import cognito, iam, lambda_

from ...problems import Problems
from ...reader import Reader
from .args import AuthLayerArgs, AuthSpec, LambdaSpec
from .cognito import ClientSpec, CognitoSpec
from .scheme import pool_variable


class Auth(pulumi.ComponentResource):
    """What authorizers need: Cognito pools, resource servers and clients, and leave to invoke functions."""

    user_pool_ids: pulumi.Output[dict[str, str]]
    """Ids of the created user pools, by authorizer."""

    user_pool_client_ids: pulumi.Output[dict[str, str]]
    """Ids of the created app clients, by `authorizer/client`."""

    user_pool_client_secrets: pulumi.Output[dict[str, str]]
    """Secrets of the created machine clients, by `authorizer/client`; secret."""

    invoke_policy_arns: pulumi.Output[dict[str, str]]
    """ARNs of the created IAM policies, by name."""

    def __init__(self, name: str, args: AuthLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, AuthLayerArgs, "", problems)
        spec = AuthSpec.parse(reader)
        reader.leaf("execution_arn")
        problems.raise_any(f"Auth {name!r}")
        super().__init__("secure-gateway:index:Auth", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        execution_arn = pulumi.Output.from_input(args["execution_arn"])

        self.variables: dict[str, pulumi.Input[str]] = {}
        """Stage variables that the document's security schemes refer to."""
        pools: dict[str, pulumi.Output[str]] = {}
        clients: dict[str, cognito.UserPoolClient] = {}
        for key, each in spec.cognito.items():
            for index, arn in enumerate(each.pool_arns):
                if isinstance(arn, pulumi.Output):
                    self.variables[pool_variable(key, index)] = pulumi.Output.all(arn, execution_arn).apply(
                        lambda both: _pool_id(both[0], both[1])
                    )
            if not each.pool_arns:
                pool = _pool(f"{name}-{key}", each, child)
                self.variables[pool_variable(key)] = pool.id
                pools[key] = pool.id
                clients |= {
                    f"{key}/{what}": made for what, made in _clients(f"{name}-{key}", each, pool, child).items()
                }
        for key, function in spec.functions.items():
            _permission(f"{name}-{key}", function, execution_arn, child)
        policies = {
            key: _invoke_policy(f"{name}-{key}", routes, execution_arn, child)
            for key, routes in spec.invoke_policies.items()
        }
        machines = {
            key: each.client_secret
            for key, each in clients.items()
            if spec.cognito[key.split("/")[0]].clients[key.split("/")[1]].machine
        }

        self.user_pool_ids = pulumi.Output.all(**pools) if pools else pulumi.Output.from_input({})
        ids = {key: each.id for key, each in clients.items()}
        self.user_pool_client_ids = pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})
        secrets = pulumi.Output.all(**machines) if machines else pulumi.Output.from_input({})
        self.user_pool_client_secrets = pulumi.Output.secret(secrets)
        arns = {key: each.arn for key, each in policies.items()}
        self.invoke_policy_arns = pulumi.Output.all(**arns) if arns else pulumi.Output.from_input({})
        self.register_outputs({each: getattr(self, each) for each in Auth.__annotations__})


def _pool_id(arn: str, execution_arn: str) -> str:
    """The id of an adopted pool, which the document names in the gateway's own region and account."""
    home, theirs = execution_arn.split(":")[3:5], arn.split(":")[3:5]
    if home != theirs:
        message = f"pool_arns: given {arn!r}; allowed: a pool of {':'.join(home)}, or its ARN as a plain text"
        raise ValueError(message)
    return arn.rsplit("/", 1)[-1]


def _pool(name: str, spec: CognitoSpec, opts: pulumi.ResourceOptions) -> cognito.UserPool:
    pool = cognito.UserPool(
        name,
        username_configuration={"case_sensitive": False},
        admin_create_user_config={"allow_admin_create_user_only": not spec.self_sign_up},
        auto_verified_attributes=["email"],
        account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
        password_policy={
            "minimum_length": spec.password_length,
            "require_lowercase": True,
            "require_uppercase": True,
            "require_numbers": True,
            "require_symbols": True,
            "temporary_password_validity_days": 3,
        },
        mfa_configuration=spec.mfa,
        software_token_mfa_configuration=None if spec.mfa == "OFF" else {"enabled": True},
        deletion_protection="ACTIVE" if spec.deletion_protection else "INACTIVE",
        opts=opts,
    )
    if spec.domain_prefix:
        cognito.UserPoolDomain(name, domain=spec.domain_prefix, user_pool_id=pool.id, opts=opts)
    return pool


def _clients(
    name: str, spec: CognitoSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> dict[str, cognito.UserPoolClient]:
    server = cognito.ResourceServer(
        name,
        identifier=spec.identifier,
        name=spec.identifier,
        user_pool_id=pool.id,
        scopes=[{"scope_name": key, "scope_description": text} for key, text in sorted(spec.scopes.items())],
        opts=opts,
    )
    # A client may only ask for scopes that exist already.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[server]))
    return {key: _client(f"{name}-{key}", each, spec, pool, after) for key, each in spec.clients.items()}


def _client(
    name: str, client: ClientSpec, spec: CognitoSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> cognito.UserPoolClient:
    scopes = [f"{spec.identifier}/{scope}" for scope in client.scopes]
    return cognito.UserPoolClient(
        name,
        user_pool_id=pool.id,
        generate_secret=client.machine,
        allowed_oauth_flows_user_pool_client=True,
        allowed_oauth_flows=["client_credentials"] if client.machine else ["code"],
        allowed_oauth_scopes=scopes if client.machine else ["openid", "email", *scopes],
        supported_identity_providers=None if client.machine else ["COGNITO"],
        callback_urls=list(client.callback_urls) or None,
        logout_urls=list(client.logout_urls) or None,
        explicit_auth_flows=[] if client.machine else ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=True,
        access_token_validity=client.access_token_minutes,
        id_token_validity=client.access_token_minutes,
        refresh_token_validity=client.refresh_token_days,
        token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
        opts=opts,
    )


def _permission(
    name: str, spec: LambdaSpec, execution_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> lambda_.Permission:
    """Let this API's authorizers, and nothing else, invoke the function."""
    function = pulumi.Output.from_input(spec.function)
    if spec.function_name:
        function = function.apply(lambda given: _named(given, spec.function_name))
    return lambda_.Permission(
        name,
        action="lambda:InvokeFunction",
        function=function if isinstance(spec.function, pulumi.Output) else spec.function,
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(execution_arn, "/authorizers/*"),
        opts=opts,
    )


def _named(function: str, name: str) -> str:
    """Refuse a name in the document that is not the function's."""
    if function.rsplit(":function:", maxsplit=1)[-1].split(":", maxsplit=1)[0] != name.split(":", maxsplit=1)[0]:
        message = f"function_name: given {name!r}; allowed: the name of the function, {function!r}"
        raise ValueError(message)
    return function


def _invoke_policy(
    name: str, routes: tuple[str, ...], execution_arn: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> iam.Policy:
    resources = [resource(key) for key in sorted(routes)]

    def document(arn: str) -> str:
        statement = {
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Resource": [f"{arn}/*/{each}" for each in resources],
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)

    return iam.Policy(name, policy=execution_arn.apply(document), opts=opts)


def resource(route_key: str) -> str:
    """A route as IAM names it below a stage: `GET/orders/*`."""
    method, path = route_key.split(" ", 1)
    return f"{'*' if method == 'ANY' else method}{re.sub(r'{[^}]+}', '*', path)}"
