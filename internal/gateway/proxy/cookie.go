package proxy

import (
	"iter"
	"net/http"
	"strings"

	"github.com/maypok86/otter/v2"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/session"
)

// cookies reads and writes the gateway's own cookies. Values are sealed for a
// host, so a cookie that was stolen at one host is useless at another.
type cookies struct {
	cfg Cookie
	box *seal.Box
	// known caches values that were opened before: what a value means at a host
	// never changes.
	known *otter.Cache[knownCookie, session.ID]
}

type knownCookie struct{ host, value string }

func newCookies(cfg Cookie, box *seal.Box) *cookies {
	return &cookies{cfg: cfg, box: box, known: otter.Must(&otter.Options[knownCookie, session.ID]{MaximumSize: 10_000})}
}

// sessionName returns the name of the session cookie. secure says whether the
// host has TLS.
func (c *cookies) sessionName(secure bool) string {
	if c.cfg.Name != "" {
		return c.cfg.Name
	}
	if secure && c.cfg.Domain == "" {
		return "__Host-_pomerium"
	}
	return "_pomerium"
}

// scope returns the context that a session cookie is sealed in.
func (c *cookies) scope(host string) string {
	if c.cfg.Domain != "" {
		return "session cookie under " + c.cfg.Domain
	}
	return "session cookie at " + host
}

// setSession gives the browser the cookie of a session at host.
func (c *cookies) setSession(w http.ResponseWriter, host string, secure bool, handle seal.Secret, s *session.Session) {
	value := c.box.SealText([]byte(handle.Reveal()), c.scope(host))
	ck := c.session(secure)
	ck.Value, ck.Expires = value, s.Expires
	http.SetCookie(w, ck)
}

// clearSession removes the session cookie from the browser.
func (c *cookies) clearSession(w http.ResponseWriter, secure bool) {
	ck := c.session(secure)
	ck.MaxAge = -1
	http.SetCookie(w, ck)
}

func (c *cookies) session(secure bool) *http.Cookie {
	same := c.cfg.SameSite
	if same == 0 {
		same = http.SameSiteLaxMode
	}
	return &http.Cookie{
		Name: c.sessionName(secure), Path: "/", Domain: c.cfg.Domain, Secure: secure,
		HttpOnly: !c.cfg.Script, SameSite: same,
	}
}

// handle returns the session handle that a request carries for host, or "".
func (c *cookies) handle(r *http.Request, host string, secure bool) seal.Secret {
	for value := range c.values(r, c.sessionName(secure)) {
		if handle := c.open(value, host); handle != "" {
			return handle
		}
	}
	return ""
}

// id returns the id of the session that a request names at host, by its cookie
// or by a program's credential, or "".
func (c *cookies) id(r *http.Request, host string, secure bool) session.ID {
	for value := range c.values(r, c.sessionName(secure)) {
		if id := c.idOf(value, host); id != "" {
			return id
		}
	}
	if credential := credentialOf(r); credential != "" {
		return c.idOf(credential, host)
	}
	return ""
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

// own reports whether a cookie is the gateway's, with or without "__Host-".
func (c *cookies) own(name string) bool {
	return name == c.sessionName(true) || name == c.sessionName(false) ||
		strings.HasPrefix(strings.TrimPrefix(name, "__Host-"), "_gatehouse_")
}

// strip removes the gateway's own cookies from a request that goes upstream, and
// leaves the others as they are.
func (c *cookies) strip(h http.Header) {
	lines := h["Cookie"]
	if len(lines) == 0 {
		return
	}
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if line = c.stripLine(line); line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = kept
}

func (c *cookies) stripLine(line string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(line, ";") {
		name, _, _ := strings.Cut(pair, "=")
		if c.own(strings.TrimSpace(name)) || strings.TrimSpace(pair) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(';')
		} else {
			pair = strings.TrimLeft(pair, " ")
		}
		b.WriteString(pair)
	}
	return b.String()
}
