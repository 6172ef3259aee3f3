package uni

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

const parentOfServed = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func served(purpose Purpose, lines ...string) *ServedRequest {
	request := &ServedRequest{Header: http.Header{}, Purpose: purpose, Span: "b7ad6b7169203331"}
	for i := 0; i < len(lines); i += 2 {
		request.Header.Add(lines[i], lines[i+1])
	}
	return request
}

func overTLS(purpose Purpose, lines ...string) *ServedRequest {
	return served(purpose, append(lines, headerPeer, "PEER", headerVerified, "SUCCESS")...)
}

// sent is what a live call in a context carries.
func sent(t *testing.T, ctx context.Context) http.Header {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://h", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := passOn(request); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Client{}).actLive(request); err != nil {
		t.Fatal(err)
	}
	return request.Header
}

func TestAProvenPeerSaysForWhomAndAsWhom(t *testing.T) {
	ada := encode([]byte(`{"actor":"ada"}`))
	for flag, carried := range map[string]string{"true": "true", "TRUE": "", "1": "", "": ""} {
		ctx, err := Serving(context.Background(), overTLS(ForHandler, headerPrincipal, ada, headerImpersonate, flag))
		if err != nil {
			t.Fatal(err)
		}
		header := sent(t, ctx)
		if header.Get(headerPrincipal) != ada || header.Get(headerImpersonate) != carried {
			t.Errorf("flag %q: sent %v", flag, header)
		}
	}
	signed := "e30." + ada + ".c2ln"
	ctx, err := Serving(context.Background(), overTLS(ForHandler, headerPrincipal, signed, headerImpersonate, "true"))
	if err != nil {
		t.Fatal(err)
	}
	if header := sent(t, ctx); header.Get(headerPrincipal) != ada || header.Get(headerImpersonate) != "" {
		t.Errorf("what is signed: sent %v", header)
	}
}

func TestOfAStrangerOnlyTheTokenIsBelieved(t *testing.T) {
	eve := encode([]byte(`{"actor":"eve"}`))
	lines := []string{
		headerPrincipal, eve, headerImpersonate, "true", headerCertificate, "OTHER", headerPeer, "PEER",
		"Authorization", "Bearer token", "Baggage", "a=b",
	}
	if _, err := Serving(context.Background(), served(ForHandler, lines...)); !errors.Is(err, NoPrincipal) {
		t.Errorf("without a token: %v", err)
	}
	request := served(ForAuthorization, lines...)
	request.Bearer = &Principal{Actor: "ada"}
	ctx, err := Serving(WithImpersonation(WithCertificate(context.Background(), "EARLIER")), request)
	if err != nil {
		t.Fatal(err)
	}
	header := sent(t, ctx)
	if len(header) != 1 || header.Get(headerPrincipal) != encode(request.Bearer.json()) {
		t.Errorf("sent %v", header)
	}
}

func TestTheCertificateThatBeganTheChainGoesWhereCallersAreLookedAt(t *testing.T) {
	for _, one := range []struct {
		request *ServedRequest
		carried string
	}{
		{overTLS(ForAuthorization, headerPrincipal, "e30"), "PEER"},
		{overTLS(ForAuthorization, headerPrincipal, "e30", headerCertificate, "FIRST"), "FIRST"},
		{overTLS(ForHandler, headerPrincipal, "e30", headerCertificate, "FIRST"), ""},
	} {
		ctx, err := Serving(context.Background(), one.request)
		if err != nil {
			t.Fatal(err)
		}
		if carried := sent(t, ctx).Get(headerCertificate); carried != one.carried {
			t.Errorf("carried %q, not %q", carried, one.carried)
		}
	}
}

func TestTheTraceGoesOnAtTheServicesOwnSpan(t *testing.T) {
	request := overTLS(ForHandler, headerPrincipal, "e30", headerTraceparent, parentOfServed, headerTracestate, "a=1")
	ctx, err := Serving(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	header := sent(t, ctx)
	if want := "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"; header.Get(headerTraceparent) != want {
		t.Errorf("sent %q, not %q", header.Get(headerTraceparent), want)
	}
	if header.Get(headerTracestate) != "a=1" {
		t.Errorf("sent the state %q", header.Get(headerTracestate))
	}
}
