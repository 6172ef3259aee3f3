// Package kit turns a table of functions into a driver: a program that makes a client act for Plumbline, one JSON
// object a line on standard input and output. It is one file and needs only the standard library, so it can be copied.
//
//	func main() {
//		kit.Main(kit.Driver[*Clients]{
//			Name: "my-client", Version: "1.2.3",
//			Capabilities: []kit.Capability{kit.APIClient, kit.Cancel, kit.Concurrent},
//			Open:  func(s kit.Setup) (*Clients, error) { return openClients(s) },
//			Close: func(c *Clients) error { return c.Close() },
//			Operations: map[string]kit.Operation[*Clients]{
//				"identity.projects.list": func(ctx context.Context, c *Clients, call *kit.Call) (any, error) {
//					organization, err := kit.Argument[string](call, "organization")
//					if err != nil {
//						return nil, err
//					}
//					return c.ListProjects(withCaller(ctx, call.Context), organization)
//				},
//			},
//		})
//	}
//
// What a function returns becomes the call's outcome: a value, the client's error (in the words that [Driver.Explain]
// has for it), [NotAttempted] where the driver could not make the call, or [Unsupported] where the client cannot.
package kit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Version is the version of the protocol that the kit speaks.
const Version = 1

// lineLimit is the longest line that either side accepts, in bytes.
const lineLimit = 8 << 20

// Driver is a client under test as a table of functions; S is what one session of it needs, as a rule its clients.
// Functions are called from several goroutines at once; those that a client has no use for may be nil.
type Driver[S any] struct {
	// Name and Version are the client's.
	Name, Version string
	// Language is the client's; Go when empty.
	Language string
	// Capabilities is what the client can do beyond plain calls.
	Capabilities []Capability
	// Concurrency is how many calls may be in flight; 256 when zero.
	Concurrency int
	// Open builds the clients of a session. Its error is the client's own, and refuses the session.
	Open func(setup Setup) (S, error)
	// Secrets replaces the platform's secrets behind a session, as a rotation does.
	Secrets func(session S, secrets []Secret) error
	// Advance moves the session's clock forward.
	Advance func(session S, by time.Duration) error
	// Close closes the session's clients: afterwards nothing of them is left.
	Close func(session S) error
	// Operations has a function for each operation that the client has, by the protocol's names.
	Operations map[string]Operation[S]
	// Explain says a client's error in the protocol's words; [Explain] when nil.
	Explain func(err error) Failure
}

// Operation makes one call. Its context ends when the harness cancels the call. It returns what the client returned,
// as JSON shows it, and changes call.Resource in place as far as the client does.
type Operation[S any] func(ctx context.Context, session S, call *Call) (any, error)

// Capability is something that not every client can do.
type Capability string

// What a client can do; what it does not declare is not asked of it.
const (
	APIClient              Capability = "api-client"
	ControllerClient       Capability = "controller-client"
	TraceContext           Capability = "trace-context"
	CertificatePropagation Capability = "certificate-propagation"
	Impersonation          Capability = "impersonation"
	PlatformSecrets        Capability = "platform-secrets"
	AnonymousTLS           Capability = "anonymous-tls"
	Reload                 Capability = "reload"
	Clock                  Capability = "clock"
	CallTimeout            Capability = "call-timeout"
	Cancel                 Capability = "cancel"
	Concurrent             Capability = "concurrent"
)

// Setup is what the clients of a session are built from.
type Setup struct {
	// Endpoints are the base addresses of the two services.
	Endpoints struct {
		Identity string `json:"identity"`
		Region   string `json:"region"`
	} `json:"endpoints"`
	// Secrets are all that the platform holds.
	Secrets []Secret `json:"secrets"`
	// CA names the authority that servers are checked against; nil: the system's roots.
	CA *SecretName `json:"ca"`
	// Client names the client's certificate and key; nil: it has none.
	Client *SecretName `json:"client"`
	// ReloadSeconds is when a changed certificate is looked up again; nil: the client's default; zero: never.
	ReloadSeconds *uint64 `json:"reload_seconds"`
	// Timeouts are limits that the client keeps by itself.
	Timeouts struct {
		// CallMS is how many milliseconds a call may take; nil: the client's default.
		CallMS *uint64 `json:"call_ms"`
	} `json:"timeouts"`
	// Directory has every secret as files, <namespace>/<name>/<key>.
	Directory string `json:"directory"`
}

// SecretName is a secret's full name.
type SecretName struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Secret is a secret as the platform keeps it; Data has text by key.
type Secret struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Data      map[string]string `json:"data"`
}

// Call is one call on a session's client.
type Call struct {
	ID        uint64 `json:"id"`
	Session   uint64 `json:"session"`
	Operation string `json:"operation"`
	// Client is the kind of client that makes it: "api" or "controller".
	Client string `json:"client"`
	// Arguments are read by [Argument].
	Arguments map[string]json.RawMessage `json:"arguments"`
	// Context is what the caller's context holds.
	Context Context `json:"context"`
	// Resource is what a controller acts for; nil: nothing. An operation changes it as the client does.
	Resource *Resource `json:"resource"`
}

// Context is what a caller's context holds; empty members are absent there.
type Context struct {
	Principal   *Principal `json:"principal"`
	Impersonate string     `json:"impersonate"`
	Traceparent string     `json:"traceparent"`
	Tracestate  string     `json:"tracestate"`
	// Certificate is nil when there is none, which is not the same as an empty one.
	Certificate *string `json:"certificate"`
}

// Impersonates is whether the caller asks to act as its principal.
func (c Context) Impersonates() bool { return c.Impersonate == "yes" }

// Principal is for whom a request is made.
type Principal struct {
	OrganizationID  string   `json:"organizationId"`
	OrganizationIDs []string `json:"organizationIds"`
	ProjectID       string   `json:"projectId"`
	Type            string   `json:"type"`
	Actor           string   `json:"actor"`
}

// Resource is the Kubernetes resource that a controller acts for. Maps that are nil are absent, not empty.
type Resource struct {
	Group       string            `json:"group"`
	Kind        string            `json:"kind"`
	Plural      string            `json:"plural"`
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// Class is a kind of error that a client can end a call with.
type Class string

// Every kind of error; a client's own is mapped to the nearest.
const (
	SecretNotFound       Class = "secret-not-found"
	SecretFormat         Class = "secret-format"
	KeyType              Class = "key-type"
	NoPrincipal          Class = "no-principal"
	ResourceInconsistent Class = "resource-inconsistent"
	InvalidArgument      Class = "invalid-argument"
	Connect              Class = "connect"
	ServerUntrusted      Class = "server-untrusted"
	TLS                  Class = "tls"
	ConnectionLost       Class = "connection-lost"
	Timeout              Class = "timeout"
	Protocol             Class = "protocol"
	API                  Class = "api"
	UnexpectedStatus     Class = "unexpected-status"
	MalformedAnswer      Class = "malformed-answer"
	Redirect             Class = "redirect"
	TooLarge             Class = "too-large"
	Other                Class = "other"
)

// Failure is a client's own error, as far as its user can tell it apart. Nil members are what the error does not keep.
type Failure struct {
	Class       Class   `json:"class"`
	Status      *int    `json:"status,omitempty"`
	Code        *string `json:"code,omitempty"`
	Description *string `json:"description,omitempty"`
	TraceID     *string `json:"trace_id,omitempty"`
	RetryAfter  *string `json:"retry_after,omitempty"`
	Body        *string `json:"body,omitempty"`
	// Message is the error in full, for people.
	Message string `json:"message"`
}

// NotAttempted is the error of an operation whose call the driver could not make; it says nothing about the client.
type NotAttempted string

func (e NotAttempted) Error() string { return string(e) }

// Unsupported is the error of an operation or setting that the client does not have.
type Unsupported string

func (e Unsupported) Error() string { return string(e) }

// Argument reads an argument into the client's own type, which must have a place for all of it.
func Argument[T any](call *Call, name string) (T, error) {
	var value T
	raw, there := call.Arguments[name]
	if !there {
		return value, NotAttempted(fmt.Sprintf("there is no argument `%s`", name))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		return value, NotAttempted(fmt.Sprintf("argument `%s`: %v", name, err))
	}
	return value, nil
}

// OptionalArgument is like [Argument], and nil when the argument is left out.
func OptionalArgument[T any](call *Call, name string) (*T, error) {
	if _, there := call.Arguments[name]; !there {
		return nil, nil
	}
	value, err := Argument[T](call, name)
	return &value, err
}

// Explain says what an error of net/http, crypto/tls and what is below them means.
func Explain(err error) Failure {
	return Failure{Class: classOf(err), Message: err.Error()}
}

// Main serves the driver on standard input and output and ends the process. What is printed meanwhile goes to
// standard error, so that no library can break into the conversation.
func Main[S any](driver Driver[S]) {
	output := os.Stdout
	os.Stdout = os.Stderr
	if err := Serve(driver, os.Stdin, output); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", driver.Name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve serves the driver until the input ends; calls still in flight are then cancelled, and not answered.
func Serve[S any](driver Driver[S], input io.Reader, output io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if driver.Secrets == nil {
		driver.Secrets = func(S, []Secret) error { return nil }
	}
	if driver.Advance == nil {
		driver.Advance = func(S, time.Duration) error { return errors.New("the client has no clock that can be moved") }
	}
	if driver.Close == nil {
		driver.Close = func(S) error { return nil }
	}
	if driver.Explain == nil {
		driver.Explain = Explain
	}
	d := &desk[S]{
		driver:   driver,
		ctx:      ctx,
		output:   output,
		sessions: map[uint64]S{},
		calls:    map[uint64]context.CancelFunc{},
	}
	d.say(hello(driver))
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, lineLimit+1)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := d.take(line); err != nil {
			return fmt.Errorf("line %d of standard input: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read line %d of standard input: %w", number+1, err)
	}
	return d.unheard()
}

// desk takes the harness's messages and writes what comes of them.
type desk[S any] struct {
	driver Driver[S]
	ctx    context.Context

	writing sync.Mutex
	output  io.Writer
	lost    error

	lock     sync.Mutex
	sessions map[uint64]S
	calls    map[uint64]context.CancelFunc
}

// message is any that the harness sends; its type says which members count.
type message struct {
	Type    string   `json:"type"`
	Version int      `json:"version"`
	Session uint64   `json:"session"`
	ID      uint64   `json:"id"`
	Seconds uint64   `json:"seconds"`
	Secrets []Secret `json:"secrets"`
	Setup   *Setup   `json:"setup"`
}

type reply map[string]any

// outcome is what the client made of a call.
type outcome struct {
	Kind   string `json:"kind"`
	Value  any    `json:"value,omitempty"`
	Reason string `json:"reason,omitempty"`
	*Failure
	Resource *Resource `json:"resource,omitempty"`
}

func notAttempted(reason string) outcome { return outcome{Kind: "could-not-attempt", Reason: reason} }

func hello[S any](driver Driver[S]) reply {
	operations := slices.Sorted(maps.Keys(driver.Operations))
	return reply{
		"type": "hello", "versions": []int{Version},
		"name": driver.Name, "version": driver.Version, "language": orElse(driver.Language, "Go"),
		"capabilities": append([]Capability{}, driver.Capabilities...),
		"operations":   append([]string{}, operations...),
		"concurrency":  orElse(driver.Concurrency, 256),
	}
}

// take begins what a message asks for; an error ends the conversation.
func (d *desk[S]) take(line []byte) error {
	if err := d.unheard(); err != nil {
		return err
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return fmt.Errorf("no message of the harness: %w", err)
	}
	switch m.Type {
	case "welcome":
		if m.Version != Version {
			return fmt.Errorf("version %d of the protocol was chosen; this driver speaks %d", m.Version, Version)
		}
	case "open":
		if m.Setup == nil {
			return errors.New("`open` without `setup`")
		}
		go d.open(m.Session, *m.Setup)
	case "secrets":
		go d.answer(m.Session, "ready", func(session S) error { return d.driver.Secrets(session, m.Secrets) })
	case "advance":
		by := time.Duration(m.Seconds) * time.Second
		go d.answer(m.Session, "ready", func(session S) error { return d.driver.Advance(session, by) })
	case "call":
		call := new(Call)
		if err := json.Unmarshal(line, call); err != nil {
			return fmt.Errorf("no `call`: %w", err)
		}
		// Noted here and now, so that a `cancel` finds the call that came before it.
		ctx, cancel := context.WithCancel(d.ctx)
		d.lock.Lock()
		d.calls[call.ID] = cancel
		d.lock.Unlock()
		go d.call(ctx, call)
	case "cancel":
		// A call that has ended meanwhile is no mistake of anybody's.
		d.lock.Lock()
		defer d.lock.Unlock()
		if cancel, inFlight := d.calls[m.ID]; inFlight {
			cancel()
		}
	case "close":
		go d.close(m.Session)
	default:
		return fmt.Errorf("no message of the harness has type `%s`", m.Type)
	}
	return nil
}

func (d *desk[S]) open(id uint64, setup Setup) {
	defer recovered(d.trouble)
	session, err := d.driver.Open(setup)
	if is[NotAttempted](err) {
		d.trouble(fmt.Sprintf("open session %d: %v", id, err))
		return
	}
	if err != nil {
		d.say(reply{"type": "refused", "session": id, "error": d.explain(err)})
		return
	}
	d.lock.Lock()
	d.sessions[id] = session
	d.lock.Unlock()
	d.say(reply{"type": "opened", "session": id})
}

func (d *desk[S]) close(id uint64) {
	d.answer(id, "closed", func(session S) error {
		d.lock.Lock()
		delete(d.sessions, id)
		d.lock.Unlock()
		return d.driver.Close(session)
	})
}

// answer does something to a session and says that it is done.
func (d *desk[S]) answer(id uint64, done string, do func(session S) error) {
	defer recovered(d.trouble)
	session, open := d.session(id)
	if !open {
		d.trouble(fmt.Sprintf("there is no session %d", id))
		return
	}
	if err := do(session); err != nil {
		d.trouble(err.Error())
		return
	}
	d.say(reply{"type": done, "session": id})
}

func (d *desk[S]) call(ctx context.Context, call *Call) {
	outcome := d.perform(ctx, call)
	d.lock.Lock()
	cancel := d.calls[call.ID]
	delete(d.calls, call.ID)
	d.lock.Unlock()
	cancel()
	d.say(reply{"type": "done", "id": call.ID, "outcome": outcome})
}

func (d *desk[S]) perform(ctx context.Context, call *Call) (made outcome) {
	defer recovered(func(panicked string) { made = notAttempted(panicked) })
	session, open := d.session(call.Session)
	if !open {
		return notAttempted(fmt.Sprintf("there is no session %d", call.Session))
	}
	operation, known := d.driver.Operations[call.Operation]
	if !known {
		return outcome{Kind: "unsupported", Reason: fmt.Sprintf("the client has no `%s`", call.Operation)}
	}
	value, err := operation(ctx, session, call)
	switch {
	case is[Unsupported](err):
		return outcome{Kind: "unsupported", Reason: err.Error()}
	case is[NotAttempted](err):
		return notAttempted(err.Error())
	case err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled):
		return outcome{Kind: "cancelled"}
	case err != nil:
		return outcome{Kind: "error", Failure: d.explain(err), Resource: call.Resource}
	}
	shown, err := json.Marshal(value)
	if err != nil {
		return notAttempted("show what the client returned: " + err.Error())
	}
	return outcome{Kind: "ok", Value: json.RawMessage(shown), Resource: call.Resource}
}

func (d *desk[S]) explain(err error) *Failure {
	failure := d.driver.Explain(err)
	failure.Message = orElse(failure.Message, err.Error())
	return &failure
}

func (d *desk[S]) session(id uint64) (S, bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	session, open := d.sessions[id]
	return session, open
}

func (d *desk[S]) trouble(message string) {
	d.say(reply{"type": "trouble", "message": message})
}

func (d *desk[S]) say(what reply) {
	line, err := json.Marshal(what)
	if err != nil {
		line, _ = json.Marshal(reply{"type": "trouble", "message": "say something: " + err.Error()})
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if _, err := d.output.Write(append(line, '\n')); err != nil && d.lost == nil {
		d.lost = fmt.Errorf("write to standard output: %w", err)
	}
}

// unheard is why the harness cannot be told any more; nil: it can.
func (d *desk[S]) unheard() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	return d.lost
}

// recovered, deferred, hands on a panic and shows people where it came from.
func recovered(tell func(panicked string)) {
	if panicked := recover(); panicked != nil {
		fmt.Fprintf(os.Stderr, "panic: %v\n%s", panicked, debug.Stack())
		tell(fmt.Sprintf("panic: %v", panicked))
	}
}

func orElse[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}

// classOf knows errors by their types, and by their texts where the standard library gives them no type.
func classOf(err error) Class {
	switch text := err.Error(); {
	case isTimeout(err):
		return Timeout
	case isUntrusted(err):
		return ServerUntrusted
	case isTLS(err):
		return TLS
	case isOf(err, "dial"), is[*net.DNSError](err):
		return Connect
	case contains(text, "exceeded", "response headers"), contains(text, "header too long"):
		return TooLarge
	case contains(text, "malformed"), contains(text, "multiple Content-Length"), contains(text, "bad Content-Length"),
		contains(text, "invalid Content-Length"), contains(text, "unsupported transfer encoding"),
		contains(text, "invalid chunk"), contains(text, "chunk length"), contains(text, "line too long"):
		return Protocol
	case isLost(err):
		return ConnectionLost
	case contains(text, "unsupported protocol scheme"), contains(text, "no Host in request URL"),
		contains(text, "invalid header field"), contains(text, "first path segment in URL"):
		return InvalidArgument
	}
	return Other
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

func isUntrusted(err error) bool {
	return is[*tls.CertificateVerificationError](err) || is[x509.UnknownAuthorityError](err) ||
		is[x509.HostnameError](err) || is[x509.CertificateInvalidError](err)
}

func isTLS(err error) bool {
	return is[tls.RecordHeaderError](err) || is[tls.AlertError](err) || errors.Is(err, http.ErrSchemeMismatch) ||
		contains(err.Error(), "HTTP response to HTTPS client") || isOf(err, "remote error") || isOf(err, "local error") ||
		contains(err.Error(), "tls: ")
}

func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) ||
		contains(err.Error(), "server closed idle connection") || contains(err.Error(), "connection broken")
}

// isOf is whether a network operation of that name failed.
func isOf(err error, operation string) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == operation
}

func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func contains(text string, all ...string) bool {
	return !slices.ContainsFunc(all, func(part string) bool { return !strings.Contains(text, part) })
}
