package uni

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What a token is asked for with (RFC 8693 §2.1).
const (
	tokenPath     = "oauth2/v2/token"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	typeAccess    = "urn:ietf:params:oauth:token-type:access_token"
	typePassport  = "urn:nscale:params:oauth:token-type:passport"
)

const (
	// passportMargin is how long before its end a passport is not relied on any more.
	passportMargin = 10 * time.Second
	// passportsKept is as many as are kept: whoever shows ever new tokens is not to fill the memory with them.
	passportsKept = 4096
)

// TokenScope is where the bearer of a token wants to act; nil: he does not say. A project is in an organization.
type TokenScope struct{ Organization, Project *ID }

// Bearer is whose a token is.
type Bearer struct {
	Subject string `json:"subject"`
	// Type is user, service or system.
	Type            string   `json:"type"`
	OrganizationIDs []string `json:"organizationIds,omitempty"`
	Email           string   `json:"email,omitempty"`
}

// AccessToken is a token to show. It does not print itself.
type AccessToken struct {
	Text      string
	Type      string
	ExpiresIn time.Duration
}

func (AccessToken) String() string   { return "a token" }
func (AccessToken) GoString() string { return "a token" }

// tokenResponse declares the statuses of the token endpoint.
type tokenResponse struct{ JSON200, JSON400, JSON401, JSON500 struct{} }

// tokenAnswer is what it says.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

// passportClaims is what a passport says.
type passportClaims struct {
	Kind           string   `json:"typ"`
	Subject        string   `json:"sub"`
	Account        string   `json:"acctype"`
	Source         string   `json:"source"`
	Expires        int64    `json:"exp"`
	NotBefore      int64    `json:"nbf"`
	Email          string   `json:"email"`
	OrganizationID []string `json:"org_ids"`
}

// passports is what they said, for as long as they count.
type passports struct {
	lock sync.Mutex
	kept map[passportKey]keptPassport
}

type passportKey struct{ token, organization, project string }

type keptPassport struct {
	bearer Bearer
	until  time.Time
}

// ExchangeToken tells whose a bearer token is, for whoever wants to act there. The answer is kept until shortly before it
// ends. The context's certificate goes along, since a token may be bound to it; a principal does not. No error holds a
// token.
func (c *Client) ExchangeToken(ctx context.Context, token string, scope TokenScope) (*Bearer, error) {
	if scope.Project != nil && scope.Organization == nil {
		return nil, &Error{Kind: InvalidArgument, Text: "exchange a token: the project is in no organization"}
	}
	form := url.Values{
		"grant_type": {grantExchange}, "subject_token": {token},
		"subject_token_type": {typeAccess}, "requested_token_type": {typePassport},
	}
	key := passportKey{token: token}
	if scope.Organization != nil {
		key.organization = scope.Organization.String()
		form.Set("x_organization_id", key.organization)
	}
	if scope.Project != nil {
		key.project = scope.Project.String()
		form.Set("x_project_id", key.project)
	}
	if bearer := c.passports.find(key, c.options.Now()); bearer != nil {
		return bearer, nil
	}
	answer, response, err := c.askForToken(ctx, form)
	if err != nil {
		return nil, err
	}
	claims, problem := readPassport(answer.AccessToken, c.options.Now())
	if problem != "" {
		return nil, failed(MalformedAnswer, response, nil, "%s", problem)
	}
	bearer := Bearer{
		Subject: claims.Subject, Type: claims.Account, OrganizationIDs: claims.OrganizationID, Email: claims.Email,
	}
	c.passports.keep(key, keptPassport{bearer: bearer, until: time.Unix(claims.Expires, 0).Add(-passportMargin)}, c.options.Now())
	return &bearer, nil
}

// IssueToken gets a token for the certificate of this client (RFC 8705), which counts beside it only.
func (c *Client) IssueToken(ctx context.Context) (*AccessToken, error) {
	answer, response, err := c.askForToken(ctx, url.Values{"grant_type": {"client_credentials"}})
	if err != nil {
		return nil, err
	}
	if answer.ExpiresIn <= 0 {
		return nil, failed(MalformedAnswer, response, nil, "the token has ended")
	}
	lifetime := time.Duration(answer.ExpiresIn) * time.Second
	return &AccessToken{Text: answer.AccessToken, Type: answer.TokenType, ExpiresIn: lifetime}, nil
}

// askForToken posts a form in nobody's name. Of an answer that is no refusal no error keeps the body: it may be a token.
func (c *Client) askForToken(ctx context.Context, form url.Values) (*tokenAnswer, *http.Response, error) {
	address := c.identity.JoinPath(tokenPath).String()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := passOn(request); err != nil {
		return nil, nil, err
	}
	response, err := c.send(request, c.live)
	if err != nil {
		return nil, nil, withoutBody(err)
	}
	body, err := accept[tokenResponse](response, http.StatusOK)
	if err != nil {
		return nil, nil, withoutBody(err)
	}
	answer := new(tokenAnswer)
	if !isJSON(response) || json.Unmarshal(body, answer) != nil || answer.AccessToken == "" {
		return nil, nil, failed(MalformedAnswer, response, nil, "it is no answer of a token endpoint")
	}
	return answer, response, nil
}

func withoutBody(err error) error {
	var own *Error
	if errors.As(err, &own) && own.Answer != nil {
		own.Answer.Body = nil
	}
	return err
}

// readPassport says what a passport holds, or what is wrong with it. It came from identity itself, so its signature
// proves nothing more.
func readPassport(text string, now time.Time) (*passportClaims, string) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, "it holds no passport"
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	claims := new(passportClaims)
	if decodePart(parts[0], &header) != nil || header.Algorithm != "ES512" || decodePart(parts[1], claims) != nil {
		return nil, "it holds no passport"
	}
	switch {
	case claims.Kind != "passport" || claims.Subject == "" || claims.Account == "" || claims.Source == "":
		return nil, "it holds another token than a passport"
	case !time.Unix(claims.Expires, 0).After(now):
		return nil, "the passport has ended"
	case time.Unix(claims.NotBefore, 0).After(now):
		return nil, "the passport does not count yet"
	}
	return claims, ""
}

func decodePart(part string, into any) error {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(decoded, into)
}

func (p *passports) find(key passportKey, now time.Time) *Bearer {
	p.lock.Lock()
	defer p.lock.Unlock()
	if kept, there := p.kept[key]; there && now.Before(kept.until) {
		return &kept.bearer
	}
	return nil
}

func (p *passports) keep(key passportKey, one keptPassport, now time.Time) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if len(p.kept) >= passportsKept {
		for key, kept := range p.kept {
			if !now.Before(kept.until) {
				delete(p.kept, key)
			}
		}
	}
	if p.kept == nil || len(p.kept) >= passportsKept {
		p.kept = map[passportKey]keptPassport{}
	}
	p.kept[key] = one
}
