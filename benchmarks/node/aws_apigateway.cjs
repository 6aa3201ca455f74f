// The Node part of benchmarks/peer.py: RestAPI of pulumi-aws-apigateway on Pulumi's mocks. Prints JSON.
// Usage: node aws_apigateway.cjs RESTAPI_JS ROUTES, with NODE_PATH set to its node_modules.
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
const { RestAPI } = require(process.argv[2]);

let made = 0;
pulumi.runtime.setMocks({
  newResource(args) {
    made += 1;
    const arn = `arn:aws:x:eu-west-1:123456789012:${args.name}`;
    return { id: `${args.name}-id`, state: { arn, executionArn: arn, invokeArn: arn, ...args.inputs } };
  },
  call: () => ({ region: "eu-west-1", name: "eu-west-1", accountId: "123456789012", partition: "aws" }),
});

// All registrations are complete when no call is in progress.
const settled = () => pulumi.runtime.disconnect();

async function declare(name, count) {
  const eventHandler = new aws.lambda.Function(name, {
    runtime: "python3.12",
    handler: "index.handler",
    role: "arn:aws:iam::1:role/backend",
  });
  const pool = new aws.cognito.UserPool(name);
  const authorizer = {
    authorizerName: "customers",
    parameterName: "Authorization",
    identitySource: ["method.request.header.Authorization"],
    providerARNs: [pool],
  };
  const routes = Array.from({ length: count }, (_, number) => ({
    path: `/things${Math.floor(number / 2)}`,
    method: number % 2 ? "POST" : "GET",
    eventHandler,
    authorizers: [authorizer],
  }));
  new RestAPI(name, { routes, stageName: "live" });
  await settled();
}

async function main() {
  await declare("first", 1);
  const [before, begun] = [made, process.cpuUsage()];
  await declare("shop", Number(process.argv[3]));
  const took = process.cpuUsage(begun);
  console.log(JSON.stringify({ seconds: (took.user + took.system) / 1e6, resources: made - before }));
}
main();
