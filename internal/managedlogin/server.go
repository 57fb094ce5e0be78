package managedlogin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/account"
	"gatehouse/internal/seal"
	"gatehouse/internal/signin"
	"gatehouse/internal/token"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
	"gatehouse/internal/web"
)

// Server answers the pages of every pool. All fields are needed. Safe for
// concurrent use.
type Server struct {
	// Pool says which pool a request is for, and the path before the pages'
	// own: "" at a pool's domain, "/<pool id>" under its issuer.
	Pool     func(r *http.Request) (p *userpool.Pool, base string, err error)
	Clients  Clients
	Users    Users
	SignIn   Signer
	Accounts Accounts
	Tokens   Tokens
	Sealer   *seal.Sealer
	Now      func() time.Time
}

// Clients finds app clients; package userpool's engine does.
type Clients interface {
	ClientOf(ctx context.Context, pool userpool.PoolID, id userpool.ClientID) (*userpool.Client, error)
}

// Users finds users; package user's engine does.
type Users interface {
	Find(ctx context.Context, p *userpool.Pool, name string) (*user.User, error)
}

// Signer signs users in; package signin's engine does.
type Signer interface {
	Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret) (*signin.Outcome, error)
	AnswerNewPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, in signin.NewPassword) (*signin.Outcome, error)
}

// Accounts leads users through sign-up and recovery; package account's engine
// does.
type Accounts interface {
	SignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in account.SignUp) (*user.User, *account.Delivery, error)
	ConfirmSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, code seal.Secret, takeAlias bool) error
	ResendConfirmation(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*account.Delivery, error)
	ForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string) (*account.Delivery, error)
	ConfirmForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, code, password seal.Secret) error
}

// Tokens checks and answers authorization requests, and remembers browsers;
// package token's engine does.
type Tokens interface {
	CheckAuthorization(ctx context.Context, pool *userpool.Pool, q url.Values) (*token.AuthorizationRequest, error)
	Suffices(req *token.AuthorizationRequest, who token.SignedIn) bool
	Authorize(ctx context.Context, req *token.AuthorizationRequest, who token.SignedIn) (redirect string, err error)
	StartSession(ctx context.Context, pool *userpool.Pool, u *user.User, provider string) (handle seal.Secret, who token.SignedIn, err error)
	Session(ctx context.Context, pool *userpool.Pool, handle seal.Secret) (*token.SignedIn, error)
	EndSession(ctx context.Context, handle seal.Secret) error
}

// Handler answers the paths of the pages, each below the base that Pool
// returns; whoever mounts it strips the base from the path.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	routes := []struct {
		pattern string
		handler func(*visit) error
	}{
		{"GET /login", s.showLogin},
		{"POST /login", s.login},
		{"GET /signup", s.showSignUp},
		{"POST /signup", s.signUp},
		{"GET /confirm", s.showConfirm},
		{"POST /confirm", s.confirm},
		{"GET /resendcode", s.showConfirm},
		{"POST /resendcode", s.resend},
		{"GET /forgotPassword", s.showForgot},
		{"POST /forgotPassword", s.forgot},
		{"GET /confirmforgotPassword", s.showForgot},
		{"POST /confirmforgotPassword", s.reset},
	}
	for _, r := range routes {
		mux.Handle(r.pattern, s.page(r.handler))
	}
	mux.Handle("GET /logout", web.Handle(s.logout, s.renderError))
	mux.Handle("GET /error", web.Handle(s.showError, s.renderError))
	mux.Handle("/", web.Handle(notFound, s.renderError))
	return mux
}
