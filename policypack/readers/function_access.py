"""Reads who may call the functions behind a gateway, past the gateway: permissions and function URLs."""

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
_CALLERS: Final = {
    REST_INTEGRATION: ("uri",),
    REST_AUTHORIZER: ("authorizerUri",),
    REST_API: ("body",),
    REST_STAGE: ("variables",),
    HTTP_INTEGRATION: ("integrationUri",),
    HTTP_AUTHORIZER: ("authorizerUri",),
    HTTP_API: ("body", "target"),
}
"""Where API Gateway's resources name functions."""
_INVOKES: Final = frozenset({"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:InvokeAsync"})
_ARN_PARTS: Final = 6


class FunctionAccess:
    """The permissions and URLs of the functions of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Find the functions that a gateway calls, once."""
        self._graph = graph
        self._behind = {each.urn for each in self._called_by_gateways()}
        self._unsure = any(
            each.inputs.get("principal") == _GATEWAY and self._function(each, "function") is UNKNOWN
            for each in graph.of_type(FUNCTION_PERMISSION)
        )

    def _called_by_gateways(self) -> Iterator[Resource]:
        for permission in self._graph.of_type(FUNCTION_PERMISSION):
            if permission.inputs.get("principal") == _GATEWAY:
                function = self._function(permission, "function")
                if isinstance(function, Resource):
                    yield function
        for type_, names in _CALLERS.items():
            for caller in self._graph.of_type(type_):
                for name in names:
                    yield from self._graph.dependencies(caller, name, FUNCTION)
                    yield from self._behind_aliases(caller, name)
                    yield from self._named(caller.inputs.get(name))

    def _named(self, uri: Any) -> list[Resource]:
        """The function of an invocation's URI, `...:lambda:path/2015-03-31/functions/ARN/invocations`."""
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
        """Those of functions behind a gateway, and those that let API Gateway in."""
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
        kept_in = [given.get(name) for name in ("principalOrgId", "sourceAccount", "sourceArn")]
        everybody = principal == "*" and all(each is None for each in kept_in)
        return Permission(
            urn=permission.urn,
            label=f"permission {permission.name}",
            closed=Fact.UNKNOWN if principal is UNKNOWN else Fact.NO if everybody else Fact.YES,
            narrow=self._named_one(permission, everybody=everybody),
            modest=Fact.UNKNOWN if action is UNKNOWN else _yes(action is None or text(action) in _INVOKES),
        )

    def _named_one(self, permission: Resource, *, everybody: bool) -> Fact:
        """Whether API Gateway, where it is let in or may be, is for one API or account."""
        principal = permission.inputs.get("principal")
        if everybody or permission.inputs.get("principalOrgId") is not None:
            return Fact.YES
        if principal is UNKNOWN:
            return some(self._narrow(permission), Fact.UNKNOWN)
        return self._narrow(permission) if principal in (_GATEWAY, "*") else Fact.YES

    def _narrow(self, permission: Resource) -> Fact:
        """Whether one API is named, or at least one account."""
        account, arn = permission.inputs.get("sourceAccount"), permission.inputs.get("sourceArn")
        if arn is UNKNOWN:
            # What an API's ARN goes into names that API.
            return Fact.YES if self._graph.dependencies(permission, "sourceArn", *_APIS) else Fact.UNKNOWN
        if arn is None:
            return _yes(account is not None)
        parts = text(arn).split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS:
            return Fact.NO
        if parts[2] != "execute-api" and not _wild(parts[2]):
            return Fact.YES  # it matches no call of API Gateway
        api = parts[-1].partition("/")[0]
        return every(_yes(not _wild(api)), _yes(not _wild(parts[4]) or account is not None))

    def urls(self) -> tuple[FunctionUrl, ...]:
        """The URLs of functions behind a gateway, or perhaps behind one."""
        return tuple(url for url in map(self._url, self._graph.of_type(FUNCTION_URL)) if not url.behind_gateway.is_no)

    def _url(self, url: Resource) -> FunctionUrl:
        function = self._function(url, "functionName")
        known = isinstance(function, Resource)
        behind = known and function.urn in self._behind
        unclear = function is UNKNOWN or (self._unsure and not behind)
        kind = url.inputs.get("authorizationType")
        return FunctionUrl(
            urn=url.urn,
            label=f"function URL {url.name}",
            authenticated=Fact.UNKNOWN if kind is UNKNOWN else _yes(kind == "AWS_IAM"),
            behind_gateway=Fact.YES if behind else Fact.UNKNOWN if unclear else Fact.NO,
        )


def _yes(value: object) -> Fact:
    return Fact.YES if value else Fact.NO


def _wild(value: str) -> bool:
    return not value or "*" in value or "?" in value
