package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/seal"
)

// TeamKeys is the engine of the team key. It makes the key if the store has
// none. Safe for concurrent use.
type TeamKeys struct {
	store  TeamKeyStore
	sealer *seal.Sealer
	team   string // the subject of the certificate
	now    func() time.Time

	mu  sync.Mutex
	key *signingKey // nil: not loaded yet
}

// Prepare loads or makes the team key, so that no request waits for it.
func (e *TeamKeys) Prepare(ctx context.Context) error {
	_, err := e.signing(ctx)
	return err
}

// signing returns the team key. It loads or makes the key once.
func (e *TeamKeys) signing(ctx context.Context) (*signingKey, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.key != nil {
		return e.key, nil
	}
	stored, err := e.store.TeamKey(ctx)
	if errors.Is(err, ErrNoTeamKey) {
		if stored, err = newTeamKey(e.sealer, e.team, e.now()); err == nil {
			stored, err = e.store.KeepTeamKey(ctx, stored)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load team key: %w", err)
	}
	e.key, err = stored.open(e.sealer)
	return e.key, err
}

// Certs is the JSON that verifiers of application tokens fetch. Cloudflare
// Access: the same keys.
type Certs struct {
	Keys        []jose.JSONWebKey `json:"keys"`
	PublicCert  PublicCert        `json:"public_cert"`
	PublicCerts []PublicCert      `json:"public_certs"`
}

// PublicCert is the public key as a certificate.
type PublicCert struct {
	KeyID string `json:"kid"`
	Cert  string `json:"cert"`
}

// Certs returns the public part of the team key.
func (e *TeamKeys) Certs(ctx context.Context) (*Certs, error) {
	key, err := e.signing(ctx)
	if err != nil {
		return nil, err
	}
	cert := PublicCert{KeyID: key.id, Cert: key.cert}
	return &Certs{
		Keys:       []jose.JSONWebKey{{Key: key.private.Public(), KeyID: key.id, Algorithm: string(jose.RS256), Use: "sig"}},
		PublicCert: cert, PublicCerts: []PublicCert{cert},
	}, nil
}
