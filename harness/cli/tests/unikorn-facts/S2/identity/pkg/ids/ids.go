// Package ids holds facts about identity's ids.
package ids

// OrganizationID is a fact.
type OrganizationID [16]byte

// ParseOrganizationID is a fact.
func ParseOrganizationID(s string) (OrganizationID, error) { panic("a fact has no body") }

// ProjectID is a fact.
type ProjectID [16]byte

// ParseProjectID is a fact.
func ParseProjectID(s string) (ProjectID, error) { panic("a fact has no body") }

// AllocationID is a fact.
type AllocationID [16]byte

// ParseAllocationID is a fact.
func ParseAllocationID(s string) (AllocationID, error) { panic("a fact has no body") }
