// The Node part of benchmarks/authorizer.py: aws-jwt-verify with the same token and keys. Prints JSON.
const { CognitoJwtVerifier } = require("aws-jwt-verify");
const given = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
const verifier = CognitoJwtVerifier.create({
  userPoolId: given.issuer.split("/").pop(),
  tokenUse: "access",
  clientId: given.client,
});
verifier.cacheJwks(given.jwks);

function timed(name, took) {
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(took.length * share)] / 1000;
  return { name, p50: at(0.5), p99: at(0.99) };
}

async function main() {
  const sync = [];
  for (let i = -given.warmUp; i < given.count; i++) {
    const begun = process.hrtime.bigint();
    verifier.verifySync(given.token);
    if (i >= 0) sync.push(Number(process.hrtime.bigint() - begun));
  }
  const awaited = [];
  for (let i = -given.warmUp; i < given.count; i++) {
    const begun = process.hrtime.bigint();
    await verifier.verify(given.token);
    if (i >= 0) awaited.push(Number(process.hrtime.bigint() - begun));
  }
  console.log(
    JSON.stringify([
      timed("aws-jwt-verify (Node), verifySync: verified decode only", sync),
      timed("aws-jwt-verify (Node), verify: verified decode only", awaited),
    ])
  );
}
main();
