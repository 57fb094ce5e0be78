package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// ClientSecret is one secret of a client, sealed.
type ClientSecret struct {
	ID      string // "<client id>--<seconds since the epoch>"
	Sealed  []byte
	Created time.Time
}

// SetSecret replaces all secrets of c with one; the caller saves c. It is for clients
// that the configuration file declares. "" makes the client public.
func (e *Engine) SetSecret(c *Client, secret seal.Secret) error {
	if secret == "" {
		c.Secrets = nil
		return nil
	}
	sealed, err := e.sealSecret(c.ID, secret, e.now())
	c.Secrets = []ClientSecret{sealed}
	return err
}

func (e *Engine) sealSecret(id ClientID, secret seal.Secret, now time.Time) (ClientSecret, error) {
	b, err := e.sealer.Seal([]byte(secret.Reveal()), ClientSecretContext(id))
	return ClientSecret{ID: fmt.Sprintf("%s--%d", id, now.Unix()), Sealed: b, Created: now}, err
}

// maxSecrets is how many secrets a client may have, so that programs can change
// from one to the next. Cognito: "Quotas".
const maxSecrets = 2

// errRegisteredSecret is for clients of dynamic client registration, whose one secret
// the application itself keeps. Cognito: "Dynamic client registration".
var errRegisteredSecret = ErrClientSettings.Saying("The secrets of a client of dynamic client registration cannot be changed.")

// AddSecret adds a secret to a client that has one, and returns the secret. Both
// are valid. "": a secret is generated. ErrClientSettings, ErrClientNotFound,
// ErrTooManyResources.
func (e *Engine) AddSecret(ctx context.Context, pool PoolID, id ClientID, secret seal.Secret) (added ClientSecret, _ seal.Secret, err error) {
	if secret == "" {
		secret = seal.Secret(ids.ClientSecret())
	}
	_, err = e.store.UpdateClient(ctx, pool, id, func(c *Client) error {
		if err := e.mayAdd(c, secret); err != nil {
			return err
		}
		now := e.now()
		if added, err = e.sealSecret(c.ID, secret, secretTime(c, now)); err != nil {
			return err
		}
		c.Secrets, c.Modified = append(slices.Clip(c.Secrets), added), now
		return nil
	})
	return added, secret, nameClient(err, id)
}

// mayAdd returns an error if the client may not get the secret. If it had one
// secret twice, deleting one would not make the other invalid.
func (e *Engine) mayAdd(c *Client, secret seal.Secret) error {
	switch err := e.CheckSecret(c, secret); {
	case c.Registered():
		return errRegisteredSecret
	case !c.Confidential():
		return ErrClientSettings.Saying("The app client has no secret, and it cannot get one.")
	case len(c.Secrets) >= maxSecrets:
		return ErrTooManyResources.Saying("An app client may have at most %d secrets.", maxSecrets)
	case err == nil:
		return ErrClientSettings.Saying("The app client has this secret already.")
	case !errors.Is(err, ErrSecretMismatch):
		return err
	}
	return nil
}

// secretTime returns the time of a new secret. It is later than that of every other
// secret of the client, because the time is a part of the id.
func secretTime(c *Client, now time.Time) time.Time {
	for _, s := range c.Secrets {
		if next := s.Created.Truncate(time.Second).Add(time.Second); next.After(now) {
			now = next
		}
	}
	return now
}

// DeleteSecret makes a secret of a client invalid at once. The last one stays.
// ErrSecretNotFound, ErrClientSettings, ErrClientNotFound.
func (e *Engine) DeleteSecret(ctx context.Context, pool PoolID, id ClientID, secret string) error {
	_, err := e.store.UpdateClient(ctx, pool, id, func(c *Client) error {
		if c.Registered() {
			return errRegisteredSecret
		}
		kept := slices.DeleteFunc(slices.Clone(c.Secrets), func(s ClientSecret) bool { return s.ID == secret })
		switch {
		case len(kept) == len(c.Secrets):
			return ErrSecretNotFound.Saying("Client secret %s does not exist.", secret)
		case len(kept) == 0:
			return ErrClientSettings.Saying("The last secret of an app client cannot be deleted.")
		}
		c.Secrets, c.Modified = kept, e.now()
		return nil
	})
	return nameClient(err, id)
}

// Reveal returns a client's first secret. ErrSecretMissing if the client is
// public.
func (e *Engine) Reveal(c *Client) (seal.Secret, error) {
	if !c.Confidential() {
		return "", ErrSecretMissing
	}
	return e.open(c, c.Secrets[0])
}

// CheckSecret checks that given is one of the client's secrets. For a public
// client, given must be "". ErrSecretMissing, ErrSecretMismatch.
func (e *Engine) CheckSecret(c *Client, given seal.Secret) error {
	return e.checkEach(c, given, func(secret seal.Secret) bool { return secret.Equal(given.Reveal()) })
}

// CheckSecretHash checks the SECRET_HASH of an API call for username:
// base64(HMAC-SHA256(secret, username + client id)).
// Cognito: "Computing secret hash values".
func (e *Engine) CheckSecretHash(c *Client, username string, hash seal.Secret) error {
	return e.checkEach(c, hash, func(secret seal.Secret) bool {
		return SecretHash(secret, username, c.ID).Equal(hash.Reveal())
	})
}

// checkEach calls match with each secret of the client, also after one matched,
// so that the time does not tell which one it was.
func (e *Engine) checkEach(c *Client, given seal.Secret, match func(seal.Secret) bool) error {
	switch {
	case !c.Confidential() && given == "":
		return nil
	case !c.Confidential():
		return ErrSecretMismatch
	case given == "":
		return ErrSecretMissing
	}
	found := false
	for _, s := range c.Secrets {
		secret, err := e.open(c, s)
		if err != nil {
			return err
		}
		found = match(secret) || found
	}
	if !found {
		return ErrSecretMismatch
	}
	return nil
}

// SecretHash returns the SECRET_HASH that a client with this secret must send.
func SecretHash(secret seal.Secret, username string, client ClientID) seal.Secret {
	m := hmac.New(sha256.New, []byte(secret.Reveal()))
	m.Write([]byte(username + string(client)))
	return seal.Secret(base64.StdEncoding.EncodeToString(m.Sum(nil)))
}

func (e *Engine) open(c *Client, s ClientSecret) (seal.Secret, error) {
	b, err := e.sealer.Open(s.Sealed, ClientSecretContext(c.ID))
	return seal.Secret(b), err
}

// ClientSecretContext ties a sealed secret to its client.
func ClientSecretContext(id ClientID) string { return "client-secret:" + string(id) }
