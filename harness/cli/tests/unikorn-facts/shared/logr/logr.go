// Package logr is the part of logr that the scaffold uses.
package logr

import "context"

// Logger logs.
type Logger struct{}

// Discard logs nothing.
func Discard() Logger { panic("a fact has no body") }

// NewContext holds a logger.
func NewContext(ctx context.Context, logger Logger) context.Context { panic("a fact has no body") }
