package token

import (
	"context"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

// Tokens is what one answer gives out.
type Tokens struct {
	ID        seal.Secret // "": none, since openid was not granted
	Access    seal.Secret
	Refresh   seal.Secret // "": none
	ExpiresIn time.Duration
}

// IssueInput is a finished sign-in through the API.
type IssueInput struct {
	Pool     *userpool.Pool
	Client   *userpool.Client
	User     *user.User
	AuthTime time.Time // zero: now
}

// IssueForSignIn gives a user who has passed every challenge a new grant and
// its tokens.
func (e *Engine) IssueForSignIn(ctx context.Context, in IssueInput) (*Tokens, error) {
	return nil, ErrGrantNotFound
}
