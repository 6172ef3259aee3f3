package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"plumbline/clients/go/kit"
	"plumbline/clients/go/uni"
)

// session is a client and the world around it: secrets and a clock that stands still unless it is moved.
type session struct {
	client *uni.Client

	lock    sync.Mutex
	secrets map[uni.SecretName]*uni.Secret
	now     time.Time
}

func open(setup kit.Setup) (*session, error) {
	s := &session{now: time.Now()}
	if setup.Now != nil {
		s.now = time.Unix(*setup.Now, 0)
	}
	if err := s.replaceSecrets(setup.Secrets); err != nil {
		return nil, err
	}
	options := uni.Options{
		Identity: setup.Endpoints.Identity,
		Region:   setup.Endpoints.Region,
		Secrets:  s,
		CA:       name(setup.CA),
		Client:   name(setup.Client),
		Now:      s.time,
	}
	if seconds := setup.ReloadSeconds; seconds != nil {
		options.Reload = time.Duration(*seconds) * time.Second
		if *seconds == 0 {
			options.Reload = -1
		}
	}
	if limit := setup.Timeouts.CallMS; limit != nil {
		options.CallTimeout = time.Duration(*limit) * time.Millisecond
	}
	var err error
	s.client, err = uni.Open(context.Background(), options)
	return s, err
}

func name(given *kit.SecretName) *uni.SecretName {
	if given == nil {
		return nil
	}
	return &uni.SecretName{Namespace: given.Namespace, Name: given.Name}
}

func (s *session) replaceSecrets(secrets []kit.Secret) error {
	held := map[uni.SecretName]*uni.Secret{}
	for _, secret := range secrets {
		data := map[string][]byte{}
		for key, text := range secret.Data {
			data[key] = []byte(text)
		}
		held[uni.SecretName{Namespace: secret.Namespace, Name: secret.Name}] = &uni.Secret{Type: secret.Type, Data: data}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.secrets = held
	return nil
}

// Secret is how the client reads secrets.
func (s *session) Secret(_ context.Context, name uni.SecretName) (*uni.Secret, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if secret, there := s.secrets[name]; there {
		return secret, nil
	}
	return nil, uni.SecretNotFound
}

func (s *session) time() time.Time {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.now
}

func (s *session) advance(by time.Duration) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.now = s.now.Add(by)
	return nil
}

func (s *session) close() error {
	s.client.Close()
	return nil
}

func (s *session) crash() error {
	s.client.Abort()
	return nil
}

// classes are the client's own kinds of error; what it takes from the standard library the kit knows.
var classes = map[uni.Kind]kit.Class{
	uni.SecretNotFound:       kit.SecretNotFound,
	uni.SecretFormat:         kit.SecretFormat,
	uni.KeyType:              kit.KeyType,
	uni.NoPrincipal:          kit.NoPrincipal,
	uni.ResourceInconsistent: kit.ResourceInconsistent,
	uni.InvalidArgument:      kit.InvalidArgument,
	uni.Closed:               kit.Other,
	uni.Refused:              kit.API,
	uni.UnexpectedStatus:     kit.UnexpectedStatus,
	uni.MalformedAnswer:      kit.MalformedAnswer,
	uni.Redirected:           kit.Redirect,
	uni.TooLarge:             kit.TooLarge,
}

func explain(err error) kit.Failure {
	var kind uni.Kind
	if !errors.As(err, &kind) {
		return kit.Explain(err)
	}
	failure := kit.Failure{Class: classes[kind], Message: err.Error()}
	var own *uni.Error
	if !errors.As(err, &own) || own.Answer == nil {
		return failure
	}
	body := string(own.Answer.Body)
	failure.Status, failure.Body = &own.Answer.Status, &body
	if own.Answer.RetryAfter != "" {
		failure.RetryAfter = &own.Answer.RetryAfter
	}
	if said := own.Answer.Envelope; said != nil {
		failure.Code, failure.Description, failure.TraceID = &said.Code, &said.Description, said.TraceID
	}
	return failure
}
