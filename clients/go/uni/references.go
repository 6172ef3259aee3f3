package uni

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"plumbline/clients/go/api/identity"
	"plumbline/clients/go/api/region"
)

// ID is a UUID. It travels in the canonical spelling, whatever the one it was read from.
type ID = uuid.UUID

// ParseID reads an id; what names it in the error.
func ParseID(what, text string) (ID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return ID{}, &Error{Kind: InvalidArgument, Text: fmt.Sprintf("%s: `%s` is no UUID", what, text)}
	}
	return id, nil
}

// References is what a resource depends on: while a reference is held, its target is not deleted.
// Adding what is there and removing what is not succeeds.
type References struct {
	resource *Resource
	identity *identity.Client
	region   *region.Client
}

// AddToProject makes the resource depend on the project of its labels.
func (r *References) AddToProject(ctx context.Context) error {
	organization, project, err := r.project()
	if err != nil {
		return err
	}
	return done[identity.IdentityReferencesAddResponse](201)(
		r.identity.IdentityReferencesAdd(ctx, organization, project, r.escaped()))
}

// RemoveFromProject ends that; a project that is gone holds no reference.
func (r *References) RemoveFromProject(ctx context.Context) error {
	organization, project, err := r.project()
	if err != nil {
		return err
	}
	return unlessGone(done[identity.IdentityReferencesRemoveResponse](204)(
		r.identity.IdentityReferencesRemove(ctx, organization, project, r.escaped())))
}

// AddToNetwork makes the resource depend on a network.
func (r *References) AddToNetwork(ctx context.Context, network ID) error {
	return done[region.RegionReferencesAddResponse](201)(r.region.RegionReferencesAdd(ctx, network, r.escaped()))
}

// RemoveFromNetwork ends that; a network that is gone holds no reference.
func (r *References) RemoveFromNetwork(ctx context.Context, network ID) error {
	return unlessGone(done[region.RegionReferencesRemoveResponse](204)(
		r.region.RegionReferencesRemove(ctx, network, r.escaped())))
}

// project is where the resource lives: its plain labels, never their twins.
func (r *References) project() (organization, project ID, err error) {
	for _, label := range []string{labelOrganization, labelProject} {
		if _, there := r.resource.Labels[label]; !there {
			return ID{}, ID{}, inconsistent(r.resource, "it has no label `%s`", label)
		}
	}
	return projectOf(r.resource.Labels[labelOrganization], r.resource.Labels[labelProject])
}

// escaped is the reference escaped once more than a path needs: the server undoes one level for its routes and one for
// the parameter.
func (r *References) escaped() string {
	return url.PathEscape(r.resource.kind() + "/" + r.resource.Name)
}

// kind is how the platform names the resource's kind; its own group has another name there.
func (r *Resource) kind() string {
	group := r.Group
	if group == "unikorn-cloud.org" {
		group = "kubernetes.unikorn-cloud.org"
	}
	return r.Plural + "." + group
}

func projectOf(organization, project string) (o, p ID, err error) {
	if o, err = ParseID("organization", organization); err == nil {
		p, err = ParseID("project", project)
	}
	return o, p, err
}

// unlessGone takes the platform's own 404 for success. Anybody else's says nothing about the target.
func unlessGone(err error) error {
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == Refused && refused.Answer.Status == http.StatusNotFound {
		return nil
	}
	return err
}
