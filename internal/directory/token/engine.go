package token

import (
	"crypto/rsa"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Store Store
	Pools *userpool.Engine
	Users *user.Engine
	// Triggers asks the functions of pools how tokens should differ.
	Triggers *trigger.Engine
	Sealer   *seal.Sealer
	Now      func() time.Time
	// BaseURL is the directory's own address. Issuers begin with it.
	BaseURL string
}

// Engine issues and verifies the tokens of every pool. Safe for concurrent use.
// It keeps its store to itself, so that no caller can avoid the rules.
type Engine struct {
	Pools   *userpool.Engine
	Users   *user.Engine
	Sealer  *seal.Sealer
	Now     func() time.Time
	BaseURL string

	triggers *trigger.Engine
	store    Store
	keys     keyrings
	stock    chan *rsa.PrivateKey
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{triggers: c.Triggers, store: c.Store, Pools: c.Pools, Users: c.Users, Sealer: c.Sealer, Now: c.Now, BaseURL: c.BaseURL, stock: make(chan *rsa.PrivateKey, stockSize)}
}

// Issuer returns the pool's issuer, the iss of its tokens.
func (e *Engine) Issuer(p *userpool.Pool) string { return IssuerOf(e.BaseURL, p) }

// IssuerOf returns the issuer of a pool of the directory at baseURL.
func IssuerOf(baseURL string, p *userpool.Pool) string {
	if p.Settings.AWSIssuer {
		host := "https://cognito-idp."
		if p.Settings.Issuer == "UPDATED" {
			host = "https://issuer-cognito-idp."
		}
		return host + p.ID.Region() + ".amazonaws.com/" + string(p.ID)
	}
	return home(baseURL, p)
}

// Home returns the URL at which this installation answers for the pool's issuer.
// It is the issuer, except for pools with the issuer that AWS would use.
func (e *Engine) Home(p *userpool.Pool) string { return home(e.BaseURL, p) }

func home(baseURL string, p *userpool.Pool) string {
	return strings.TrimSuffix(baseURL, "/") + "/" + string(p.ID)
}

// now returns the time of one operation, in whole milliseconds.
func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
