"""What AWS holds, as its own API tells it: everything that a gateway consists of, in a form that can be compared.

`read` asks the API of every service. The result holds no id and no random part of a name: two deployments of the same
program are equal. `flat` makes one path per value, such as `stages/live/throttle` or `alarms/orders-5xx/Threshold`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import lab

RANDOM = re.compile(r"-[0-9a-f]{7}(?![0-9a-f])")
"""The end of the names that Pulumi generates."""
VOLATILE = {
    "CloudFrontDistribution",
    "AccessTokenLastUsed",
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "Arn",
    "AttachmentCount",
    "ChangeToken",
    "CodeSha256",
    "CodeSize",
    "CreateDate",
    "CreatedAt",
    "CreationDate",
    "CreationTime",
    "CreationTimestamp",
    "DashboardArn",
    "DomainValidationOptions",
    "ETag",
    "EstimatedNumberOfUsers",
    "InUseBy",
    "InstanceId",
    "IssuedAt",
    "Issuer",
    "LastModified",
    "LastModifiedDate",
    "LastUpdatedTimestamp",
    "LockToken",
    "NotAfter",
    "NotBefore",
    "OwnerId",
    "PolicyId",
    "ResponseMetadata",
    "RevisionId",
    "RoleId",
    "RoleLastUsed",
    "Serial",
    "StateReason",
    "StateReasonData",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
    "StorageBytes",
    "SubscriptionArn",
    "Timestamp",
    "UpdateDate",
    "VersionId",
    "arn",
    "certificateUploadDate",
    "createdDate",
    "creationTime",
    "deploymentId",
    "distributionDomainName",
    "domainNameArn",
    "id",
    "lastUpdatedDate",
    "logGroupArn",
    "metricFilterCount",
    "parentId",
    "queryDefinitionId",
    "regionalDomainName",
    "resourceId",
    "rootResourceId",
    "storedBytes",
}
"""What AWS chooses, or what says when something happened."""
NAMES = ("Name", "name", "Sid", "Id", "MetricName", "ParameterKey", "type")
"""What tells the members of a list apart."""

Shot = Mapping[str, Any]


def read(cloud: lab.Cloud) -> dict[str, Any]:
    """What AWS holds, by family."""
    reading = _Reading(cloud)
    found = {name: ask(reading) for name, ask in FAMILIES.items()}
    return reading.anonymous(found)


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of each leaf; members of a list by their name, if they have one."""
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from flat(each, f"{path}/{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from flat(each, f"{path}/{_name(each, index)}")
    else:
        yield path, value


def _ordered(value: list[Any]) -> list[Any]:
    return sorted(value, key=lambda each: json.dumps(each, sort_keys=True, default=str))


def _name(value: Any, index: int) -> str:
    if isinstance(value, Mapping):
        found = next((str(value[each]) for each in NAMES if isinstance(value.get(each), str)), "")
        return found or str(index)
    return str(index)


def _numbered(name: str, found: Mapping[str, Any]) -> str:
    """The name with a number, for what may have the same name as others."""
    return next(each for number in range(len(found) + 1) if (each := f"{name} {number}") not in found)


def changes(before: Shot, after: Shot) -> dict[str, tuple[Any, Any]]:
    """The paths whose values differ, with both values; `None` is what does not exist."""
    old, new = dict(flat(before)), dict(flat(after))
    return {
        path: (old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if path not in old or path not in new or old[path] != new[path]
    }


def matching(values: Mapping[str, Any], pattern: str) -> dict[str, Any]:
    """The values whose path matches a pattern in which `*` stands for any text."""
    return {path: value for path, value in values.items() if fnmatchcase(path, pattern)}


class _Reading:
    """Asks AWS, and remembers which ids stand for what."""

    def __init__(self, cloud: lab.Cloud) -> None:
        self._cloud = cloud
        self._clients: dict[str, Any] = {}
        self._ids: dict[str, str] = {}

    def __call__(self, service: str, call: str, **given: Any) -> dict[str, Any]:
        """The response of a call, empty if AWS has no such thing."""
        if service not in self._clients:
            self._clients[service] = self._cloud.client(service)
        client = self._clients[service]
        with suppress(client.exceptions.ClientError):
            return dict(getattr(client, call)(**given))
        return {}

    def served(self, api_id: str, stage: str) -> dict[str, Any]:
        """The document whose deployment a stage serves."""
        return self._cloud.served(api_id, stage)

    def known(self, id_: str, name: str) -> str:
        """A name in place of an id."""
        self._ids[id_] = f"<{RANDOM.sub('', name)}>"
        return name

    def anonymous(self, value: Any) -> Any:
        """The value without ids and random parts of names, and with the documents in it decoded."""
        return self._walk(value)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._text(str(key)): self._walk(each) for key, each in value.items() if key not in VOLATILE}
        if isinstance(value, (list, tuple, set)):
            return _ordered([self._walk(each) for each in value])
        if isinstance(value, str):
            if value[:1] in "{[":
                with suppress(ValueError):
                    return self._walk(json.loads(value))
            return self._text(value)
        return value if isinstance(value, (bool, int, float, type(None))) else str(value)

    def _text(self, text: str) -> str:
        for id_, name in self._ids.items():
            if id_ in text:
                text = text.replace(id_, name)
        return RANDOM.sub("", text)


def _apis(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for api in ask("apigateway", "get_rest_apis", limit=500).get("items", []):
        name, of = ask.known(api["id"], api["name"]), {"restApiId": api["id"]}
        authorizers = ask("apigateway", "get_authorizers", **of).get("items", [])
        validators = ask("apigateway", "get_request_validators", **of).get("items", [])
        names = {each["id"]: each["name"] for each in [*authorizers, *validators]}
        resources = ask("apigateway", "get_resources", limit=500, embed=["methods"], **of).get("items", [])
        methods: dict[str, Any] = {}
        for resource in resources:
            for verb, method in (resource.get("resourceMethods") or {}).items():
                own = {key: each for key, each in method.items() if key not in ("authorizerId", "requestValidatorId")}
                own["authorizer"] = names.get(method.get("authorizerId"))
                own["validator"] = names.get(method.get("requestValidatorId"))
                methods[f"{verb} {resource['path']}"] = own
        responses = ask("apigateway", "get_gateway_responses", **of).get("items", [])
        found[f"api/{name}"] = {
            **api,
            "policy": json.loads(f'"{api.get("policy") or ""}"'),  # AWS returns it with escaped quotes
            "authorizers": {each["name"]: each for each in authorizers},
            "validators": {each["name"]: each for each in validators},
            "responses": {each["responseType"]: each for each in responses},
            "methods": methods,
            "stages": {
                stage["stageName"]: _stage(ask, of, stage) for stage in ask("apigateway", "get_stages", **of)["item"]
            },
        }
    return found


def _stage(ask: _Reading, of: Mapping[str, str], stage: Mapping[str, Any]) -> dict[str, Any]:
    name = stage["stageName"]
    arn = f"arn:aws:apigateway:{lab.REGION}::/restapis/{of['restApiId']}/stages/{name}"
    acl = ask("wafv2", "get_web_acl_for_resource", ResourceArn=arn).get("WebACL", {})
    return {**stage, "served": ask.served(of["restApiId"], name), "acl": acl.get("Name")}


def _plans(ask: _Reading) -> dict[str, Any]:
    keys = ask("apigateway", "get_api_keys", includeValues=True).get("items", [])
    names = {each["id"]: ask.known(each["id"], each["name"]) for each in keys}
    plans: dict[str, Any] = {}
    for plan in ask("apigateway", "get_usage_plans").get("items", []):
        members = ask("apigateway", "get_usage_plan_keys", usagePlanId=plan["id"]).get("items", [])
        ask.known(plan["id"], plan["name"])
        plans[RANDOM.sub("", plan["name"])] = {**plan, "keys": sorted(names.get(each["id"], "?") for each in members)}
    own = {RANDOM.sub("", each["name"]): {**each, "value": len(each["value"])} for each in keys}
    return {"plans": plans, "keys": own, "values": sorted(each["value"] for each in keys if len(each["value"]) != 40)}


def _domains(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for domain in ask("apigateway", "get_domain_names").get("items", []):
        mapped = ask("apigateway", "get_base_path_mappings", domainName=domain["domainName"]).get("items", [])
        paths = {each["basePath"]: f"{each['restApiId']}/{each.get('stage')}" for each in mapped}
        found[domain["domainName"]] = {**domain, "paths": paths}
    return found


def _waf(ask: _Reading) -> dict[str, Any]:
    acls: dict[str, Any] = {}
    for each in ask("wafv2", "list_web_acls", Scope="REGIONAL").get("WebACLs", []):
        ask.known(each["Id"], each["Name"])
        got = ask("wafv2", "get_web_acl", Name=each["Name"], Id=each["Id"], Scope="REGIONAL").get("WebACL", {})
        log = ask("wafv2", "get_logging_configuration", ResourceArn=each["ARN"]).get("LoggingConfiguration")
        acls[RANDOM.sub("", each["Name"])] = {**got, "log": log}
    sets: dict[str, Any] = {}
    for each in ask("wafv2", "list_ip_sets", Scope="REGIONAL").get("IPSets", []):
        ask.known(each["Id"], each["Name"])
        got = ask("wafv2", "get_ip_set", Name=each["Name"], Id=each["Id"], Scope="REGIONAL").get("IPSet", {})
        sets[RANDOM.sub("", each["Name"])] = got
    return {"acls": acls, "sets": sets}


def _logs(ask: _Reading) -> dict[str, Any]:
    groups = ask("logs", "describe_log_groups").get("logGroups", [])
    filters = ask("logs", "describe_metric_filters").get("metricFilters", [])
    queries = ask("logs", "describe_query_definitions").get("queryDefinitions", [])
    return {
        "groups": {each["logGroupName"]: each for each in groups},
        "filters": {RANDOM.sub("", each["filterName"]): each for each in filters},
        "queries": {each["name"]: each for each in queries},
    }


def _alarms(ask: _Reading) -> dict[str, Any]:
    described = ask("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    every = [*described.get("MetricAlarms", []), *described.get("CompositeAlarms", [])]
    names = [each["DashboardName"] for each in ask("cloudwatch", "list_dashboards").get("DashboardEntries", [])]
    boards = {name: ask("cloudwatch", "get_dashboard", DashboardName=name).get("DashboardBody") for name in names}
    return {"alarms": {RANDOM.sub("", each["AlarmName"]): each for each in every}, "dashboards": boards}


def _pools(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pool in ask("cognito-idp", "list_user_pools", MaxResults=50).get("UserPools", []):
        of = {"UserPoolId": pool["Id"]}
        ask.known(pool["Id"], pool["Name"])
        described = ask("cognito-idp", "describe_user_pool", **of).get("UserPool", {})
        clients: dict[str, Any] = {}
        for each in ask("cognito-idp", "list_user_pool_clients", MaxResults=50, **of).get("UserPoolClients", []):
            got = ask("cognito-idp", "describe_user_pool_client", ClientId=each["ClientId"], **of)["UserPoolClient"]
            ask.known(each["ClientId"], each["ClientName"])
            secret = got.pop("ClientSecret", "")
            clients[RANDOM.sub("", each["ClientName"])] = {**got, "secret": bool(secret)}
        servers = ask("cognito-idp", "list_resource_servers", MaxResults=50, **of).get("ResourceServers", [])
        domain = described.get("Domain") or described.get("CustomDomain")
        found[RANDOM.sub("", pool["Name"])] = {
            **described,
            "clients": clients,
            "servers": {each["Identifier"]: each for each in servers},
            "risks": ask("cognito-idp", "describe_risk_configuration", **of).get("RiskConfiguration"),
            "mfa": ask("cognito-idp", "get_user_pool_mfa_config", **of),
            "domain": ask("cognito-idp", "describe_user_pool_domain", Domain=domain) if domain else None,
        }
    return found


def _functions(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in ask("lambda", "list_functions").get("Functions", []):
        policy = ask("lambda", "get_policy", FunctionName=each["FunctionName"]).get("Policy", "{}")
        # A statement that stands there twice allows what it allows once.
        statements: list[dict[str, Any]] = []
        for one in json.loads(policy).get("Statement", []):
            if (statement := _without(one, "Sid")) not in statements:
                statements.append(statement)
        reserved = ask("lambda", "get_function_concurrency", FunctionName=each["FunctionName"])
        found[RANDOM.sub("", each["FunctionName"])] = {
            **each,
            "permissions": statements,
            "reserved": reserved.get("ReservedConcurrentExecutions"),
        }
    return found


def _without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name not in names}


def _iam(ask: _Reading) -> dict[str, Any]:
    roles: dict[str, Any] = {}
    # Of two with one name, the newer one is used: after a lost response, a role is created again under another suffix.
    for role in sorted(ask("iam", "list_roles").get("Roles", []), key=lambda each: each["CreateDate"]):
        of = {"RoleName": role["RoleName"]}
        inline = ask("iam", "list_role_policies", **of).get("PolicyNames", [])
        attached = ask("iam", "list_attached_role_policies", **of).get("AttachedPolicies", [])
        roles[RANDOM.sub("", role["RoleName"])] = {
            **ask("iam", "get_role", **of)["Role"],
            "inline": {
                RANDOM.sub("", name): ask("iam", "get_role_policy", PolicyName=name, **of)["PolicyDocument"]
                for name in inline
            },
            "attached": sorted(RANDOM.sub("", each["PolicyName"]) for each in attached),
        }
    policies: dict[str, Any] = {}
    for each in ask("iam", "list_policies", Scope="Local").get("Policies", []):
        version = ask("iam", "get_policy_version", PolicyArn=each["Arn"], VersionId=each["DefaultVersionId"])
        policies[RANDOM.sub("", each["PolicyName"])] = version["PolicyVersion"]["Document"]
    return {"roles": roles, "policies": policies}


def _keys(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in ask("kms", "list_keys").get("Keys", []):
        key = ask("kms", "describe_key", KeyId=each["KeyId"])["KeyMetadata"]
        if key["KeyState"] != "Enabled" or key["KeyManager"] != "CUSTOMER":
            continue
        policy = ask("kms", "get_key_policy", KeyId=each["KeyId"], PolicyName="default").get("Policy")
        rotated = ask("kms", "get_key_rotation_status", KeyId=each["KeyId"]).get("KeyRotationEnabled")
        tags = ask("kms", "list_resource_tags", KeyId=each["KeyId"]).get("Tags")
        name = _numbered(key.get("Description") or "key", found)
        ask.known(each["KeyId"], name)
        found[name] = {"policy": policy, "rotated": rotated, "description": key.get("Description"), "tags": tags}
    return found


def _topics(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in ask("sns", "list_topics").get("Topics", []):
        attributes = ask("sns", "get_topic_attributes", TopicArn=each["TopicArn"]).get("Attributes", {})
        subscribed = ask("sns", "list_subscriptions_by_topic", TopicArn=each["TopicArn"]).get("Subscriptions", [])
        endpoints = sorted(f"{one['Protocol']} {one['Endpoint']}" for one in subscribed)
        attributes = {name: value for name, value in attributes.items() if not name.startswith("Subscriptions")}
        found[RANDOM.sub("", each["TopicArn"].rpartition(":")[2])] = {**attributes, "subscribed": endpoints}
    return found


def _certificates(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    every = {"keyTypes": ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]}
    for each in ask("acm", "list_certificates", Includes=every).get("CertificateSummaryList", []):
        ask.known(each["CertificateArn"].rpartition("/")[2], each["DomainName"])
        got = ask("acm", "describe_certificate", CertificateArn=each["CertificateArn"])["Certificate"]
        options = ("DomainName", "KeyAlgorithm", "Status", "Type", "CertificateAuthorityArn", "SubjectAlternativeNames")
        found[_numbered(each["DomainName"], found)] = {name: got.get(name) for name in options}
    return found


def _records(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for zone in ask("route53", "list_hosted_zones").get("HostedZones", []):
        for each in ask("route53", "list_resource_record_sets", HostedZoneId=zone["Id"]).get("ResourceRecordSets", []):
            if each["Type"] not in ("NS", "SOA", "CNAME"):
                alias = {k: v for k, v in each.get("AliasTarget", {}).items() if k == "EvaluateTargetHealth"}
                found[f"{each['Name']} {each['Type']}"] = {"alias": bool(each.get("AliasTarget")), **alias}
    return found


def _buckets(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in ask("s3", "list_buckets").get("Buckets", []):
        of = {"Bucket": each["Name"]}
        objects = ask("s3", "list_objects_v2", **of).get("Contents", [])
        found[RANDOM.sub("", each["Name"])] = {
            "versioning": ask("s3", "get_bucket_versioning", **of).get("Status"),
            "blocked": ask("s3", "get_public_access_block", **of).get("PublicAccessBlockConfiguration"),
            "encryption": ask("s3", "get_bucket_encryption", **of).get("ServerSideEncryptionConfiguration"),
            "ownership": ask("s3", "get_bucket_ownership_controls", **of).get("OwnershipControls"),
            "policy": ask("s3", "get_bucket_policy", **of).get("Policy"),
            "objects": {one["Key"]: one["Size"] for one in objects},
        }
    return found


def _network(ask: _Reading) -> dict[str, Any]:
    found: dict[str, Any] = {}
    groups = ask("ec2", "describe_security_groups").get("SecurityGroups", [])
    for each in groups:
        ask.known(each["GroupId"], each["GroupName"])
    for each in groups:
        if each["GroupName"] != "default":
            named = RANDOM.sub("", each["GroupName"])
            found[f"group {named}"] = _rules(each["IpPermissions"], "from")
            found[f"outbound {named}"] = [*_rules(each["IpPermissionsEgress"], "to"), {"VpcId": each["VpcId"]}]
    for each in ask("apigatewayv2", "get_vpc_links").get("Items", []):
        ask.known(each["VpcLinkId"], "link")
        found[f"link {RANDOM.sub('', each['Name'])}"] = {k: each[k] for k in ("SubnetIds", "SecurityGroupIds")}
    for each in ask("ec2", "describe_vpc_endpoints").get("VpcEndpoints", []):
        ask.known(each["VpcEndpointId"], "endpoint")
        wanted = (
            "PolicyDocument",
            "PrivateDnsEnabled",
            "SubnetIds",
            "VpcEndpointType",
            "ServiceName",
            "ServiceRegion",
            "VpcId",
        )
        groups_of = [one["GroupId"] for one in each.get("Groups", [])]
        found["endpoint"] = {**{name: each.get(name) for name in wanted}, "groups": groups_of}
    return found


def _rules(permissions: Sequence[Mapping[str, Any]], end: str) -> list[dict[str, Any]]:
    return [
        _without(one, "UserIdGroupPairs", "PrefixListIds")
        | {end: sorted(pair["GroupId"] for pair in one.get("UserIdGroupPairs", []))}
        for one in permissions
    ]


FAMILIES: dict[str, Callable[[_Reading], Any]] = {
    "network": _network,
    "certificates": _certificates,
    "kms": _keys,
    "pools": _pools,
    "waf": _waf,
    "apis": _apis,
    "plans": _plans,
    "domains": _domains,
    "logs": _logs,
    "alarms": _alarms,
    "functions": _functions,
    "iam": _iam,
    "topics": _topics,
    "records": _records,
    "buckets": _buckets,
    "account": lambda ask: _without(ask("apigateway", "get_account"), "ResponseMetadata"),
}
"""How each family of what AWS holds is asked for."""
