// Package v1 is the part of Kubernetes' metadata that the scaffold uses.
package v1

// TypeMeta is a kind and a version.
type TypeMeta struct {
	Kind       string
	APIVersion string
}

// Object has metadata.
type Object interface {
	GetName() string
	GetLabels() map[string]string
	GetAnnotations() map[string]string
}

// ObjectMeta is metadata.
type ObjectMeta struct {
	Namespace   string
	Name        string
	Labels      map[string]string
	Annotations map[string]string
}

// GetName is the name.
func (m *ObjectMeta) GetName() string { panic("a fact has no body") }

// GetLabels are the labels.
func (m *ObjectMeta) GetLabels() map[string]string { panic("a fact has no body") }

// GetAnnotations are the annotations.
func (m *ObjectMeta) GetAnnotations() map[string]string { panic("a fact has no body") }

// DeepCopyInto copies.
func (m *ObjectMeta) DeepCopyInto(out *ObjectMeta) { panic("a fact has no body") }
