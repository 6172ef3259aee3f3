// Package errors holds facts about core's errors of HTTP.
package errors

import "net/http"

// Error is a fact.
type Error struct{}

func (e *Error) Error() string { panic("a fact has no body") }

// Write is a fact.
func (e *Error) Write(w http.ResponseWriter, r *http.Request) { panic("a fact has no body") }

// PropagateError is a fact.
func PropagateError(r *http.Response, response any) error { panic("a fact has no body") }
