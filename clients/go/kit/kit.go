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
	"math"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
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
	// Lifecycles has a function for each lifecycle and goal that can be run with the client, by the protocol's names
	// with a slash in between: "project-reference/present".
	Lifecycles map[string]Attempt[S]
	// Crash cuts what the session's clients have open, without a goodbye; Close when nil. Nothing is in flight then.
	Crash func(session S) error
	// Pause is how long a lifecycle waits after a failed attempt, the last pause being known; [Pause] when nil.
	Pause func(last time.Duration, failure Failure) time.Duration
	// Explain says a client's error in the protocol's words; [Explain] when nil.
	Explain func(err error) Failure
}

// Operation makes one call. Its context ends when the harness cancels the call. It returns what the client returned,
// as JSON shows it, and changes call.Resource in place as far as the client does.
type Operation[S any] func(ctx context.Context, session S, call *Call) (any, error)

// Attempt makes one attempt at a lifecycle. After an error the kit makes another one, unless the error is [Final] or
// of a class that cannot get better, or the lifecycle's budget is spent. Its context ends as that of an operation does.
type Attempt[S any] func(ctx context.Context, session S, run *Run) error

// Run is a lifecycle that runs: a call without an operation, whose resource can be stored.
type Run struct {
	Call
	Lifecycle string `json:"lifecycle"`
	Goal      string `json:"goal"`
	Attempts  int    `json:"attempts"`
	// State is what one attempt leaves to the next.
	State any `json:"-"`

	flight *flight
	say    func(reply)
}

// Store persists the resource as it is now. Its error is [NotStored] when that is refused. When the session crashes
// meanwhile it does not return: nothing of what would have come after it happens.
func (r *Run) Store() error {
	// A write to the cluster is no exchange of the client's.
	defer r.flight.wait(r.flight.wait(nil))
	stored := reply{"type": "store", "id": r.ID, "resource": r.Resource}
	if !r.flight.unlessDead(func() { r.say(stored) }) {
		runtime.Goexit()
	}
	select {
	case refused := <-r.flight.stored:
		if refused != nil {
			return NotStored(*refused)
		}
		return nil
	case <-r.flight.ctx.Done():
		if !r.flight.unlessDead(func() {}) {
			runtime.Goexit()
		}
		return r.flight.ctx.Err()
	}
}

// NotStored is why a resource was not persisted.
type NotStored string

func (e NotStored) Error() string { return "store the resource: " + string(e) }

// Final is an error after which a lifecycle is not attempted again.
type Final struct{ Err error }

func (e Final) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e Final) Unwrap() error { return e.Err }

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
	Converge               Capability = "converge"
	Crash                  Capability = "crash"
	GiveUp                 Capability = "give-up"
	VirtualWait            Capability = "virtual-wait"
	ReadsRequests          Capability = "reads-requests"
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
	// Now is what a clock that can be moved says at first, in seconds since 1970; nil: whatever it likes.
	Now *int64 `json:"now"`
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
	// Serving is the request being served, for drivers that declare [ReadsRequests]; nil: the context says it all.
	Serving *Serving `json:"serving"`
}

// Serving is a request that a service serves when it makes a call: what the context holds is to be found in it, but for
// the principal where a bearer token says it.
type Serving struct {
	// Headers has name and value of each line.
	Headers [][2]string `json:"headers"`
	// Span is the one that the service has begun for it.
	Span string `json:"span"`
	// For is "authorization" or "handler".
	For string `json:"for"`
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

// The first pause of a lifecycle, and the longest that it makes of its own accord: those of Kubernetes' controllers.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = 1000 * time.Second
)

// Pause is twice as long as the last one, up to a limit, and never less than the last one or the server asked for.
func Pause(last time.Duration, failure Failure) time.Duration {
	pause := max(min(2*last, longestPause), firstPause, last)
	if failure.RetryAfter == nil {
		return pause
	}
	return max(pause, retryAfter(*failure.RetryAfter, time.Now()))
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3), whose seconds are whole ones; what is neither asks for nothing.
func retryAfter(text string, now time.Time) time.Duration {
	const most = math.MaxInt64 / int64(time.Second)
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(seconds, most)) * time.Second
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return (date.Sub(now) + time.Second - 1).Truncate(time.Second)
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
	if driver.Crash == nil {
		driver.Crash = driver.Close
	}
	if driver.Pause == nil {
		driver.Pause = Pause
	}
	d := &desk[S]{
		driver:   driver,
		ctx:      ctx,
		output:   output,
		sessions: map[uint64]S{},
		flights:  map[uint64]*flight{},
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
	flights  map[uint64]*flight
}

// flight is a call or a lifecycle in flight.
type flight struct {
	session uint64
	// ctx ends when it is cancelled or its session crashes.
	ctx    context.Context
	cancel context.CancelFunc
	// stored takes the answer to a store, which is nil unless it is refused.
	stored chan *string
	landed chan struct{}

	lock sync.Mutex
	// dead is one of a session that crashed: it says nothing any more.
	dead bool
	// waiting is what has a time limit that can pass; nil: nothing has.
	waiting *patient
}

func (d *desk[S]) takeOff(id, session uint64) *flight {
	f := &flight{session: session, stored: make(chan *string, 1), landed: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(d.ctx)
	d.lock.Lock()
	defer d.lock.Unlock()
	d.flights[id] = f
	return f
}

func (d *desk[S]) land(id uint64, f *flight) {
	d.lock.Lock()
	delete(d.flights, id)
	d.lock.Unlock()
	f.cancel()
	close(f.landed)
}

// flight is the one of that number; nil: it has ended meanwhile, which is no mistake of anybody's.
func (d *desk[S]) flight(id uint64) *flight {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.flights[id]
}

// patience is a context for what has a time limit that can pass, from now on.
func (f *flight) patience() *patient {
	p := &patient{Context: f.ctx, done: make(chan struct{})}
	context.AfterFunc(f.ctx, func() { p.end(f.ctx.Err()) })
	f.wait(p)
	return p
}

// wait says what has a time limit that can pass, and what had one before.
func (f *flight) wait(now *patient) (before *patient) {
	f.lock.Lock()
	defer f.lock.Unlock()
	before, f.waiting = f.waiting, now
	return before
}

func (f *flight) giveUp() {
	if p := f.wait(nil); p != nil {
		p.end(context.DeadlineExceeded)
	}
}

// crash makes the flight silent and ends it.
func (f *flight) crash() {
	f.lock.Lock()
	f.dead = true
	f.lock.Unlock()
	f.cancel()
	<-f.landed
}

// unlessDead says something of a flight; false: it has crashed.
func (f *flight) unlessDead(say func()) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	if !f.dead {
		say()
	}
	return !f.dead
}

// patient is a context whose deadline passes when it is told to.
type patient struct {
	context.Context
	done chan struct{}
	lock sync.Mutex
	err  error
}

func (p *patient) Done() <-chan struct{} { return p.done }

func (p *patient) Err() error {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.err
}

func (p *patient) end(err error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.err == nil {
		p.err = err
		close(p.done)
	}
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
	Refused *string  `json:"refused"`
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
		// Noted here and now, so that a `cancel` or a `give-up` finds the call that came before it.
		f := d.takeOff(call.ID, call.Session)
		go d.call(f, f.patience(), call)
	case "converge":
		run := new(Run)
		if err := json.Unmarshal(line, run); err != nil {
			return fmt.Errorf("no `converge`: %w", err)
		}
		go d.converge(d.takeOff(run.ID, run.Session), run)
	case "cancel":
		if f := d.flight(m.ID); f != nil {
			f.cancel()
		}
	case "give-up":
		if f := d.flight(m.ID); f != nil {
			f.giveUp()
		}
	case "stored":
		if f := d.flight(m.ID); f != nil {
			// There is room for the one answer that a store has.
			select {
			case f.stored <- m.Refused:
			default:
			}
		}
	case "crash":
		go d.crash(m.Session)
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

// crash loses what a session has in flight, without a word, and cuts its connections.
func (d *desk[S]) crash(id uint64) {
	d.lock.Lock()
	var lost []*flight
	for _, f := range d.flights {
		if f.session == id {
			lost = append(lost, f)
		}
	}
	d.lock.Unlock()
	for _, f := range lost {
		f.crash()
	}
	d.answer(id, "closed", func(session S) error {
		d.lock.Lock()
		delete(d.sessions, id)
		d.lock.Unlock()
		return d.driver.Crash(session)
	})
}

func (d *desk[S]) call(f *flight, patience *patient, call *Call) {
	defer d.land(call.ID, f)
	outcome := d.perform(patience, call)
	f.unlessDead(func() { d.say(reply{"type": "done", "id": call.ID, "outcome": outcome}) })
}

func (d *desk[S]) converge(f *flight, run *Run) {
	defer d.land(run.ID, f)
	run.flight, run.say = f, d.say
	outcome := d.run(f, run)
	f.unlessDead(func() { d.say(reply{"type": "done", "id": run.ID, "outcome": outcome}) })
}

// run makes one attempt after the other, until one succeeds, none can any more, or the budget is spent.
func (d *desk[S]) run(f *flight, run *Run) (made outcome) {
	defer recovered(func(panicked string) { made = notAttempted(panicked) })
	session, open := d.session(run.Session)
	if !open {
		return notAttempted(fmt.Sprintf("there is no session %d", run.Session))
	}
	name := run.Lifecycle + "/" + run.Goal
	attempt, known := d.driver.Lifecycles[name]
	if !known {
		return outcome{Kind: "unsupported", Reason: fmt.Sprintf("the driver has no `%s`", name)}
	}
	var pause time.Duration
	for left := run.Attempts - 1; ; left-- {
		ctx := f.patience()
		err := attempt(ctx, session, run)
		f.wait(nil)
		made = d.outcome(ctx, nil, err, run.Resource)
		if left <= 0 || made.Failure == nil || is[Final](err) || hopeless[made.Class] {
			return made
		}
		pause = d.driver.Pause(pause, *made.Failure)
		if !d.pause(f, run.ID, pause) {
			return outcome{Kind: "cancelled"}
		}
	}
}

// pause waits, or says that it would; false: there is no use in waiting any longer.
func (d *desk[S]) pause(f *flight, id uint64, pause time.Duration) bool {
	if slices.Contains(d.driver.Capabilities, VirtualWait) {
		milliseconds := (pause + time.Millisecond - 1).Milliseconds()
		return f.unlessDead(func() { d.say(reply{"type": "waits", "id": id, "milliseconds": milliseconds}) }) &&
			f.ctx.Err() == nil
	}
	select {
	case <-time.After(pause):
		return true
	case <-f.ctx.Done():
		return false
	}
}

// hopeless are errors that trying again does not better.
var hopeless = map[Class]bool{KeyType: true, NoPrincipal: true, ResourceInconsistent: true, InvalidArgument: true}

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
	return d.outcome(ctx, value, err, call.Resource)
}

// outcome is what a function of the driver's made of a call.
func (d *desk[S]) outcome(ctx context.Context, value any, err error, resource *Resource) outcome {
	switch {
	case is[Unsupported](err):
		return outcome{Kind: "unsupported", Reason: err.Error()}
	case is[NotAttempted](err):
		return notAttempted(err.Error())
	case err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled):
		return outcome{Kind: "cancelled"}
	case err != nil:
		return outcome{Kind: "error", Failure: d.explain(err), Resource: resource}
	}
	shown, err := json.Marshal(value)
	if err != nil {
		return notAttempted("show what the client returned: " + err.Error())
	}
	return outcome{Kind: "ok", Value: json.RawMessage(shown), Resource: resource}
}

func (d *desk[S]) explain(err error) *Failure {
	if is[NotStored](err) {
		return &Failure{Class: Other, Message: err.Error()}
	}
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
