"""What AWS WAF offers by name: managed rule groups and countries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ...choices import Country


@dataclass(frozen=True, kw_only=True)
class ManagedGroup:
    """A rule group that AWS writes and updates."""

    capacity: int
    """Web ACL capacity units, fixed by AWS."""

    rules: tuple[str, ...]
    """Names of its rules, as its latest version has them: AWS ignores a name that it does not know."""

    counted: tuple[str, ...] = ()
    """Its rules that only count here, since they would block what ordinary API clients send."""

    config: Mapping[str, Any] | None = None
    """The settings that AWS demands for it."""

    paid: bool = False
    """Whether AWS charges for it in addition to the price of a rule."""


MAY_COUNT = frozenset(
    {
        *("NoUserAgent_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING", "HostingProviderIPList"),
        *("CategoryHttpLibrary", "SignalNonBrowserUserAgent"),
    }
)
"""Rules of managed groups that block what legitimate API clients send, so that nobody asks why they only count."""

# The position of a group decides its priority: new groups go to the end.
MANAGED_GROUPS = {
    "AWSManagedRulesAmazonIpReputationList": ManagedGroup(
        capacity=25, rules=("AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList")
    ),
    "AWSManagedRulesAnonymousIpList": ManagedGroup(capacity=50, rules=("AnonymousIPList", "HostingProviderIPList")),
    "AWSManagedRulesCommonRuleSet": ManagedGroup(
        capacity=700,
        rules=(
            "NoUserAgent_HEADER",
            "UserAgent_BadBots_HEADER",
            *(f"SizeRestrictions_{part}" for part in ("QUERYSTRING", "Cookie_HEADER", "BODY", "URIPATH")),
            *(f"EC2MetaDataSSRF_{part}" for part in ("BODY", "COOKIE", "URIPATH", "QUERYARGUMENTS")),
            *(f"GenericLFI_{part}" for part in ("QUERYARGUMENTS", "URIPATH", "BODY")),
            *(f"RestrictedExtensions_{part}" for part in ("URIPATH", "QUERYARGUMENTS")),
            *(f"GenericRFI_{part}" for part in ("QUERYARGUMENTS", "BODY", "URIPATH")),
            *(f"CrossSiteScripting_{part}" for part in ("COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH")),
        ),
        # Bodies above 8 KB, and clients that name no user agent.
        counted=("NoUserAgent_HEADER", "SizeRestrictions_BODY"),
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": ManagedGroup(
        capacity=200,
        rules=(
            *(f"JavaDeserializationRCE_{part}" for part in ("HEADER", "BODY", "URIPATH", "QUERYSTRING")),
            *("Host_localhost_HEADER", "PROPFIND_METHOD", "ExploitablePaths_URIPATH", "ReactJSRCE_BODY"),
            *(f"Log4JRCE_{part}" for part in ("HEADER", "QUERYSTRING", "BODY", "URIPATH")),
        ),
    ),
    "AWSManagedRulesAdminProtectionRuleSet": ManagedGroup(capacity=100, rules=("AdminProtection_URIPATH",)),
    "AWSManagedRulesSQLiRuleSet": ManagedGroup(
        capacity=200,
        rules=(
            *(f"SQLi_{part}" for part in ("QUERYARGUMENTS", "BODY", "COOKIE", "URIPATH")),
            *(f"SQLiExtendedPatterns_{part}" for part in ("QUERYARGUMENTS", "BODY")),
        ),
    ),
    "AWSManagedRulesLinuxRuleSet": ManagedGroup(
        capacity=200, rules=tuple(f"LFI_{part}" for part in ("URIPATH", "QUERYSTRING", "HEADER"))
    ),
    "AWSManagedRulesUnixRuleSet": ManagedGroup(
        capacity=100, rules=tuple(f"UNIXShellCommandsVariables_{part}" for part in ("QUERYSTRING", "BODY", "HEADER"))
    ),
    "AWSManagedRulesWindowsRuleSet": ManagedGroup(
        capacity=200,
        rules=tuple(
            f"{shell}Commands_{part}"
            for shell in ("WindowsShell", "PowerShell")
            for part in ("COOKIE", "QUERYARGUMENTS", "BODY")
        ),
    ),
    "AWSManagedRulesPHPRuleSet": ManagedGroup(
        capacity=100, rules=tuple(f"PHPHighRiskMethodsVariables_{part}" for part in ("HEADER", "QUERYSTRING", "BODY"))
    ),
    "AWSManagedRulesWordPressRuleSet": ManagedGroup(
        capacity=100, rules=("WordPressExploitableCommands_QUERYSTRING", "WordPressExploitablePaths_URIPATH")
    ),
    "AWSManagedRulesBotControlRuleSet": ManagedGroup(
        capacity=50,
        rules=(
            *(
                f"Category{kind}"
                for kind in (
                    *("Advertising", "Archiver", "ContentFetcher", "EmailClient", "HttpLibrary", "LinkChecker"),
                    *("Miscellaneous", "Monitoring", "PagePreview", "ScrapingFramework", "SearchEngine", "Security"),
                    *("Seo", "SocialMedia", "Webhooks", "AI"),
                )
            ),
            *(f"Signal{kind}" for kind in ("AutomatedBrowser", "KnownBotDataCenter", "NonBrowserUserAgent")),
        ),
        # What every client of an API is: no browser.
        counted=("CategoryHttpLibrary", "SignalNonBrowserUserAgent"),
        # The other level asks callers to solve challenges, which only a browser can.
        config={"aws_managed_rules_bot_control_rule_set": {"inspection_level": "COMMON"}},
        paid=True,
    ),
    "AWSManagedRulesAntiDDoSRuleSet": ManagedGroup(
        capacity=50,
        rules=("ChallengeAllDuringEvent", "ChallengeDDoSRequests", "DDoSRequests"),
        # Clients of an API cannot solve a challenge.
        config={
            "aws_managed_rules_anti_ddos_rule_set": {
                "client_side_action_config": {"challenge": {"usage_of_action": "DISABLED"}},
                "sensitivity_to_block": "LOW",
            }
        },
        paid=True,
    ),
}

COUNTRIES = frozenset[str](get_args(Country))
"""ISO 3166-1 alpha-2, and XK, as AWS's `CountryCode` has them."""
