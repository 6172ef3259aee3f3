// Package pflag is the part of pflag that the scaffold uses.
package pflag

// ErrorHandling is what a failing parse does.
type ErrorHandling int

// ContinueOnError returns the error.
const ContinueOnError ErrorHandling = 0

// FlagSet is a set of flags.
type FlagSet struct{}

// NewFlagSet makes one.
func NewFlagSet(name string, errorHandling ErrorHandling) *FlagSet { panic("a fact has no body") }

// Parse reads arguments.
func (f *FlagSet) Parse(arguments []string) error { panic("a fact has no body") }
