package proxy

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// Programmatic access, as Pomerium has it: a program asks for a link. Its user
// opens the link in a browser and signs in. The browser brings a credential to
// the program's own address. The credential holds the value of the host's session
// cookie: it ends with the session, and opens that host only. It can't be bound
// to the browser, because the program asked for the link. It is safe because it
// is sent to allowed hosts only.

// Why a program gets no link.
var (
	ErrNoProgramTarget = fault.New(fault.NotFound, "program_target_missing", "Say with pomerium_redirect_uri where the credential is to go.")
	ErrProgramTarget   = fault.New(fault.Invalid, "program_target_refused", "Credentials may not be sent to this host. Add it to programmatic_redirect_domain_whitelist.")
)

const pathProgrammatic = "/.pomerium/api/v1/login"

// programmaticLink answers with a link that signs in.
func (p *pomerium) programmaticLink(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		return ErrMethod
	}
	text := r.URL.Query().Get(paramRedirect)
	if text == "" {
		return ErrNoProgramTarget
	}
	if !programTarget(text, p.programHosts) {
		return ErrProgramTarget
	}
	here := p.publicURL(r, web.Host(r))
	q := url.Values{paramRedirect: {text}, paramCallback: {callbackOf(here)}, paramProgram: {"true"}, paramProvider: {p.providerAt(r.Host, "/")}}
	if maxAge := p.strictestAt(web.Host(r)); maxAge > 0 {
		q.Set(paramMaxAge, strconv.Itoa(int(maxAge.Seconds())))
	}
	link := p.links.sign(p.base+pathSignIn, q, p.now())
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	web.NoStore(h)
	_, err := w.Write([]byte(link))
	return ignoreGone(err)
}

// strictestAt returns the shortest reauthenticate_after of the routes of a host: a
// credential is for all of them. 0: no route has one.
func (p *pomerium) strictestAt(host string) (strictest time.Duration) {
	for _, cr := range p.routes {
		limit := cr.Reauthenticate
		if limit > 0 && cr.From.Takes(host) && (strictest == 0 || limit < strictest) {
			strictest = limit
		}
	}
	return strictest
}

// programTarget reports whether a credential may be sent to a URL. Pomerium:
// "localhost" in the list stands for every loopback address.
func programTarget(text string, allowed []string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	host := hostname.Of(u.Host)
	if slices.Contains(allowed, "localhost") {
		addr, err := netip.ParseAddr(host)
		if host == "localhost" || err == nil && addr.IsLoopback() {
			return true
		}
	}
	return host != "" && host != "localhost" && slices.Contains(allowed, host)
}

// handToProgram sends the browser to the program with the credential.
func (p *pomerium) handToProgram(w http.ResponseWriter, to authenticate.Destination, handle seal.Secret, s *session.Session) error {
	callback, err1 := url.Parse(to.Callback)
	target, err2 := url.Parse(to.Wanted)
	if err1 != nil || err2 != nil {
		return authenticate.ErrTarget
	}
	host := hostname.Of(callback.Host)
	q := target.Query()
	q.Set(paramJWT, p.cookies.credential(handle, host, s).Reveal())
	target.RawQuery = q.Encode()
	redirect(w, target.String(), http.StatusFound)
	return nil
}

// credentialOf returns the credential that a program sends, or "". Pomerium: the
// headers are read before the query.
func credentialOf(r *http.Request) string {
	for _, auth := range r.Header["Authorization"] {
		scheme, value, _ := strings.Cut(auth, " ")
		value = strings.TrimSpace(value)
		if strings.EqualFold(scheme, "Pomerium") {
			return value
		}
		if rest, ok := strings.CutPrefix(value, "Pomerium-"); ok && strings.EqualFold(scheme, "Bearer") {
			return rest
		}
	}
	if v := r.Header.Get("X-Pomerium-Authorization"); v != "" {
		return v
	}
	if strings.Contains(r.URL.RawQuery, paramSession+"=") {
		return r.URL.Query().Get(paramSession)
	}
	return ""
}

// withoutCredential removes the credential from a query, so that it does not
// reach the upstream.
func withoutCredential(rawQuery string) string {
	if !strings.Contains(rawQuery, paramSession+"=") {
		return rawQuery
	}
	var kept []string
	for pair := range strings.SplitSeq(rawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && plain == paramSession {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}
