"""What AWS adds to a new resource: ids, ARNs, host names and generated secrets, in the same form as in AWS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

REGION: Final = "eu-west-1"
ACCOUNT: Final = "123456789012"


@dataclass(frozen=True)
class New:
    """A new resource, from which the properties that AWS adds are derived."""

    token: str
    logical_name: str
    inputs: Mapping[str, Any]
    region: str = REGION

    @cached_property
    def _digest(self) -> str:
        return sha256(f"{self.token} {self.logical_name}".encode()).hexdigest()

    def given(self, *names: str) -> str:
        """The first of these inputs that is a known string, or the physical name that Pulumi would generate."""
        strings = (self.inputs.get(name) for name in names)
        generated = f"{self.logical_name}-{self.hex(7)}"
        return next((each for each in strings if isinstance(each, str) and each), generated)

    def hex(self, length: int) -> str:
        """Hexadecimal digits; always the same for the same resource."""
        return self._digest[:length]

    def letters(self, length: int) -> str:
        """Lower-case letters and digits, starting with a letter, like many ids in AWS."""
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"
        number, found = int(self._digest, 16), ""
        while len(found) < length:
            number, digit = divmod(number, len(digits))
            found += digits[digit]
        return f"a{found[1:]}"

    def uuid(self) -> str:
        """A UUID; always the same for the same resource."""
        it = self._digest
        return f"{it[:8]}-{it[8:12]}-4{it[13:16]}-a{it[17:20]}-{it[20:32]}"

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str = ACCOUNT) -> str:
        """An ARN in the mocked account and region."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{account}:{resource}"


_State = tuple[str, dict[str, Any]]
"""The id, and the properties that AWS adds to the inputs."""


def _rest_api(new: New) -> _State:
    api = new.letters(10)
    arn = f"arn:aws:apigateway:{new.region}::/restapis/{api}"
    return api, {
        "arn": arn,
        "executionArn": new.arn("execute-api", api),
        "rootResourceId": new.letters(12)[2:],
        "name": new.given("name"),
    }


def _stage(new: New) -> _State:
    api, stage = str(new.inputs.get("restApi")), str(new.inputs.get("stageName"))
    return f"ags-{api}-{stage}", {
        "arn": f"arn:aws:apigateway:{new.region}::/restapis/{api}/stages/{stage}",
        "executionArn": new.arn("execute-api", f"{api}/{stage}"),
        "invokeUrl": f"https://{api}.execute-api.{new.region}.amazonaws.com/{stage}",
        "webAclArn": "",
    }


def _api_v2(new: New) -> _State:
    api = new.letters(10)
    scheme = "wss" if new.inputs.get("protocolType") == "WEBSOCKET" else "https"
    return api, {
        "arn": f"arn:aws:apigateway:{new.region}::/apis/{api}",
        "executionArn": new.arn("execute-api", api),
        "apiEndpoint": f"{scheme}://{api}.execute-api.{new.region}.amazonaws.com",
        "name": new.given("name"),
    }


def _stage_v2(new: New) -> _State:
    api, stage = str(new.inputs.get("apiId")), new.given("name")
    path = "" if stage == "$default" else stage
    return stage, {
        "arn": f"arn:aws:apigateway:{new.region}::/apis/{api}/stages/{stage}",
        "executionArn": new.arn("execute-api", f"{api}/{stage}"),
        "invokeUrl": f"https://{api}.execute-api.{new.region}.amazonaws.com/{path}",
        "name": stage,
    }


def _load_balancer(new: New) -> _State:
    kind = "net" if new.inputs.get("loadBalancerType") == "network" else "app"
    name = new.given("name")
    arn = new.arn("elasticloadbalancing", f"loadbalancer/{kind}/{name}/{new.hex(16)}")
    return arn, {
        "arn": arn,
        "arnSuffix": f"{kind}/{name}/{new.hex(16)}",
        "dnsName": f"internal-{name}.{new.region}.elb.amazonaws.com",
        "name": name,
        "zoneId": "Z32O12XQLNTSW2",
    }


def _domain_name(new: New) -> _State:
    host = str(new.inputs.get("domainName"))
    configuration: Any = new.inputs.get("endpointConfiguration")
    private = bool(configuration) and configuration["types"] == "PRIVATE"
    id_ = new.letters(10) if private else ""
    arn = new.arn("apigateway", f"/domainnames/{host}+{id_}")
    return f"{host}/{id_}" if private else host, {
        "arn": arn if private else f"arn:aws:apigateway:{new.region}::/domainnames/{host}",
        "regionalDomainName": f"d-{new.letters(10)}.execute-api.{new.region}.amazonaws.com",
        "regionalZoneId": "ZLY8HYME6SFDD",
        "cloudfrontDomainName": f"{new.letters(14)}.cloudfront.net",
        "cloudfrontZoneId": "Z2FDTNDATAQYW2",
        "domainNameId": id_,
    }


def _api_key(new: New) -> _State:
    return new.letters(10), {
        "arn": f"arn:aws:apigateway:{new.region}::/apikeys/{new.letters(10)}",
        "value": new.letters(40),
        "name": new.given("name"),
    }


def _function(new: New) -> _State:
    name = new.given("name")
    arn = new.arn("lambda", f"function:{name}")
    prefix = f"arn:aws:apigateway:{new.region}:lambda:path/2015-03-31/functions"
    return name, {
        "arn": arn,
        "name": name,
        "invokeArn": f"{prefix}/{arn}/invocations",
        "qualifiedArn": f"{arn}:1",
        "version": "1",
    }


def _alias(new: New) -> _State:
    function = str(new.inputs.get("functionName"))
    arn = (
        f"{function if function.startswith('arn:') else new.arn('lambda', f'function:{function}')}:{new.given('name')}"
    )
    prefix = f"arn:aws:apigateway:{new.region}:lambda:path/2015-03-31/functions"
    return arn, {"arn": arn, "name": new.given("name"), "invokeArn": f"{prefix}/{arn}/invocations"}


def _web_acl(new: New) -> _State:
    name, scope = new.given("name"), new.inputs.get("scope")
    where = "global" if scope == "CLOUDFRONT" else "regional"
    kind = new.token.split(":")[-1].lower()
    return new.uuid(), {"arn": new.arn("wafv2", f"{where}/{kind}/{name}/{new.uuid()}"), "name": name}


def _user_pool(new: New) -> _State:
    pool = f"{new.region}_{new.hex(9)}"
    return pool, {
        "arn": new.arn("cognito-idp", f"userpool/{pool}"),
        "endpoint": f"cognito-idp.{new.region}.amazonaws.com/{pool}",
        "name": new.given("name"),
    }


def _user_pool_client(new: New) -> _State:
    return new.letters(26), {"clientSecret": new.letters(51), "name": new.given("name")}


def _user_pool_domain(new: New) -> _State:
    domain = new.given("domain")
    return domain, {"cloudfrontDistribution": f"{new.letters(14)}.cloudfront.net", "domain": domain}


def _certificate(new: New) -> _State:
    host = str(new.inputs.get("domainName"))
    arn = new.arn("acm", f"certificate/{new.uuid()}")
    proof = {
        "domainName": host,
        "resourceRecordName": f"_{new.hex(32)}.{host}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{new.hex(32)}.acm-validations.aws.",
    }
    return arn, {"arn": arn, "domainValidationOptions": [proof], "status": "ISSUED"}


def _key(new: New) -> _State:
    return new.uuid(), {"arn": new.arn("kms", f"key/{new.uuid()}"), "keyId": new.uuid()}


def _bucket(new: New) -> _State:
    name = new.given("bucket").lower()
    return name, {
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{new.region}.amazonaws.com",
    }


def _bucket_object(new: New) -> _State:
    return str(new.inputs.get("key")), {"versionId": new.letters(32), "etag": new.hex(32)}


def _queue(new: New) -> _State:
    name = new.given("name")
    url = f"https://sqs.{new.region}.amazonaws.com/{ACCOUNT}/{name}"
    return url, {"arn": new.arn("sqs", name), "url": url, "name": name}


def _vpc_endpoint(new: New) -> _State:
    return f"vpce-{new.hex(17)}", {
        "arn": new.arn("ec2", f"vpc-endpoint/vpce-{new.hex(17)}"),
        "dnsEntries": [
            {"dnsName": f"vpce-{new.hex(17)}.execute-api.{new.region}.vpce.amazonaws.com", "hostedZoneId": "Z1"}
        ],
    }


def _named(service: str, resource: str = "", *fields: str, region: str | None = None) -> Callable[[New], _State]:
    """For types whose ARN contains the name, and whose id is the name."""

    def state(new: New) -> _State:
        name = new.given(*(fields or ("name",)))
        return name, {"arn": new.arn(service, f"{resource}{name}", region=region), "name": name}

    return state


def _identified(service: str, kind: str, prefix: str) -> Callable[[New], _State]:
    """For types with an id generated by AWS, such as `vpc-0123456789abcdef0`."""

    def state(new: New) -> _State:
        made = f"{prefix}-{new.hex(17)}"
        return made, {"arn": new.arn(service, f"{kind}/{made}")}

    return state


def _policy(new: New) -> _State:
    arn = new.arn("iam", f"policy/{new.given('name')}", region="")
    return arn, {"arn": arn, "name": new.given("name"), "policyId": f"A{new.hex(20).upper()}"}


def _topic(new: New) -> _State:
    arn = new.arn("sns", new.given("name"))
    return arn, {"arn": arn, "name": new.given("name")}


_STATES: Final[Mapping[str, Callable[[New], _State]]] = {
    "apigateway/restApi:RestApi": _rest_api,
    "apigateway/stage:Stage": _stage,
    "apigateway/domainName:DomainName": _domain_name,
    "apigateway/apiKey:ApiKey": _api_key,
    "apigatewayv2/api:Api": _api_v2,
    "apigatewayv2/stage:Stage": _stage_v2,
    "lambda/function:Function": _function,
    "lambda/alias:Alias": _alias,
    "wafv2/webAcl:WebAcl": _web_acl,
    "wafv2/ipSet:IpSet": _web_acl,
    "wafv2/ruleGroup:RuleGroup": _web_acl,
    "cognito/userPool:UserPool": _user_pool,
    "cognito/userPoolClient:UserPoolClient": _user_pool_client,
    "cognito/userPoolDomain:UserPoolDomain": _user_pool_domain,
    "acm/certificate:Certificate": _certificate,
    "kms/key:Key": _key,
    "s3/bucket:Bucket": _bucket,
    "s3/bucketV2:BucketV2": _bucket,
    "s3/bucketObject:BucketObject": _bucket_object,
    "s3/bucketObjectv2:BucketObjectv2": _bucket_object,
    "sqs/queue:Queue": _queue,
    "sns/topic:Topic": _topic,
    "iam/policy:Policy": _policy,
    "iam/role:Role": _named("iam", "role/", region=""),
    "iam/user:User": _named("iam", "user/", region=""),
    "cloudwatch/logGroup:LogGroup": _named("logs", "log-group:"),
    "cloudwatch/metricAlarm:MetricAlarm": _named("cloudwatch", "alarm:"),
    "cloudwatch/compositeAlarm:CompositeAlarm": _named("cloudwatch", "alarm:", "alarmName"),
    "cloudwatch/dashboard:Dashboard": _named("cloudwatch", "dashboard/", "dashboardName"),
    "cloudwatch/eventBus:EventBus": _named("events", "event-bus/"),
    "dynamodb/table:Table": _named("dynamodb", "table/"),
    "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _named("firehose", "deliverystream/"),
    "secretsmanager/secret:Secret": _named("secretsmanager", "secret:"),
    "sfn/stateMachine:StateMachine": _named("states", "stateMachine:"),
    "ec2/vpc:Vpc": _identified("ec2", "vpc", "vpc"),
    "ec2/subnet:Subnet": _identified("ec2", "subnet", "subnet"),
    "ec2/securityGroup:SecurityGroup": _identified("ec2", "security-group", "sg"),
    "lb/loadBalancer:LoadBalancer": _load_balancer,
    "alb/loadBalancer:LoadBalancer": _load_balancer,
    "ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
}
"""How to derive what AWS adds, by type token without the package."""

GET_REGION: Final = "aws:index/getRegion:getRegion"
FUNCTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws:index/getPartition:getPartition": {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/tester",
        "userId": "AIDATESTER",
    },
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": {
        "id": "vpce-0123456789abcdef0",
        "dnsEntries": [
            {
                "dnsName": f"vpce-0123456789abcdef0-1a2b3c4d.execute-api.{REGION}.vpce.amazonaws.com",
                "hostedZoneId": "Z38GZ743OKFT7T",
            }
        ],
    },
}


def described_region(region: str) -> dict[str, str]:
    """The result of `aws.get_region`."""
    return {"id": region, "name": region, "region": region, "description": region}


def created(type_: str, name: str, inputs: Mapping[str, Any], region: str = REGION) -> _State:
    """The id of a new resource, and what AWS adds; for an unknown type, an id and an ARN of its service."""
    package, _, token = type_.partition(":")
    new = New(token, name, inputs, region)
    return _STATES[token](new) if package == "aws" and token in _STATES else _other(new)


def _other(new: New) -> _State:
    service = new.token.partition("/")[0]
    name = new.given("name")
    return new.letters(10), {"arn": new.arn(service, name), "name": name}
