package oauth

import (
	"context"
	"log/slog"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/registration"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// Server answers for every pool of a directory.
type Server struct {
	Tokens *token.Engine
	// Registrations registers applications as app clients.
	Registrations *registration.Engine
	// Resolve returns the pool that a request is for, and the address under
	// which it was reached. See site.Map.
	Resolve resolver
	// Published is Resolve for the discovery document and the keys, which must be
	// there while the database is not. See site.Map.
	Published resolver
	// Endpoints returns the address that the discovery document names.
	Endpoints func(context.Context, *userpool.Pool) (base string, err error)
	// ErrorPage shows a person what went wrong: title and text are for the
	// person, detail for the people who build the application. text or detail
	// may be empty. Never nil.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, title, text, detail string)

	// Recovery makes recovery codes. Never nil.
	Recovery RecoveryCodes

	// Limit refuses a request if there were too many of its category. nil: no limit.
	Limit func(category string) error

	// LimitClient refuses a request of an app client that names itself in the body or
	// the header, if there were too many. nil: no limit.
	LimitClient func(userpool.ClientID) error

	forms web.Bodies
}

// Mount registers the endpoints, at the root for the hosts of domains and under
// "/{pool}" for issuers.
func (s *Server) Mount(mux *http.ServeMux) {
	mux.Handle("GET /{pool}/.well-known/openid-configuration", open(s.handleFor(s.Published, s.discovery, s.renderJSON)))
	mux.Handle("GET /{pool}/.well-known/jwks.json", open(s.handleFor(s.Published, s.jwks, s.renderJSON)))

	site.Handle(mux, "GET /oauth2/authorize", s.handle(s.authorize, s.renderPage))
	site.Handle(mux, "GET /authorize", s.handle(s.authorize, s.renderPage))
	site.Handle(mux, "POST /oauth2/token", open(s.handle(s.token, s.renderJSON)))
	site.Handle(mux, "GET /oauth2/userInfo", open(s.handle(s.userInfo, s.renderUserInfo)))
	site.Handle(mux, "POST /oauth2/userInfo", open(s.handle(s.userInfo, s.renderUserInfo)))
	site.Handle(mux, "POST /oauth2/revoke", open(s.handle(s.revoke, s.renderRevoke)))
	site.Handle(mux, "POST "+registerPath, open(s.handle(s.register, s.renderRegister)))
	site.Handle(mux, "GET /oauth2/recoveryCodes", open(s.handle(s.recoveryCodes, s.renderUserInfo)))
	site.Handle(mux, "POST /oauth2/recoveryCodes", open(s.handle(s.recoveryCodes, s.renderUserInfo)))
	site.Handle(mux, "GET /logout", s.handle(s.logout, s.renderLogout))

	for _, path := range []string{"/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke", "/oauth2/recoveryCodes", registerPath} {
		site.Handle(mux, "OPTIONS "+path, http.HandlerFunc(preflight))
	}
}

// call is one request to one pool.
type call struct {
	pool *userpool.Pool
	base string // the address under which the pool was reached
}

// errHead refuses HEAD. net/http passes it to the handler of GET, which would
// issue a code or end a session although nobody reads the answer.
var errHead = fault.New(fault.Invalid, "oauth_method_head", "This address is read with GET.")

// handle returns the handler for h, which gets the pool of the request. render
// answers its errors.
func (s *Server) handle(h handler, render web.Render) http.Handler {
	return s.handleFor(s.Resolve, h, render)
}

type handler = func(http.ResponseWriter, *http.Request, call) error

// resolver is the type of Server.Resolve.
type resolver = func(*http.Request) (pool *userpool.Pool, base string, err error)

// handleFor is handle with another way to find the pool.
func (s *Server) handleFor(resolve resolver, h handler, render web.Render) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		web.NoteEdge(r.Context(), "oauth")
		defer s.forms.Form(w, r)()
		if r.Method == http.MethodHead {
			return errHead
		}
		pool, base, err := resolve(r)
		if err != nil {
			return err
		}
		web.Note(r.Context(), slog.String("pool", string(pool.ID)))
		return h(w, r, call{pool: pool, base: base})
	}, render)
}
