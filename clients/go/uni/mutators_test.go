package uni

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func request(t *testing.T, ctx context.Context) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://h/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestALivePrincipalIsBase64URLWithoutPadding(t *testing.T) {
	for principal, expected := range map[*Principal]string{
		{}:                                       "e30",
		{OrganizationIDs: []string{}}:            "e30",
		{OrganizationIDs: []string{""}}:          "eyJvcmdhbml6YXRpb25JZHMiOlsiIl19",
		{Type: "user", Actor: "a?>~"}:            "eyJ0eXBlIjoidXNlciIsImFjdG9yIjoiYT9cdTAwM2V-In0",
		{OrganizationID: "o", ProjectID: "p"}:    "eyJvcmdhbml6YXRpb25JZCI6Im8iLCJwcm9qZWN0SWQiOiJwIn0",
		{Type: "user", Actor: "zoë \u2028 \x01"}: "eyJ0eXBlIjoidXNlciIsImFjdG9yIjoiem_DqyBcdTIwMjggXHUwMDAxIn0",
	} {
		request := request(t, WithPrincipal(context.Background(), principal))
		if _, err := new(Client).actLive(request); err != nil {
			t.Fatal(err)
		}
		if seen := request.Header.Get("X-Principal"); seen != expected {
			t.Errorf("%+v: expected %s, seen %s", principal, expected, seen)
		}
		if seen := request.Header.Values("X-Impersonate"); seen != nil {
			t.Errorf("nobody asked to impersonate: %v", seen)
		}
	}
}

func TestImpersonationNeedsAPrincipalWithAnActor(t *testing.T) {
	asked := WithImpersonation(context.Background())
	for kind, ctx := range map[Kind]context.Context{
		NoPrincipal:     asked,
		InvalidArgument: WithPrincipal(asked, &Principal{Type: "user"}),
	} {
		if _, err := new(Client).actLive(request(t, ctx)); !errors.Is(err, kind) {
			t.Errorf("expected %s, seen %v", kind, err)
		}
	}
	request := request(t, WithPrincipal(asked, &Principal{Actor: "ada"}))
	if _, err := new(Client).actLive(request); err != nil || request.Header.Get("X-Impersonate") != "true" {
		t.Errorf("error %v, headers %v", err, request.Header)
	}
}

func TestASignedPrincipalIsABareJWSOfPS512(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := sign(&Principal{OrganizationID: "o", Actor: "carol"}, key)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, expected := range []string{`{"alg":"PS512"}`, `{"organizationId":"o","actor":"carol"}`} {
		if seen, err := base64.RawURLEncoding.DecodeString(parts[i]); err != nil || string(seen) != expected {
			t.Errorf("part %d: expected %s, seen %s (%v)", i, expected, seen, err)
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	verify := func(content string) error {
		digest := sha512.Sum512([]byte(content))
		return rsa.VerifyPSS(&key.PublicKey, crypto.SHA512, digest[:], signature, &rsa.PSSOptions{SaltLength: 64})
	}
	if err := verify(parts[0] + "." + parts[1]); err != nil {
		t.Error(err)
	}
	if verify(parts[0]+"."+parts[1]+"x") == nil {
		t.Error("the signature verifies for something else, too")
	}
}

func TestAResourcesPrincipal(t *testing.T) {
	resource := &Resource{
		Labels:      map[string]string{labelOrganization: "o", labelProject: "p", "principal." + labelProject: ""},
		Annotations: map[string]string{annotationCreator: "carol", "principal." + annotationCreator: "dave"},
	}
	principal, err := PrincipalOf(resource)
	if err != nil || string(principal.json()) != `{"organizationId":"o","actor":"dave"}` {
		t.Errorf("error %v, principal %+v", err, principal)
	}
	for _, unread := range []*Resource{{Annotations: map[string]string{}}, {Labels: map[string]string{}}} {
		if _, err := PrincipalOf(unread); !errors.Is(err, ResourceInconsistent) {
			t.Errorf("expected %s, seen %v", ResourceInconsistent, err)
		}
	}
}

func TestACertificateIsPassedOnVerbatim(t *testing.T) {
	pem := "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n"
	escaped := EscapeCertificate([]byte(pem))
	if back, err := url.QueryUnescape(escaped); err != nil || back != pem || strings.ContainsAny(escaped, "\n ") {
		t.Errorf("error %v, escaped %q", err, escaped)
	}
	passed := request(t, WithCertificate(context.Background(), escaped))
	if err := passOn(passed); err != nil || passed.Header.Get("Unikorn-Client-Certificate") != escaped {
		t.Errorf("error %v, headers %v", err, passed.Header)
	}
	for _, certificate := range []string{pem, "x\r\nX-Impersonate: true", "\x7f"} {
		if err := passOn(request(t, WithCertificate(context.Background(), certificate))); !errors.Is(err, InvalidArgument) {
			t.Errorf("%q: expected %s, seen %v", certificate, InvalidArgument, err)
		}
	}
	none := request(t, context.Background())
	if err := passOn(none); err != nil || len(none.Header) != 0 {
		t.Errorf("error %v, headers %v", err, none.Header)
	}
}

const span = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"

func TestTraces(t *testing.T) {
	full := strings.TrimSuffix(strings.Repeat("a=1,", 32), ",")
	for _, given := range []struct{ parent, state, passedOn, stateOn string }{
		{"00-" + span + "-01", "", "00-" + span + "-01", ""},
		{"00-" + span + "-00", "a=1, tenant@sys=2", "00-" + span + "-00", "a=1, tenant@sys=2"},
		{"00-" + span + "-fe", full, "00-" + span + "-00", full},
		{"cc-" + span + "-03-later", full + ",b=1", "00-" + span + "-01", ""},
		{"00-" + span + "-01", "a=1\r\nX-Impersonate: true", "00-" + span + "-01", ""},
	} {
		trace, err := ParseTrace(given.parent, given.state)
		if err != nil {
			t.Errorf("%s: %v", given.parent, err)
			continue
		}
		request := request(t, WithTrace(context.Background(), trace))
		if err := passOn(request); err != nil {
			t.Fatal(err)
		}
		if parent := request.Header.Get("Traceparent"); parent != given.passedOn {
			t.Errorf("expected %s, seen %s", given.passedOn, parent)
		}
		if state := request.Header.Get("Tracestate"); state != given.stateOn {
			t.Errorf("expected %q, seen %q", given.stateOn, state)
		}
	}
	zeros := strings.NewReplacer("4bf92f3577b34da6a3ce929d0e0e4736", strings.Repeat("0", 32))
	for _, parent := range []string{
		"", "00-" + span, "00-" + span + "-01-", "ff-" + span + "-01", "00-" + strings.ToUpper(span) + "-01",
		zeros.Replace("00-" + span + "-01"), "00-" + span[:33] + strings.Repeat("0", 16) + "-01",
	} {
		if _, err := ParseTrace(parent, ""); !errors.Is(err, InvalidArgument) {
			t.Errorf("%q: expected %s, seen %v", parent, InvalidArgument, err)
		}
	}
}

func TestReferencesAreEscapedOnceMoreThanAPathNeeds(t *testing.T) {
	for name, expected := range map[string]string{
		"a/b": "clusters.kubernetes.unikorn-cloud.org%2Fa%2Fb", "..": "clusters.kubernetes.unikorn-cloud.org%2F..",
		"a%2Fb": "clusters.kubernetes.unikorn-cloud.org%2Fa%252Fb", "a+b": "clusters.kubernetes.unikorn-cloud.org%2Fa+b",
	} {
		references := References{resource: &Resource{Group: "unikorn-cloud.org", Plural: "clusters", Name: name}}
		if seen := references.escaped(); seen != expected {
			t.Errorf("expected %s, seen %s", expected, seen)
		}
	}
}

func TestAnAnswerMustBeWhole(t *testing.T) {
	type part struct {
		ID   string   `json:"id"`
		Tags []string `json:"tags,omitempty"`
	}
	type nothing struct{ JSON404 *Envelope }
	answer := func(status int, contentType, body string) *http.Response {
		response := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Request: request(t, context.Background())}
		response.Body = http.NoBody
		if body != "" {
			response.Body = readCloser{strings.NewReader(body)}
		}
		return response
	}
	for _, given := range []struct {
		response *http.Response
		kind     Kind
	}{
		{answer(200, "application/json", `{"id":"a"}`), ""},
		{answer(200, "APPLICATION/JSON", `{"id":"a","tags":null,"new":1}`), ""},
		{answer(200, "application/json", `{}`), MalformedAnswer},
		{answer(200, "application/json", `{"id":null}`), MalformedAnswer},
		{answer(200, "application/json", `null`), MalformedAnswer},
		{answer(200, "application/json", `{"id":"a"} [`), MalformedAnswer},
		{answer(200, "text/html", `{"id":"a"}`), MalformedAnswer},
		{answer(200, "application/json", ""), MalformedAnswer},
		{answer(201, "application/json", `{"id":"a"}`), UnexpectedStatus},
		{answer(307, "", ""), Redirected},
		{answer(404, "application/json", `{"error":"not_found","error_description":"gone"}`), Refused},
		{answer(404, "text/html", `<html>`), MalformedAnswer},
		{answer(409, "application/json", `{"error":"conflict","error_description":"later"}`), UnexpectedStatus},
	} {
		value, err := result[part, nothing](200)(given.response, nil)
		if given.kind == "" {
			if err != nil || value.ID != "a" {
				t.Errorf("error %v, value %+v", err, value)
			}
			continue
		}
		var failed *Error
		if !errors.As(err, &failed) || failed.Kind != given.kind || failed.Answer.Status != given.response.StatusCode {
			t.Errorf("expected %s, seen %v", given.kind, err)
		}
	}
	if _, err := result[[]part, nothing](200)(answer(200, "application/json", `[{"id":"a"},{}]`), nil); !errors.Is(err, MalformedAnswer) {
		t.Errorf("half a list passed: %v", err)
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
