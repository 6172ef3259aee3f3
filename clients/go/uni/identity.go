package uni

import (
	"context"

	"plumbline/clients/go/api/identity"
)

// Identity calls the identity service. Lists are whole, and in the server's order.
type Identity struct{ raw *identity.Client }

// ListOrganizations gives those that the caller may see.
func (i *Identity) ListOrganizations(ctx context.Context) (*identity.Organizations, error) {
	return result[identity.Organizations, identity.IdentityOrganizationsListResponse](200)(
		i.raw.IdentityOrganizationsList(ctx, &identity.IdentityOrganizationsListParams{}))
}

// CreateOrganization makes one.
func (i *Identity) CreateOrganization(ctx context.Context, body identity.OrganizationWrite) (*identity.OrganizationRead, error) {
	return result[identity.OrganizationRead, identity.IdentityOrganizationsCreateResponse](202)(
		i.raw.IdentityOrganizationsCreate(ctx, body))
}

// ReadOrganization gives one.
func (i *Identity) ReadOrganization(ctx context.Context, organization ID) (*identity.OrganizationRead, error) {
	return result[identity.OrganizationRead, identity.IdentityOrganizationsReadResponse](200)(
		i.raw.IdentityOrganizationsRead(ctx, organization))
}

// UpdateOrganization changes one.
func (i *Identity) UpdateOrganization(ctx context.Context, organization ID, body identity.OrganizationWrite) error {
	return done[identity.IdentityOrganizationsUpdateResponse](200)(
		i.raw.IdentityOrganizationsUpdate(ctx, organization, body))
}

// DeleteOrganization asks for one to be deleted.
func (i *Identity) DeleteOrganization(ctx context.Context, organization ID) error {
	return done[identity.IdentityOrganizationsDeleteResponse](202)(
		i.raw.IdentityOrganizationsDelete(ctx, organization))
}

// ListProjects gives those of an organization, those that are being deleted included.
func (i *Identity) ListProjects(ctx context.Context, organization ID) (*identity.Projects, error) {
	return result[identity.Projects, identity.IdentityProjectsListResponse](200)(
		i.raw.IdentityProjectsList(ctx, organization))
}

// CreateProject makes one.
func (i *Identity) CreateProject(ctx context.Context, organization ID, body identity.ProjectWrite) (*identity.ProjectRead, error) {
	return result[identity.ProjectRead, identity.IdentityProjectsCreateResponse](202)(
		i.raw.IdentityProjectsCreate(ctx, organization, body))
}

// ReadProject gives one.
func (i *Identity) ReadProject(ctx context.Context, organization, project ID) (*identity.ProjectRead, error) {
	return result[identity.ProjectRead, identity.IdentityProjectsReadResponse](200)(
		i.raw.IdentityProjectsRead(ctx, organization, project))
}

// UpdateProject changes one.
func (i *Identity) UpdateProject(ctx context.Context, organization, project ID, body identity.ProjectWrite) error {
	return done[identity.IdentityProjectsUpdateResponse](200)(
		i.raw.IdentityProjectsUpdate(ctx, organization, project, body))
}

// DeleteProject asks for one to be deleted; it goes when nothing depends on it any more.
func (i *Identity) DeleteProject(ctx context.Context, organization, project ID) error {
	return done[identity.IdentityProjectsDeleteResponse](202)(
		i.raw.IdentityProjectsDelete(ctx, organization, project))
}

// ReadQuotas gives an organization's limits, and how much of each is used.
func (i *Identity) ReadQuotas(ctx context.Context, organization ID) (*identity.QuotasRead, error) {
	return result[identity.QuotasRead, identity.IdentityQuotasReadResponse](200)(
		i.raw.IdentityQuotasRead(ctx, organization))
}

// UpdateQuotas changes an organization's limits.
func (i *Identity) UpdateQuotas(ctx context.Context, organization ID, body identity.QuotasWrite) (*identity.QuotasRead, error) {
	return result[identity.QuotasRead, identity.IdentityQuotasUpdateResponse](200)(
		i.raw.IdentityQuotasUpdate(ctx, organization, body))
}
