"""A second, plain description of the claims that an access token may have, to compare the authorizer with."""

LATEST = 1e11


def is_time(value):
    return type(value) in (int, float) and 0 < value < LATEST


def is_past_or_time(value):
    """Some issuers write 0 for a time that they do not know."""
    return is_time(value) or (type(value) in (int, float) and value == 0)


def is_name(value):
    return isinstance(value, str) and 0 < len(value) <= 256 and value.isprintable()


def is_acceptable(claims, issuer, audience, now, leeway=30):
    """Whether a signed token with these claims is an access token of the issuer for the audience, now."""
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    timely = is_time(claims.get("exp")) and claims["exp"] > now - leeway
    timely = timely and all(
        is_past_or_time(claims[name]) and claims[name] <= now + leeway for name in ("nbf", "iat") if name in claims
    )
    named_use = [claims[name] for name in ("token_use", "typ") if claims.get(name) is not None]
    is_access = all(isinstance(each, str) and each.lower() in {"access", "bearer", "at+jwt"} for each in named_use)
    other_purpose = {"events", "at_hash", "c_hash", "s_hash"} & set(claims)
    if "nonce" in claims and not named_use:
        other_purpose.add("nonce")
    sign_in = bool({"auth_time", "acr", "amr"} & set(claims))
    sign_in = sign_in or (not named_use and "azp" in claims and claims["azp"] in audiences)
    marks = ("scope", "scp", "client_id", "cid", "appid", "azpacr", "appidacr", "gty")
    if sign_in and not any(claims.get(each) for each in marks):
        other_purpose.add("a sign-in")
    scope = claims.get("scope", claims.get("scp"))
    return bool(
        isinstance(claims.get("iss"), str)
        and claims["iss"] == issuer
        and audiences
        and all(isinstance(each, str) for each in audiences)
        and audience in audiences
        and timely
        and is_access
        and not other_purpose
        and is_name(claims.get("sub"))
        and (scope is None or isinstance(scope, str | list))
        and "cnf" not in claims
    )
