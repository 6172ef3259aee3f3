// Package util holds facts about core's utilities.
package util

// ServiceDescriptor is a fact.
type ServiceDescriptor struct {
	Name     string
	Version  string
	Revision string
}
