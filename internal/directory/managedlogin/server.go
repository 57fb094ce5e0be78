package managedlogin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Server answers the pages of every pool. All exported fields are needed. Safe for
// concurrent use.
type Server struct {
	// Resolve returns the pool that a request is for, and the address under
	// which it was reached. See site.Map.
	Resolve  func(*http.Request) (pool *userpool.Pool, base string, err error)
	Clients  Clients
	Users    Users
	SignIn   Signer
	Accounts Accounts
	Tokens   Tokens
	Looks    Looks
	Risks    Risks
	Sealer   *seal.Sealer
	Now      func() time.Time
	// Limit refuses a request if there were too many of its category. nil: no limit.
	Limit func(category string) error

	forms web.Bodies
}

// Users finds users; package user's engine does.
type Users interface {
	Find(ctx context.Context, p *userpool.Pool, name string) (*user.User, error)
}

// Signer signs users in; package signin's engine does.
type Signer interface {
	Password(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret, v risk.Visit, acr ...string) (*signin.Outcome, error)
	CheckTemporary(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, password seal.Secret, v risk.Visit) error
	FirstFactors(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, acr ...string) ([]string, error)
	Choose(ctx context.Context, p *userpool.Pool, c *userpool.Client, in signin.Choice) (*signin.Outcome, error)
	AfterSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, v risk.Visit, acr ...string) (*signin.Outcome, error)
	CanStepUp(p *userpool.Pool, c *userpool.Client, who token.SignedIn, acr ...string) bool
	StepUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, who token.SignedIn, v risk.Visit, acr ...string) (*signin.Outcome, error)
	Answer(ctx context.Context, p *userpool.Pool, c *userpool.Client, in signin.Response) (*signin.Outcome, error)
	SendAgain(ctx context.Context, p *userpool.Pool, c *userpool.Client, in signin.Response) (*signin.Outcome, error)
	PasskeysAt(ctx context.Context, p *userpool.Pool, c *userpool.Client, origin string) (bool, error)
	StartPasskey(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User) ([]byte, error)
	AddPasskey(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, credential []byte) error
	NewRecoveryCodes(ctx context.Context, p *userpool.Pool, u *user.User) ([]seal.Secret, error)
	RelatedOrigins(ctx context.Context, p *userpool.Pool, host string) ([]string, error)
	AssociateTOTPFor(ctx context.Context, session seal.Secret) (text, next seal.Secret, err error)
	VerifyTOTPFor(ctx context.Context, session, code seal.Secret, name string) (next seal.Secret, err error)
}

// Accounts leads users through sign-up and recovery; package account's engine
// does.
type Accounts interface {
	SignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in account.SignUp) (*user.User, *account.Delivery, error)
	ConfirmSignUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, in account.Confirmation) error
	ResendConfirmation(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, metadata map[string]string, v risk.Visit) (*account.Delivery, error)
	ForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, name string, metadata map[string]string, v risk.Visit) (*account.Delivery, error)
	ConfirmForgotPassword(ctx context.Context, p *userpool.Pool, c *userpool.Client, in account.Reset) error
	Recovers(p *userpool.Pool) bool
}

// Risks takes what users say of sign-ins with a risk; package risk's engine does.
type Risks interface {
	Answer(ctx context.Context, p *userpool.Pool, l risk.FeedbackLink) error
}

// Tokens checks and answers authorization requests, and remembers browsers;
// package token's engine does.
type Tokens interface {
	CheckAuthorization(ctx context.Context, pool *userpool.Pool, q url.Values) (*token.AuthorizationRequest, error)
	CheckReturn(ctx context.Context, pool *userpool.Pool, q url.Values) (*token.AuthorizationRequest, error)
	Suffices(req *token.AuthorizationRequest, who token.SignedIn) bool
	Accepts(req *token.AuthorizationRequest, who token.SignedIn) bool
	Continues(req *token.AuthorizationRequest, who token.SignedIn) bool
	Authorize(ctx context.Context, req *token.AuthorizationRequest, who token.SignedIn) (redirect string, err error)
	StartSession(ctx context.Context, in token.BrowserSignIn) (handle seal.Secret, who token.SignedIn, err error)
	Session(ctx context.Context, pool *userpool.Pool, handles ...seal.Secret) (*token.SignedIn, error)
	EndSession(ctx context.Context, handles ...seal.Secret) error
}

// address is one address of the pages.
type address struct {
	path string
	// show answers GET, and a form that is out of date.
	show func(*visit) error
	// act answers the page's form. It is called only for a form that
	// checkForm accepted.
	act func(*visit) error
	// counts returns the category of requests of the form: see package ratelimit.
	counts func(*visit) string
	// returns says that the page signs nobody in: besides a whole authorization
	// request, its query may have an address to return to and no more.
	returns bool
}

func (s *Server) addresses() []address {
	return []address{
		{path: "/login", show: s.showLogin, act: s.login, counts: countsLogin},
		{path: "/signup", show: s.showSignUp, act: s.signUp, counts: counts(ratelimit.UserCreation)},
		{path: "/confirm", show: s.showConfirm, act: s.confirm, counts: counts(ratelimit.UserCreation)},
		{path: "/resendcode", show: s.showConfirm, act: s.resend, counts: counts(ratelimit.UserResourceRead)},
		{path: "/forgotPassword", show: s.showForgot, act: s.forgot, counts: counts(ratelimit.UserAccountRecovery)},
		{path: "/confirmforgotPassword", show: s.showReset, act: s.reset, counts: counts(ratelimit.UserAccountRecovery)},
		{path: recoveryPath, show: s.showRecoveryCodes, act: s.recoveryCodes, counts: counts(ratelimit.UserResourceUpdate), returns: true},
		{path: addPasskeyPath, show: s.showAddPasskey, act: s.addPasskey, counts: counts(ratelimit.UserResourceUpdate), returns: true},
	}
}

// Mount registers the pages, at the root for the hosts of domains and under
// "/{pool}" for issuers.
func (s *Server) Mount(mux *http.ServeMux) {
	for _, a := range s.addresses() {
		h := s.page(a)
		site.Handle(mux, "GET "+a.path, h)
		site.Handle(mux, "POST "+a.path, h)
	}
	byLink := web.Handle(s.confirmByLink, s.renderError)
	site.Handle(mux, "GET "+confirmPath, byLink)
	site.Handle(mux, "POST "+confirmPath, byLink)
	welcome := web.Handle(s.welcomeByLink, s.renderError)
	site.Handle(mux, "GET "+welcomePath, welcome)
	site.Handle(mux, "POST "+welcomePath, welcome)
	mux.Handle("GET "+wellKnownPath, web.Handle(s.showOrigins, s.renderError))
	feedback := web.Handle(s.feedback, s.renderError)
	site.Handle(mux, "GET "+feedbackPath, feedback)
	site.Handle(mux, "POST "+feedbackPath, feedback)
	site.Handle(mux, "GET /logo", web.Handle(s.showLogo, s.renderError))
	site.Handle(mux, "GET /error", web.Handle(s.showError, s.renderError))
}
