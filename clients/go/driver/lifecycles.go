package main

import (
	"context"

	"plumbline/clients/go/kit"
	"plumbline/clients/go/uni"
)

// annotationAllocation names the allocation of a resource.
const annotationAllocation = "unikorn-cloud.org/allocation-id"

// lifecycles are what controllers and handlers do with the client: each is one attempt, which the kit repeats.
var lifecycles = map[string]kit.Attempt[*session]{
	"project-reference/present": steps(func(ctx context.Context, c *call, _ *kit.Run) error {
		return c.client.References(c.resource).AddToProject(ctx)
	}),
	"project-reference/absent": finalizing(func(ctx context.Context, c *call, _ *kit.Run) error {
		return c.client.References(c.resource).RemoveFromProject(ctx)
	}),
	"network-reference/present": steps(func(ctx context.Context, c *call, run *kit.Run) error {
		network, err := networkOf(run)
		if err != nil {
			return err
		}
		return c.client.References(c.resource).AddToNetwork(ctx, network)
	}),
	"network-reference/absent": finalizing(func(ctx context.Context, c *call, run *kit.Run) error {
		network, err := networkOf(run)
		if err != nil {
			return err
		}
		return c.client.References(c.resource).RemoveFromNetwork(ctx, network)
	}),
	"allocation/present": steps(allocate),
	"allocation/absent": finalizing(func(ctx context.Context, c *call, run *kit.Run) error {
		if _, there := c.resource.Annotations[annotationAllocation]; !there {
			return nil
		}
		return c.client.IdentityFor(c.resource).DeleteAllocation(ctx, c.resource)
	}),
}

// allocate is a handler's: what it creates is stored with the resource, or deleted again. Only the deletion is ever
// repeated; after a creation that failed nobody knows whether it happened.
func allocate(ctx context.Context, c *call, run *kit.Run) error {
	refused, _ := run.State.(error)
	if refused == nil {
		if _, there := c.resource.Annotations[annotationAllocation]; there {
			return nil
		}
		amounts, err := kit.Argument[[]uni.Amount](c.asked, "allocations")
		if err != nil {
			return err
		}
		if _, err := c.identity.CreateAllocation(ctx, c.resource, amounts); err != nil {
			return kit.Final{Err: err}
		}
		if refused = store(c, run); refused == nil {
			return nil
		}
		run.State = refused
	}
	if err := c.identity.DeleteAllocation(ctx, c.resource); err != nil {
		return err
	}
	return kit.Final{Err: refused}
}

// steps is an attempt for the resource of a lifecycle, which is left as the client leaves it.
func steps(do func(context.Context, *call, *kit.Run) error) kit.Attempt[*session] {
	return func(ctx context.Context, s *session, run *kit.Run) error {
		_, err := forResource(func(ctx context.Context, c *call) (any, error) { return nil, do(ctx, c, run) })(ctx, s, &run.Call)
		return err
	}
}

// finalizing is such an attempt whose resource is stored once it succeeded, and not before: then its finalizer goes.
func finalizing(do func(context.Context, *call, *kit.Run) error) kit.Attempt[*session] {
	return steps(func(ctx context.Context, c *call, run *kit.Run) error {
		if err := do(ctx, c, run); err != nil {
			return err
		}
		return store(c, run)
	})
}

// store persists the resource as the client left it.
func store(c *call, run *kit.Run) error {
	run.Resource.Labels, run.Resource.Annotations = c.resource.Labels, c.resource.Annotations
	return run.Store()
}

func networkOf(run *kit.Run) (uni.ID, error) {
	text, err := kit.Argument[string](&run.Call, "network")
	if err != nil {
		return uni.ID{}, err
	}
	return uni.ParseID("network", text)
}
