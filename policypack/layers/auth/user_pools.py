"""User pools that an API trusts protect their users."""

from collections.abc import Iterator

from ...model.auth import UserPool
from ...model.fact import Fact, every_listed
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ...model.wording import amount
from ..policy import Settings
from .layer import AUTH

_COGNITO = "https://docs.aws.amazon.com/cognito/latest/developerguide/"


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's {mfaConfiguration} to ON, with {softwareTokenMfaConfiguration}.",
    references=("owasp-api-2023:API2", "nist-800-53-r5:IA-2(1)", f"{_COGNITO}user-pool-settings-mfa.html"),
    config={
        "optional": {
            "type": "boolean",
            "default": False,
            "description": "Whether a second factor that users may leave out is enough.",
        }
    },
)
def user_pool_mfa(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts require a second factor.

    Passwords are reused and stolen. Pools in which every app client is a program are exempt: they have no users.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(pool.mfa_available if settings["optional"] else pool.mfa_required)


@AUTH.stack_policy(
    severity=Severity.MEDIUM,
    fix=(
        "Require at least 8 characters with upper and lower case letters, digits and symbols. Let temporary passwords "
        "expire after 7 days."
    ),
    references=(
        "fsbp:Cognito.3",
        "owasp-api-2023:API2",
        "nist-800-53-r5:IA-5(1)",
        f"{_COGNITO}managing-users-passwords.html",
    ),
    config={
        "least_length": {
            "type": "number",
            "default": 8,
            "description": "The smallest minimum length of passwords, in characters.",
        },
        "most_days": {
            "type": "number",
            "default": 7,
            "description": "The longest time, in days, for which a temporary password may be valid.",
        },
    },
)
def user_pool_passwords_strong(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts require strong passwords.

    A pool without a password policy has AWS's own, which is strong. A password policy that is only partly given does
    not require what it leaves out. Pools in which every app client is a program are exempt: they have no passwords.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(_strong_passwords(pool, settings["least_length"], settings["most_days"]))


def _strong_passwords(pool: UserPool, least_length: float, most_days: float) -> Fact:
    length, days = pool.minimum_password_length, pool.temporary_password_days
    return every_listed(
        pool.password_needs_all_character_types,
        Fact.of(
            None if length is None else length >= least_length,
            no=f"accepts passwords of fewer than {amount(least_length, 'character')}",
            unknown="its minimum password length is known only after deployment",
        ),
        Fact.of(
            None if days is None else days <= most_days,
            no=f"lets temporary passwords live longer than {amount(most_days, 'day')}",
            unknown="for how long its temporary passwords are valid is known only after deployment",
        ),
    )


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set {userPoolAddOns.advancedSecurityMode} to ENFORCED. This needs the feature plan PLUS.",
    references=(
        "fsbp:Cognito.1",
        "owasp-api-2023:API6",
        f"{_COGNITO}cognito-user-pool-settings-threat-protection.html",
    ),
)
def user_pool_threat_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts block sign-ins that look like attacks.

    Threat protection detects leaked passwords and automated guessing. It is billed per user.
    """
    for pool in stack.user_pools:
        if not pool.has_users.is_no:
            yield pool.verdict(pool.threat_protection_enforced)


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix="Set the pool's {deletionProtection} to ACTIVE.",
    references=("nist-800-53-r5:CP-9", f"{_COGNITO}user-pool-settings-deletion-protection.html"),
)
def user_pool_deletion_protection(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """User pools that an API trusts are protected from deletion.

    Deleting a pool deletes all its users, so no one can sign in any more. There is no backup.
    """
    for pool in stack.user_pools:
        yield pool.verdict(pool.deletion_protected)


@AUTH.stack_policy(
    severity=Severity.LOW,
    fix=(
        "Set {preventUserExistenceErrors} to ENABLED, leave {enableTokenRevocation} on, and use neither "
        "ALLOW_USER_PASSWORD_AUTH nor the implicit flow."
    ),
    references=("owasp-api-2023:API2", "cwe:204", f"{_COGNITO}user-pool-settings-client-apps.html"),
)
def user_pool_clients_hardened(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """App clients hide which users exist, revoke tokens, and allow neither plain passwords nor the implicit flow.

    Each of these makes it harder to guess accounts or to use a stolen token. Only app clients of user pools that an API
    trusts are evaluated.
    """
    for pool in stack.user_pools:
        for client in pool.clients:
            yield client.verdict(client.hardened)
