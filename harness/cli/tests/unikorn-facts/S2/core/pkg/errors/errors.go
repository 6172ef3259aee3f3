// Package errors holds facts about core's errors.
package errors

// These are facts.
var (
	ErrInvalidContext     error
	ErrSecretFormatError  error
	ErrAPIStatus          error
	ErrConsistency        error
	ErrUnsupportedKeyType error
	ErrTypeConversion     error
)
