package userpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

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
	b, err := e.sealer.Seal([]byte(secret.Reveal()), sealContext(id))
	return ClientSecret{ID: fmt.Sprintf("%s--%d", id, now.Unix()), Sealed: b, Created: now}, err
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
	b, err := e.sealer.Open(s.Sealed, sealContext(c.ID))
	return seal.Secret(b), err
}

func sealContext(id ClientID) string { return "client-secret:" + string(id) }
