"""The component: pools with their clients, permissions of Lambda authorizers, IAM policies."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

import pulumi
from pulumi_aws import iam, lambda_

from ...authorizer_responses import resources
from ...validation.claims import claim
from ...validation.json_values import is_list, is_object
from ...validation.names import check_names
from ...validation.problems import Problems, join, spell, suggest
from ...validation.reader import Reader
from .args import AuthLayerArgs, AuthSpec, LambdaSpec
from .function import authorizer_function
from .pools import Pool
from .scheme import pool_variable

BuiltinRoutes = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By built-in authorizer, its routes (`METHOD /path`), each with its scopes."""


class Auth(pulumi.ComponentResource):
    """What authorizers need: Cognito pools, resource servers and clients, and permissions to invoke functions."""

    user_pool_ids: pulumi.Output[dict[str, str]]
    """Ids of the created user pools, by authorizer."""

    user_pool_arns: pulumi.Output[dict[str, str]]
    """ARNs of the created user pools, by authorizer."""

    user_pool_client_ids: pulumi.Output[dict[str, str]]
    """Ids of the created app clients, by `authorizer/client`."""

    user_pool_client_secrets: pulumi.Output[dict[str, str]]
    """Secrets of the created clients that have one, by `authorizer/client`; secret."""

    sign_in_urls: pulumi.Output[dict[str, str]]
    """Where the created pools' hosted endpoints are, by authorizer: users sign in at `/oauth2/authorize`, and clients
    obtain tokens at `/oauth2/token`."""

    sign_in_targets: pulumi.Output[dict[str, str]]
    """The AWS names that sign-in domains of your own must point to, by authorizer."""

    invoke_policy_arns: pulumi.Output[dict[str, str]]
    """ARNs of the created IAM policies, by name."""

    invoke_policy_documents: pulumi.Output[dict[str, str]]
    """The same policies as JSON, by name: for roles of another account, where an ARN of this one cannot be attached."""

    def __init__(self, name: str, args: AuthLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, AuthLayerArgs, "", problems)
        spec = AuthSpec.parse(reader, name)
        routes = _builtin_routes(reader, spec)
        reader.leaf("execution_arn")
        stages = reader.strings("stage_names")
        if spec.invoke_policies and not stages:
            reader.add("stage_names", f"required with `{spell('invoke_policies')}`")
        claim(f"Auth {name!r}", spec.claims(""), opts, problems)
        check_names(name, spec.names(name), problems)
        problems.raise_any(f"Auth {name!r}")
        self._create(name, spec, pulumi.Output.from_input(args["execution_arn"]), stages, routes, opts)

    @classmethod
    def from_spec(
        cls,
        name: str,
        spec: AuthSpec,
        execution_arn: pulumi.Output[str],
        stage_names: Collection[str],
        builtin_routes: BuiltinRoutes,
        opts: pulumi.ResourceOptions,
    ) -> "Auth":
        """Create the layer from args that are parsed already."""
        self = cls.__new__(cls)
        self._create(name, spec, execution_arn, stage_names, builtin_routes, opts)
        return self

    def _create(
        self,
        name: str,
        spec: AuthSpec,
        execution_arn: pulumi.Output[str],
        stages: Collection[str],
        routes: BuiltinRoutes,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__("secure-gateway:index:Auth", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.variables: dict[str, pulumi.Input[str]] = {}
        """Stage variables that the document's security schemes refer to."""
        pools: dict[str, Pool] = {}
        for key, each in spec.cognito.items():
            for index, arn in enumerate(each.pool_arns):
                if isinstance(arn, pulumi.Output):
                    self.variables[pool_variable(key, index)] = pulumi.Output.all(arn, execution_arn).apply(
                        lambda both: _pool_id(both[0], both[1])
                    )
            if not each.pool_arns:
                pools[key] = Pool(f"{name}-{key}", each, child)
                self.variables[pool_variable(key)] = pools[key].pool.id
        made = {
            key: authorizer_function(f"{name}-{key}", each, routes[key], execution_arn, child).arn
            for key, each in spec.builtins.items()
        }
        for key, function in spec.functions.items():
            called = replace(function, function=made[key]) if key in made else function
            _permission(f"{name}-{key}", called, execution_arn, child)
        documents = {
            key: execution_arn.apply(lambda arn, routes=routes: _invoke_document(arn, stages, routes))
            for key, routes in spec.invoke_policies.items()
        }
        policies = {key: iam.Policy(f"{name}-{key}", policy=text, opts=child).arn for key, text in documents.items()}
        clients = {f"{key}/{what}": made for key, pool in pools.items() for what, made in pool.clients.items()}
        secrets = {
            f"{key}/{what}": pools[key].clients[what].client_secret
            for key in pools
            for what, client in spec.cognito[key].clients.items()
            if client.secret
        }

        self.user_pool_ids = _all({key: each.pool.id for key, each in pools.items()})
        self.user_pool_arns = _all({key: each.pool.arn for key, each in pools.items()})
        self.user_pool_client_ids = _all({key: each.id for key, each in clients.items()})
        self.user_pool_client_secrets = pulumi.Output.secret(_all(secrets))
        self.sign_in_urls = _all({key: each.url for key, each in pools.items() if each.url})
        self.sign_in_targets = _all({key: each.target for key, each in pools.items() if each.target})
        self.invoke_policy_arns = _all(policies)
        self.invoke_policy_documents = _all(documents)
        self.register_outputs({each: getattr(self, each) for each in Auth.__annotations__})


def _builtin_routes(reader: Reader, spec: AuthSpec) -> dict[str, dict[str, tuple[str, ...]]]:
    """The routes of the built-in authorizers, each with its scopes; a built-in authorizer denies all others."""
    given, path = reader.free("builtin_routes"), reader.at("builtin_routes")
    read: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, each in spec.builtins.items():
        routes = given.get(name) if is_object(given) else None
        if not is_object(routes) or not routes or not all(is_list(scopes) for scopes in routes.values()):
            expected = "a map from the routes of this authorizer to lists of scopes"
            reader.problems.mismatch(join(path, name), expected, routes)
            continue
        read[name] = {key: tuple(map(str, scopes)) for key, scopes in routes.items()}
        each.check(read[name], reader.problems)
    for name in given if is_object(given) else ():
        if name not in spec.builtins:
            predicate = f"is not a built-in authorizer{suggest(name, spec.builtins)}"
            reader.problems.reject(join(path, name), name, predicate)
    return read


def _pool_id(arn: str, execution_arn: str) -> str:
    """The id of an adopted pool, which the document names in the gateway's own region and account."""
    home, theirs = execution_arn.split(":")[3:5], arn.split(":")[3:5]
    if home != theirs:
        message = f"pool_arns: {arn!r} is not a pool of {':'.join(home)}: give its ARN as a plain string"
        raise ValueError(message)
    return arn.rsplit("/", 1)[-1]


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
        message = f"function_name: {name!r} is not the name of the function {function!r}"
        raise ValueError(message)
    return function


def _invoke_document(execution_arn: str, stages: Collection[str], routes: Collection[str]) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [
            f"{execution_arn}/{stage}/{each}"
            for stage in sorted(stages)
            for key in sorted(routes)
            for each in resources(key)
        ],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _all(outputs: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**outputs) if outputs else pulumi.Output.from_input({})
