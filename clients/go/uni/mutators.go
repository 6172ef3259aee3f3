package uni

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Names of headers.
const (
	headerPrincipal   = "X-Principal"
	headerImpersonate = "X-Impersonate"
	headerCertificate = "Unikorn-Client-Certificate"
	headerTraceparent = "Traceparent"
	headerTracestate  = "Tracestate"
)

// Labels and annotations that say for whom a resource is; a twin with the prefix counts before the plain one.
const (
	labelOrganization    = "unikorn-cloud.org/organization"
	labelProject         = "unikorn-cloud.org/project"
	annotationCreator    = "unikorn-cloud.org/creator"
	annotationAllocation = "unikorn-cloud.org/allocation-id"
	twinPrefix           = "principal."
)

// Principal is for whom a request is made; members that hold nothing do not travel.
type Principal struct {
	OrganizationID  string   `json:"organizationId,omitempty"`
	OrganizationIDs []string `json:"organizationIds,omitempty"`
	ProjectID       string   `json:"projectId,omitempty"`
	// Type is user, service or system.
	Type  string `json:"type,omitempty"`
	Actor string `json:"actor,omitempty"`
}

// Resource is the Kubernetes resource that a controller acts for. Maps that are nil were never read.
type Resource struct {
	Group string
	// Plural is its kind, as registered: computeclusters.
	Plural      string
	Name        string
	Labels      map[string]string
	Annotations map[string]string
}

// PrincipalOf rebuilds the principal of a resource.
func PrincipalOf(resource *Resource) (*Principal, error) {
	if resource.Labels == nil {
		return nil, inconsistent(resource, "it has no labels")
	}
	if resource.Annotations == nil {
		return nil, inconsistent(resource, "it has no annotations")
	}
	return &Principal{
		OrganizationID: twinOrPlain(resource.Labels, labelOrganization),
		ProjectID:      twinOrPlain(resource.Labels, labelProject),
		Actor:          twinOrPlain(resource.Annotations, annotationCreator),
	}, nil
}

func twinOrPlain(from map[string]string, key string) string {
	if twin, there := from[twinPrefix+key]; there {
		return twin
	}
	return from[key]
}

func inconsistent(resource *Resource, format string, arguments ...any) error {
	text := fmt.Sprintf("%s %s: ", resource.Plural, resource.Name) + fmt.Sprintf(format, arguments...)
	return &Error{Kind: ResourceInconsistent, Text: text}
}

type (
	principalKey   struct{}
	impersonateKey struct{}
	certificateKey struct{}
	traceKey       struct{}
)

// WithPrincipal is a context whose calls are made for the principal.
func WithPrincipal(ctx context.Context, principal *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, principal)
}

// WithImpersonation is a context whose live calls ask to act as their principal, with its rights only.
func WithImpersonation(ctx context.Context) context.Context {
	return context.WithValue(ctx, impersonateKey{}, true)
}

// WithCertificate is a context whose calls pass on the certificate that started the call chain, in the form in which a
// request header carried it ([EscapeCertificate]).
func WithCertificate(ctx context.Context, escaped string) context.Context {
	return context.WithValue(ctx, certificateKey{}, escaped)
}

// WithTrace is a context whose calls continue the trace.
func WithTrace(ctx context.Context, trace *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

// EscapeCertificate is a certificate (PEM) as a header can carry it.
func EscapeCertificate(pem []byte) string { return url.QueryEscape(string(pem)) }

// Trace is a span's place in a trace (W3C Trace Context).
type Trace struct{ parent, state string }

var (
	// The four parts of a version that is known, and what may follow in a later one.
	traceparent = regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$`)
	tracestate  = regexp.MustCompile(`^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$`)
)

// ParseTrace reads what the two headers hold. A state that is none is left out, as the standard asks.
func ParseTrace(parent, state string) (*Trace, error) {
	parts := traceparent.FindStringSubmatch(parent)
	if parts == nil || parts[1] == "ff" || parts[1] == "00" && parts[5] != "" ||
		strings.Trim(parts[2], "0") == "" || strings.Trim(parts[3], "0") == "" {
		return nil, &Error{Kind: InvalidArgument, Text: "traceparent: not VERSION-TRACE-SPAN-FLAGS"}
	}
	// Of a later version's flags only the first is known: sampled.
	sampled := "00"
	if strings.ContainsAny(parts[4][1:], "13579bdf") {
		sampled = "01"
	}
	trace := &Trace{parent: fmt.Sprintf("00-%s-%s-%s", parts[2], parts[3], sampled)}
	members := strings.Split(state, ",")
	for _, member := range members {
		if !tracestate.MatchString(strings.Trim(member, " \t")) {
			return trace, nil
		}
	}
	if len(members) <= 32 {
		trace.state = state
	}
	return trace, nil
}

// passOn adds what the context's caller was given: its trace, and the certificate that started the call chain.
func passOn(request *http.Request) error {
	ctx := request.Context()
	if trace, _ := ctx.Value(traceKey{}).(*Trace); trace != nil {
		request.Header.Set(headerTraceparent, trace.parent)
		if trace.state != "" {
			request.Header.Set(headerTracestate, trace.state)
		}
	}
	certificate, _ := ctx.Value(certificateKey{}).(string)
	if certificate == "" {
		return nil
	}
	if strings.ContainsFunc(certificate, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return &Error{Kind: InvalidArgument, Text: "the context's certificate is no header value: it is not escaped"}
	}
	request.Header.Set(headerCertificate, certificate)
	return nil
}

// actLive names the context's principal. Over mutual TLS nobody else can claim it, so it is not signed.
func (c *Client) actLive(request *http.Request) (*http.Transport, error) {
	principal, err := livePrincipal(request.Context())
	if err != nil {
		return nil, err
	}
	if asked, _ := request.Context().Value(impersonateKey{}).(bool); asked {
		if principal.Actor == "" {
			return nil, &Error{Kind: InvalidArgument, Text: "a principal without an actor cannot be acted as"}
		}
		request.Header.Set(headerImpersonate, "true")
	}
	request.Header.Set(headerPrincipal, encode(principal.json()))
	return c.live, nil
}

// actFor names the principal of a resource, signed by the key that the client's secret holds now.
func (c *Client) actFor(resource *Resource) func(*http.Request) (*http.Transport, error) {
	return func(request *http.Request) (*http.Transport, error) {
		principal, err := PrincipalOf(resource)
		if err != nil {
			return nil, err
		}
		if c.options.Client == nil {
			return nil, &Error{Kind: SecretNotFound, Text: "sign a principal: the client has no certificate"}
		}
		pair, err := readPair(request.Context(), c.options.Secrets, *c.options.Client)
		if err != nil {
			return nil, err
		}
		key, ok := pair.PrivateKey.(*rsa.PrivateKey)
		if !ok {
			return nil, &Error{Kind: KeyType, Text: fmt.Sprintf("sign a principal: the key of secret %s is not RSA", c.options.Client)}
		}
		signed, err := sign(principal, key)
		if err != nil {
			return nil, fmt.Errorf("sign a principal: %w", err)
		}
		request.Header.Set(headerPrincipal, signed)
		return c.signingTransport(pair), nil
	}
}

func livePrincipal(ctx context.Context) (*Principal, error) {
	principal, _ := ctx.Value(principalKey{}).(*Principal)
	if principal == nil {
		return nil, &Error{Kind: NoPrincipal, Text: "the context has no principal"}
	}
	return principal, nil
}

// sign makes a compact JWS (RFC 7515 §7.1) with the algorithm PS512 (RFC 7518 §3.5) and no other header.
func sign(principal *Principal, key *rsa.PrivateKey) (string, error) {
	content := encode([]byte(`{"alg":"PS512"}`)) + "." + encode(principal.json())
	digest := sha512.Sum512([]byte(content))
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA512, digest[:], options)
	if err != nil {
		return "", err
	}
	return content + "." + encode(signature), nil
}

func (p *Principal) json() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic("strings are always JSON: " + err.Error())
	}
	return text
}

func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }
