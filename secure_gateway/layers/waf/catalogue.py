"""What AWS WAF offers by name: managed rule groups and countries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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


# The place of a group decides its priority: new groups go to the end.
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

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""

COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, and XK, as AWS's `CountryCode` has them."""
