// Package schema is the part of Kubernetes' that the scaffold uses.
package schema

// GroupResource is a group's resource.
type GroupResource struct {
	Group    string
	Resource string
}

// GroupVersion is a group's version.
type GroupVersion struct {
	Group   string
	Version string
}

// GroupVersionKind is a kind in it.
type GroupVersionKind struct {
	Group   string
	Version string
	Kind    string
}

// GroupVersionResource is a resource in it.
type GroupVersionResource struct {
	Group    string
	Version  string
	Resource string
}

// GroupVersion is a kind's.
func (gvk GroupVersionKind) GroupVersion() GroupVersion { panic("a fact has no body") }

// WithResource names a resource.
func (gv GroupVersion) WithResource(resource string) GroupVersionResource {
	panic("a fact has no body")
}
