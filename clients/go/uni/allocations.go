package uni

import (
	"context"
	"net/http"

	"plumbline/clients/go/api/common"
	"plumbline/clients/go/api/identity"
)

// Amount is how much of a kind is used.
type Amount = struct {
	Committed int    `json:"committed"`
	Kind      string `json:"kind"`
	Reserved  int    `json:"reserved"`
}

// CreateAllocation enters what a resource uses into the ledger of the project that the context's principal acts in, and
// leaves the allocation's id on the resource, for the caller to persist. A call whose answer is lost may have taken
// effect, so it is never repeated.
func (i *Identity) CreateAllocation(ctx context.Context, resource *Resource, amounts []Amount) (*identity.AllocationRead, error) {
	principal, err := livePrincipal(ctx)
	if err != nil {
		return nil, err
	}
	organization, project, err := projectOf(principal.OrganizationID, principal.ProjectID)
	if err != nil {
		return nil, err
	}
	created, err := result[identity.AllocationRead, identity.IdentityAllocationsCreateResponse](201)(
		i.raw.IdentityAllocationsCreate(ctx, organization, project, allocation(resource, amounts)))
	if err != nil {
		return nil, err
	}
	if created.Metadata.Id == "" {
		return nil, &Error{
			Kind:   MalformedAnswer,
			Text:   "create an allocation: the id in the answer is empty",
			Answer: &Answer{Status: http.StatusCreated},
		}
	}
	if resource.Annotations == nil {
		resource.Annotations = map[string]string{}
	}
	resource.Annotations[annotationAllocation] = created.Metadata.Id
	return created, nil
}

// ReadAllocation gives a row of the ledger.
func (i *Identity) ReadAllocation(ctx context.Context, organization, project, id ID) (*identity.AllocationRead, error) {
	return result[identity.AllocationRead, identity.IdentityAllocationsReadResponse](200)(
		i.raw.IdentityAllocationsRead(ctx, organization, project, id))
}

// UpdateAllocation changes the amounts of the allocation that the resource names.
func (i *Identity) UpdateAllocation(ctx context.Context, resource *Resource, amounts []Amount) (*identity.AllocationRead, error) {
	organization, project, id, err := allocationOf(resource)
	if err != nil {
		return nil, err
	}
	return result[identity.AllocationRead, identity.IdentityAllocationsUpdateResponse](200)(
		i.raw.IdentityAllocationsUpdate(ctx, organization, project, id, allocation(resource, amounts)))
}

// DeleteAllocation deletes the allocation that the resource names; one that is gone is deleted.
func (i *Identity) DeleteAllocation(ctx context.Context, resource *Resource) error {
	organization, project, id, err := allocationOf(resource)
	if err != nil {
		return err
	}
	return unlessGone(done[identity.IdentityAllocationsDeleteResponse](202)(
		i.raw.IdentityAllocationsDelete(ctx, organization, project, id)))
}

func allocation(resource *Resource, amounts []Amount) identity.AllocationWrite {
	return identity.AllocationWrite{
		Metadata: common.WriteMetadata{Name: "undefined"},
		// An empty list is still a list.
		Spec: identity.AllocationSpec{Kind: resource.kind(), Id: resource.Name, Allocations: append([]Amount{}, amounts...)},
	}
}

// allocationOf finds the allocation of a resource: charged to its principal's project, named by its annotation.
func allocationOf(resource *Resource) (organization, project, id ID, err error) {
	principal, err := PrincipalOf(resource)
	if err != nil {
		return organization, project, id, err
	}
	text, there := resource.Annotations[annotationAllocation]
	if !there {
		return organization, project, id, inconsistent(resource, "it has no annotation `%s`", annotationAllocation)
	}
	if organization, project, err = projectOf(principal.OrganizationID, principal.ProjectID); err != nil {
		return organization, project, id, err
	}
	id, err = ParseID("allocation", text)
	return organization, project, id, err
}
