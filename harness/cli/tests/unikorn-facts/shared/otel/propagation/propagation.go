// Package propagation is the part of OpenTelemetry's that the scaffold uses.
package propagation

import "context"

// TextMapCarrier carries.
type TextMapCarrier interface {
	Get(key string) string
	Set(key string, value string)
	Keys() []string
}

// MapCarrier is a carrier.
type MapCarrier map[string]string

// Get reads.
func (c MapCarrier) Get(key string) string { panic("a fact has no body") }

// Set writes.
func (c MapCarrier) Set(key, value string) { panic("a fact has no body") }

// Keys lists.
func (c MapCarrier) Keys() []string { panic("a fact has no body") }

// TextMapPropagator propagates.
type TextMapPropagator interface {
	Inject(ctx context.Context, carrier TextMapCarrier)
	Extract(ctx context.Context, carrier TextMapCarrier) context.Context
	Fields() []string
}

// TraceContext is that of the W3C.
type TraceContext struct{}

// Inject writes headers.
func (tc TraceContext) Inject(ctx context.Context, carrier TextMapCarrier) {
	panic("a fact has no body")
}

// Extract reads headers.
func (tc TraceContext) Extract(ctx context.Context, carrier TextMapCarrier) context.Context {
	panic("a fact has no body")
}

// Fields lists headers.
func (tc TraceContext) Fields() []string { panic("a fact has no body") }
