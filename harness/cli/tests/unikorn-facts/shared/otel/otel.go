// Package otel is the part of OpenTelemetry that the scaffold uses.
package otel

import "go.opentelemetry.io/otel/propagation"

// SetTextMapPropagator sets the propagator of the process.
func SetTextMapPropagator(propagator propagation.TextMapPropagator) { panic("a fact has no body") }

// GetTextMapPropagator is that one.
func GetTextMapPropagator() propagation.TextMapPropagator { panic("a fact has no body") }
