// Package openapi holds facts about identity's generated client.
package openapi

import (
	"context"
	"net/http"

	"github.com/unikorn-cloud/identity/pkg/ids"
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

// These are facts: what ids are.
type (
	OrganizationIDParameter = ids.OrganizationID
	ProjectIDParameter      = ids.ProjectID
	AllocationIDParameter   = ids.AllocationID
)

// AuthClaimsAcctype is a fact.
type AuthClaimsAcctype string

// ResourceAllocationList is a fact.
type ResourceAllocationList []ResourceAllocation

// GetApiV1OrganizationsParams is a fact.
type GetApiV1OrganizationsParams struct{}

// These are facts: what is answered.
type (
	ResourceAllocation    struct{}
	OrganizationsResponse struct{}
	OrganizationResponse  struct{}
	ProjectsResponse      struct{}
	ProjectResponse       struct{}
	QuotasResponse        struct{}
	AllocationResponse    struct{}
)

// GetApiV1OrganizationsResponse is a fact.
type GetApiV1OrganizationsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *OrganizationsResponse
}

// GetApiV1OrganizationsWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsWithResponse(ctx context.Context, params *GetApiV1OrganizationsParams, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsResponse, error) {
	panic("a fact has no body")
}

// PostApiV1OrganizationsJSONRequestBody is a fact.
type PostApiV1OrganizationsJSONRequestBody struct{}

// PostApiV1OrganizationsResponse is a fact.
type PostApiV1OrganizationsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON202      *OrganizationResponse
}

// PostApiV1OrganizationsWithResponse is a fact.
func (c *ClientWithResponses) PostApiV1OrganizationsWithResponse(ctx context.Context, body PostApiV1OrganizationsJSONRequestBody, reqEditors ...RequestEditorFn) (*PostApiV1OrganizationsResponse, error) {
	panic("a fact has no body")
}

// GetApiV1OrganizationsOrganizationIDResponse is a fact.
type GetApiV1OrganizationsOrganizationIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *OrganizationResponse
}

// GetApiV1OrganizationsOrganizationIDWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsOrganizationIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsOrganizationIDResponse, error) {
	panic("a fact has no body")
}

// PutApiV1OrganizationsOrganizationIDJSONRequestBody is a fact.
type PutApiV1OrganizationsOrganizationIDJSONRequestBody struct{}

// PutApiV1OrganizationsOrganizationIDResponse is a fact.
type PutApiV1OrganizationsOrganizationIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
}

// PutApiV1OrganizationsOrganizationIDWithResponse is a fact.
func (c *ClientWithResponses) PutApiV1OrganizationsOrganizationIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, body PutApiV1OrganizationsOrganizationIDJSONRequestBody, reqEditors ...RequestEditorFn) (*PutApiV1OrganizationsOrganizationIDResponse, error) {
	panic("a fact has no body")
}

// DeleteApiV1OrganizationsOrganizationIDResponse is a fact.
type DeleteApiV1OrganizationsOrganizationIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
}

// DeleteApiV1OrganizationsOrganizationIDWithResponse is a fact.
func (c *ClientWithResponses) DeleteApiV1OrganizationsOrganizationIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, reqEditors ...RequestEditorFn) (*DeleteApiV1OrganizationsOrganizationIDResponse, error) {
	panic("a fact has no body")
}

// GetApiV1OrganizationsOrganizationIDProjectsResponse is a fact.
type GetApiV1OrganizationsOrganizationIDProjectsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *ProjectsResponse
}

// GetApiV1OrganizationsOrganizationIDProjectsWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsOrganizationIDProjectsWithResponse(ctx context.Context, organizationID OrganizationIDParameter, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsOrganizationIDProjectsResponse, error) {
	panic("a fact has no body")
}

// PostApiV1OrganizationsOrganizationIDProjectsJSONRequestBody is a fact.
type PostApiV1OrganizationsOrganizationIDProjectsJSONRequestBody struct{}

// PostApiV1OrganizationsOrganizationIDProjectsResponse is a fact.
type PostApiV1OrganizationsOrganizationIDProjectsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON202      *ProjectResponse
}

// PostApiV1OrganizationsOrganizationIDProjectsWithResponse is a fact.
func (c *ClientWithResponses) PostApiV1OrganizationsOrganizationIDProjectsWithResponse(ctx context.Context, organizationID OrganizationIDParameter, body PostApiV1OrganizationsOrganizationIDProjectsJSONRequestBody, reqEditors ...RequestEditorFn) (*PostApiV1OrganizationsOrganizationIDProjectsResponse, error) {
	panic("a fact has no body")
}

// GetApiV1OrganizationsOrganizationIDProjectsProjectIDResponse is a fact.
type GetApiV1OrganizationsOrganizationIDProjectsProjectIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *ProjectResponse
}

// GetApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, projectID ProjectIDParameter, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsOrganizationIDProjectsProjectIDResponse, error) {
	panic("a fact has no body")
}

// PutApiV1OrganizationsOrganizationIDProjectsProjectIDJSONRequestBody is a fact.
type PutApiV1OrganizationsOrganizationIDProjectsProjectIDJSONRequestBody struct{}

// PutApiV1OrganizationsOrganizationIDProjectsProjectIDResponse is a fact.
type PutApiV1OrganizationsOrganizationIDProjectsProjectIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
}

// PutApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse is a fact.
func (c *ClientWithResponses) PutApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, projectID ProjectIDParameter, body PutApiV1OrganizationsOrganizationIDProjectsProjectIDJSONRequestBody, reqEditors ...RequestEditorFn) (*PutApiV1OrganizationsOrganizationIDProjectsProjectIDResponse, error) {
	panic("a fact has no body")
}

// DeleteApiV1OrganizationsOrganizationIDProjectsProjectIDResponse is a fact.
type DeleteApiV1OrganizationsOrganizationIDProjectsProjectIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
}

// DeleteApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse is a fact.
func (c *ClientWithResponses) DeleteApiV1OrganizationsOrganizationIDProjectsProjectIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, projectID ProjectIDParameter, reqEditors ...RequestEditorFn) (*DeleteApiV1OrganizationsOrganizationIDProjectsProjectIDResponse, error) {
	panic("a fact has no body")
}

// GetApiV1OrganizationsOrganizationIDQuotasResponse is a fact.
type GetApiV1OrganizationsOrganizationIDQuotasResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *QuotasResponse
}

// GetApiV1OrganizationsOrganizationIDQuotasWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsOrganizationIDQuotasWithResponse(ctx context.Context, organizationID OrganizationIDParameter, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsOrganizationIDQuotasResponse, error) {
	panic("a fact has no body")
}

// PutApiV1OrganizationsOrganizationIDQuotasJSONRequestBody is a fact.
type PutApiV1OrganizationsOrganizationIDQuotasJSONRequestBody struct{}

// PutApiV1OrganizationsOrganizationIDQuotasResponse is a fact.
type PutApiV1OrganizationsOrganizationIDQuotasResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *QuotasResponse
}

// PutApiV1OrganizationsOrganizationIDQuotasWithResponse is a fact.
func (c *ClientWithResponses) PutApiV1OrganizationsOrganizationIDQuotasWithResponse(ctx context.Context, organizationID OrganizationIDParameter, body PutApiV1OrganizationsOrganizationIDQuotasJSONRequestBody, reqEditors ...RequestEditorFn) (*PutApiV1OrganizationsOrganizationIDQuotasResponse, error) {
	panic("a fact has no body")
}

// GetApiV1OrganizationsOrganizationIDProjectsProjectIDAllocationsAllocationIDResponse is a fact.
type GetApiV1OrganizationsOrganizationIDProjectsProjectIDAllocationsAllocationIDResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	JSON200      *AllocationResponse
}

// GetApiV1OrganizationsOrganizationIDProjectsProjectIDAllocationsAllocationIDWithResponse is a fact.
func (c *ClientWithResponses) GetApiV1OrganizationsOrganizationIDProjectsProjectIDAllocationsAllocationIDWithResponse(ctx context.Context, organizationID OrganizationIDParameter, projectID ProjectIDParameter, allocationID AllocationIDParameter, reqEditors ...RequestEditorFn) (*GetApiV1OrganizationsOrganizationIDProjectsProjectIDAllocationsAllocationIDResponse, error) {
	panic("a fact has no body")
}
