// A program that uses everything that a monitor responds to. `tests/sources/test_golang.py` runs it.
package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Any AWS resource by its token, without the cost of compiling pulumi-aws.
type made struct{ pulumi.CustomResourceState }

func newMade(
	ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption,
) (*made, error) {
	var resource made
	err := ctx.RegisterResource("aws:"+token, name, props, &resource, opts...)
	return &resource, err
}

type inner struct{ pulumi.ResourceState }

func newInner(ctx *pulumi.Context, name string) (*inner, error) {
	var component inner
	if err := ctx.RegisterComponentResource("my:index:Inner", name, &component); err != nil {
		return nil, err
	}
	topic, err := newMade(ctx, "sns/topic:Topic", name+"-topic", nil, pulumi.Parent(&component))
	if err != nil {
		return nil, err
	}
	return &component, ctx.RegisterResourceOutputs(&component, pulumi.Map{"arn": topic.ID()})
}

type nothing struct{}

type region struct {
	Name string `pulumi:"name"`
}

func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	var names []string
	settings.GetObject("names", &names)
	if settings.RequireInt("size") == 0 {
		return errors.New("the size must not be zero")
	}
	if err := ctx.RegisterResourceTransform(
		func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			args.Props["team"] = pulumi.String("shop")
			return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
		}); err != nil {
		return err
	}
	component, err := newInner(ctx, "inner")
	if err != nil {
		return err
	}
	network, err := pulumi.NewStackReference(ctx, "acme/network/prod", nil)
	if err != nil {
		return err
	}
	var here region
	if err := ctx.Invoke("aws:index/getRegion:getRegion", &nothing{}, &here); err != nil {
		return err
	}
	api, err := newMade(ctx, "apigateway/restApi:RestApi", "api", pulumi.Map{
		"name":  pulumi.String("shop"),
		"names": pulumi.ToStringArray(names),
		"here":  pulumi.String(here.Name),
		"vpc":   network.GetOutput(pulumi.String("vpc")),
		"token": settings.RequireSecret("token"),
		"known": pulumi.ToSecret(pulumi.String("s3cret")),
	})
	if err != nil {
		return err
	}
	stage, err := newMade(ctx, "apigateway/stage:Stage", "live", pulumi.Map{
		"restApi": api.ID(),
	}, pulumi.DependsOn([]pulumi.Resource{component}), pulumi.IgnoreChanges([]string{"variables"}))
	if err != nil {
		return err
	}
	ctx.Export("stage", stage.ID())
	return ctx.Log.Warn("careful", nil)
}

func main() {
	pulumi.Run(program)
}
