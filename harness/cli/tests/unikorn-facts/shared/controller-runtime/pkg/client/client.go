// Package client is the part of controller-runtime's that the scaffold uses.
package client

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ObjectKey is an object's full name.
type ObjectKey struct {
	Namespace string
	Name      string
}

// Object is an object with metadata.
type Object interface {
	metav1.Object
	runtime.Object
}

// GetOption is an option of Get.
type GetOption interface {
	ApplyToGet(options *GetOptions)
}

// GetOptions are those of Get.
type GetOptions struct{}

// Client reads and knows kinds; what else it does the scaffold leaves to others.
type Client interface {
	Get(ctx context.Context, key ObjectKey, obj Object, opts ...GetOption) error
	Scheme() *runtime.Scheme
	RESTMapper() meta.RESTMapper
}
