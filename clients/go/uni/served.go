package uni

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// Headers that only an ingress sets.
const (
	headerPeer     = "Ssl-Client-Cert"
	headerVerified = "Ssl-Client-Verify"
)

// Purpose is what a service makes calls for while it serves a request.
type Purpose int

const (
	// ForHandler is for what was asked for: with no certificate but the service's own.
	ForHandler Purpose = iota
	// ForAuthorization is for finding out who calls, and what he may do: with the certificate that began the chain of
	// calls.
	ForAuthorization
)

// ServedRequest is a request that a service serves, as its ingress handed it on. The service has let it in: its
// certificates, token and signature were looked at, and count.
type ServedRequest struct {
	Header http.Header
	// Bearer is for whom its token speaks; nil: it came over mutual TLS, and says so itself.
	Bearer *Principal
	// Span is the one that the service has begun for it: sixteen digits; empty: it traces nothing.
	Span    string
	Purpose Purpose
}

// Serving is a context whose calls carry on what of a request may be carried on, and nothing else: neither its token nor
// any header that is not the client's own.
//
// A principal, a wish to act as it and a certificate that was handed on are believed of a peer only that has proved who
// it is.
func Serving(ctx context.Context, request *ServedRequest) (context.Context, error) {
	peer := request.Header.Get(headerPeer)
	if request.Header.Get(headerVerified) != "SUCCESS" {
		peer = ""
	}
	principal, impersonates := request.Bearer, false
	if peer != "" {
		var err error
		if principal, impersonates, err = request.principal(); err != nil {
			return nil, err
		}
	}
	if principal == nil {
		return nil, &Error{Kind: NoPrincipal, Text: "the request being served has no principal"}
	}
	ctx = WithPrincipal(ctx, principal)
	// What the context holds of another request is not this one's.
	ctx = context.WithValue(ctx, impersonateKey{}, impersonates)
	ctx = WithCertificate(ctx, request.certificate(peer))
	return WithTrace(ctx, request.trace()), nil
}

// principal is what its caller says; what a controller has signed speaks for a resource, and nobody is acted as.
func (r *ServedRequest) principal() (*Principal, bool, error) {
	text := r.Header.Get(headerPrincipal)
	if text == "" {
		return nil, false, nil
	}
	parts := strings.Split(text, ".")
	payload := parts[0]
	if len(parts) == 3 {
		payload = parts[1]
	}
	unreadable := &Error{Kind: InvalidArgument, Text: "the principal of the request being served cannot be read"}
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return nil, false, unreadable
	}
	principal := new(Principal)
	if json.Unmarshal(decoded, principal) != nil {
		return nil, false, unreadable
	}
	acts := len(parts) == 1 && principal.Actor != "" && r.Header.Get(headerImpersonate) == "true"
	return principal, acts, nil
}

// certificate is the one that began the chain of calls, for those who ask about it; empty: none is passed on.
func (r *ServedRequest) certificate(peer string) string {
	if peer == "" || r.Purpose != ForAuthorization {
		return ""
	}
	return orElse(r.Header.Get(headerCertificate), peer)
}

// trace is the service's own span in its caller's trace; nil: there is none.
func (r *ServedRequest) trace() *Trace {
	trace, err := ParseTrace(r.Header.Get(headerTraceparent), r.Header.Get(headerTracestate))
	if err != nil {
		return nil
	}
	if r.Span != "" {
		parts := strings.Split(trace.parent, "-")
		parts[2] = r.Span
		trace.parent = strings.Join(parts, "-")
	}
	return trace
}
