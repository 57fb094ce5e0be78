package proxy

import (
	"cmp"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// cookies reads and writes the gateway's own cookies. Values are sealed for a
// host, so a cookie that was stolen at one host is useless at another.
type cookies struct {
	cfg      Cookie
	box      *seal.Box
	prefixed string // the session cookie's name with "__Host-"
	now      func() time.Time
	programs *credentials
	front    []string // names of the other front's cookies, without prefix
	// known caches values that were opened before: what a value means at a host
	// never changes.
	known *otter.Cache[knownCookie, session.ID]
}

type knownCookie struct{ host, value string }

// hostPrefix binds a cookie to its host and to TLS: no other host of a domain
// can set a cookie with such a name (RFC 6265bis §4.1.3.2).
const hostPrefix = "__Host-"

func newCookies(cfg Cookie, k *keys, front Front, now func() time.Time) *cookies {
	cfg.Name = cmp.Or(cfg.Name, defaultCookie)
	c := &cookies{cfg: cfg, box: k.cookies, programs: k.programs, now: now, prefixed: hostPrefix + strings.TrimPrefix(cfg.Name, hostPrefix), known: otter.Must(&otter.Options[knownCookie, session.ID]{MaximumSize: 10_000})}
	if front != nil {
		c.front = front.Cookies()
	}
	return c
}

const defaultCookie = "_pomerium"

// sessionName returns the name of the session cookie that counts at a host.
// secure says whether the host has TLS. Without TLS, or with a domain, browsers
// refuse the prefix.
func (c *cookies) sessionName(host string, secure bool) string {
	if secure && c.domain(host) == "" {
		return c.prefixed
	}
	return c.cfg.Name
}

// domain returns the domain of the session cookie at a host. A host that is not
// under the configured one has a cookie of its own: browsers refuse a cookie for
// the domain of others, and people would sign in without end.
func (c *cookies) domain(host string) string {
	if d := c.cfg.Domain; d != "" && (host == d || strings.HasSuffix(host, "."+d)) {
		return d
	}
	return ""
}

// sessionNames returns the names under which a browser gets the session cookie.
// A configured name that does not count itself is a copy.
func (c *cookies) sessionNames(host string, secure bool) []string {
	name := c.sessionName(host, secure)
	if name == c.cfg.Name || c.cfg.Name == defaultCookie {
		return []string{name}
	}
	return []string{name, c.cfg.Name}
}

// scope returns the context that a session cookie is sealed in.
func (c *cookies) scope(host string) string {
	if d := c.domain(host); d != "" {
		return "session cookie under " + d
	}
	return "session cookie at " + host
}

// setSession gives the browser the cookie of a session at host.
func (c *cookies) setSession(w http.ResponseWriter, host string, secure bool, handle seal.Secret, s *session.Session) {
	value := c.box.SealText([]byte(handle.Reveal()), c.scope(host))
	for _, name := range c.sessionNames(host, secure) {
		ck := c.session(name, host, secure)
		ck.Value, ck.Expires = value, s.Expires
		ck.MaxAge = max(int(s.Expires.Sub(c.now()).Seconds()), 1) // for browsers with a wrong clock
		http.SetCookie(w, ck)
	}
}

// clearSession removes the session cookie from the browser, and one that another
// host has set.
func (c *cookies) clearSession(w http.ResponseWriter, r *http.Request, host string, secure bool) {
	if _, disagree := c.named(r, host, secure); disagree {
		web.EndCookie(w, r, c.sessionName(host, secure))
	}
	for _, name := range c.sessionNames(host, secure) {
		ck := c.session(name, host, secure)
		ck.MaxAge = -1
		http.SetCookie(w, ck)
	}
}

func (c *cookies) session(name, host string, secure bool) *http.Cookie {
	same := c.cfg.SameSite
	if same == 0 || same == http.SameSiteNoneMode && !secure { // browsers refuse None without TLS
		same = http.SameSiteLaxMode
	}
	return &http.Cookie{
		Name: name, Path: "/", Domain: c.domain(host), Secure: secure,
		HttpOnly: !c.cfg.Script, SameSite: same,
	}
}

// handle returns the session handle that a request carries for host, or "".
func (c *cookies) handle(r *http.Request, host string, secure bool) seal.Secret {
	id := c.agreed(r, host, secure)
	for value := range c.values(r, c.sessionName(host, secure)) {
		if handle := c.open(value, host); handle != "" && session.IDOf(handle) == id {
			return handle
		}
	}
	return ""
}

// id returns the id of the session that a request names at host, by its cookie
// or by a program's credential, or "".
func (c *cookies) id(r *http.Request, host string, secure bool) session.ID {
	if id := c.agreed(r, host, secure); id != "" {
		return id
	}
	if credential := credentialOf(r); credential != "" {
		return c.idOfCredential(credential, host)
	}
	return ""
}

// credential returns what a program gets for a session at host.
func (c *cookies) credential(handle seal.Secret, host string, s *session.Session) seal.Secret {
	return c.programs.wrap(c.box.SealText([]byte(handle.Reveal()), c.scope(host)), host, c.now(), s.Expires)
}

// idOfCredential returns the id of the session that a program's credential names at
// host, or "". The value of a cookie is one too, as at Pomerium.
func (c *cookies) idOfCredential(text, host string) session.ID {
	if claims := c.programs.unwrap(text); claims != nil {
		text = claims.Sealed
	}
	return c.idOf(text, host)
}

// agreed returns the session that the session cookies of a request name, or "".
// Two that name different sessions mean neither: another host of the domain has
// set one of them, and nobody can tell which.
func (c *cookies) agreed(r *http.Request, host string, secure bool) session.ID {
	id, disagree := c.named(r, host, secure)
	if disagree {
		return ""
	}
	return id
}

// named returns a session that the session cookies of a request name, or "", and
// whether they name another one as well.
func (c *cookies) named(r *http.Request, host string, secure bool) (found session.ID, disagree bool) {
	for value := range c.values(r, c.sessionName(host, secure)) {
		switch id := c.idOf(value, host); {
		case id == "" || id == found: // it does not open, or is the same again
		case found != "":
			return found, true
		default:
			found = id
		}
	}
	return found, false
}

// endDisagreement takes the session cookies away from a browser that has two of
// different sessions: it could not sign in before the planted one ends.
func (c *cookies) endDisagreement(w http.ResponseWriter, r *http.Request, host string, secure bool) {
	if _, disagree := c.named(r, host, secure); disagree {
		c.clearSession(w, r, host, secure)
	}
}

func (c *cookies) idOf(value, host string) session.ID {
	if id, ok := c.known.GetIfPresent(knownCookie{host, value}); ok {
		return id
	}
	handle := c.open(value, host)
	if handle == "" {
		return ""
	}
	id := session.IDOf(handle)
	c.known.Set(knownCookie{host, strings.Clone(value)}, id)
	return id
}

// values returns the values of all cookies with a name. Another host may have
// set a cookie of this name for the whole domain; its value does not open.
func (c *cookies) values(r *http.Request, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range r.Header["Cookie"] {
			for line != "" {
				var pair string
				pair, line, _ = strings.Cut(line, ";")
				got, value, _ := strings.Cut(strings.TrimLeft(pair, " \t"), "=")
				if got == name && !yield(strings.Trim(value, ` "`)) {
					return
				}
			}
		}
	}
}

func (c *cookies) open(value, host string) seal.Secret {
	plain, err := c.box.OpenText(value, c.scope(host))
	if err != nil {
		return ""
	}
	return seal.Secret(plain)
}
