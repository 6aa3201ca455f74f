// A secure gateway in Go that streams responses. `pulumi install` generates the SDK that this imports.
package main

import (
	"example.com/pulumi-secure-gateway/sdk/go/securegateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		gateway, err := securegateway.NewSecureGateway(ctx, "orders", &securegateway.SecureGatewayArgs{
			Routes: []securegateway.RouteArgs{{Path: "/{proxy+}"}},
			DefaultIntegration: &securegateway.IntegrationArgs{
				Url:                  pulumi.String("https://backend.example.com"),
				ResponseTransferMode: pulumi.StringRef("STREAM"),
			},
			Network: &securegateway.NetworkLayerArgs{AllowCidrs: []string{"203.0.113.0/24"}},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", gateway.Url)
		ctx.Export("posture", gateway.Posture)
		return nil
	})
}
