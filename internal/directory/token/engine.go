package token

import (
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Store  Store
	Pools  *userpool.Engine
	Users  *user.Engine
	Sealer *seal.Sealer
	Now    func() time.Time
	// BaseURL is the directory's own address. Issuers begin with it.
	BaseURL string
}

// Engine issues and verifies the tokens of every pool. Safe for concurrent use.
// Its store is out of reach, so that no caller can go past the rules.
type Engine struct {
	Pools   *userpool.Engine
	Users   *user.Engine
	Sealer  *seal.Sealer
	Now     func() time.Time
	BaseURL string

	store Store
	keys  keyrings
}

// New returns an engine. It does not read the store.
func New(c Config) *Engine {
	return &Engine{store: c.Store, Pools: c.Pools, Users: c.Users, Sealer: c.Sealer, Now: c.Now, BaseURL: c.BaseURL}
}

// Issuer returns the pool's issuer, the iss of its tokens.
func (e *Engine) Issuer(p *userpool.Pool) string {
	if p.Settings.AWSIssuer {
		return "https://cognito-idp." + p.ID.Region() + ".amazonaws.com/" + string(p.ID)
	}
	return e.Home(p)
}

// Home returns the address under which the pool's issuer answers here. It is
// the issuer, but for pools that name the issuer that AWS would use.
func (e *Engine) Home(p *userpool.Pool) string {
	return strings.TrimSuffix(e.BaseURL, "/") + "/" + string(p.ID)
}

// now is the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
