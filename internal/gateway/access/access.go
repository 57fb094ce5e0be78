// Package access holds the objects of Cloudflare Access's management API and
// their rules. Today there are two kinds: the identity providers at which the
// team domain signs people in, and the application tokens that tell an
// application who is signed in.
//
// [New] returns an [Engine] with one field for each noun:
//
//	Engine.Providers   identity providers: create, get, list, replace, delete; sign-in
//	Engine.Keys        the team key that signs application tokens
//	Engine.Tokens      application tokens: issue and verify
//
// A provider lists its endpoints one by one, as in Cloudflare Access's API;
// there is no discovery. Providers from the configuration file are read-only.
// All others are in the store, with their client secret sealed:
//
//	configuration file ─ SetDeclared ─┐
//	management API ─ Create, … ─ store ┴▶ snapshot ─▶ Working: signs people in
//
// Every node reads the store again within [Freshness], so a change on one node
// takes effect on all. While the store does not answer, what it said last counts. [IdentityProvider.Identity] passes on only those claims
// of an ID token that the provider's configuration names.
//
// The edge (package accessapi) decides who may call, and owns the JSON form and
// the steps of a sign-in. An edge can't reach the store: the engines keep it in
// unexported fields.
package access

import (
	"net/http"
	"time"

	"gatehouse/internal/base/seal"
)

// Store keeps what this package needs: one interface for each noun.
type Store interface {
	ProviderStore
	TeamKeyStore
}

// Config is what the engines of this package share. Every field must be set,
// except where its comment says otherwise.
type Config struct {
	Store   Store
	Sealer  *seal.Sealer
	Issuer  string           // "https://" and the team domain
	Account string           // the account id, a part of every audience
	Others  []string         // how the user ids of other people begin; see relyingparty.ExplicitConfig
	HTTP    *http.Client     // for calls to providers; nil: relyingparty's own
	Now     func() time.Time // nil: time.Now
}

// Engine holds the engine of each noun. Close it after use. Safe for concurrent
// use.
type Engine struct {
	Providers *Providers
	Keys      *TeamKeys
	Tokens    *Tokens
}

// New returns the engines. It does not read the store.
func New(c Config) *Engine {
	if c.Now == nil {
		c.Now = time.Now
	}
	keys := &TeamKeys{store: c.Store, sealer: c.Sealer, team: c.Issuer, now: c.Now}
	providers := &Providers{store: c.Store, sealer: c.Sealer, http: c.HTTP, clock: c.Now, others: c.Others}
	providers.current.Store(&snapshot{})
	return &Engine{
		Providers: providers,
		Keys:      keys,
		Tokens:    newTokens(keys, c.Issuer, c.Account, c.Now),
	}
}

// Close stops the background work of the engines.
func (e *Engine) Close() {
	e.Providers.close()
	e.Tokens.close()
}
