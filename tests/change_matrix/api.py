"""The options of routes, integrations, the API itself, its document and its cache."""

from typing import Any

from change_matrix import ABSENT, PRESENT, Among, Containing, Group, Option
from change_matrix.bases import API, BACKEND, INTEGRATION, OPERATION, PLAIN, REASON, ROUTE, SERVED, STAGE, arn

PATHS = f"{SERVED}/paths/"
FUNCTION = {"functions": {"orders": "orders"}}
PREFLIGHT = f"{PATHS}/orders/options/*/responses/default/responseParameters/*.Access-Control"
STRING, NUMBER = {"type": "string"}, {"type": "integer"}
KEYED = {"plans": {"gold": {"rate": 5, "burst": 9}}, "keys": {"acme": {"plan": "gold"}}}


def backend(path: str) -> str:
    """The integration of a route's GET."""
    return f"{PATHS}{path}/get/x-amazon-apigateway-integration"


def sent(path: str) -> str:
    """The integration of a route's POST."""
    return f"{PATHS}{path}/post/x-amazon-apigateway-integration"


def at(number: int, option: str) -> str:
    return f"routes.{number}.integration.{option}"


ROUTES: dict[str, Any] = {
    "routes": [
        {"path": "/orders", "method": "GET"},
        {"path": "/queue", "method": "POST"},
        {"path": "/bus", "method": "POST"},
        {"path": "/machine", "method": "POST"},
        {"path": "/table", "method": "GET"},
        {"path": "/put", "method": "POST"},
        {"path": "/mock", "method": "GET"},
        {"path": "/linked", "method": "GET"},
        {"path": "/called", "method": "GET"},
        {"path": "/one", "method": "GET", "integration": {"function": "orders"}},
        {"path": "/two", "method": "GET", "integration": {"function": "other"}},
        {
            "path": "/item",
            "method": "GET",
            "integration": {"table": {"arn": arn("dynamodb", "table/item"), "attributes": {"id": "query.id"}}},
        },
        {"path": "/streamed", "method": "GET", "integration": {"function": "orders"}},
    ]
}

BALANCER = arn("elasticloadbalancing", "loadbalancer/app/{}/0123456789abcdef")
LINKED = {
    **PLAIN,
    "routes": [{"path": f"/{name}", "method": "GET"} for name in ("given", "created")],
    **{f"routes.{each}.integration.url": "https://backend.example.com:8443" for each in (0, 1)},
    **{f"routes.{each}.integration.target_arn": BALANCER.format("one") for each in (0, 1)},
    "vpc_links.given.subnet_ids": ["$vpc_subnet_a$"],
}
CREATED = "network/outbound shop-created*"

GROUPS = [
    Group(
        "api-vpc-links",
        LINKED,
        [
            Option(
                "vpc_links.given.security_group_ids",
                ["$vpc_group_a$"],
                ["$vpc_group_b$"],
                "network/link shop-given*/SecurityGroupIds/*",
                (["<vpc-a>"], ["<vpc-b>"]),
            ),
            Option(
                "vpc_links.created.subnet_ids",
                ["$vpc_subnet_a$"],
                ["$other_vpc_subnet_a$"],
                "network/link shop-created*/SubnetIds/*",
                (["$vpc_subnet_a$"], ["$other_vpc_subnet_a$"]),
            ),
            Option("vpc_links.created.vpc_id", "$vpc$", "$other_vpc$", f"{CREATED}/*/VpcId"),
            Option(
                "vpc_links.created.target_cidrs",
                ["10.0.0.0/16"],
                ["10.1.0.0/16"],
                f"{CREATED}/*/CidrIp",
                (["10.0.0.0/16"], ["10.1.0.0/16"]),
            ),
            Option(
                "vpc_links.created.target_security_groups",
                {"web": "$vpc_group_a$"},
                {"web": "$other_vpc_group_a$"},
                f"{CREATED}/*/to/*",
                (["<vpc-a>"], ["<other_vpc-a>"]),
            ),
            Option("vpc_links.created.port", 443, 8443, f"{CREATED}/*/FromPort"),
            Option(
                at(1, "vpc_link"),
                "created",
                "given",
                f"{backend('/created')}/connectionId",
                (Containing("vpc_link_created"), Containing("vpc_link_given")),
            ),
            Option(
                at(0, "vpc_link"),
                "given",
                "created",
                f"{backend('/given')}/connectionId",
                (Containing("vpc_link_given"), Containing("vpc_link_created")),
            ),
        ],
        with_a={at(1, "url"): "https://backend.example.com"},
    ),
    Group(
        "api-arns",
        {
            **PLAIN,
            "routes": [{"path": "/queue", "method": "POST", "integration": {"queue": {"arn": arn("sqs", "one")}}}],
        },
        [
            Option(
                "plain_arns",
                False,
                True,
                f"{sent('/queue')}/credentials",
                (Containing("stageVariables"), Containing(":role/shop-")),
            )
        ],
    ),
    Group(
        "api",
        {
            **PLAIN,
            "auth": {"authorizers": {"own": {"function": {"function": "tokens"}}}},
            "keys": KEYED,
        },
        [
            Option("description", "Orders", "All orders", f"{API}/description"),
            Option("minimum_compression_size", 1000, 2000, f"{API}/minimumCompressionSize"),
            Option(
                "binary_media_types",
                ["image/png"],
                ["image/gif"],
                f"{API}/binaryMediaTypes/*",
                (["image/png"], ["image/gif"]),
            ),
            Option(
                "body_media_types",
                ["application/json"],
                ["text/json"],
                f"{PATHS}/orders/post/requestBody/content/text/json/schema/$ref",
                (ABSENT, PRESENT),
            ),
            Option("schemas.Order", STRING, NUMBER, f"{SERVED}/components/schemas/Order/type", ("string", "integer")),
            Option("account.ensure", False, True, "account/cloudwatchRoleArn", (ABSENT, Containing(":role/"))),
            Option(
                "routes.0.required_query",
                ["page"],
                ["size"],
                f"{OPERATION}/parameters/*/name",
                (["page", "X-One"], ["size", "X-Two"]),
            ),
            Option(
                "routes.0.required_headers",
                ["X-One"],
                ["X-Two"],
                f"{OPERATION}/parameters/X-Two/required",
                (ABSENT, True),
            ),
            Option(
                "routes.0.public", ABSENT, REASON, f"{API}/methods/GET /orders/authorizationType", ("CUSTOM", "NONE")
            ),
            Option(
                "routes.1.auth", "own", "iam", f"{API}/methods/POST /orders/authorizationType", ("CUSTOM", "AWS_IAM")
            ),
            Option("routes.1.api_key", False, True, f"{API}/methods/POST /orders/apiKeyRequired"),
            Option(
                "routes.1.body_schema",
                {"$ref": "#/components/schemas/Order"},
                {"type": "array"},
                f"{SERVED}/components/schemas/PostOrders*/type",
                (ABSENT, "array"),
            ),
            Option("routes.2.path", "/old", "/new", f"{API}/methods/PUT /new/httpMethod", (ABSENT, "PUT")),
            Option("routes.3.method", "GET", "DELETE", f"{API}/methods/DELETE /other/httpMethod", (ABSENT, "DELETE")),
            Option(
                "default_integration",
                BACKEND,
                {"url": "https://other.example.com"},
                f"{INTEGRATION}/uri",
                ("https://backend.example.com/orders", "https://other.example.com/orders"),
            ),
            Option(
                "cors.allow_origins",
                ["https://a.example.com"],
                ["https://b.example.com"],
                f"{PREFLIGHT}-Allow-Origin*",
                (Containing("a.example.com"), Containing("b.example.com")),
            ),
            Option("cors.allow_headers", ["x-one"], ["x-two"], f"{PREFLIGHT}-Allow-Headers", ("'x-one'", "'x-two'")),
            Option("cors.max_age_seconds", 600, 60, f"{PREFLIGHT}-Max-Age", ("'600'", "'60'")),
            Option("cors.allow_credentials", False, True, f"{PREFLIGHT}-Allow-Credentials", (ABSENT, "'true'")),
            Option(
                "cors.expose_headers",
                ["x-total"],
                ["x-count"],
                f"{API}/responses/DEFAULT_4XX/responseParameters/*Expose-Headers",
                (Containing("x-total"), Containing("x-count")),
            ),
            Option("cache.size_gb", 0.5, 1.6, f"{STAGE}/cacheClusterSize", ("0.5", "1.6")),
            Option(
                "cache.routes.GET /cached.ttl_seconds", 300, 60, f"{STAGE}/methodSettings/cached/GET/cacheTtlInSeconds"
            ),
            Option(
                "cache.routes.GET /cached.query",
                ["view"],
                ["page"],
                f"{backend('/cached')}/cacheKeyParameters/*",
                (Among("querystring.view"), Among("querystring.page")),
            ),
            Option(
                "cache.routes.GET /cached.headers",
                ["Accept-Language"],
                ["X-Version"],
                f"{backend('/cached')}/cacheKeyParameters/*",
                (Among("header.Accept-Language"), Among("header.X-Version")),
            ),
        ],
        with_a={
            "routes.0": ROUTE,
            "routes.1": {"path": "/orders", "method": "POST"},
            "routes.2": {"method": "PUT"},
            "routes.3": {"path": "/other"},
            "routes.4": {"path": "/cached", "method": "GET"},
            "routes.5": {"path": "/keyed", "method": "GET", "api_key": True},
            "routes.6": {"path": "/ordered", "method": "POST", "body_schema": {"$ref": "#/components/schemas/Order"}},
        },
        with_b={
            "routes.0": ROUTE,
            "routes.1": {"path": "/orders", "method": "POST"},
            "routes.2": {"method": "PUT"},
            "routes.3": {"path": "/other"},
            "routes.4": {"path": "/cached", "method": "GET"},
            "routes.5": {"path": "/keyed", "method": "GET", "api_key": True},
            "routes.6": {"path": "/ordered", "method": "POST", "body_schema": {"$ref": "#/components/schemas/Order"}},
        },
        stays={
            "account/cloudwatchRoleArn": "the role is retained, because other APIs of the region write logs with it",
            "iam/roles/shop/*": "the role of the region's logs is retained",
        },
    ),
    Group(
        "api-replaced",
        {**PLAIN},
        [
            Option("api_name", "shop-one", "shop-two", "apis/api/shop-two/name", (ABSENT, "shop-two")),
            Option("stage", "live", "prod", "apis/api/shop-*/stages/*/stageName", (["live"], ["prod"])),
        ],
    ),
    Group(
        "integrations",
        {**PLAIN, **ROUTES, **FUNCTION, "auth": {"authorizers": {"own": {"function": {"function": "tokens"}}}}},
        [
            Option(
                at(0, "url"),
                "https://one.example.com",
                "https://two.example.com",
                f"{INTEGRATION}/uri",
                ("https://one.example.com/v1", "https://two.example.com/v2"),
            ),
            Option(
                at(0, "path"),
                "/v1",
                "/v2",
                f"{INTEGRATION}/uri",
                ("https://one.example.com/v1", "https://two.example.com/v2"),
            ),
            Option(at(0, "timeout_ms"), 5000, 6000, f"{INTEGRATION}/timeoutInMillis"),
            Option(
                at(1, "queue.arn"),
                arn("sqs", "one.fifo"),
                arn("sqs", "two.fifo"),
                f"{sent('/queue')}/uri",
                (Containing("one.fifo"), Containing("two.fifo")),
            ),
            Option(
                at(1, "queue.group"),
                "header.X-One",
                "header.X-Two",
                f"{sent('/queue')}/requestTemplates/*",
                (Containing("X-One"), Containing("X-Two")),
            ),
            Option(
                at(1, "queue.kms_key_arn"),
                arn("kms", "key/one"),
                arn("kms", "key/two"),
                "iam/roles/shop-post_queue*/inline/*/Resource",
                (Among(arn("kms", "key/one")), Among(arn("kms", "key/two"))),
            ),
            Option(
                at(2, "event_bus.arn"),
                arn("events", "event-bus/one"),
                arn("events", "event-bus/two"),
                "iam/roles/shop-post_bus*/inline/*/Resource",
                (Among(arn("events", "event-bus/one")), Among(arn("events", "event-bus/two"))),
            ),
            Option(
                at(2, "event_bus.source"),
                "com.example.one",
                "com.example.two",
                f"{sent('/bus')}/requestTemplates/*",
                (Containing("com.example.one"), Containing("com.example.two")),
            ),
            Option(
                at(2, "event_bus.detail_type"),
                "One",
                "Two",
                f"{sent('/bus')}/requestTemplates/*",
                (Containing("One"), Containing("Two")),
            ),
            Option(
                at(3, "state_machine.arn"),
                arn("states", "stateMachine:one"),
                arn("states", "stateMachine:two"),
                "iam/roles/shop-post_machine*/inline/*/Resource",
                (Among(arn("states", "stateMachine:one")), Among(arn("states", "stateMachine:two"))),
            ),
            Option(
                at(3, "state_machine.wait"),
                False,
                True,
                f"{sent('/machine')}/uri",
                (Containing("StartExecution"), Containing("StartSyncExecution")),
            ),
            Option(
                at(4, "table.arn"),
                arn("dynamodb", "table/one"),
                arn("dynamodb", "table/two"),
                f"{backend('/table')}/requestTemplates/*",
                (Containing("one"), Containing("two")),
            ),
            Option(
                at(11, "table.action"),
                "GetItem",
                "Query",
                f"{backend('/item')}/uri",
                (Containing("GetItem"), Containing("Query")),
            ),
            Option(
                at(4, "table.attributes"),
                {"id": "query.one"},
                {"id": "query.two"},
                f"{backend('/table')}/requestTemplates/*",
                (Containing("one"), Containing("two")),
            ),
            Option(
                at(4, "table.index"),
                "by-one",
                "by-two",
                f"{backend('/table')}/requestTemplates/*",
                (Containing("by-one"), Containing("by-two")),
            ),
            Option(
                at(4, "table.limit"),
                100,
                50,
                f"{backend('/table')}/requestTemplates/*",
                (Containing("100"), Containing("50")),
            ),
            Option(
                at(4, "table.kms_key_arn"),
                arn("kms", "key/three"),
                arn("kms", "key/four"),
                "iam/roles/shop-get_table*/inline/*/Resource",
                (Among(arn("kms", "key/three")), Among(arn("kms", "key/four"))),
            ),
            Option(
                at(5, "table.partition_key"),
                ABSENT,
                "id",
                f"{sent('/put')}/requestTemplates/*",
                (Containing("Item"), Containing("attribute_not_exists")),
            ),
            Option(
                at(12, "response_transfer_mode"),
                "BUFFERED",
                "STREAM",
                f"{backend('/streamed')}/uri",
                (Containing("/2015-03-31/"), Containing("/response-streaming-invocations")),
            ),
            Option(at(6, "mock.status"), 200, 202, f"{backend('/mock')}/responses/default/statusCode", ("200", "202")),
            Option(
                at(6, "mock.body"),
                "one",
                "two",
                f"{backend('/mock')}/responses/default/responseTemplates/*",
                ("one", "two"),
            ),
            Option(
                at(6, "mock.content_type"),
                "text/plain",
                "text/html",
                f"{backend('/mock')}/responses/default/responseTemplates/text/html",
                (ABSENT, "two"),
            ),
            Option(
                at(7, "target_arn"),
                BALANCER.format("one"),
                BALANCER.format("two"),
                f"{backend('/linked')}/integrationTarget",
            ),
            Option(at(7, "vpc_link_id"), "link-1", "link-2", f"{backend('/linked')}/connectionId"),
            Option(
                at(8, "function"),
                "orders",
                "other",
                f"{backend('/called')}/uri",
                (Containing(":orders/"), Containing(":tokens-2/")),
            ),
            Option(
                "functions.other",
                "orders-2",
                "tokens-2",
                f"{backend('/two')}/uri",
                (Containing(":orders-2/"), Containing(":tokens-2/")),
            ),
        ],
        with_a={
            at(7, "url"): "https://linked.example.com",
            at(4, "table.action"): "Query",
            at(5, "table"): {"arn": arn("dynamodb", "table/put"), "action": "PutItem", "attributes": {"id": "body.id"}},
        },
        with_b={
            at(7, "url"): "https://linked.example.com",
            at(4, "table.action"): "Query",
            at(5, "table"): {"arn": arn("dynamodb", "table/put"), "action": "PutItem", "attributes": {"id": "body.id"}},
        },
    ),
]
