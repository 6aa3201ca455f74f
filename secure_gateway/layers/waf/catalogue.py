"""What AWS WAF offers by name: managed rule groups and countries."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ManagedGroup:
    """A rule group that AWS writes and updates, at no price of its own."""

    capacity: int
    """Web ACL capacity units, fixed by AWS."""

    counted: tuple[str, ...] = ()
    """Its rules that only count here, since they refuse what ordinary API clients send."""


# The place of a group decides its priority: new groups go to the end.
MANAGED_GROUPS = {
    "AWSManagedRulesAmazonIpReputationList": ManagedGroup(capacity=25),
    "AWSManagedRulesAnonymousIpList": ManagedGroup(capacity=50),
    "AWSManagedRulesCommonRuleSet": ManagedGroup(
        capacity=700,
        # Bodies above 8 KB, and clients that name no user agent.
        counted=("NoUserAgent_HEADER", "SizeRestrictions_BODY"),
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": ManagedGroup(capacity=200),
    "AWSManagedRulesAdminProtectionRuleSet": ManagedGroup(capacity=100),
    "AWSManagedRulesSQLiRuleSet": ManagedGroup(capacity=200),
    "AWSManagedRulesLinuxRuleSet": ManagedGroup(capacity=200),
    "AWSManagedRulesUnixRuleSet": ManagedGroup(capacity=100),
    "AWSManagedRulesWindowsRuleSet": ManagedGroup(capacity=200),
    "AWSManagedRulesPHPRuleSet": ManagedGroup(capacity=100),
    "AWSManagedRulesWordPressRuleSet": ManagedGroup(capacity=100),
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
