// Package openapi holds facts about region's generated client.
package openapi

import (
	"context"
	"net/http"
)

// HttpRequestDoer is a fact.
type HttpRequestDoer interface {
	Do(req *http.Request) (*http.Response, error)
}

// RequestEditorFn is a fact.
type RequestEditorFn func(ctx context.Context, req *http.Request) error

// ClientInterface is a fact.
type ClientInterface any

// ClientWithResponsesInterface is a fact.
type ClientWithResponsesInterface any

// Client is a fact.
type Client struct {
	Client HttpRequestDoer
}

// ClientWithResponses is a fact.
type ClientWithResponses struct {
	ClientInterface
}

// NetworkIDParameter is a fact.
type NetworkIDParameter = string

// These are facts: what networks are filtered by.
type (
	OrganizationIDQueryParameter = []string
	ProjectIDQueryParameter      = []string
	RegionIDQueryParameter       = []string
)

// GetApiV2NetworksParams is a fact.
type GetApiV2NetworksParams struct {
	OrganizationID *OrganizationIDQueryParameter
	ProjectID      *ProjectIDQueryParameter
	RegionID       *RegionIDQueryParameter
}

// These are facts: what is answered.
type (
	NetworksV2Response struct{}
	NetworkV2Response  struct{}
)

// GetApiV2NetworksResponse is a fact.
type GetApiV2NetworksResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *NetworksV2Response
}

// GetApiV2NetworksWithResponse is a fact.
func (c *ClientWithResponses) GetApiV2NetworksWithResponse(ctx context.Context, params *GetApiV2NetworksParams, reqEditors ...RequestEditorFn) (*GetApiV2NetworksResponse, error) {
	panic("a fact has no body")
}

// PostApiV2NetworksJSONRequestBody is a fact.
type PostApiV2NetworksJSONRequestBody struct{}

// PostApiV2NetworksResponse is a fact.
type PostApiV2NetworksResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON201      *NetworkV2Response
}

// PostApiV2NetworksWithResponse is a fact.
func (c *ClientWithResponses) PostApiV2NetworksWithResponse(ctx context.Context, body PostApiV2NetworksJSONRequestBody, reqEditors ...RequestEditorFn) (*PostApiV2NetworksResponse, error) {
	panic("a fact has no body")
}

// GetApiV2NetworksNetworkIDResponse is a fact.
type GetApiV2NetworksNetworkIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *NetworkV2Response
}

// GetApiV2NetworksNetworkIDWithResponse is a fact.
func (c *ClientWithResponses) GetApiV2NetworksNetworkIDWithResponse(ctx context.Context, networkID NetworkIDParameter, reqEditors ...RequestEditorFn) (*GetApiV2NetworksNetworkIDResponse, error) {
	panic("a fact has no body")
}

// PutApiV2NetworksNetworkIDJSONRequestBody is a fact.
type PutApiV2NetworksNetworkIDJSONRequestBody struct{}

// PutApiV2NetworksNetworkIDResponse is a fact.
type PutApiV2NetworksNetworkIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON202      *NetworkV2Response
}

// PutApiV2NetworksNetworkIDWithResponse is a fact.
func (c *ClientWithResponses) PutApiV2NetworksNetworkIDWithResponse(ctx context.Context, networkID NetworkIDParameter, body PutApiV2NetworksNetworkIDJSONRequestBody, reqEditors ...RequestEditorFn) (*PutApiV2NetworksNetworkIDResponse, error) {
	panic("a fact has no body")
}

// DeleteApiV2NetworksNetworkIDResponse is a fact.
type DeleteApiV2NetworksNetworkIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
}

// DeleteApiV2NetworksNetworkIDWithResponse is a fact.
func (c *ClientWithResponses) DeleteApiV2NetworksNetworkIDWithResponse(ctx context.Context, networkID NetworkIDParameter, reqEditors ...RequestEditorFn) (*DeleteApiV2NetworksNetworkIDResponse, error) {
	panic("a fact has no body")
}
