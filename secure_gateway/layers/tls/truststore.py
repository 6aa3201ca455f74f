"""The truststore of mutual TLS: CA certificates in a bucket of their own, with a new version for each change."""

import hashlib
import json
import warnings
from dataclasses import dataclass

import pulumi

from .spec import MutualTlsSpec

_KEY = "truststore.pem"


@dataclass(frozen=True)
class Truststore:
    """A truststore as a domain name's mutual TLS settings take it."""

    uri: pulumi.Output[str]
    version: pulumi.Output[str]
    """Id of the object's version. API Gateway reads changed certificates only if it changes."""


def truststore(name: str, spec: MutualTlsSpec, opts: pulumi.ResourceOptions) -> Truststore:
    """Create a bucket, and the bundle in it once the bucket is private and versioned."""
    from .ca_bundle import checked  # slow to import, and gateways without mutual TLS do not need it

    # Importing the module always causes warnings about the deprecated classes that it defines.
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        from pulumi_aws.s3 import (
            Bucket,
            BucketObjectv2,
            BucketOwnershipControls,
            BucketPolicy,
            BucketPublicAccessBlock,
            BucketServerSideEncryptionConfiguration,
            BucketVersioning,
        )

    label = f"{name}-truststore"
    bucket = Bucket(label, force_destroy=spec.force_destroy, opts=opts)
    private = BucketPublicAccessBlock(
        label,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    owned = BucketOwnershipControls(
        label, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
    )
    encrypted = BucketServerSideEncryptionConfiguration(
        label,
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=opts,
    )
    versioned = BucketVersioning(label, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=opts)
    # S3 rejects a bucket policy while it sets the public access block.
    guarded = BucketPolicy(
        label,
        bucket=bucket.id,
        policy=bucket.arn.apply(_only_encrypted),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[private])),
    )
    # An object that was created before versioning has no version that the domain could refer to.
    before = pulumi.ResourceOptions(depends_on=[versioned, private, owned, encrypted, guarded])
    content = spec.ca_pem if isinstance(spec.ca_pem, str) else pulumi.Output.from_input(spec.ca_pem).apply(checked)
    bundle = BucketObjectv2(
        label,
        bucket=bucket.id,
        key=_KEY,
        content=content,
        # A refresh does not read the content, but the ETag, which is its MD5 with this encryption. So an upload that
        # failed is repeated after a refresh, and what someone else has uploaded is replaced.
        etag=_md5(content) if isinstance(content, str) else content.apply(_md5),
        content_type="application/x-pem-file",
        opts=pulumi.ResourceOptions.merge(opts, before),
    )
    return Truststore(uri=pulumi.Output.concat("s3://", bundle.bucket, "/", bundle.key), version=bundle.version_id)


def _md5(content: str) -> str:
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def _only_encrypted(bucket_arn: str) -> str:
    statement = {
        "Sid": "OnlyEncrypted",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
