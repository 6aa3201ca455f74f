"""The closed sets of values that options accept, as types: editors complete them, and type checkers find typos.

Every list of choices in the component is derived from these types. The countries are ISO 3166-1 alpha-2, and XK.
"""

from typing import Literal

AccessMode = Literal["BASIC", "STRICT"]
Architecture = Literal["arm64", "x86_64"]
Authorization = Literal["cognito", "function", "iam", "none", "preflight"]
AuthorizerType = Literal["REQUEST", "TOKEN"]
BlockedResponseStatus = Literal[
    400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505
]
BlockedResponseType = Literal["APPLICATION_JSON", "TEXT_HTML", "TEXT_PLAIN"]
BodyInspectionKb = Literal[16, 32, 48, 64]
# fmt: off
Country = Literal[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD",
    "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA",
    "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE",
    "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA",
    "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK",
    "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP",
    "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT",
    "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS",
    "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ",
    "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS",
    "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST",
    "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW",
    "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT",
    "ZA", "ZM", "ZW",
]
# fmt: on
DomainEndpointType = Literal["EDGE", "REGIONAL"]
DomainSecurityPolicy = Literal[
    "SecurityPolicy_TLS12_2018_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS13_2025_EDGE", "TLS_1_2"
]
ExecutionLogLevel = Literal["ERROR", "INFO", "OFF"]
HttpMethod = Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
IpAddressType = Literal["dualstack", "ipv4"]
KeyAlgorithm = Literal["EC_prime256v1", "EC_secp384r1", "RSA_2048"]
KeySource = Literal["AUTHORIZER", "HEADER"]
LogClass = Literal["INFREQUENT_ACCESS", "STANDARD"]
LoggedRequests = Literal["ALL", "MATCHED"]
ManagedGroupName = Literal[
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAdminProtectionRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesLinuxRuleSet",
    "AWSManagedRulesUnixRuleSet",
    "AWSManagedRulesWindowsRuleSet",
    "AWSManagedRulesPHPRuleSet",
    "AWSManagedRulesWordPressRuleSet",
    "AWSManagedRulesBotControlRuleSet",
    "AWSManagedRulesAntiDDoSRuleSet",
]
Mfa = Literal["OFF", "ON", "OPTIONAL"]
OversizeHandling = Literal["CONTINUE", "MATCH"]
PoolTier = Literal["ESSENTIALS", "LITE", "PLUS"]
QuotaPeriod = Literal["DAY", "MONTH", "WEEK"]
ResponseTransferMode = Literal["BUFFERED", "STREAM"]
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
RouteMethod = Literal["ANY", HttpMethod]
RoutingMode = Literal["BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"]
Runtime = Literal["python3.12", "python3.13", "python3.14"]
SecurityMeaning = Literal["openapi", "aws"]
SecurityPolicy = Literal[
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
    "TLS_1_2",
]
Sensitivity = Literal["HIGH", "LOW"]
SignIn = Literal["EMAIL", "USERNAME"]
TableAction = Literal["GetItem", "PutItem", "Query"]
ThreatProtection = Literal["AUDIT", "ENFORCED", "OFF"]
TokenAlgorithm = Literal["ES256", "Ed25519", "EdDSA", "PS256", "RS256"]
TokenUse = Literal["access", "id"]
WindowSeconds = Literal[60, 120, 300, 600]
