// Package runtime is the part of Kubernetes' that the scaffold uses.
package runtime

import "k8s.io/apimachinery/pkg/runtime/schema"

// Object is an object of the API.
type Object interface {
	DeepCopyObject() Object
}

// Scheme knows kinds.
type Scheme struct{}

// NewScheme knows none.
func NewScheme() *Scheme { panic("a fact has no body") }

// AddKnownTypeWithName adds one.
func (s *Scheme) AddKnownTypeWithName(gvk schema.GroupVersionKind, obj Object) {
	panic("a fact has no body")
}
