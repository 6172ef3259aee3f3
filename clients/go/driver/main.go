// Command driver makes the client of package uni act for Plumbline. This file says what it can do; session.go builds
// clients, and says in the protocol's words what came of their calls; lifecycles.go is what controllers do with them.
package main

import (
	"context"
	"net/http"

	"plumbline/clients/go/api/identity"
	"plumbline/clients/go/api/region"
	"plumbline/clients/go/kit"
	"plumbline/clients/go/uni"
)

func main() {
	kit.Main(kit.Driver[*session]{
		Name:    "plumbline-go",
		Version: "0.1.0",
		Capabilities: []kit.Capability{
			kit.APIClient, kit.ControllerClient, kit.TraceContext, kit.CertificatePropagation, kit.Impersonation,
			kit.PlatformSecrets, kit.AnonymousTLS, kit.Reload, kit.Clock, kit.CallTimeout, kit.Cancel, kit.Concurrent,
			kit.Converge, kit.Crash, kit.GiveUp, kit.VirtualWait, kit.ReadsRequests,
		},
		Open:       open,
		Secrets:    (*session).replaceSecrets,
		Advance:    (*session).advance,
		Close:      (*session).close,
		Operations: operations,
		Lifecycles: lifecycles,
		Crash:      (*session).crash,
		Explain:    explain,
	})
}

var operations = map[string]kit.Operation[*session]{
	"identity.organizations.list": does(func(ctx context.Context, c *call, _ []uni.ID, _ none) (any, error) {
		return c.identity.ListOrganizations(ctx)
	}),
	"identity.organizations.create": does(func(ctx context.Context, c *call, _ []uni.ID, body identity.OrganizationWrite) (any, error) {
		return c.identity.CreateOrganization(ctx, body)
	}),
	"identity.organizations.read": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.identity.ReadOrganization(ctx, id[0])
	}, "organization"),
	"identity.organizations.update": does(func(ctx context.Context, c *call, id []uni.ID, body identity.OrganizationWrite) (any, error) {
		return nil, c.identity.UpdateOrganization(ctx, id[0], body)
	}, "organization"),
	"identity.organizations.delete": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return nil, c.identity.DeleteOrganization(ctx, id[0])
	}, "organization"),
	"identity.projects.list": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.identity.ListProjects(ctx, id[0])
	}, "organization"),
	"identity.projects.create": does(func(ctx context.Context, c *call, id []uni.ID, body identity.ProjectWrite) (any, error) {
		return c.identity.CreateProject(ctx, id[0], body)
	}, "organization"),
	"identity.projects.read": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.identity.ReadProject(ctx, id[0], id[1])
	}, "organization", "project"),
	"identity.projects.update": does(func(ctx context.Context, c *call, id []uni.ID, body identity.ProjectWrite) (any, error) {
		return nil, c.identity.UpdateProject(ctx, id[0], id[1], body)
	}, "organization", "project"),
	"identity.projects.delete": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return nil, c.identity.DeleteProject(ctx, id[0], id[1])
	}, "organization", "project"),
	"identity.quotas.read": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.identity.ReadQuotas(ctx, id[0])
	}, "organization"),
	"identity.quotas.update": does(func(ctx context.Context, c *call, id []uni.ID, body identity.QuotasWrite) (any, error) {
		return c.identity.UpdateQuotas(ctx, id[0], body)
	}, "organization"),
	"identity.allocations.create": forResource(func(ctx context.Context, c *call) (any, error) {
		amounts, err := kit.Argument[[]uni.Amount](c.asked, "allocations")
		if err != nil {
			return nil, err
		}
		return c.identity.CreateAllocation(ctx, c.resource, amounts)
	}),
	"identity.allocations.read": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.identity.ReadAllocation(ctx, id[0], id[1], id[2])
	}, "organization", "project", "allocation"),
	"identity.allocations.update": forResource(func(ctx context.Context, c *call) (any, error) {
		amounts, err := kit.Argument[[]uni.Amount](c.asked, "allocations")
		if err != nil {
			return nil, err
		}
		return c.identity.UpdateAllocation(ctx, c.resource, amounts)
	}),
	"identity.allocations.delete": forResource(func(ctx context.Context, c *call) (any, error) {
		return nil, c.identity.DeleteAllocation(ctx, c.resource)
	}),
	"identity.references.add": forResource(func(ctx context.Context, c *call) (any, error) {
		return nil, c.client.References(c.resource).AddToProject(ctx)
	}),
	"identity.references.remove": forResource(func(ctx context.Context, c *call) (any, error) {
		return nil, c.client.References(c.resource).RemoveFromProject(ctx)
	}),
	"identity.tokens.exchange": forResource(func(ctx context.Context, c *call) (any, error) {
		token, err := kit.Argument[string](c.asked, "token")
		if err != nil {
			return nil, err
		}
		var scope uni.TokenScope
		for name, place := range map[string]**uni.ID{
			"scope_organization": &scope.Organization, "scope_project": &scope.Project,
		} {
			text, err := kit.OptionalArgument[string](c.asked, name)
			if err != nil {
				return nil, err
			}
			if text == nil {
				continue
			}
			id, err := uni.ParseID(name, *text)
			if err != nil {
				return nil, err
			}
			*place = &id
		}
		return c.client.ExchangeToken(ctx, token, scope)
	}),
	"identity.tokens.issue": forResource(func(ctx context.Context, c *call) (any, error) {
		token, err := c.client.IssueToken(ctx)
		if err != nil {
			return nil, err
		}
		return map[string]any{"tokenType": token.Type, "expiresIn": int(token.ExpiresIn.Seconds())}, nil
	}),
	"region.networks.list": does(func(ctx context.Context, c *call, _ []uni.ID, _ none) (any, error) {
		filter, err := filter(c.asked)
		if err != nil {
			return nil, err
		}
		return c.region.ListNetworks(ctx, filter)
	}),
	"region.networks.create": does(func(ctx context.Context, c *call, _ []uni.ID, body region.NetworkCreate) (any, error) {
		return c.region.CreateNetwork(ctx, body)
	}),
	"region.networks.read": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return c.region.ReadNetwork(ctx, id[0])
	}, "network"),
	"region.networks.update": does(func(ctx context.Context, c *call, id []uni.ID, body region.NetworkUpdate) (any, error) {
		return c.region.UpdateNetwork(ctx, id[0], body)
	}, "network"),
	"region.networks.delete": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return nil, c.region.DeleteNetwork(ctx, id[0])
	}, "network"),
	"region.references.add": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return nil, c.client.References(c.resource).AddToNetwork(ctx, id[0])
	}, "network"),
	"region.references.remove": does(func(ctx context.Context, c *call, id []uni.ID, _ none) (any, error) {
		return nil, c.client.References(c.resource).RemoveFromNetwork(ctx, id[0])
	}, "network"),
}

// none is the body of operations that have none.
type none struct{}

// call is one call with what it is made on.
type call struct {
	asked    *kit.Call
	client   *uni.Client
	identity *uni.Identity
	region   *uni.Region
	resource *uni.Resource
}

// does is an operation of certain ids, and of a body unless B is none.
func does[B any](do func(context.Context, *call, []uni.ID, B) (any, error), ids ...string) kit.Operation[*session] {
	return forResource(func(ctx context.Context, c *call) (any, error) {
		values := make([]uni.ID, len(ids))
		for i, name := range ids {
			text, err := kit.Argument[string](c.asked, name)
			if err != nil {
				return nil, err
			}
			if values[i], err = uni.ParseID(name, text); err != nil {
				return nil, err
			}
		}
		var body B
		if _, bodiless := any(body).(none); !bodiless {
			var err error
			if body, err = kit.Argument[B](c.asked, "body"); err != nil {
				return nil, err
			}
		}
		return do(ctx, c, values, body)
	})
}

// forResource is an operation that may be for the call's resource, which is left as the client leaves it.
func forResource(do func(context.Context, *call) (any, error)) kit.Operation[*session] {
	return func(ctx context.Context, s *session, asked *kit.Call) (any, error) {
		c := &call{asked: asked, client: s.client, identity: s.client.Identity(), region: s.client.Region()}
		if left := asked.Resource; left != nil {
			c.resource = &uni.Resource{
				Group: left.Group, Plural: left.Plural, Name: left.Name, Labels: left.Labels, Annotations: left.Annotations,
			}
			defer func() { left.Labels, left.Annotations = c.resource.Labels, c.resource.Annotations }()
		}
		if asked.Client == "controller" {
			if c.resource == nil {
				return nil, kit.NotAttempted("a controller's call needs a resource")
			}
			c.identity, c.region = s.client.IdentityFor(c.resource), s.client.RegionFor(c.resource)
		}
		ctx, err := withCaller(ctx, asked.Context)
		if err != nil {
			return nil, err
		}
		return do(ctx, c)
	}
}

func filter(asked *kit.Call) (filter uni.NetworkFilter, err error) {
	for name, list := range map[string]*[]string{
		"organizations": &filter.Organizations, "projects": &filter.Projects, "regions": &filter.Regions,
	} {
		given, err := kit.OptionalArgument[[]string](asked, name)
		if err != nil {
			return filter, err
		}
		if given != nil {
			*list = *given
		}
	}
	return filter, nil
}

// serving has the client find in the request being served what a call carries on.
func serving(ctx context.Context, given *kit.Serving, bearer *uni.Principal) (context.Context, error) {
	request := &uni.ServedRequest{Header: http.Header{}, Bearer: bearer, Span: given.Span}
	for _, line := range given.Headers {
		request.Header.Add(line[0], line[1])
	}
	if given.For == "authorization" {
		request.Purpose = uni.ForAuthorization
	}
	return uni.Serving(ctx, request)
}

func withCaller(ctx context.Context, given kit.Context) (context.Context, error) {
	var principal *uni.Principal
	if p := given.Principal; p != nil {
		principal = &uni.Principal{
			OrganizationID: p.OrganizationID, OrganizationIDs: p.OrganizationIDs, ProjectID: p.ProjectID,
			Type: p.Type, Actor: p.Actor,
		}
		ctx = uni.WithPrincipal(ctx, principal)
	}
	if given.Serving != nil {
		return serving(ctx, given.Serving, principal)
	}
	if given.Impersonates() {
		ctx = uni.WithImpersonation(ctx)
	}
	if given.Certificate != nil {
		ctx = uni.WithCertificate(ctx, *given.Certificate)
	}
	// As in any service that traces, what is no trace is none, and breaks no call.
	if trace, err := uni.ParseTrace(given.Traceparent, given.Tracestate); err == nil {
		ctx = uni.WithTrace(ctx, trace)
	}
	return ctx, nil
}
