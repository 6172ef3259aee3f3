package kit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// conversation is a driver that is served, seen from the harness's side.
type conversation struct {
	t     *testing.T
	say   io.WriteCloser
	lines *bufio.Scanner
	ended chan error
}

func converse(t *testing.T, driver Driver[string]) *conversation {
	heard, say := io.Pipe()
	said, tell := io.Pipe()
	c := &conversation{t: t, say: say, lines: bufio.NewScanner(said), ended: make(chan error, 1)}
	go func() {
		c.ended <- Serve(driver, heard, tell)
		tell.Close()
	}()
	t.Cleanup(func() { say.Close() })
	c.answers(`{"type":"hello"}`)
	c.tell(`{"type":"welcome","version":1}`)
	return c
}

func (c *conversation) tell(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.say, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// answers reads a line, which must have the members that are expected.
func (c *conversation) answers(expected string) {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatalf("expected %s, and the driver says no more", expected)
	}
	var want, have any
	if err := errors.Join(json.Unmarshal([]byte(expected), &want), json.Unmarshal(c.lines.Bytes(), &have)); err != nil {
		c.t.Fatal(err)
	}
	if !holds(have, want) {
		c.t.Fatalf("expected %s\nseen     %s", expected, c.lines.Bytes())
	}
}

// holds is whether every member that is wanted is there.
func holds(have, want any) bool {
	wanted, isObject := want.(map[string]any)
	if !isObject {
		return have == want
	}
	members, _ := have.(map[string]any)
	for name, value := range wanted {
		if got, there := members[name]; !there || !holds(got, value) {
			return false
		}
	}
	return true
}

type refusal struct{}

func (refusal) Error() string { return "no" }

func example() Driver[string] {
	status, held := 403, make(chan struct{})
	return Driver[string]{
		Name: "example", Version: "1",
		Open: func(setup Setup) (string, error) {
			if len(setup.Secrets) == 0 {
				return "", refusal{}
			}
			return setup.Endpoints.Identity, nil
		},
		Explain: func(err error) Failure {
			if errors.Is(err, refusal{}) {
				return Failure{Class: API, Status: &status}
			}
			return Explain(err)
		},
		Operations: map[string]Operation[string]{
			"where":  func(_ context.Context, where string, _ *Call) (any, error) { return where, nil },
			"refuse": func(context.Context, string, *Call) (any, error) { return nil, refusal{} },
			"number": func(_ context.Context, _ string, call *Call) (any, error) { return Argument[int](call, "n") },
			"mark": func(_ context.Context, _ string, call *Call) (any, error) {
				call.Resource.Annotations = map[string]string{"seen": "yes"}
				return nil, nil
			},
			"wait": func(ctx context.Context, _ string, _ *Call) (any, error) {
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-held:
					return "held", nil
				}
			},
			"release": func(context.Context, string, *Call) (any, error) { close(held); return nil, nil },
			"panic":   func(context.Context, string, *Call) (any, error) { panic("lost") },
		},
	}
}

const openOne = `{"type":"open","session":1,"setup":{"endpoints":{"identity":"https://i","region":"https://r"},` +
	`"secrets":[{"namespace":"n","name":"s","type":"t","data":{}}]}}`

func TestACallBecomesItsOutcome(t *testing.T) {
	c := converse(t, example())
	c.tell(openOne)
	c.answers(`{"type":"opened","session":1}`)
	for call, outcome := range map[string]string{
		`"operation":"where"`:                             `{"kind":"ok","value":"https://i"}`,
		`"operation":"refuse"`:                            `{"kind":"error","class":"api","status":403,"message":"no"}`,
		`"operation":"number","arguments":{"n":7}`:        `{"kind":"ok","value":7}`,
		`"operation":"number","arguments":{"n":"seven"}`:  `{"kind":"could-not-attempt"}`,
		`"operation":"number"`:                            `{"kind":"could-not-attempt"}`,
		`"operation":"unheard-of"`:                        `{"kind":"unsupported"}`,
		`"operation":"panic"`:                             `{"kind":"could-not-attempt","reason":"panic: lost"}`,
		`"operation":"mark","resource":{"labels":{}}`:     `{"kind":"ok","value":null,"resource":{"annotations":{"seen":"yes"}}}`,
		`"operation":"mark","resource":{"name":"before"}`: `{"kind":"ok","resource":{"name":"before","labels":null}}`,
	} {
		c.tell(`{"type":"call","id":7,"session":1,"client":"api",` + call + `}`)
		c.answers(`{"type":"done","id":7,"outcome":` + outcome + `}`)
	}
}

func TestAnswersComeInAnyOrder(t *testing.T) {
	c := converse(t, example())
	c.tell(openOne)
	c.answers(`{"type":"opened"}`)
	c.tell(`{"type":"call","id":1,"session":1,"operation":"wait"}`)
	c.tell(`{"type":"call","id":2,"session":1,"operation":"where"}`)
	c.answers(`{"type":"done","id":2}`)
	c.tell(`{"type":"call","id":3,"session":1,"operation":"wait"}`)
	c.tell(`{"type":"cancel","id":3}`)
	c.answers(`{"type":"done","id":3,"outcome":{"kind":"cancelled"}}`)
	c.tell(`{"type":"cancel","id":3}`)
	c.tell(`{"type":"call","id":4,"session":1,"operation":"release"}`)
	seen := map[float64]bool{}
	for range 2 {
		var done struct{ ID float64 }
		if !c.lines.Scan() || json.Unmarshal(c.lines.Bytes(), &done) != nil {
			t.Fatal("a call is not answered")
		}
		seen[done.ID] = true
	}
	if !seen[1] || !seen[4] {
		t.Fatalf("answered: %v", seen)
	}
}

func TestSessionsComeAndGo(t *testing.T) {
	c := converse(t, example())
	c.tell(`{"type":"open","session":1,"setup":{"endpoints":{},"secrets":[]}}`)
	c.answers(`{"type":"refused","session":1,"error":{"class":"api","message":"no"}}`)
	c.tell(openOne)
	c.answers(`{"type":"opened","session":1}`)
	c.tell(`{"type":"secrets","session":1,"secrets":[]}`)
	c.answers(`{"type":"ready","session":1}`)
	c.tell(`{"type":"advance","session":1,"seconds":60}`)
	c.answers(`{"type":"trouble","message":"the client has no clock that can be moved"}`)
	c.tell(`{"type":"close","session":1}`)
	c.answers(`{"type":"closed","session":1}`)
	c.tell(`{"type":"call","id":9,"session":1,"operation":"where"}`)
	c.answers(`{"type":"done","id":9,"outcome":{"kind":"could-not-attempt","reason":"there is no session 1"}}`)
	c.say.Close()
	if err := <-c.ended; err != nil {
		t.Fatalf("the input ended, and so did the driver: %v", err)
	}
}

func TestWhatIsNoMessageEndsTheConversation(t *testing.T) {
	for input, expected := range map[string]string{
		"prose":                                   "line 1 of standard input: no message of the harness",
		"\n{\"type\":\"sing\"}":                   "line 2 of standard input: no message of the harness has type `sing`",
		`{"type":"welcome","version":2}`:          "version 2 of the protocol was chosen; this driver speaks 1",
		`{"type":"open","session":1}`:             "`open` without `setup`",
		`{"type":"call","id":"seven"}`:            "line 1",
		strings.Repeat("x", lineLimit+2):          "read line 1",
		`{"type":"call","id":1,"arguments":"no"}`: "no `call`",
	} {
		err := Serve(example(), strings.NewReader(input), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("expected %q\nseen     %v", expected, err)
		}
	}
}

// What the standard library really says, not what it is thought to say.
func TestErrorsOfTheStandardLibraryHaveTheirClass(t *testing.T) {
	answering := func(answer string) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					http.ReadRequest(bufio.NewReader(connection))
					io.WriteString(connection, answer)
					connection.Close()
				}()
			}
		}()
		return "http://" + listener.Addr().String()
	}
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	mute, end := context.WithCancel(context.Background())
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-mute.Done() }))
	defer slow.Close()
	defer end()
	for address, class := range map[string]Class{
		untrusted.URL: ServerUntrusted,
		closed.URL:    Connect,
		slow.URL:      Timeout,
		strings.Replace(answering("nonsense\r\n\r\n"), "http:", "https:", 1): TLS,
		"h:1":                                    InvalidArgument,
		"ftp://h":                                InvalidArgument,
		answering(""):                            ConnectionLost,
		answering("HTTP/1.1 200 OK\r\nA: b\r\n"): ConnectionLost,
		answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"):                                   ConnectionLost,
		answering("SSH-2.0-OpenSSH_9.6\r\n\r\n"):                                                        Protocol,
		answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n[]  "):              Protocol,
		answering("HTTP/1.1 200 OK\r\nX-Large: " + strings.Repeat("x", 11<<20) + "\r\n\r\n"):            TooLarge,
		answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno length at all\r\n0\r\n\r\n"): Protocol,
	} {
		client := &http.Client{Timeout: 2 * time.Second}
		response, err := client.Get(address)
		if err == nil {
			_, err = io.ReadAll(response.Body)
		}
		if err == nil {
			t.Errorf("%s: expected %s, and there is no error", address, class)
		} else if seen := Explain(err).Class; seen != class {
			t.Errorf("expected %s, seen %s: %v", class, seen, err)
		}
	}
}
