"""The format of the access log: what is recorded about each request, and what never is."""

import json
import re
from collections.abc import Mapping

from ...validation.problems import join, suggest
from ...validation.reader import Reader

# Only variables that AWS documents for REST access logs, and never a secret that a client sends: the API key itself,
# tokens, certificates, complete claims. Values of a body are not logged either, so `error.validationErrorString`, which
# quotes them, is left out. `extendedRequestId` is logged in addition to `requestId`, which a client can set.
FIELDS = {
    "requestId": "requestId",
    "extendedRequestId": "extendedRequestId",
    "xrayTraceId": "xrayTraceId",
    "requestTimeEpoch": "requestTimeEpoch",
    "apiId": "apiId",
    "stage": "stage",
    "domainName": "domainName",
    "basePathMatched": "customDomain.basePathMatched",
    "httpMethod": "httpMethod",
    "resourcePath": "resourcePath",
    "path": "path",
    "protocol": "protocol",
    "tlsVersion": "tlsVersion",
    "cipherSuite": "cipherSuite",
    "status": "status",
    "responseLength": "responseLength",
    "responseLatency": "responseLatency",
    "sourceIp": "identity.sourceIp",
    "userAgent": "identity.userAgent",
    "accountId": "identity.accountId",
    "caller": "identity.caller",
    "userArn": "identity.userArn",
    "principalOrgId": "identity.principalOrgId",
    "apiKeyId": "identity.apiKeyId",
    "clientCertSubject": "identity.clientCert.subjectDN",
    "clientCertSerial": "identity.clientCert.serialNumber",
    "principalId": "authorizer.principalId",
    "sub": "authorizer.claims.sub",
    "clientId": "authorizer.claims.client_id",
    "wafStatus": "waf.status",
    "wafError": "waf.error",
    "wafLatency": "waf.latency",
    "wafResponseCode": "wafResponseCode",
    "webaclArn": "webaclArn",
    "authenticateStatus": "authenticate.status",
    "authenticateError": "authenticate.error",
    "authorizeStatus": "authorize.status",
    "authorizeError": "authorize.error",
    "authorizerStatus": "authorizer.status",
    "authorizerError": "authorizer.error",
    "authorizerLatency": "authorizer.latency",
    "authorizerRequestId": "authorizer.requestId",
    "integrationStatus": "integration.status",
    "integrationServiceStatus": "integration.integrationStatus",
    "integrationLatency": "integration.latency",
    "integrationError": "integration.error",
    "integrationRequestId": "integration.requestId",
    "errorMessage": "error.message",
    "errorType": "error.responseType",
}
"""The `$context` variable of each field."""

_FURTHER = (
    *("accountId", "awsEndpointRequestId", "deploymentId", "domainPrefix", "isCanaryRequest", "requestTime"),
    *(
        "resourceId",
        "error.messageString",
        "error.validationErrorString",
        "responseOverride.status",
        "integrationLatency",
        "integrationStatus",
    ),
    *("authenticate.latency", "authorize.latency", "authorizer.integrationLatency", "authorizer.integrationStatus"),
    *(f"identity.{each}" for each in ("user", "vpcId", "vpceId", "cognitoIdentityId", "cognitoIdentityPoolId")),
    *(f"identity.{each}" for each in ("cognitoAuthenticationProvider", "cognitoAuthenticationType")),
    *(f"identity.clientCert.{each}" for each in ("issuerDN", "validity.notBefore", "validity.notAfter")),
)
_KNOWN = frozenset({*FIELDS.values(), *_FURTHER})
"""AWS's variables, without those that an authorizer adds below `authorizer.`."""

_SECRET_WHOLE = {"identity.apiKey", "identity.clientCert.clientCertPem", "authorizer.claims"}
_TELLTALE = r"token|secret|passw|authorization|cookie|api_?key|jwt|pem\b|credential"
_MAX_BYTES = 3_072


def access_log_format(further: Mapping[str, str] | None = None) -> str:
    """The format of the access log: one line of JSON. Every value is quoted, since AWS writes `-` for a missing one."""
    own = {name: f"$context.{variable}" for name, variable in FIELDS.items()}
    return json.dumps({**own, **(further or {})}, separators=(",", ":"))


def access_log_fields(reader: Reader) -> dict[str, str]:
    """The user's own fields, sorted by name; a variable that would log a secret is rejected."""
    given = reader.leaf_map("access_log_fields", check=_check_variable)
    fields: dict[str, str] = {}
    for name, variable in sorted(given.items()):
        path = join(reader.at("access_log_fields"), name)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name) or name in FIELDS:
            predicate = "is not a free name of letters, digits and underscores"
            reader.problems.reject(path, name, predicate)
        elif not isinstance(variable, str):
            reader.problems.mismatch(path, "a string that is known before deployment", variable)
        else:
            fields[name] = variable
    if (size := len(access_log_format(fields).encode())) > _MAX_BYTES:
        message = f"make the log format {size:,} bytes long, but AWS accepts at most {_MAX_BYTES:,}"
        reader.add("access_log_fields", message)
    return fields


def _check_variable(variable: str) -> str | None:
    name = variable.removeprefix("$context.")
    if name == variable or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_:-]+)*", name):
        return "is not one variable of AWS, such as '$context.authorizer.tenant'"
    if name in _SECRET_WHOLE or (name.startswith("authorizer.") and re.search(_TELLTALE, name, re.IGNORECASE)):
        return "may hold a secret: log $context.identity.apiKeyId of a key, or the serial number of a certificate"
    if name in _KNOWN or name.startswith("authorizer."):
        return None
    return f"is not a $context variable of a REST API{suggest(name, (*_KNOWN, 'authorizer.<key>'))}"
