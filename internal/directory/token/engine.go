package token

import (
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Engine issues and judges the tokens of every pool. Safe for concurrent use.
type Engine struct {
	Store  Store
	Pools  *userpool.Engine
	Users  user.Store
	Sealer *seal.Sealer
	Now    func() time.Time
	// BaseURL is what issuers begin with: the directory's own address.
	BaseURL string

	keys keyrings
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
