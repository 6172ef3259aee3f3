// Package v1 is the part of Kubernetes' core API that the scaffold uses.
package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// SecretType is a secret's type.
type SecretType string

// Secret is a secret.
type Secret struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	Data map[string][]byte
	Type SecretType
}

// DeepCopyObject copies.
func (s *Secret) DeepCopyObject() runtime.Object { panic("a fact has no body") }
