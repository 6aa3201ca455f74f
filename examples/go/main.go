// A secure gateway from Go. Not run here: Pulumi's language host for Go does not come from a package registry.
// `pulumi package add ../../secure_gateway` writes the SDK that this imports.
package main

import (
	"example.com/orders/sdks/secure-gateway/securegateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		gateway, err := securegateway.NewSecureGateway(ctx, "orders", &securegateway.SecureGatewayArgs{
			Routes: []securegateway.RouteArgs{{Path: "/{proxy+}"}},
			DefaultIntegration: &securegateway.IntegrationArgs{
				Url: pulumi.String("https://backend.example.com"),
			},
			Network: &securegateway.NetworkArgs{AllowCidrs: []string{"203.0.113.0/24"}},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", gateway.Url)
		return nil
	})
}
