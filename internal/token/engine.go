package token

import (
	"strings"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// Engine issues and judges the tokens of every pool. Safe for concurrent use.
type Engine struct {
	Store  Store
	Pools  *userpool.Engine
	Users  user.Store
	Sealer *seal.Sealer
	Now    func() time.Time
	// BaseURL is what issuers begin with: the directory's own address, without
	// a slash at its end.
	BaseURL string
}

// Issuer returns the pool's issuer, the iss of its tokens.
func (e *Engine) Issuer(p *userpool.Pool) string {
	if p.Settings.AWSIssuer {
		return "https://cognito-idp." + p.ID.Region() + ".amazonaws.com/" + string(p.ID)
	}
	return strings.TrimSuffix(e.BaseURL, "/") + "/" + string(p.ID)
}

// now is the time of one operation, in the precision that the store keeps.
func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }
