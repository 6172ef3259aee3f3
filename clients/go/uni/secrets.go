package uni

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"sync"
	"time"
)

// tlsSecret is the type of the secrets whose keys Kubernetes vouches for.
const tlsSecret = "kubernetes.io/tls"

// SecretName is a secret's full name.
type SecretName struct{ Namespace, Name string }

func (n SecretName) String() string { return n.Namespace + "/" + n.Name }

// Secret is a secret as Kubernetes keeps it.
type Secret struct {
	Type string
	Data map[string][]byte
}

// SecretReader finds secrets. Its error for one that does not exist is, or wraps, [SecretNotFound].
type SecretReader interface {
	Secret(ctx context.Context, name SecretName) (*Secret, error)
}

func readSecret(ctx context.Context, secrets SecretReader, name SecretName) (*Secret, error) {
	secret, err := secrets.Secret(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	if secret.Type != tlsSecret {
		return nil, badSecret(name, "its type is `%s`, not `%s`", secret.Type, tlsSecret)
	}
	return secret, nil
}

func readAuthorities(ctx context.Context, secrets SecretReader, name SecretName) (*x509.CertPool, error) {
	secret, err := readSecret(ctx, secrets, name)
	if err != nil {
		return nil, err
	}
	roots, found := x509.NewCertPool(), false
	for block, rest := pem.Decode(secret.Data["tls.crt"]); block != nil; block, rest = pem.Decode(rest) {
		// What stands between the certificates of a bundle is nobody's business.
		if certificate, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			roots.AddCert(certificate)
			found = true
		}
	}
	if !found {
		return nil, badSecret(name, "there is no certificate in `tls.crt`")
	}
	return roots, nil
}

func readPair(ctx context.Context, secrets SecretReader, name SecretName) (*tls.Certificate, error) {
	secret, err := readSecret(ctx, secrets, name)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"tls.crt", "tls.key"} {
		if len(secret.Data[key]) == 0 {
			return nil, badSecret(name, "there is nothing in `%s`", key)
		}
	}
	pair, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
	if err != nil {
		return nil, badSecret(name, "%w", err)
	}
	return &pair, nil
}

func badSecret(name SecretName, format string, arguments ...any) error {
	return &Error{Kind: SecretFormat, Text: fmt.Sprintf("secret %s", name), Cause: fmt.Errorf(format, arguments...)}
}

// reloading is the client's certificate as handshakes present it.
type reloading struct {
	options Options

	lock   sync.Mutex
	pair   *tls.Certificate
	loaded time.Time
}

func newReloading(ctx context.Context, options Options) (*reloading, error) {
	r := &reloading{options: options, pair: &tls.Certificate{}, loaded: options.Now()}
	if options.Client == nil {
		return r, nil
	}
	var err error
	r.pair, err = readPair(ctx, options.Secrets, *options.Client)
	return r, err
}

// present is called in each handshake; a reload that fails keeps the old certificate, and the next one tries again.
func (r *reloading) present(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	now := r.options.Now()
	if r.options.Client == nil || r.options.Reload < 0 || now.Sub(r.loaded) < r.options.Reload {
		return r.pair, nil
	}
	pair, err := readPair(request.Context(), r.options.Secrets, *r.options.Client)
	if err == nil {
		r.pair, r.loaded = pair, now
	} else if r.options.ReloadFailed != nil {
		r.options.ReloadFailed(err)
	}
	return r.pair, nil
}
