"""A user pool with its resource server, clients, sign-in domain and threat protection."""

import pulumi
from pulumi_aws import cognito, route53

from ...validation.outputs import returned
from .cognito import ClientSpec, CognitoSpec, DomainSpec

_GRACE_SECONDS = 10
"""How long a rotated refresh token is accepted once more, in case the response with the new one was lost."""


class Pool:
    """What one Cognito authorizer makes."""

    def __init__(self, name: str, spec: CognitoSpec, opts: pulumi.ResourceOptions) -> None:
        """Make the pool and all that belongs to it."""
        self.pool = _pool(name, spec, opts)
        if spec.threat_protection == "ENFORCED":
            _risk(name, spec, self.pool, opts)
        self.url: pulumi.Output[str] | None = None
        self.target: pulumi.Output[str] | None = None
        if spec.domain_prefix:
            domain = cognito.UserPoolDomain(
                name, domain=spec.domain_prefix, user_pool_id=self.pool.id, opts=_replaced_first(opts)
            )
            self.url = pulumi.Output.all(domain.domain, _arn(self.pool)).apply(lambda both: _hosted(both[0], both[1]))
        elif spec.domain:
            domain = _own_domain(name, spec.domain, self.pool, opts)
            self.url = domain.domain.apply(lambda host: f"https://{host}")
            self.target = domain.cloudfront_distribution
        self.clients = _clients(name, spec, self.pool, opts)


def _replaced_first(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """A pool has one domain of each kind, and a domain one pool: the successor is refused while the old one exists."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))


def _arn(pool: cognito.UserPool) -> pulumi.Output[str]:
    return returned(pool, "arn", pool.arn, "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abcdefghi")


def _hosted(prefix: str, pool_arn: str) -> str:
    partition, region = pool_arn.split(":")[1], pool_arn.split(":")[3]
    return f"https://{prefix}.auth{'-fips' if partition == 'aws-us-gov' else ''}.{region}.amazoncognito.com"


def _own_domain(
    name: str, spec: DomainSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> cognito.UserPoolDomain:
    domain = cognito.UserPoolDomain(
        name, domain=spec.name, certificate_arn=spec.certificate_arn, user_pool_id=pool.id, opts=_replaced_first(opts)
    )
    if spec.zone_id is not None:
        route53.Record(
            f"{name}-sign-in",
            zone_id=spec.zone_id,
            name=spec.name,
            type="A",
            aliases=[
                {
                    "name": domain.cloudfront_distribution,
                    "zone_id": domain.cloudfront_distribution_zone_id,
                    "evaluate_target_health": False,
                }
            ],
            opts=opts,
        )
    return domain


def _pool(name: str, spec: CognitoSpec, opts: pulumi.ResourceOptions) -> cognito.UserPool:
    return cognito.UserPool(
        name,
        user_pool_tier=spec.tier or None,
        user_pool_add_ons=None
        if spec.threat_protection == "OFF"
        else {"advanced_security_mode": spec.threat_protection},
        username_attributes=["email"] if spec.sign_in == "EMAIL" else None,
        username_configuration={"case_sensitive": False},
        admin_create_user_config={"allow_admin_create_user_only": not spec.self_sign_up},
        auto_verified_attributes=["email"],
        account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
        password_policy={
            "minimum_length": spec.password_length,
            "require_lowercase": True,
            "require_uppercase": True,
            "require_numbers": True,
            "require_symbols": True,
            "temporary_password_validity_days": spec.temporary_password_days,
            "password_history_size": spec.password_history or None,
        },
        mfa_configuration=spec.mfa,
        software_token_mfa_configuration=None if spec.mfa == "OFF" else {"enabled": True},
        email_configuration=(
            None
            if spec.ses_identity_arn is None
            else {"email_sending_account": "DEVELOPER", "source_arn": spec.ses_identity_arn}
        ),
        deletion_protection="ACTIVE" if spec.deletion_protection else "INACTIVE",
        opts=opts,
    )


def _risk(
    name: str, spec: CognitoSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> cognito.RiskConfiguration:
    """Configure what enforcement does; otherwise Cognito knows only that it should enforce something.

    Users are notified if the pool has its own sender, with AWS's standard messages.
    """
    sender = spec.ses_identity_arn
    notify = sender is not None
    return cognito.RiskConfiguration(
        name,
        user_pool_id=pool.id,
        compromised_credentials_risk_configuration={"actions": {"event_action": "BLOCK"}},
        account_takeover_risk_configuration={
            "actions": {
                "high_action": {"event_action": "BLOCK", "notify": notify},
                "medium_action": {"event_action": "MFA_IF_CONFIGURED", "notify": notify},
                "low_action": {"event_action": "NO_ACTION", "notify": False},
            },
            "notify_configuration": None if sender is None else {"source_arn": sender},
        },
        opts=opts,
    )


def _clients(
    name: str, spec: CognitoSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> dict[str, cognito.UserPoolClient]:
    server = cognito.ResourceServer(
        name,
        identifier=spec.identifier,
        name=spec.identifier,
        user_pool_id=pool.id,
        scopes=[{"scope_name": key, "scope_description": text} for key, text in sorted(spec.scopes.items())],
        opts=opts,
    )
    # A client may only ask for scopes that exist already.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[server]))
    return {key: _client(f"{name}-{key}", each, spec, pool, after) for key, each in spec.clients.items()}


def _client(
    name: str, client: ClientSpec, spec: CognitoSpec, pool: cognito.UserPool, opts: pulumi.ResourceOptions
) -> cognito.UserPoolClient:
    scopes = [spec.full_scope(scope) for scope in client.scopes]
    of_users = [scope for scope in ("openid", "email") if scope not in scopes]
    rotated = client.rotate_refresh_tokens
    # Rotation and the flow that renews with an unrotated token exclude each other.
    flows = ["ALLOW_USER_SRP_AUTH"] if rotated else ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    return cognito.UserPoolClient(
        name,
        user_pool_id=pool.id,
        generate_secret=client.secret,
        allowed_oauth_flows_user_pool_client=True,
        allowed_oauth_flows=["client_credentials"] if client.machine else ["code"],
        allowed_oauth_scopes=scopes if client.machine else [*of_users, *scopes],
        supported_identity_providers=None if client.machine else ["COGNITO"],
        callback_urls=list(client.callback_urls) or None,
        logout_urls=list(client.logout_urls) or None,
        explicit_auth_flows=[] if client.machine else flows,
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=True,
        auth_session_validity=client.sign_in_minutes,
        access_token_validity=client.access_token_minutes,
        id_token_validity=client.id_token_minutes,
        refresh_token_validity=client.refresh_token_hours,
        refresh_token_rotation=(
            {"feature": "ENABLED", "retry_grace_period_seconds": _GRACE_SECONDS} if rotated else None
        ),
        token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "hours"},
        opts=opts,
    )
