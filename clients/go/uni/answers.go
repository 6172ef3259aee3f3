package uni

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// keptBody is how much of a body an error keeps.
const keptBody = 64 << 10

// Kind tells errors apart: errors.Is(err, uni.NoPrincipal). What net/http, crypto/tls and context report keeps its
// own type instead.
type Kind string

func (k Kind) Error() string { return string(k) }

// Every kind.
const (
	// SecretNotFound is for a secret that does not exist, or is not configured and needed.
	SecretNotFound Kind = "secret not found"
	// SecretFormat is for a secret of the wrong type or with something else in it.
	SecretFormat Kind = "secret format"
	// KeyType is for a key that cannot sign.
	KeyType Kind = "key type"
	// NoPrincipal is for a context without one.
	NoPrincipal Kind = "no principal"
	// ResourceInconsistent is for a resource that lacks labels or annotations.
	ResourceInconsistent Kind = "resource inconsistent"
	// InvalidArgument is for what cannot be sent.
	InvalidArgument Kind = "invalid argument"
	// Closed is for calls on a client that is closed.
	Closed Kind = "closed"
	// Refused is the platform's own error, with a status that the operation declares.
	Refused Kind = "refused"
	// UnexpectedStatus is neither the operation's success nor a failure that it declares.
	UnexpectedStatus Kind = "unexpected status"
	// MalformedAnswer has an expected status, and a body that is not what belongs there.
	MalformedAnswer Kind = "malformed answer"
	// Redirected is a redirect, which is never followed.
	Redirected Kind = "redirected"
	// TooLarge is an answer that is not read to its end.
	TooLarge Kind = "too large"
)

// Error is any error that is the client's or the platform's own.
type Error struct {
	Kind Kind
	// Text says what happened; it quotes no secret.
	Text string
	// Answer is what the server said; nil: it was not asked.
	Answer *Answer
	// Cause may be nil.
	Cause error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Text
	}
	return e.Text + ": " + e.Cause.Error()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// Answer is what an error keeps of the server's answer.
type Answer struct {
	Status     int
	RetryAfter string
	// Body is its beginning.
	Body []byte
	// Envelope is the platform's own error; nil: there is none in the body.
	Envelope *Envelope
}

// Envelope is how the platform says why it refuses.
type Envelope struct {
	Code        string  `json:"error"`
	Description string  `json:"error_description"`
	TraceID     *string `json:"trace_id"`
}

// done takes an answer that has nothing to say but its status. R is the generated type that declares statuses.
func done[R any](success int) func(*http.Response, error) error {
	return func(response *http.Response, err error) error {
		if err != nil {
			return err
		}
		_, err = accept[R](response, success)
		return err
	}
}

// result takes an answer that holds a T.
func result[T, R any](success int) func(*http.Response, error) (*T, error) {
	return func(response *http.Response, err error) (*T, error) {
		if err != nil {
			return nil, err
		}
		body, err := accept[R](response, success)
		if err != nil {
			return nil, err
		}
		malformed := func(format string, arguments ...any) error {
			return failed(MalformedAnswer, response, body, format, arguments...)
		}
		if !isJSON(response) {
			return nil, malformed("the content type is `%s`", response.Header.Get("Content-Type"))
		}
		value, seen := new(T), any(nil)
		if err := json.Unmarshal(body, value); err != nil {
			return nil, malformed("%v", err)
		}
		if err := json.Unmarshal(body, &seen); err != nil {
			return nil, malformed("%v", err)
		}
		if missing := lacks(reflect.TypeFor[T](), seen, "the answer"); missing != "" {
			return nil, malformed("%s is missing", missing)
		}
		return value, nil
	}
}

// accept gives the body of a success, and an error for everything else.
func accept[R any](response *http.Response, success int) ([]byte, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == success {
		return body, nil
	}
	_, declared := reflect.TypeFor[R]().FieldByName(fmt.Sprintf("JSON%d", response.StatusCode))
	said := envelope(response, body)
	switch {
	case declared && said != nil:
		return nil, failed(Refused, response, body, "%s: %s", said.Code, said.Description)
	case declared:
		return nil, failed(MalformedAnswer, response, body, "the body is no error of the platform")
	}
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect:
		return nil, failed(Redirected, response, body, "redirects are not followed")
	}
	return nil, failed(UnexpectedStatus, response, body, "the operation does not declare this status")
}

func failed(kind Kind, response *http.Response, body []byte, format string, arguments ...any) error {
	request := response.Request
	text := fmt.Sprintf("%s %s: %d: ", request.Method, request.URL.EscapedPath(), response.StatusCode)
	return &Error{
		Kind: kind,
		Text: text + fmt.Sprintf(format, arguments...),
		Answer: &Answer{
			Status:     response.StatusCode,
			RetryAfter: response.Header.Get("Retry-After"),
			Body:       body[:min(len(body), keptBody)],
			Envelope:   envelope(response, body),
		},
	}
}

func envelope(response *http.Response, body []byte) *Envelope {
	var said Envelope
	if !isJSON(response) || json.Unmarshal(body, &said) != nil || said.Code == "" {
		return nil
	}
	return &said
}

// Media types know no case (RFC 9110 §8.3.1).
func isJSON(response *http.Response) bool {
	return strings.Contains(strings.ToLower(response.Header.Get("Content-Type")), "json")
}

// lacks names the first member that the type demands and the JSON does not have: encoding/json passes over it.
func lacks(t reflect.Type, seen any, name string) string {
	if seen == nil {
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return lacks(t.Elem(), seen, name)
	case reflect.Slice:
		elements, _ := seen.([]any)
		for i, element := range elements {
			if missing := lacks(t.Elem(), element, fmt.Sprintf("%s[%d]", name, i)); missing != "" {
				return missing
			}
		}
	case reflect.Struct:
		// A type that reads itself, as a time does, is no object there.
		members, _ := seen.(map[string]any)
		for i := range t.NumField() {
			member, options, tagged := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			value, there := members[member]
			if member == "" || members == nil || tagged && strings.Contains(options, "omitempty") && (!there || value == nil) {
				continue
			}
			if missing := lacks(t.Field(i).Type, value, name+"."+member); missing != "" {
				return missing
			}
		}
	}
	return ""
}
