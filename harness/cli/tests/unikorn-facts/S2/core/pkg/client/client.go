// Package client holds facts about core's clients.
package client

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// HTTPOptions is a fact.
type HTTPOptions struct{}

// AddFlags is a fact.
func (o *HTTPOptions) AddFlags(f *pflag.FlagSet) { panic("a fact has no body") }

// HTTPClientOptions is a fact.
type HTTPClientOptions struct{}

// AddFlags is a fact.
func (o *HTTPClientOptions) AddFlags(f *pflag.FlagSet) { panic("a fact has no body") }

// SetNow is a fact.
func (o *HTTPClientOptions) SetNow(now func() time.Time) { panic("a fact has no body") }

// NewContext is a fact.
func NewContext(ctx context.Context, client client.Client) context.Context {
	panic("a fact has no body")
}
