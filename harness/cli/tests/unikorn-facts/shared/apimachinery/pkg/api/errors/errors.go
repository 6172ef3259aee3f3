// Package errors is the part of Kubernetes' that the scaffold uses.
package errors

import "k8s.io/apimachinery/pkg/runtime/schema"

// StatusError is an error of the API.
type StatusError struct{}

func (e *StatusError) Error() string { panic("a fact has no body") }

// NewNotFound makes one.
func NewNotFound(qualifiedResource schema.GroupResource, name string) *StatusError {
	panic("a fact has no body")
}

// IsNotFound knows it.
func IsNotFound(err error) bool { panic("a fact has no body") }
