// Package uni is a client of the UNI cloud platform's identity and region services.
//
// [Open] builds a [Client] from addresses and secrets. It has two kinds of callers: [Client.Identity] and
// [Client.Region] act for the principal in a call's context, as a service does that answers a request;
// [Client.IdentityFor], [Client.RegionFor] and [Client.References] act for a resource, as a controller does, and sign.
// A service in the middle of a chain of calls has [Serving] find in a request what may be carried on.
//
//	ctx = uni.WithPrincipal(ctx, &uni.Principal{OrganizationID: organization.String(), Type: "user", Actor: "ada"})
//	projects, err := client.Identity().ListProjects(ctx, organization)
//	if errors.Is(err, uni.Refused) { … }
//
// The package identity and region beside it are generated from the services' documents; what is added to every request
// is in mutators.go.
package uni

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"plumbline/clients/go/api/identity"
	"plumbline/clients/go/api/region"
)

const (
	defaultReload      = 24 * time.Hour
	defaultCallTimeout = 30 * time.Second
	handshakeTimeout   = 10 * time.Second
	idleTimeout        = 90 * time.Second
	idlePerHost        = 1000

	headLimit = 1 << 20
	bodyLimit = 4 << 20
)

// Options is what a client is built from.
type Options struct {
	// Identity and Region are the services' base addresses, https only.
	Identity, Region string
	// Secrets is where certificates and keys come from.
	Secrets SecretReader
	// CA names the secret with the authorities that servers are checked against, read once; nil: the system's roots.
	CA *SecretName
	// Client names the secret with the client's certificate and key; nil, or without namespace: it has none.
	Client *SecretName
	// Reload is how long a client certificate is used before a handshake looks it up again; zero: a day; less: never.
	Reload time.Duration
	// CallTimeout is how long one call may take, its answer's body included; zero: half a minute.
	CallTimeout time.Duration
	// Now tells the time, for Reload and for how long a token counts; nil: time.Now.
	Now func() time.Time
	// ReloadFailed is told why a certificate could not be looked up again and the old one is kept; nil: nobody is.
	ReloadFailed func(error)
}

// Client is shared by any number of goroutines.
type Client struct {
	options          Options
	identity, region *url.URL
	roots            *x509.CertPool
	certificate      *reloading
	life             context.Context
	end              context.CancelFunc

	// live is for principals that are not signed: its connections present the certificate as of their handshake.
	live *http.Transport

	lock sync.Mutex
	// signing presents the certificate whose key signed, and no other: the server checks the one by the other.
	signing    *http.Transport
	signer     []byte
	transports []*http.Transport

	passports passports

	// opening is held for no longer than it takes to list a socket: transports are closed under the other lock.
	opening sync.Mutex
	sockets map[*socket]struct{}
}

// Open builds a client; it reads secrets and makes no connection.
func Open(ctx context.Context, options Options) (*Client, error) {
	c := &Client{options: options, sockets: map[*socket]struct{}{}}
	var err error
	if c.identity, err = address("identity", options.Identity); err != nil {
		return nil, err
	}
	if c.region, err = address("region", options.Region); err != nil {
		return nil, err
	}
	c.options.CallTimeout = orElse(options.CallTimeout, defaultCallTimeout)
	c.options.Reload = orElse(options.Reload, defaultReload)
	if options.Now == nil {
		c.options.Now = time.Now
	}
	if options.Client != nil && options.Client.Namespace == "" {
		c.options.Client = nil
	}
	if options.CA != nil {
		if c.roots, err = readAuthorities(ctx, options.Secrets, *options.CA); err != nil {
			return nil, err
		}
	}
	if c.certificate, err = newReloading(ctx, c.options); err != nil {
		return nil, err
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.live = c.transport(c.certificate.present)
	return c, nil
}

// Close ends calls in flight and closes every connection.
func (c *Client) Close() {
	c.end()
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, transport := range c.transports {
		transport.CloseIdleConnections()
	}
}

// Abort is like Close, without a goodbye: connections are cut where they stand, as when a process is killed.
func (c *Client) Abort() {
	c.end()
	c.opening.Lock()
	open := slices.Collect(maps.Keys(c.sockets))
	c.opening.Unlock()
	for _, one := range open {
		one.Close()
	}
	c.Close()
}

// Identity calls the identity service for the principal of each call's context.
func (c *Client) Identity() *Identity { return c.newIdentity(caller{c, c.actLive}) }

// IdentityFor calls the identity service for a resource, read anew at each call.
func (c *Client) IdentityFor(resource *Resource) *Identity {
	return c.newIdentity(caller{c, c.actFor(resource)})
}

// Region calls the region service for the principal of each call's context.
func (c *Client) Region() *Region { return c.newRegion(caller{c, c.actLive}) }

// RegionFor calls the region service for a resource, read anew at each call.
func (c *Client) RegionFor(resource *Resource) *Region {
	return c.newRegion(caller{c, c.actFor(resource)})
}

// References manages what a resource depends on, in the resource's own name.
func (c *Client) References(resource *Resource) *References {
	return &References{resource: resource, identity: c.IdentityFor(resource).raw, region: c.RegionFor(resource).raw}
}

func (c *Client) newIdentity(by caller) *Identity {
	return &Identity{raw: &identity.Client{Server: c.identity.String(), Client: by}}
}

func (c *Client) newRegion(by caller) *Region {
	return &Region{raw: &region.Client{Server: c.region.String(), Client: by}}
}

// caller sends what the generated clients make, in somebody's name.
type caller struct {
	client *Client
	// act says in the request for whom it is made, and over which connections it may travel.
	act func(request *http.Request) (*http.Transport, error)
}

// Do is what the generated clients call.
func (by caller) Do(request *http.Request) (*http.Response, error) {
	if err := passOn(request); err != nil {
		return nil, err
	}
	transport, err := by.act(request)
	if err != nil {
		return nil, err
	}
	return by.client.send(request, transport)
}

// send makes the exchange and reads the answer whole. Redirects are answers like any other: whoever holds a principal
// could act for its owner.
func (c *Client) send(request *http.Request, over *http.Transport) (*http.Response, error) {
	if c.life.Err() != nil {
		return nil, &Error{Kind: Closed, Text: "the client is closed"}
	}
	ctx, cancel := context.WithTimeout(request.Context(), c.options.CallTimeout)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	response, err := over.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, c.lost(request, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyLimit+1))
	if err != nil {
		return nil, c.lost(request, err)
	}
	if len(body) > bodyLimit {
		return nil, failed(TooLarge, response, body, "the answer has more than %d bytes", bodyLimit)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// lost says what was going on when there was no answer; errors.Is and errors.As find the cause.
func (c *Client) lost(request *http.Request, cause error) error {
	if c.life.Err() != nil {
		return &Error{Kind: Closed, Text: "the client was closed", Cause: cause}
	}
	return fmt.Errorf("%s %s: %w", request.Method, request.URL.EscapedPath(), cause)
}

// signingTransport is for what the key of this certificate signed.
func (c *Client) signingTransport(pair *tls.Certificate) *http.Transport {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.signing == nil || !bytes.Equal(c.signer, pair.Certificate[0]) {
		if c.signing != nil {
			c.signing.CloseIdleConnections()
		}
		c.signer = pair.Certificate[0]
		c.signing = c.newTransport(func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil })
	}
	return c.signing
}

func (c *Client) transport(present presenting) *http.Transport {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.newTransport(present)
}

type presenting func(*tls.CertificateRequestInfo) (*tls.Certificate, error)

func (c *Client) newTransport(present presenting) *http.Transport {
	dialing := min(handshakeTimeout, c.options.CallTimeout)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed, err := (&net.Dialer{Timeout: dialing}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return c.opened(dialed), nil
		},
		TLSClientConfig: &tls.Config{
			MinVersion:           tls.VersionTLS13,
			RootCAs:              c.roots,
			GetClientCertificate: present,
		},
		TLSHandshakeTimeout: dialing,
		// Neither HTTP/2 nor compression: the services speak the one only, and the other hides how large a body is.
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		DisableCompression:     true,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: headLimit,
	}
	c.transports = append(c.transports, transport)
	return transport
}

// socket is an open connection below TLS, listed until it is closed.
type socket struct {
	net.Conn
	client *Client
}

func (c *Client) opened(dialed net.Conn) net.Conn {
	one := &socket{Conn: dialed, client: c}
	c.opening.Lock()
	c.sockets[one] = struct{}{}
	c.opening.Unlock()
	if c.life.Err() != nil {
		one.Close()
	}
	return one
}

// Close may be called more than once, as that of any connection.
func (s *socket) Close() error {
	s.client.opening.Lock()
	delete(s.client.sockets, s)
	s.client.opening.Unlock()
	return s.Conn.Close()
}

func address(service, text string) (*url.URL, error) {
	invalid := func(cause error) error {
		return &Error{Kind: InvalidArgument, Text: fmt.Sprintf("address of %s: not https://HOST[:PORT][/PATH]", service), Cause: cause}
	}
	parsed, err := url.Parse(text)
	if err != nil {
		// The address itself is left out: it may hold a password.
		return nil, invalid(errors.Unwrap(err))
	}
	if parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return nil, invalid(nil)
	}
	if !strings.HasSuffix(parsed.Path, "/") {
		parsed.Path += "/"
	}
	return parsed, nil
}

func orElse[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}
