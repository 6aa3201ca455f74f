"""API: caches, validation, CORS, gateway responses, backends, stage variables and deployments."""

import json
from dataclasses import replace

import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, findings, made, method, settings, stage, statuses
from http_graphs import http_api, read_stages, v2_stage
from native_graphs import native, outcome
from provider_parts import CLASSIC, PROVIDERS, statuses_with

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact, Tristate
from policypack.readers.http.requests import HttpHandlingReader
from policypack.readers.http.stages import HttpStages
from policypack.readers.stage_context import StageContext

APART, ENCRYPTED = "auth-response-cache-keyed-by-caller", "auth-response-cache-encrypted"
GUARDED, CORS, PUBLIC = (
    "auth-response-cache-invalidation-authorized",
    "auth-cors-credentials-named-origins",
    "auth-stage-variables-without-secrets",
)
CHECKED, HOSTS, DISCREET = (
    "api-requests-validated",
    "network-integration-hosts-fixed",
    "api-gateway-responses-hide-details",
)
FOLLOW, WAIT = "api-deployments-follow-changes", "api-deployments-depend-on-methods"
VARIABLES = "api-stage-variables-set"
IAM = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}


def integration(**inputs):
    given = {"type": "HTTP_PROXY", "uri": "https://backend.example.com/orders", **inputs}
    return made(
        "apigateway/integration:Integration",
        "orders-get",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        **given,
    )


def written(integration_, verb="get", **more):
    """The sound gateway with its method in a body instead."""
    operation = {
        "security": [{"iam": []}],
        "x-amazon-apigateway-integration": integration_,
        **more.pop("operation", {}),
    }
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {verb: operation}},
        "components": {"securitySchemes": {"iam": IAM}},
        **more,
    }
    return changed(api=api(body=json.dumps(document)), method=None, path=None)


def both(verb="get", **parts):
    """The same integration, declared as a resource and in a body."""
    return [
        changed(integration(**parts)),
        written({"type": "http_proxy", "uri": "https://x.example.com", **parts}, verb),
    ]


def cached(resources, **values):
    """With a cache for all methods."""
    kept = {"cachingEnabled": True, "cacheDataEncrypted": True, **values}
    on = stage(cacheClusterEnabled=True)
    left = [each for each in resources if each.type.split(":")[-1] not in {"Stage", "MethodSettings"}]
    return [*left, on, settings(**kept)]


@pytest.mark.parametrize("policy_id", [APART, ENCRYPTED, GUARDED, CORS, PUBLIC, CHECKED, HOSTS, DISCREET, VARIABLES])
def test_an_api_that_does_nothing_of_it_passes(policy_id):
    assert findings(policy_id, changed()) == []


@pytest.mark.parametrize("form", [0, 1], ids=["resources", "body"])
def test_answers_of_one_caller_given_to_others_are_found(form):
    assert findings(APART, cached(both()[form])) == [
        (VIOLATION, "the cache of GET /orders on stage live returns one caller's responses to others")
    ]
    keyed = both(cacheKeyParameters=["method.request.header.Authorization"])[form]
    assert findings(APART, cached(keyed)) == []
    assert statuses(APART, cached(both(cacheKeyParameters=["method.request.querystring.page"])[form])) == [VIOLATION]
    assert findings(APART, cached(both()[form]), shared=["GET /orders"]) == []


NAMES = (
    *("access_token", "x-api-key", "Cookie", "X-Session-Id", "userId", "X-User-Name", "X-Idempotency-Key", "tenant"),
    *("nextToken", "partitionKey", "keyword", "User-Agent"),
)


@pytest.mark.parametrize("part", ["header", "querystring", "path"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_alone_identifies_no_signer(part, name):
    keyed = changed(integration(cacheKeyParameters=[f"method.request.{part}.{name}"]))

    assert statuses(APART, cached(keyed)) == [VIOLATION]


def test_a_cache_that_serves_nobody_is_not_judged():
    assert findings(APART, changed(integration(), settings=settings(cachingEnabled=True))) == []  # no cluster
    assert findings(APART, cached(changed(integration()), cachingEnabled=False)) == []
    open_ = changed(integration(), method=method(authorization="NONE"))
    assert findings(APART, cached(open_)) == []
    # What is said of all methods caches GET alone.
    assert findings(APART, cached(written({"type": "http", "uri": "https://x.example.com"}, verb="post"))) == []


def test_a_cache_of_one_method_is_found():
    single = settings("orders/GET", cachingEnabled=True, cacheDataEncrypted=False)
    resources = changed(integration(), single, stage=stage(cacheClusterEnabled=True))

    assert statuses(APART, resources) == [VIOLATION]
    assert statuses(ENCRYPTED, resources) == [VIOLATION]


def test_a_cache_known_later_is_undecided():
    perhaps = changed(integration(), stage=stage(cacheClusterEnabled=UNKNOWN), settings=settings(cachingEnabled=True))

    assert statuses(APART, perhaps) == statuses(ENCRYPTED, perhaps) == [UNDECIDED]
    assert statuses(APART, cached(changed(integration(cacheKeyParameters=UNKNOWN)))) == [UNDECIDED]


def test_a_cache_is_encrypted_and_guarded():
    resources = changed(integration())

    assert findings(ENCRYPTED, cached(resources)) == findings(GUARDED, cached(resources)) == []
    assert statuses(ENCRYPTED, cached(resources, cacheDataEncrypted=None)) == [VIOLATION]
    assert statuses(GUARDED, cached(resources, requireAuthorizationForCacheControl=False)) == [VIOLATION]
    assert statuses(GUARDED, cached(resources, requireAuthorizationForCacheControl=UNKNOWN)) == [UNDECIDED]


def validator(**flags):
    return made("apigateway/requestValidator:RequestValidator", "all", restApi="shop-id", **flags)


MODEL = {"requestModels": {"application/json": "Order"}}
NEEDS = {"requestParameters": {"method.request.header.X-Tenant": True}}
DECLARED = {
    "model-unchecked": (MODEL, {}, "no validator checks"),
    "parameter-unchecked": (NEEDS, {}, "no validator checks"),
    "both-flags-off": ({"requestValidatorId": "all-id"}, {}, "checks nothing"),
    "wrong-flag": ({**MODEL, "requestValidatorId": "all-id"}, {"validateRequestParameters": True}, "not check all"),
    "nothing-declared": ({}, {}, ""),
    "empty-model": ({"requestModels": {"application/json": "Empty"}}, {}, ""),
    "path-parameter": ({"requestParameters": {"method.request.path.proxy": True}}, {}, ""),
    "optional-parameter": ({"requestParameters": {"method.request.header.X": False}}, {}, ""),
    "checked": ({**MODEL, "requestValidatorId": "all-id"}, {"validateRequestBody": True}, ""),
    "of-another-stack": ({**MODEL, "requestValidatorId": "elsewhere"}, {}, ""),
}


@pytest.mark.parametrize(("inputs", "flags", "words"), DECLARED.values(), ids=DECLARED)
def test_what_a_method_declares_is_checked(inputs, flags, words):
    found = findings(CHECKED, changed(validator(**flags), method=method(**inputs)))

    assert [status for status, _ in found] == ([VIOLATION] if words else [])
    assert all(words in message for _, message in found)


def test_flags_known_later_are_undecided():
    part = method(**MODEL, requestValidatorId="all-id")

    assert statuses(CHECKED, changed(validator(validateRequestBody=UNKNOWN), method=part)) == [UNDECIDED]


SCHEMA = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
ALL = "x-amazon-apigateway-request-validators"
NAMED = "x-amazon-apigateway-request-validator"


@pytest.mark.parametrize(
    ("operation", "root", "expected"),
    [
        pytest.param(SCHEMA, {}, [VIOLATION], id="schema-unchecked"),
        pytest.param({**SCHEMA, NAMED: "all"}, {}, [VIOLATION], id="undefined-validator"),
        pytest.param({**SCHEMA, NAMED: "all"}, {ALL: {"all": {"validateRequestBody": True}}}, [], id="checked"),
        pytest.param(SCHEMA, {NAMED: "all", ALL: {"all": {"validateRequestBody": True}}}, [], id="checked-by-default"),
        pytest.param(
            {"parameters": [{"in": "body", "name": "b", "schema": {"type": "object"}}]}, {}, [VIOLATION], id="swagger-2"
        ),
        pytest.param({"parameters": [{"in": "path", "name": "id", "required": True}]}, {}, [], id="path-parameter"),
    ],
)
def test_what_a_body_declares_is_checked(operation, root, expected):
    resources = written({"type": "http_proxy", "uri": "https://x.example.com"}, operation=operation, **root)

    assert statuses(CHECKED, resources) == expected


def headers(origin, credentials="'true'", place="method.response"):
    return {
        f"{place}.header.Access-Control-Allow-Origin": origin,
        f"{place}.header.Access-Control-Allow-Credentials": credentials,
    }


def answer(parameters):
    return made(
        "apigateway/integrationResponse:IntegrationResponse",
        "orders",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        statusCode="200",
        responseParameters=parameters,
    )


def refusal(**inputs):
    return made("apigateway/response:Response", "denied", restApiId="shop-id", responseType="ACCESS_DENIED", **inputs)


@pytest.mark.parametrize(
    ("origin", "credentials", "expected"),
    [
        ("'*'", "'true'", [VIOLATION]),
        ("'*'", "'false'", []),
        ("'null'", "'true'", [VIOLATION]),
        ("'https://shop.example.com'", "'true'", []),
        (UNKNOWN, "'true'", [UNDECIDED]),
        ("'*'", UNKNOWN, [UNDECIDED]),
    ],
)
def test_credentials_from_every_origin_are_found(origin, credentials, expected):
    given = headers(origin, credentials)
    assert statuses(CORS, changed(answer(given))) == expected
    place = headers(origin, credentials, "gatewayresponse")
    assert statuses(CORS, changed(refusal(responseParameters=place))) == expected
    if UNKNOWN not in (origin, credentials):
        in_body = {"type": "mock", "responses": {"default": {"responseParameters": given}}}
        assert statuses(CORS, written(in_body)) == expected


def test_a_reflected_origin_is_every_origin():
    place = headers("method.request.header.Origin", place="gatewayresponse")

    assert statuses(CORS, changed(refusal(responseParameters=place))) == [VIOLATION]
    document = {"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": place}}}
    assert statuses(CORS, written({"type": "mock"}, **document)) == [VIOLATION]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"message": $context.error.messageString}', []),
        ('{"why": "$context.error.validationErrorString"}', ["$context.error.validationErrorString"]),
        ('{"who": "$context.authorizer.claims.email"}', ["$context.authorizer.claims.email"]),
    ],
)
def test_refusals_that_explain_the_insides_are_found(template, expected):
    templates = {"application/json": template}
    in_body = {"x-amazon-apigateway-gateway-responses": {"BAD_REQUEST_BODY": {"responseTemplates": templates}}}

    for resources in (changed(refusal(responseTemplates=templates)), written({"type": "mock"}, **in_body)):
        found = findings(DISCREET, resources)
        assert [status for status, _ in found] == [VIOLATION] * len(expected)
        assert all(variable in message for variable, (_, message) in zip(expected, found, strict=True))


def test_a_template_known_later_is_undecided():
    assert statuses(DISCREET, changed(refusal(responseTemplates=UNKNOWN))) == [UNDECIDED]


HOST = {"uri": "https://{host}/orders"}


ROLE = "arn:aws:iam::123456789012:role/backend"
BY_QUERY, BY_PATH = "method.request.querystring.x", "method.request.path.x"


def aws(target, **parts):
    given = {"type": "AWS", "uri": f"arn:aws:apigateway:eu-west-1:{target}", "credentials": ROLE, **parts}
    parameters = {f"integration.request.{key}": item for key, item in given.pop("parameters", {}).items()}
    template = given.pop("template", None)
    more = {} if template is None else {"requestTemplates": {"application/json": template}}
    return {**given, "requestParameters": parameters, **more}


PUT = '{"TableName": "orders", "Item": {"id": {"S": "$input.path(\'$.id\')"}}}'
CHOSEN = {
    "a bucket": aws("s3:path/{bucket}/{key}", parameters={"path.bucket": BY_QUERY, "path.key": BY_QUERY}),
    "a bucket by the path": aws("s3:path/{bucket}/{key}", parameters={"path.bucket": BY_PATH, "path.key": BY_PATH}),
    "a bucket by the host": aws("{bucket}.s3:path/{key}", parameters={"path.bucket": BY_PATH, "path.key": BY_PATH}),
    "another object to copy": aws("s3:path/shop/{key}", parameters={"header.x-amz-copy-source": BY_QUERY}),
    "a region": aws("s3:path/shop/x").__or__({"uri": "arn:aws:apigateway:{region}:s3:path/shop/x"}),
    "a queue": aws("sqs:path/123456789012/{queue}", parameters={"path.queue": BY_PATH}, template="Action=SendMessage"),
    "the url of a queue": aws("sqs:action/SendMessage", parameters={"querystring.QueueUrl": BY_QUERY}, template="a=b"),
    "a queue in a form": aws("sqs:action/SendMessage", template="QueueUrl=$input.params('q')&MessageBody=x"),
    "a topic": aws("sns:action/Publish", parameters={"querystring.TopicArn": BY_QUERY}, template="Message=hello"),
    "an action": aws("dynamodb:action/{action}", parameters={"path.action": BY_QUERY}, template=PUT),
    "an action by a header": aws("dynamodb:path/x", parameters={"header.X-Amz-Target": BY_QUERY}, template=PUT),
    "a table": aws("dynamodb:action/GetItem", template='{"TableName": "$input.params(\'table\')"}'),
    "a table by the body": aws("dynamodb:action/GetItem", template='{"TableName": $input.json("$.table")}'),
    "a table by a variable": aws(
        "dynamodb:action/GetItem", template='#set($root = $input.path(\'$\'))\n{"TableName": "$root.table"}'
    ),
    "the whole body": aws("dynamodb:action/PutItem", template="$input.json('$')"),
    "the whole body in a variable": aws("dynamodb:action/PutItem", template="#set($b = $input.body)\n$b"),
    "the whole body without a template": aws("dynamodb:action/PutItem"),
    "a state machine": aws("states:action/StartExecution", template="$input.body"),
    "a state machine by name": aws(
        "states:action/StartExecution", template='{"input": "{}", "stateMachineArn": "$input.params(\'machine\')"}'
    ),
    "a stream": aws("kinesis:action/PutRecord", template='{"StreamName": "$input.params(\'s\')", "Data": "x"}'),
    "a function": aws("lambda:path/2015-03-31/functions/{f}/invocations", parameters={"path.f": BY_PATH}),
    "an endpoint": aws("runtime.sagemaker:path/endpoints/{e}/invocations", parameters={"path.e": BY_QUERY}),
    "an override": aws(
        "s3:path/{bucket}/x",
        parameters={"path.bucket": "'shop'"},
        template="#set($context.requestOverride.path.bucket = $input.params('b'))",
    ),
    "a host header": {
        "type": "HTTP_PROXY",
        "uri": "https://a.example.com",
        "requestParameters": {"integration.request.header.Host": "method.request.header.X-Host"},
    },
}
FIXED = {
    "a key of a bucket": aws("s3:path/shop/{key}", parameters={"path.key": BY_QUERY}),
    "a key of a bucket that is the host": aws("shop.s3:path/{key}", parameters={"path.key": BY_PATH}),
    "a bucket of the authorizer": aws(
        "s3:path/{bucket}/{key}", parameters={"path.bucket": "context.authorizer.bucket", "path.key": BY_QUERY}
    ),
    "a bucket of the stage": aws("s3:path/{bucket}/x", parameters={"path.bucket": "stageVariables.bucket"}),
    "a bucket that the caller may use": aws(
        "s3:path/{bucket}/x", parameters={"path.bucket": BY_QUERY}, credentials="arn:aws:iam::*:user/*"
    ),
    "a queue": aws(
        "sqs:path/123456789012/orders",
        parameters={"header.Content-Type": "'application/x-www-form-urlencoded'"},
        template="Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
    ),
    "a queue by parameters": aws(
        "sqs:path/123456789012/orders",
        parameters={"querystring.Action": "'SendMessage'", "querystring.MessageBody": "method.request.body"},
    ),
    "a table": aws("dynamodb:action/PutItem", template=PUT),
    "a table of the stage": aws("dynamodb:action/Scan", template='{"TableName": "$stageVariables.table"}'),
    "nothing without a template": aws("dynamodb:action/PutItem", passthroughBehavior="NEVER"),
    "a state machine": aws(
        "states:action/StartExecution",
        template='{"stateMachineArn": "arn:x", "input": "$util.escapeJavaScript($input.json(\'$\'))"}',
    ),
    "an object": aws("s3:path/shop/report", template="$input.body"),
    "a function": aws("lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations"),
    "a fixed host header": {
        "type": "HTTP_PROXY",
        "uri": "https://a.example.com",
        "requestParameters": {"integration.request.header.Host": "'b.example.com'"},
    },
}
OPEN_TARGETS = {
    "unknown": aws("dynamodb:action/Scan", requestTemplates=UNKNOWN),
    "another language": aws("dynamodb:action/Scan", template='{"TableName": "$table"}'),
}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        *(pytest.param(each, [VIOLATION], id=name) for name, each in CHOSEN.items()),
        *(pytest.param(each, [], id=f"fixed: {name}") for name, each in FIXED.items()),
        *(pytest.param(each, [UNDECIDED], id=name) for name, each in OPEN_TARGETS.items()),
    ],
)
def test_a_request_never_chooses_the_backend(parts, expected):
    in_body = [written(parts)] if UNKNOWN not in parts.values() else []
    for resources in (changed(integration(**parts)), *in_body):
        assert statuses(HOSTS, resources) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"QueueUrl": "$request.querystring.queue", "MessageBody": "$request.body"}, [VIOLATION]),
        ({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/${request.path.queue}"}, [VIOLATION]),
        ({"Region": "$request.header.region", "QueueUrl": "https://x"}, [VIOLATION]),
        ({"StateMachineArn": "$request.body.machine"}, [VIOLATION]),
        ({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders", "MessageBody": "$request.body"}, []),
        ({"QueueUrl": "$stageVariables.queue", "MessageBody": "$request.body"}, []),
        ({"QueueUrl": "$context.authorizer.queue", "MessageBody": "$request.body"}, []),
        ({"StreamName": "orders", "PartitionKey": "$request.querystring.key", "Data": "$request.body"}, []),
        ({"QueueUrl": UNKNOWN, "MessageBody": "$request.body"}, [UNDECIDED]),
    ],
)
def test_a_request_never_chooses_what_an_http_api_calls(parameters, expected):
    given = {"integrationType": "AWS_PROXY", "integrationSubtype": "SQS-SendMessage", "requestParameters": parameters}
    in_body = {"type": "aws_proxy", "integrationSubtype": "SQS-SendMessage", "requestParameters": parameters}
    document = json.dumps({"paths": {"/x": {"post": {"x-amazon-apigateway-integration": in_body}}}}, default=str)
    declared = made("apigatewayv2/integration:Integration", "i", apiId="h-id", **given)

    assert statuses(HOSTS, [http_api(), declared]) == expected
    if UNKNOWN not in parameters.values():
        assert statuses(HOSTS, [http_api(body=document)]) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({**HOST, "requestParameters": {"integration.request.path.host": "method.request.header.X"}}, 1),
        pytest.param({**HOST, "requestParameters": {"integration.request.path.host": "method.request.path.h"}}, 1),
        pytest.param(HOST, 1, id="unmapped"),
        pytest.param({**HOST, "requestParameters": {"integration.request.path.host": "'a.example.com'"}}, 0),
        pytest.param({"uri": "https://a.example.com/{host}"}, 0, id="path"),
        pytest.param({"uri": "https://${stageVariables.url}/orders"}, 0, id="stage-variable"),
    ],
)
def test_a_request_never_chooses_the_host(parts, expected):
    for resources in both(**parts):
        assert statuses(HOSTS, resources) == [VIOLATION] * expected


def test_a_mapping_known_later_is_undecided():
    assert statuses(HOSTS, changed(integration(**HOST, requestParameters=UNKNOWN))) == [UNDECIDED]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"url": "a.example.com"}, []), ({"url": UNKNOWN}, []), ({}, [VIOLATION]), (UNKNOWN, [UNDECIDED])],
)
def test_every_stage_sets_the_variables_of_an_address(variables, expected):
    for resources in both(uri="https://${stageVariables.url}/orders"):
        left = [each for each in resources if not each.type.endswith(":Stage")]

        assert statuses(VARIABLES, [*left, stage(variables=variables)]) == expected


SECRETS = {
    "db_password": "correct-horse",
    "apiKey": "0123456789abcdef",
    "STRIPE_SECRET": "sk-abcdef",
    "backend": "https://user:hunter2@db.example.com",
    "anything": "AKIAIOSFODNN7EXAMPLE",
    "DB_PASS": "correct-horse",
    "backend_header": "Basic b3JkZXJzOmNvcnJlY3QtaG9yc2U=",
    "upstream": "Bearer 9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "PARTNER_API_KEY_PROD": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "clientsecret": "9f8e7d6c5b4a3928",
    "ADMIN_PASSWORD": "supersecret",
    "cookie": "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.x",
}
PLAIN = {
    "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    "password": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    "db_secret": "/prod/db/password",
    "token_url": "login.example.com",
    "secret_name": "production-database",
    "url_orders": "orders.example.com",
    "function_orders": "orders-1a2b3c4",
    "lambdaAlias": "prod",
    "monkey": "bananas-and-more",
    "token": "",
    "authorization": "required",
    "challenge": "Basic authentication",
    "partition_key": "customer-2024",
    "table_key": "orderId2",
    "page_token": "9f8e7d6c5b4a3928",
    "tokenType": "access-token-v2",
    "max_tokens": "4096000",
    "bypass": "orders-1a2b3c4",
    "auth_header": "Authorization",
    "scheme": "Bearer",
}


@pytest.mark.parametrize(("name", "value"), SECRETS.items(), ids=SECRETS)
def test_a_credential_in_a_stage_variable_is_found_and_never_repeated(name, value):
    for part in ({"variables": {name: value}}, {"canarySettings": {"stageVariableOverrides": {name: value}}}):
        ((status, message),) = findings(PUBLIC, changed(stage=stage(**part)))

        assert status == VIOLATION
        assert name in message
        assert value not in message


@pytest.mark.parametrize(("name", "value"), PLAIN.items(), ids=PLAIN)
def test_a_stage_variable_that_only_tells_where_is_fine(name, value):
    assert findings(PUBLIC, changed(stage=stage(variables={name: value}))) == []


def test_a_credential_known_later_is_undecided():
    assert statuses(PUBLIC, changed(stage=stage(variables={"db_password": UNKNOWN}))) == [UNDECIDED]
    assert findings(PUBLIC, changed(stage=stage(variables={"url_orders": UNKNOWN}))) == []
    assert statuses(PUBLIC, changed(stage=stage(variables=UNKNOWN))) == [UNDECIDED]


def deployment(**inputs):
    return made("apigateway/deployment:Deployment", "shop", restApi="shop-id", **inputs)


def test_a_deployment_without_triggers_is_found():
    assert findings(FOLLOW, changed(deployment())) == [
        (VIOLATION, "deployment shop has no triggers: later changes never reach its stages")
    ]
    assert statuses(FOLLOW, changed(deployment(triggers={}))) == [VIOLATION]
    assert findings(FOLLOW, changed(deployment(triggers={"hash": UNKNOWN}))) == []
    assert findings(FOLLOW, changed(deployment(triggers=UNKNOWN))) == []


def test_a_deployment_waits_for_its_methods():
    called = integration()
    hasty = deployment(triggers={"hash": "1"})

    assert statuses(WAIT, changed(called, hasty)) == [VIOLATION]
    assert findings(WAIT, changed(called, replace(hasty, dependencies=frozenset({called.urn})))) == []
    by_hash = replace(hasty, property_dependencies={"triggers": frozenset({called.urn})})
    assert findings(WAIT, changed(called, by_hash)) == []
    assert findings(WAIT, [*written({"type": "mock"}), hasty]) == []  # a body is imported as one


# Defects that other tools were measured to miss; the numbers are those of the list of probed defects.
def cors(origin: str) -> dict[str, str]:
    return {
        "method.response.header.Access-Control-Allow-Origin": f"'{origin}'",
        "method.response.header.Access-Control-Allow-Credentials": "'true'",
    }


DEFECTS = {
    "17-every-origin-with-credentials": (
        "auth-cors-credentials-named-origins",
        lambda p: [p.reply(cors("*"))],
        lambda p: [p.reply(cors("https://shop.example.com"))],
    ),
}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
@pytest.mark.parametrize(("policy_id", "defect", "fixed"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_gone_when_fixed(provider, policy_id, defect, fixed):
    assert statuses_with(provider, policy_id, defect) == [VIOLATION]
    assert statuses_with(provider, policy_id, fixed) == []


# False alarms of other tools.
FALSE_ALARMS = {
    # AWSGuard and AWS Config want a cache, and fail where there is none.
    "no-cache": ("auth-response-cache-encrypted", []),
    # cdk-nag's APIG2 and CKV2_AWS_53 want a validator on every method, preflights included.
    "no-validator": ("api-requests-validated", []),
}
YES, NO, NOT_YET = Fact.YES, Fact.NO, Fact.UNKNOWN


@pytest.mark.parametrize(("policy_id", "parts"), FALSE_ALARMS.values(), ids=FALSE_ALARMS)
def test_a_false_alarm_of_other_tools_is_not_repeated(policy_id, parts):
    assert statuses_with(CLASSIC, policy_id, lambda _: parts) == []


def test_stage_variables_of_an_http_api_are_read():
    (stage,) = read_stages(http_api(), v2_stage(stageVariables={"db_password": "correct-horse"}))

    assert stage.secret_variables == ("db_password",)


def handled(*resources, root=None):
    graph = Graph(resources)
    (api,) = graph.of_type("aws:apigatewayv2/api:Api")
    return HttpHandlingReader(graph, HttpStages(graph, StageContext(graph))).of(api, root or {})


@pytest.mark.parametrize(
    ("cors", "expected"),
    [
        ({"allowCredentials": True, "allowOrigins": ["https://*"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["*"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["null"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["https://shop.example.com"]}, [Tristate.YES]),
        ({"allowCredentials": True, "allowOrigins": UNKNOWN}, [Tristate.UNKNOWN]),
        ({"allowCredentials": UNKNOWN, "allowOrigins": ["*"]}, [Tristate.UNKNOWN]),
        ({"allowOrigins": ["*"]}, []),
        (None, []),
    ],
)
def test_credentials_from_every_origin_to_an_http_api_are_found(cors, expected):
    declared = handled(http_api(corsConfiguration=cors))
    assert [each.origins_named.value for each in declared.cors_responses] == expected
    in_body = handled(http_api(), root={"x-amazon-apigateway-cors": cors})
    assert [each.origins_named.value for each in in_body.cors_responses] == expected


def v2_deployment(**inputs):
    return made("apigatewayv2/deployment:Deployment", "d", apiId="h-id", **inputs)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([v2_stage(autoDeploy=True)], YES),
        ([v2_stage(autoDeploy=UNKNOWN)], NOT_YET),
        ([v2_stage()], NO),
        ([v2_stage(deploymentId="d-id"), v2_deployment()], NO),
        ([v2_stage(deploymentId="d-id"), v2_deployment(triggers={"hash": "1"})], YES),
        ([v2_stage(deploymentId="elsewhere")], NOT_YET),
    ],
)
def test_changes_of_an_http_api_reach_its_stage(resources, expected):
    (deployment,) = handled(http_api(), *resources).deployments

    assert deployment.follows_changes.value == expected.value
    assert bool(deployment.follows_changes.reason) == (expected != YES)


def test_the_path_never_chooses_the_host_of_an_http_api():
    def at(uri):
        declared = made("apigatewayv2/integration:Integration", "i", apiId="h-id", integrationUri=uri)
        (integration,) = handled(http_api(), declared).integrations
        root = {"paths": {"/x": {"get": {"x-amazon-apigateway-integration": {"uri": uri}}}}}
        assert [each.target_fixed for each in handled(http_api(), root=root).integrations] == [integration.target_fixed]
        return integration.target_fixed

    assert at("https://{host}.example.com/x").is_no
    assert at("https://backend.example.com/{proxy}") == YES
    assert at("https://${stageVariables.url}/x") == YES


def test_schemas_that_are_not_checked_are_found():
    (off,) = handled(http_api("WEBSOCKET", disableSchemaValidation=True)).validations

    assert off.checked.is_no
    assert handled(http_api("WEBSOCKET")).validations == ()


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
def test_a_deployment_of_an_api_to_come_is_of_the_stage_that_uses_it():
    bare = made("apigateway/deployment:Deployment", "shop", restApi=UNKNOWN)
    follow = "api-deployments-follow-changes"

    assert statuses(follow, changed(bare, stage=stage(deployment="shop-id"))) == [VIOLATION]
    assert statuses(follow, changed(bare)) == []


def test_an_http_deployment_of_cloudformation_is_not_evaluated():
    api = native("apigatewayv2:Api", "h", name="h", protocolType="HTTP")
    deployment = native("apigatewayv2:Deployment", "d", apiId="h-id")
    served = native("apigatewayv2:Stage", "live", apiId="h-id", stageName="live", deploymentId="d-id")

    found = outcome(evaluate(Graph([api, deployment, served])))

    assert "api-deployments-follow-changes" not in {policy for policy, _ in found}


def asking(header, **inputs):
    source = f"method.request.header.{header}"
    return made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", **{"identitySource": source, **inputs})


READ = {
    "its header": ("header.x-shop-token", asking("X-Shop-Token", type="REQUEST"), []),
    "its header, several values": ("multivalueheader.X-Shop-Token", asking("X-Shop-Token", type="REQUEST"), []),
    "another header": ("header.X-Other", asking("X-Shop-Token", type="REQUEST"), [VIOLATION]),
    "another credential": ("header.Authorization", asking("X-Shop-Token", type="REQUEST"), [VIOLATION]),
    "its header, of no credential": ("header.X-Tenant", asking("X-Tenant", type="REQUEST"), [UNDECIDED]),
    "its token": ("header.X-Tenant", asking("X-Tenant", type="TOKEN"), []),
    "its user pool's token": ("header.X-Users", asking("X-Users", type="COGNITO_USER_POOLS"), []),
    "not its user pool's token": ("header.Authorization", asking("X-Users", type="COGNITO_USER_POOLS"), [VIOLATION]),
    "nothing is cached": (
        "header.Authorization",
        asking("X-Version", type="REQUEST", authorizerResultTtlInSeconds=0),
        [UNDECIDED],
    ),
    "unknown": ("header.Authorization", asking("X", type="REQUEST", identitySource=UNKNOWN), [UNDECIDED]),
    "a path": ("path.userId", asking("Authorization", type="TOKEN"), [VIOLATION]),
}


@pytest.mark.parametrize(("key", "authorizer", "expected"), READ.values(), ids=READ)
def test_what_the_authorizer_of_the_method_reads_identifies_the_caller(key, authorizer, expected):
    way = "COGNITO_USER_POOLS" if authorizer.inputs["type"] == "COGNITO_USER_POOLS" else "CUSTOM"
    guarded = changed(authorizer, method=method(authorization=way, authorizerId="tokens-id"))
    keyed = [each for each in guarded if not each.type.endswith(":Integration")]
    found = cached([*keyed, integration(cacheKeyParameters=[f"method.request.{key}"])])

    assert statuses(APART, found) == expected


MAPPED = {
    "context.authorizer.principalId": [],
    "context.authorizer.claims.sub": [],
    "context.authorizer.tenant": [UNDECIDED],
    "context.identity.userArn": [VIOLATION],
    "context.identity.apiKey": [VIOLATION],
    "method.request.header.Authorization": [],
    "method.request.path.userId": [VIOLATION],
    "stageVariables.user": [VIOLATION],
}


@pytest.mark.parametrize(("source", "expected"), MAPPED.items())
def test_what_fills_a_parameter_of_the_integration_is_the_key(source, expected):
    name = "integration.request.header.key"
    guarded = changed(
        asking("Authorization", type="TOKEN"), method=method(authorization="CUSTOM", authorizerId="tokens-id")
    )
    keyed = [each for each in guarded if not each.type.endswith(":Integration")]
    mapped = integration(cacheKeyParameters=[name], requestParameters={name: source})

    assert statuses(APART, cached([*keyed, mapped])) == expected
