"""Reads who may invoke the functions behind a gateway without the gateway: permissions and function URLs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    DISTRIBUTION,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    HTTP_API,
    HTTP_AUTHORIZER,
    HTTP_INTEGRATION,
    HTTP_STAGE,
    REST_API,
    REST_API_BODY,
    REST_AUTHORIZER,
    REST_DEPLOYMENT,
    REST_INTEGRATION,
    REST_STAGE,
)
from ..graph.values import UNKNOWN, is_object, text
from ..model.fact import Fact, every, negate, some
from ..model.network import FunctionUrl, Permission
from .cloudfront import authenticates_viewers
from .functions import Function, FunctionReferences, Reference, chosen_by_stage, reference

_GATEWAY: Final = "apigateway.amazonaws.com"
_APIS: Final = (
    *(REST_API, REST_STAGE, REST_DEPLOYMENT, REST_AUTHORIZER),
    *(HTTP_API, HTTP_STAGE),
)
_FUNCTION_INPUTS: Final = {
    REST_INTEGRATION: ("uri",),
    REST_AUTHORIZER: ("authorizerUri",),
    REST_API: ("body",),
    REST_API_BODY: ("body",),
    HTTP_INTEGRATION: ("integrationUri",),
    HTTP_AUTHORIZER: ("authorizerUri",),
    HTTP_API: ("body", "target"),
}
"""The inputs by which resources of API Gateway name functions."""
_STAGE_VARIABLES: Final = {REST_STAGE: "variables", REST_DEPLOYMENT: "variables", HTTP_STAGE: "stageVariables"}
_INVOKES: Final = frozenset({"lambda:invokefunction", "lambda:invokefunctionurl", "lambda:invokeasync"})
"""In lower case: IAM compares the names of actions without case."""
_ARN_PARTS: Final = 6
_CLOUDFRONT: Final = "cloudfront.amazonaws.com"
_PUBLIC: Final = "lets everyone invoke a function that is behind a gateway"
_PUBLIC_SERVICE: Final = (
    "lets an AWS service invoke a function that is behind a gateway, on behalf of every AWS account: its source names "
    "neither an account nor a resource"
)


class FunctionAccess:
    """The permissions and URLs of the functions of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Find the functions that a gateway calls, once."""
        self._graph = graph
        self._references = FunctionReferences(graph)
        self._behind: set[Function] = set()
        self._external: dict[str, list[Reference]] = defaultdict(list)
        self._unknown_function_called = False
        """Whether a gateway may call a function that cannot be resolved."""
        self._read_callers()
        self._read_permissions()
        for each in self._behind:
            if isinstance(each, Reference):
                self._external[each.name].append(each)

    def _read_callers(self) -> None:
        by_stage = False
        for type_, names in _FUNCTION_INPUTS.items():
            for caller in self._graph.of_type(type_):
                for name in names:
                    found, complete = self._references.called(caller, name)
                    self._behind |= found
                    self._unknown_function_called |= not complete
                    by_stage = by_stage or chosen_by_stage(caller.inputs.get(name))
        chosen = [
            each
            for type_, name in _STAGE_VARIABLES.items()
            for stage in self._graph.of_type(type_)
            for each in self._of_variables(stage, name)
        ]
        if by_stage:
            self._behind.update(each for each in chosen if each is not None)
            self._unknown_function_called |= not chosen or None in chosen

    def _of_variables(self, stage: Resource, name: str) -> Iterator[Function | None]:
        """The functions that stage variables may name; None for a variable that cannot be resolved."""
        variables = stage.inputs.get(name)
        found, complete = self._references.called(stage, name)
        yield from found
        if not complete:
            yield None
        for value in variables.values() if is_object(variables) else ():
            known = reference(text(value))
            if known is not None:
                yield self._references.resolved(known)

    def _read_permissions(self) -> None:
        for permission in self._graph.of_type(FUNCTION_PERMISSION):
            if _is_gateway(permission.inputs.get("principal")):
                function = self._references.named(permission, "function")
                self._unknown_function_called |= function is None
                self._behind |= set() if function is None else {function}

    def _is_behind(self, resource: Resource, name: str) -> Fact:
        """Whether a gateway calls the function that an input names."""
        function = self._references.named(resource, name)
        if function is None:
            return Fact.of(None if self._behind or self._unknown_function_called else False)
        if self._called_by_gateway(function):
            return Fact.YES
        return Fact.of(None if self._unknown_function_called else False)

    @property
    def behind(self) -> Iterable[str]:
        """The URNs of the functions of the graph that a gateway calls."""
        return [each for each in self._behind if isinstance(each, str)]

    def calls_function_behind_gateway(self, caller: Resource, name: str = "") -> bool:
        """Whether an input of another resource, or any of its inputs, names a function that a gateway calls."""
        names = [name] if name else list(caller.inputs)
        return any(
            self._called_by_gateway(each) for input_ in names for each in self._references.called(caller, input_)[0]
        )

    def names_function_behind_gateway(self, caller: Resource, name: str) -> bool:
        """Whether an input names a function that a gateway calls, in any of the forms that AWS accepts."""
        function = self._references.named(caller, name)
        return function is not None and self._called_by_gateway(function)

    def _called_by_gateway(self, function: Function) -> bool:
        if function in self._behind:
            return True
        external = self._external.get(function.name, ()) if isinstance(function, Reference) else ()
        return isinstance(function, Reference) and any(map(function.may_be, external))

    def permissions(self) -> tuple[Permission, ...]:
        """The permissions of functions behind a gateway, and those that let in API Gateway."""
        return tuple(
            self._permission(each, behind)
            for each in self._graph.of_type(FUNCTION_PERMISSION)
            for behind in [self._is_behind(each, "function")]
            if self._concerns(each, behind)
        )

    def _concerns(self, permission: Resource, behind: Fact) -> bool:
        """Whether a permission lets in API Gateway, or is of a function behind a gateway."""
        principal = permission.inputs.get("principal")
        if behind.is_yes or _is_gateway(principal) or (principal is UNKNOWN and self._for_api(permission)):
            return True
        # Of a function that may be behind a gateway, only what lets in everyone is of interest.
        return behind.is_unknown and self._not_public(permission).is_no

    def _for_api(self, permission: Resource) -> bool:
        """Whether a permission's source is an API."""
        source = permission.inputs.get("sourceArn")
        return ":execute-api:" in text(source) or bool(self._graph.dependencies(permission, "sourceArn", *_APIS))

    def _permission(self, permission: Resource, behind: Fact) -> Permission:
        action = permission.inputs.get("action")
        not_public = self._not_public(permission)
        may_be_behind = some(not_public, negate(behind)) if behind.is_unknown else not_public
        return Permission(
            urn=permission.urn,
            label=f"permission {permission.name}",
            # Statements of one policy have its URN.
            subject="" if permission.urn.endswith(f"::{permission.name}") else permission.name,
            not_public=may_be_behind.because(
                unknown="whether a gateway calls the function that it lets everyone invoke is unknown"
            )
            if behind.is_unknown
            else may_be_behind,
            names_api=self._api_named(permission, public=not_public.is_no),
            invoke_only=Fact.of(None if action is UNKNOWN else action is None or text(action).lower() in _INVOKES),
        )

    def _not_public(self, permission: Resource) -> Fact:
        """Whether a permission names who may invoke the function; `lambda_permissions_name_api` covers API Gateway."""
        given = permission.inputs
        principal = given.get("principal")
        if principal is UNKNOWN:
            return Fact.UNKNOWN
        everyone, service = principal == "*", "." in text(principal) and not text(principal).startswith("arn:")
        of_api = ":execute-api:" in text(given.get("sourceArn"))
        if _is_gateway(principal) or (everyone and of_api) or not (everyone or service):
            return Fact.YES
        if any(_given(given.get(name)) for name in ("principalOrgId", "eventSourceToken")):
            return Fact.YES
        no = _PUBLIC if everyone and not _given(given.get("sourceArn")) else _PUBLIC_SERVICE
        narrowed = self._narrowed(permission).because(
            no=no, unknown="which source it lets in is known only after deployment"
        )
        return every(narrowed, self._asks_viewers(permission)) if principal == _CLOUDFRONT else narrowed

    def _asks_viewers(self, permission: Resource) -> Fact:
        """Whether the distribution that a permission lets in serves only viewers that prove themselves.

        CloudFront signs the requests of all viewers for a function URL (origin access control).
        """
        found = self._graph.target(permission, "sourceArn", DISTRIBUTION)
        if not isinstance(found, Resource):
            return Fact.unknown(
                "whether its distribution, which invokes a function that is behind a gateway, asks viewers for "
                "credentials is not known here"
            )
        return Fact(authenticates_viewers(found).value).because(
            no=f"lets distribution {found.name} invoke a function that is behind a gateway for all of its viewers",
            unknown=f"whether distribution {found.name}, which invokes a function that is behind a gateway, asks its "
            "viewers for credentials cannot be evaluated",
        )

    def _narrowed(self, permission: Resource) -> Fact:
        """Whether the source of a permission is one account, or a resource whose name no one else can choose."""
        account, arn = permission.inputs.get("sourceAccount"), permission.inputs.get("sourceArn")
        if _given(account):
            return Fact.of(account is UNKNOWN or not _wild(text(account)))
        if arn is UNKNOWN:
            # An unknown ARN that is computed from other resources is that of one of them.
            return Fact.of(True if permission.property_dependencies.get("sourceArn") else None)
        if not _given(arn):
            return Fact.NO
        parts = text(arn).split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS:
            return Fact.of(not _wild(text(arn)))
        # The ARN of a bucket names no account, so the bucket itself must be named.
        return Fact.of(not _wild(parts[4]) or (not parts[4] and not _wild(parts[5].partition("/")[0])))

    def _api_named(self, permission: Resource, *, public: bool) -> Fact:
        """Whether the permission names an API or account, if it lets in API Gateway or may do so."""
        principal = permission.inputs.get("principal")
        if public or _given(permission.inputs.get("principalOrgId")):
            return Fact.YES
        if principal is UNKNOWN:
            return some(self._source_named(permission), Fact.UNKNOWN)
        return self._source_named(permission) if _is_gateway(principal) or principal == "*" else Fact.YES

    def _source_named(self, permission: Resource) -> Fact:
        """Whether its source is one API, or at least one account."""
        account, arn = permission.inputs.get("sourceAccount"), permission.inputs.get("sourceArn")
        if arn is UNKNOWN:
            # An unknown ARN that was computed from an API names that API.
            return Fact.YES if self._graph.dependencies(permission, "sourceArn", *_APIS) else Fact.UNKNOWN
        if not _given(arn):
            return Fact.of(_given(account))
        parts = text(arn).split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS:
            return Fact.NO
        if parts[2] != "execute-api" and not _wild(parts[2]):
            return Fact.YES  # no call of API Gateway matches it
        api = parts[-1].partition("/")[0]
        return every(Fact.of(not _wild(api)), Fact.of(not _wild(parts[4]) or _given(account)))

    def urls(self) -> tuple[FunctionUrl, ...]:
        """The URLs of functions that are, or may be, behind a gateway."""
        return tuple(url for url in map(self._url, self._graph.of_type(FUNCTION_URL)) if not url.behind_gateway.is_no)

    def _url(self, url: Resource) -> FunctionUrl:
        authorization = url.inputs.get("authorizationType")
        return FunctionUrl(
            urn=url.urn,
            label=f"function URL {url.name}",
            requires_iam=Fact.UNKNOWN if authorization is UNKNOWN else Fact.of(authorization == "AWS_IAM"),
            behind_gateway=self._is_behind(url, "functionName"),
        )


def _is_gateway(principal: Any) -> bool:
    """Whether a principal is API Gateway, whose name ends in `.cn` in China."""
    return text(principal).lower().startswith(_GATEWAY)


def _given(value: Any) -> bool:
    return value is UNKNOWN or bool(text(value))


def _wild(value: str) -> bool:
    return not value or "*" in value or "?" in value
