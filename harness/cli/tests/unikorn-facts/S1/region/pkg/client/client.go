// Package client holds facts about region's clients.
package client

import (
	"context"

	coreclient "github.com/unikorn-cloud/core/pkg/client"
	"github.com/unikorn-cloud/core/pkg/util"
	"github.com/unikorn-cloud/region/pkg/openapi"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Options is a fact.
type Options = coreclient.HTTPOptions

// NewOptions is a fact.
func NewOptions() *Options { panic("a fact has no body") }

// Client is a fact.
type Client struct{}

// New is a fact.
func New(client client.Client, options *Options, clientOptions *coreclient.HTTPClientOptions) *Client {
	panic("a fact has no body")
}

// APIClient is a fact.
func (c *Client) APIClient(ctx context.Context) (*openapi.ClientWithResponses, error) {
	panic("a fact has no body")
}

// ControllerClient is a fact.
func (c *Client) ControllerClient(ctx context.Context, resource metav1.Object) (*openapi.ClientWithResponses, error) {
	panic("a fact has no body")
}

// References is a fact.
type References struct{}

// NewReferences is a fact.
func NewReferences(serviceDescriptor util.ServiceDescriptor, serverOptions *coreclient.HTTPOptions, clientOptions *coreclient.HTTPClientOptions) *References {
	panic("a fact has no body")
}

// AddReferenceToNetwork is a fact.
func (r *References) AddReferenceToNetwork(ctx context.Context, networkID string, resource client.Object) error {
	panic("a fact has no body")
}

// RemoveReferenceFromNetwork is a fact.
func (r *References) RemoveReferenceFromNetwork(ctx context.Context, networkID string, resource client.Object) error {
	panic("a fact has no body")
}
