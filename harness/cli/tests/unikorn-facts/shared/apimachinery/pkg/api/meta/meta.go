// Package meta is the part of Kubernetes' that the scaffold uses.
package meta

import "k8s.io/apimachinery/pkg/runtime/schema"

// RESTScope is a scope.
type RESTScope interface {
	Name() string
}

// RESTScopeNamespace is that of namespaces.
var RESTScopeNamespace RESTScope

// RESTMapper maps kinds to resources.
type RESTMapper interface {
	ResourceSingularizer(resource string) (singular string, err error)
}

// DefaultRESTMapper is one.
type DefaultRESTMapper struct{}

// NewDefaultRESTMapper makes it.
func NewDefaultRESTMapper(defaultGroupVersions []schema.GroupVersion) *DefaultRESTMapper {
	panic("a fact has no body")
}

// AddSpecific adds a kind.
func (m *DefaultRESTMapper) AddSpecific(kind schema.GroupVersionKind, plural, singular schema.GroupVersionResource, scope RESTScope) {
	panic("a fact has no body")
}

// ResourceSingularizer knows singulars.
func (m *DefaultRESTMapper) ResourceSingularizer(resourceType string) (string, error) {
	panic("a fact has no body")
}
