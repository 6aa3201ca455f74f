// A gateway in TypeScript, with a Cognito user pool, a streamed response, and an API key and a quota for partners.
import * as aws from "@pulumi/aws";
import { SecureGateway } from "@pulumi/secure-gateway";

const role = new aws.iam.Role("orders", {
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
});
const orders = new aws.lambda.CallbackFunction("orders", {
    role,
    callback: async () => ({ statusCode: 200, body: "[]" }),
});

const gateway = new SecureGateway("orders", {
    functions: { orders: orders.arn },
    defaultIntegration: { function: "orders" },
    routes: [
        { path: "/orders", method: "GET", scopes: ["orders/read"] },
        {
            path: "/reports",
            method: "GET",
            scopes: ["orders/read"],
            // Large or slow responses are passed on as they arrive, for up to 15 minutes.
            integration: { url: "https://reports.example.com", responseTransferMode: "STREAM", timeoutMs: 300000 },
        },
        { path: "/partners/orders", method: "POST", auth: "iam", apiKey: true },
    ],
    auth: {
        default: "customers",
        authorizers: { customers: { cognito: { identifier: "orders", scopes: { read: "See orders" } } } },
    },
    keys: {
        plans: { partner: { rate: 20, burst: 40, quota: { limit: 10000, period: "DAY" } } },
        keys: { acme: { plan: "partner" } },
    },
    network: { allowCidrs: ["203.0.113.0/24"] },
});

export const url = gateway.url;
export const posture = gateway.posture;
