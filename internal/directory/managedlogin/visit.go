package managedlogin

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// maxForm is more than any of the forms needs.
const maxForm = 64 << 10

// visit is one request for a page, with everything about it checked: the
// pool, the authorization request in its query, and, of a post, where it came
// from.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	pool  *userpool.Pool
	req   *token.AuthorizationRequest
	frame Frame
}

// page is a handler of a page: h runs after the checks that all pages share.
func (s *Server) page(h func(*visit) error) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		v, err := s.visit(w, r)
		if err != nil {
			return err
		}
		return h(v)
	}, s.renderError)
}

func (s *Server) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	ctx := r.Context()
	web.NoteEdge(ctx, "managedlogin")
	if r.Method == http.MethodHead { // it would spend a code without a reader
		return nil, errHead
	}
	pool, base, err := s.Resolve(r)
	if err != nil {
		return nil, err
	}
	web.Note(ctx, slog.String("pool", string(pool.ID)))
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := checkOrigin(r); err != nil {
		return nil, err
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, token.ErrRequestMalformed.Because(err)
	}
	req, err := s.Tokens.CheckAuthorization(ctx, pool, q)
	if err != nil {
		return nil, err
	}
	web.Note(ctx, slog.String("client", string(req.Client.ID)))
	if !req.Client.Offers(userpool.ProviderCognito) {
		return nil, errNoProvider
	}
	frame := Frame{Brand: pool.Name, Base: pathOf(base), Query: r.URL.RawQuery, CSRF: browserToken(w, r)}
	return &visit{w: w, r: r, pool: pool, req: req, frame: frame}, nil
}

// pathOf returns the path of the address under which a pool was reached: ""
// at a domain.
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// show answers with the page.
func (v *visit) show(p interface{ Doc() page.Doc }) error {
	return page.Write(v.w, http.StatusOK, p.Doc())
}

// redirect sends the browser to url. An answer to a post is fetched with GET.
func redirect(w http.ResponseWriter, url string) {
	web.NoStore(w.Header())
	w.Header().Set("Location", url)
	w.WriteHeader(http.StatusFound)
}

// text is a field of the form, without the spaces around it that copying
// leaves.
func (v *visit) text(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }

// secret is a field of the form exactly as it was typed.
func (v *visit) secret(name string) seal.Secret { return seal.Secret(v.r.PostForm.Get(name)) }

// code is the field for a code, which people type with spaces.
func (v *visit) code() seal.Secret {
	return seal.Secret(strings.Join(strings.Fields(v.r.PostForm.Get(fieldCode)), ""))
}

// attributes are the fields for attributes, of those the pool knows.
func (v *visit) attributes() map[string]string {
	given := map[string]string{}
	for field := range v.r.PostForm {
		name, ok := strings.CutPrefix(field, "requiredAttributes[")
		if !ok || !strings.HasSuffix(name, "]") {
			continue
		}
		name = strings.TrimSuffix(name, "]")
		if value := v.text(field); value != "" && v.pool.Attribute(name) != nil {
			given[name] = value
		}
	}
	return given
}

// newPassword is the password that was typed twice. errRepeat.
func (v *visit) newPassword() (seal.Secret, error) {
	password := v.secret(fieldPassword)
	// Programs that know the classic form may send it once.
	if again, sent := v.r.PostForm[fieldRepeat]; sent && !password.Equal(again[0]) {
		return "", errRepeat
	}
	return password, nil
}

// note puts the outcome of a step in the log line, and the reason for it.
func (v *visit) note(err error) {
	if f := fault.As(err); f != nil {
		web.Note(v.r.Context(), slog.String("outcome", f.Code))
		web.NoteError(v.r.Context(), err)
	}
}
