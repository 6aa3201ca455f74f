"""The members that each object of an OpenAPI document may have, and what becomes of them.

https://spec.openapis.org/oas/v3.0.3 and https://spec.openapis.org/oas/v3.1.0; AWS's extensions:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

DOCUMENTATION: Final = "documentation, on which no request depends"
EXTENSION: Final = "an extension that API Gateway does not know"
AWS_PREFIX: Final = "x-amazon-"

_DOCUMENTED: Final = frozenset({"description", "summary", "externalDocs", "tags", "deprecated", "example", "examples"})


@dataclass(frozen=True, kw_only=True)
class ObjectType:
    """One type of object, as the specification defines it. A member that none of these names is rejected."""

    name: str
    """With its article, for messages."""
    read: Collection[str] = ()
    """Members that the gateway reads."""
    methods: Collection[str] = ()
    """Members that the gateway reads, in any letter case."""
    documentation: Collection[str] = _DOCUMENTED
    """Members that only people read."""
    dropped: Mapping[str, str] = field(default_factory=dict[str, str])
    """Members that mean nothing to a gateway, each with the reason, which may be empty."""
    is_referable: bool = False
    """Whether the specification allows a Reference Object instead. What is next to its `$ref` is then ignored."""

    @property
    def known(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset({*self.read, *self.methods, *self.documentation, *self.dropped})


ANY_METHOD: Final = "x-amazon-apigateway-any-method"
INTEGRATION: Final = "x-amazon-apigateway-integration"
SHARED_INTEGRATIONS: Final = "x-amazon-apigateway-integrations"
OWN_AUTH: Final = "x-amazon-apigateway-auth"
METHODS: Final = ("delete", "get", "head", "options", "patch", "post", "put", ANY_METHOD)

CONTROLLED_BY_ARGS: Final[Mapping[str, str]] = {
    "x-amazon-apigateway-api-key-source": "keys",
    "x-amazon-apigateway-binary-media-types": "binary_media_types",
    "x-amazon-apigateway-cors": "cors",
    "x-amazon-apigateway-endpoint-access-mode": "tls.endpoint_access_mode",
    "x-amazon-apigateway-endpoint-configuration": "network and tls",
    "x-amazon-apigateway-gateway-responses": "auth, which defines error responses, and cors",
    "x-amazon-apigateway-minimum-compression-size": "minimum_compression_size",
    "x-amazon-apigateway-policy": "network",
    "x-amazon-apigateway-security-policy": "tls.security_policy",
}
"""Members of the root that AWS reads and that the gateway's own args control."""

ROOT: Final = ObjectType(
    name="an OpenAPI document",
    read=("openapi", "info", "paths", "components", "security", "servers", *CONTROLLED_BY_ARGS),
    documentation=("tags", "externalDocs"),
    dropped={
        "webhooks": "",
        "jsonSchemaDialect": "",
        "x-amazon-apigateway-documentation": "",
        "x-amazon-apigateway-importexport-version": "",
        "x-amazon-apigateway-request-validator": "",
        "x-amazon-apigateway-request-validators": "",
    },
)
INFO: Final = ObjectType(
    name="an info object",
    read=("version", "description", "title"),
    documentation=("summary", "contact", "license", "termsOfService"),
)
SERVER: Final = ObjectType(
    name="a server",
    read=("x-amazon-apigateway-endpoint-configuration",),
    documentation=("url", "description", "variables", "name"),
)
_RESPONSE_SECTIONS: Final = ("responses", "headers", "examples", "links", "callbacks")
SECTIONS: Final = ("schemas", "parameters", "requestBodies", "securitySchemes", "pathItems", SHARED_INTEGRATIONS)
COMPONENTS: Final = ObjectType(
    name="a components object",
    read=SECTIONS,
    documentation=(),
    dropped=dict.fromkeys(_RESPONSE_SECTIONS, "the backend's responses are passed on unchanged")
    | {"callbacks": "", "mediaTypes": ""},
)
PATH_ITEM: Final = ObjectType(
    name="a path item",
    read=("parameters", "servers", "trace"),
    methods=METHODS,
    documentation=("summary", "description"),
)
OPERATION: Final = ObjectType(
    name="an operation",
    read=(
        *("operationId", "summary", "description", "parameters", "requestBody", "responses", "security", "servers"),
        *(INTEGRATION, OWN_AUTH),
    ),
    documentation=("tags", "externalDocs", "deprecated"),
    dropped={
        "callbacks": "",
        "x-amazon-apigateway-documentation": "",
        "x-amazon-apigateway-request-validator": "",
    },
)
_PASSED_ON: Final = "API Gateway passes the value on as it is"
PARAMETER: Final = ObjectType(
    name="a parameter",
    read=("name", "in", "required", "schema", "content"),
    dropped=dict.fromkeys(("style", "explode", "allowReserved", "allowEmptyValue"), _PASSED_ON),
    is_referable=True,
)
REQUEST_BODY: Final = ObjectType(name="a request body", read=("content", "required"), is_referable=True)
MEDIA_TYPE: Final = ObjectType(
    name="a media type object",
    read=("schema",),
    dropped={"encoding": "only JSON is validated"},
)
SECURITY_SCHEME: Final = ObjectType(
    name="a security scheme",
    read=("type", "name", "in", "x-amazon-apigateway-authtype"),
    documentation=("description", "deprecated"),
    dropped=dict.fromkeys(
        (
            *("scheme", "bearerFormat", "flows", "openIdConnectUrl", "oauth2MetadataUrl"),
            "x-amazon-apigateway-authorizer",
        ),
        "`auth` defines the authorizer",
    ),
    is_referable=True,
)
AUTH_EXTENSION: Final = ObjectType(name=f"an object of {OWN_AUTH}", read=("type",), documentation=())
INTEGRATION_TYPE: Final = ObjectType(
    name="an integration",
    read=(
        *("type", "httpMethod", "uri", "credentials", "connectionType", "connectionId", "timeoutInMillis"),
        *("passthroughBehavior", "requestParameters", "requestTemplates", "responses", "cacheKeyParameters"),
        *("cacheNamespace", "contentHandling", "tlsConfig", "responseTransferMode", "integrationTarget"),
    ),
    documentation=("description",),
    dropped={"payloadFormatVersion": "only HTTP APIs have one"},
    is_referable=True,
)
INTEGRATION_RESPONSE: Final = ObjectType(
    name="a response of an integration",
    read=("statusCode", "responseParameters", "responseTemplates", "contentHandling"),
    documentation=("description",),
)
TLS_CONFIG: Final = ObjectType(
    name="a TLS configuration", read=("insecureSkipVerification", "serverNameToVerify"), documentation=()
)
