package managedlogin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// visit is one request for a page, with everything about it checked: the
// pool, the authorization request in its query, and the origin of its form.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	pool  *userpool.Pool
	req   *token.AuthorizationRequest
	frame Frame
	// origin is that of the page's address.
	origin   string
	stale    bool // the form is out of date and must not be acted on
	signedUp bool // the form ends a sign-up
	// resumes is the name of the user of the browser's session, from which the sign-in
	// goes on with this request. "": it does not.
	resumes string
}

// page answers GET and POST of an address. A form that is out of date is not
// acted on: the person gets the page again, with what was typed and with a
// warning that says why.
func (s *Server) page(a address) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		defer s.forms.Form(w, r)()
		v, err := s.visit(w, r, a.returns)
		switch {
		case err != nil:
			return err
		case r.Method == http.MethodPost && !v.stale:
			if err := s.limited(a.counts(v)); err != nil {
				return err
			}
			return a.act(v)
		}
		return a.show(v)
	}, s.renderError)
}

// from returns from where the person at the page calls.
func (v *visit) from() risk.Visit { return risk.Visit{Visitor: site.VisitorOf(v.r)} }

func (s *Server) visit(w http.ResponseWriter, r *http.Request, returns bool) (*visit, error) {
	ctx := r.Context()
	web.NoteEdge(ctx, "managedlogin")
	if r.Method == http.MethodHead { // with prompt=none it would use up a code that nobody reads
		return nil, errHead
	}
	pool, base, err := s.Resolve(r)
	if err != nil {
		return nil, err
	}
	web.Note(ctx, slog.String("pool", string(pool.ID)))
	stale := checkForm(r)
	if stale != nil && !errors.Is(stale, errStale) {
		return nil, stale
	}
	req, err := s.authorizationRequest(r, pool, returns)
	if err != nil {
		return nil, err
	}
	v := &visit{w: w, r: r, pool: pool, req: req, origin: originOf(base)}
	v.frame = Frame{Brand: pool.Name, Base: pathOf(base), Query: r.URL.RawQuery, CSRF: browserToken(w, r), Unvouched: unvouched(req)}
	if stale != nil {
		v.markStale(stale)
	}
	return v, nil
}

// unvouched returns who asks, if anybody may have registered that application.
func unvouched(req *token.AuthorizationRequest) *Unvouched {
	if !req.Client.Unvouched() {
		return nil
	}
	u, err := url.Parse(req.RedirectURI)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		scheme, _, _ := strings.Cut(req.RedirectURI, ":")
		return &Unvouched{App: req.Client.Name, Leads: "the program that opens “" + scheme + ":” links"}
	}
	return &Unvouched{App: req.Client.Name, Leads: u.Host}
}

// authorizationRequest checks the request that the query carries. returns: it may
// have an address to return to and no more.
func (s *Server) authorizationRequest(r *http.Request, pool *userpool.Pool, returns bool) (*token.AuthorizationRequest, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, token.ErrRequestMalformed.Because(err)
	}
	check := s.Tokens.CheckAuthorization
	if returns && !q.Has("response_type") {
		check = s.Tokens.CheckReturn
	}
	req, err := check(r.Context(), pool, q)
	if err != nil {
		return nil, err
	}
	web.Note(r.Context(), slog.String("client", string(req.Client.ID)))
	if !req.Client.Offers(userpool.ProviderCognito) {
		return nil, errNoProvider
	}
	return req, nil
}

// markStale marks the visit's form as out of date. What was typed is shown
// again only if the browser says that the form came from our own page.
func (v *visit) markStale(err error) {
	v.stale, v.frame.Warning = true, fault.As(err).Message
	if !sameOrigin(v.r) {
		v.r.PostForm = url.Values{}
	}
	v.note(err)
}

// show answers with the page. A form that was not acted on is answered with
// 403, so that a program does not take it for done.
func (v *visit) show(p interface{ Doc() page.Doc }) error {
	status := http.StatusOK
	if v.stale {
		status = http.StatusForbidden
	}
	return page.Write(v.w, status, p.Doc())
}

// note puts the outcome of a step, and the reason for it, into the log line.
func (v *visit) note(err error) {
	if f := fault.As(err); f != nil {
		web.Note(v.r.Context(), slog.String("outcome", f.Code))
		web.NoteError(v.r.Context(), err)
	}
}
