package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
)

// A page may fetch from other hosts of the gateway, which can't send a script
// to sign in. A route names them (depends_on), and one sign-in visits them all:
//
//	app callback ─▶ join at b ─▶ sign_in ─▶ b callback ─▶ join at b ─▶ join at c … ─▶ the wanted page
//
// Each host has its own cookie and its own secret of the browser, as always;
// joining only saves the person from having to open each host by hand.

const (
	pathJoin  = "/.pomerium/join"
	paramBack = "gatehouse_back" // this host sent the browser to sign in already
)

// afterCallback is where a browser goes that has just got its cookie: through
// the hosts that the wanted page depends on, to the page.
func (c *compiled) afterCallback(r *http.Request, wanted *url.URL) string {
	m := c.table.Match(hostname.Of(wanted.Host), wanted.Port(), wanted.Path)
	if m == nil || isInternal(wanted.Path) {
		return wanted.String()
	}
	hosts := slices.DeleteFunc(slices.Clone(c.routes[m].DependsOn), func(h string) bool {
		return hostname.Of(h) == hostname.Of(wanted.Host)
	})
	return c.joinLink(r, hosts, wanted.String())
}

// joinLink returns the link to the first of hosts that is ours, or final when
// there is none.
func (c *compiled) joinLink(r *http.Request, hosts []string, final string) string {
	for len(hosts) > 0 {
		host := hostname.Of(hosts[0])
		if c.table.KnowsHost(host) {
			break
		}
		hosts = hosts[1:]
	}
	if len(hosts) == 0 {
		return final
	}
	host := hostname.Of(hosts[0])
	base := c.scheme(host) + "://" + c.publicHost(r, host) + pathJoin
	return c.links.sign(base, url.Values{paramHosts: {strings.Join(hosts[1:], ",")}, paramRedirect: {final}}, c.now())
}

// join makes sure that the browser has this host's cookie and goes on to the
// next. A host whose cookie does not stay is passed over.
func (c *compiled) join(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	here := c.publicURL(r, host)
	query := r.URL.Query()
	back := query.Has(paramBack)
	query.Del(paramBack)
	base := here.Scheme + "://" + here.Host + pathJoin
	q, err := c.links.check(base, query.Encode(), c.now())
	if err != nil {
		return err
	}
	final, err := url.Parse(q.Get(paramRedirect))
	if err != nil || !c.ours(final) {
		return ErrTarget
	}
	s, err := c.sessionOf(r, host)
	if err != nil {
		return err
	}
	provider := c.providerAt(r, host)
	if !back && (s == nil || !c.counts(s, provider)) {
		query.Set(paramBack, "1")
		here.RawQuery = query.Encode()
		c.redirect(w, c.signInLink(w, r, host, provider, here), http.StatusFound)
		return nil
	}
	var rest []string
	if more := q.Get(paramHosts); more != "" {
		rest = strings.Split(more, ",")
	}
	c.redirect(w, c.joinLink(r, rest, final.String()), http.StatusFound)
	return nil
}
