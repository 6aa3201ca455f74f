"""Reads who may invoke the functions behind a gateway without the gateway: permissions and function URLs."""

from collections.abc import Iterator
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    FUNCTION,
    FUNCTION_ALIAS,
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
from ..graph.values import UNKNOWN, text
from ..model.fact import Fact, every, some
from ..model.network import FunctionUrl, Permission

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
    REST_STAGE: ("variables",),
    HTTP_INTEGRATION: ("integrationUri",),
    HTTP_AUTHORIZER: ("authorizerUri",),
    HTTP_API: ("body", "target"),
}
"""The inputs by which resources of API Gateway name functions."""
_INVOKES: Final = frozenset({"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:InvokeAsync"})
_ARN_PARTS: Final = 6


class FunctionAccess:
    """The permissions and URLs of the functions of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Find the functions that a gateway calls, once."""
        self._graph = graph
        self._behind = {each.urn for each in self._called_by_gateways()}
        self._unknown_function_called = any(
            each.inputs.get("principal") == _GATEWAY and self._function(each, "function") is UNKNOWN
            for each in graph.of_type(FUNCTION_PERMISSION)
        )

    def _called_by_gateways(self) -> Iterator[Resource]:
        for permission in self._graph.of_type(FUNCTION_PERMISSION):
            if permission.inputs.get("principal") == _GATEWAY:
                function = self._function(permission, "function")
                if isinstance(function, Resource):
                    yield function
        for type_, names in _FUNCTION_INPUTS.items():
            for caller in self._graph.of_type(type_):
                for name in names:
                    yield from self._graph.dependencies(caller, name, FUNCTION)
                    yield from self._behind_aliases(caller, name)
                    yield from self._named(caller.inputs.get(name))

    def _named(self, uri: Any) -> list[Resource]:
        """The function in the URI of an integration, `...:lambda:path/2015-03-31/functions/ARN/invocations`."""
        arn = text(uri).partition("/functions/")[2].removesuffix("/invocations") or text(uri)
        if arn.count(":") >= _ARN_PARTS and ":function:" in arn:
            name = arn.split(":function:")[1].split(":")[0]
            return self._graph.named(arn, FUNCTION) or self._graph.named(name, FUNCTION)
        return []

    def _function(self, resource: Resource, name: str) -> Any:
        found = self._graph.target(resource, name, FUNCTION)
        if isinstance(found, Resource):
            return found
        written = text(resource.inputs.get(name))
        if ":function:" in written:
            named = self._named(f"{written}")
            return named[0] if named else found
        return next(self._behind_aliases(resource, name), found)

    def _behind_aliases(self, resource: Resource, name: str) -> Iterator[Resource]:
        for alias in self._graph.dependencies(resource, name, FUNCTION_ALIAS):
            function = self._function(alias, "functionName")
            if isinstance(function, Resource):
                yield function

    def permissions(self) -> tuple[Permission, ...]:
        """The permissions of functions behind a gateway, and those that let in API Gateway."""
        return tuple(
            self._permission(each) for each in self._graph.of_type(FUNCTION_PERMISSION) if self._concerns(each)
        )

    def _concerns(self, permission: Resource) -> bool:
        function = self._function(permission, "function")
        behind = isinstance(function, Resource) and function.urn in self._behind
        principal = permission.inputs.get("principal")
        return behind or principal == _GATEWAY or (principal is UNKNOWN and self._for_api(permission))

    def _for_api(self, permission: Resource) -> bool:
        """Whether a permission's source is an API."""
        source = permission.inputs.get("sourceArn")
        return ":execute-api:" in text(source) or bool(self._graph.dependencies(permission, "sourceArn", *_APIS))

    def _permission(self, permission: Resource) -> Permission:
        given = permission.inputs
        principal, action = given.get("principal"), given.get("action")
        narrowed_by = [given.get(name) for name in ("principalOrgId", "sourceAccount", "sourceArn")]
        public = principal == "*" and all(each is None for each in narrowed_by)
        return Permission(
            urn=permission.urn,
            label=f"permission {permission.name}",
            # Statements of one policy have its URN.
            subject="" if permission.urn.endswith(f"::{permission.name}") else permission.name,
            not_public=Fact.UNKNOWN if principal is UNKNOWN else Fact.of(not public),
            names_api=self._api_named(permission, public=public),
            invoke_only=Fact.UNKNOWN if action is UNKNOWN else Fact.of(action is None or text(action) in _INVOKES),
        )

    def _api_named(self, permission: Resource, *, public: bool) -> Fact:
        """Whether the permission names an API or account, if it lets in API Gateway or may do so."""
        principal = permission.inputs.get("principal")
        if public or permission.inputs.get("principalOrgId") is not None:
            return Fact.YES
        if principal is UNKNOWN:
            return some(self._source_named(permission), Fact.UNKNOWN)
        return self._source_named(permission) if principal in (_GATEWAY, "*") else Fact.YES

    def _source_named(self, permission: Resource) -> Fact:
        """Whether its source is one API, or at least one account."""
        account, arn = permission.inputs.get("sourceAccount"), permission.inputs.get("sourceArn")
        if arn is UNKNOWN:
            # An unknown ARN that was computed from an API names that API.
            return Fact.YES if self._graph.dependencies(permission, "sourceArn", *_APIS) else Fact.UNKNOWN
        if arn is None:
            return Fact.of(account is not None)
        parts = text(arn).split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS:
            return Fact.NO
        if parts[2] != "execute-api" and not _wild(parts[2]):
            return Fact.YES  # no call of API Gateway matches it
        api = parts[-1].partition("/")[0]
        return every(Fact.of(not _wild(api)), Fact.of(not _wild(parts[4]) or account is not None))

    def urls(self) -> tuple[FunctionUrl, ...]:
        """The URLs of functions that are, or may be, behind a gateway."""
        return tuple(url for url in map(self._url, self._graph.of_type(FUNCTION_URL)) if not url.behind_gateway.is_no)

    def _url(self, url: Resource) -> FunctionUrl:
        function = self._function(url, "functionName")
        behind = isinstance(function, Resource) and function.urn in self._behind
        unknown = function is UNKNOWN or (self._unknown_function_called and not behind)
        authorization = url.inputs.get("authorizationType")
        return FunctionUrl(
            urn=url.urn,
            label=f"function URL {url.name}",
            requires_iam=Fact.UNKNOWN if authorization is UNKNOWN else Fact.of(authorization == "AWS_IAM"),
            behind_gateway=Fact.UNKNOWN if unknown and not behind else Fact.of(behind),
        )


def _wild(value: str) -> bool:
    return not value or "*" in value or "?" in value
