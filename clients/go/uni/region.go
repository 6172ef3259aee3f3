package uni

import (
	"context"

	"plumbline/clients/go/api/region"
)

// Region calls the region service. Lists are whole, and in the server's order.
type Region struct{ raw *region.Client }

// NetworkFilter says which networks are wanted; a list that is empty leaves none out.
type NetworkFilter struct{ Organizations, Projects, Regions []string }

// ListNetworks gives those that the caller may see.
func (r *Region) ListNetworks(ctx context.Context, filter NetworkFilter) (*region.Networks, error) {
	return result[region.Networks, region.RegionNetworksListResponse](200)(
		r.raw.RegionNetworksList(ctx, &region.RegionNetworksListParams{
			OrganizationID: unlessEmpty(filter.Organizations),
			ProjectID:      unlessEmpty(filter.Projects),
			RegionID:       unlessEmpty(filter.Regions),
		}))
}

// CreateNetwork makes one.
func (r *Region) CreateNetwork(ctx context.Context, body region.NetworkCreate) (*region.NetworkRead, error) {
	return result[region.NetworkRead, region.RegionNetworksCreateResponse](201)(
		r.raw.RegionNetworksCreate(ctx, body))
}

// ReadNetwork gives one.
func (r *Region) ReadNetwork(ctx context.Context, network ID) (*region.NetworkRead, error) {
	return result[region.NetworkRead, region.RegionNetworksReadResponse](200)(
		r.raw.RegionNetworksRead(ctx, network))
}

// UpdateNetwork changes one.
func (r *Region) UpdateNetwork(ctx context.Context, network ID, body region.NetworkUpdate) (*region.NetworkRead, error) {
	return result[region.NetworkRead, region.RegionNetworksUpdateResponse](202)(
		r.raw.RegionNetworksUpdate(ctx, network, body))
}

// DeleteNetwork asks for one to be deleted; refused while something depends on it.
func (r *Region) DeleteNetwork(ctx context.Context, network ID) error {
	return done[region.RegionNetworksDeleteResponse](202)(
		r.raw.RegionNetworksDelete(ctx, network))
}

func unlessEmpty(list []string) *[]string {
	if len(list) == 0 {
		return nil
	}
	return &list
}
