// Package principal holds facts about identity's principals.
package principal

import (
	"context"

	"github.com/unikorn-cloud/identity/pkg/openapi"
)

// Principal is a fact.
type Principal struct {
	OrganizationID  string
	OrganizationIDs []string
	ProjectID       string
	Type            openapi.AuthClaimsAcctype
	Actor           string
}

// NewContext is a fact.
func NewContext(ctx context.Context, principal *Principal) context.Context {
	panic("a fact has no body")
}

// NewImpersonateContext is a fact.
func NewImpersonateContext(ctx context.Context) context.Context { panic("a fact has no body") }
