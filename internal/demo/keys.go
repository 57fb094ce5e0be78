package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Keys are the public keys of a gateway, fetched when they are needed. Safe for
// concurrent use.
type Keys struct {
	URL    string // the JWKS, such as https://app.example.com/.well-known/pomerium/jwks.json
	Client *http.Client
	Now    func() time.Time

	mu    sync.Mutex
	asked time.Time // when the keys were last fetched; zero: never
	set   *jose.JSONWebKeySet
	err   error // why that failed
}

// patience is the least time between two fetches. Without it, a client that
// invents key ids would make this application call the gateway all the time.
const patience = 5 * time.Second

// with returns the keys. It fetches them again if the key kid is not among
// them.
func (k *Keys) with(ctx context.Context, kid string) (*jose.JSONWebKeySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.set != nil && len(k.set.Key(kid)) > 0 {
		return k.set, nil
	}
	if now := k.Now(); k.asked.IsZero() || now.Sub(k.asked) >= patience {
		k.asked = now
		k.set, k.err = k.fetch(ctx)
	}
	if k.err != nil {
		return nil, fmt.Errorf("fetch the gateway's keys: %w", k.err)
	}
	return k.set, nil
}

func (k *Keys) fetch(ctx context.Context) (*jose.JSONWebKeySet, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", k.URL, resp.Status)
	}
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&set); err != nil {
		return nil, fmt.Errorf("read %s: %w", k.URL, err)
	}
	return &set, nil
}
