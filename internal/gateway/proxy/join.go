package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// A page may fetch from other hosts of the gateway. Those can't send a script to
// sign in. So a route names them (depends_on), and one sign-in visits them all:
//
//	app callback ─▶ join at b ─▶ sign_in ─▶ b callback ─▶ join at b ─▶ join at c … ─▶ the wanted page
//
// Each host has its own cookie and its own secret of the browser, as always.
// Joining only saves the person from opening each host by hand.

const (
	pathJoin  = "/.pomerium/join"
	paramBack = "gatehouse_back" // this host sent the browser to sign in already
)

// afterCallback returns where a browser goes that has just got its cookie:
// through the hosts that the wanted page depends on, to the page.
func (p *pomerium) afterCallback(r *http.Request, wanted *url.URL) string {
	m := p.table.Match(hostname.Of(wanted.Host), wanted.Port(), wanted.Path)
	if m == nil || isInternal(wanted.Path) {
		return wanted.String()
	}
	hosts := slices.DeleteFunc(slices.Clone(p.routes[m].DependsOn), func(h string) bool {
		return hostname.Of(h) == hostname.Of(wanted.Host)
	})
	return p.joinLink(r, hosts, wanted.String())
}

// joinLink returns the link to the first of hosts that is ours, or final if
// none is.
func (p *pomerium) joinLink(r *http.Request, hosts []string, final string) string {
	for len(hosts) > 0 {
		host := hostname.Of(hosts[0])
		if p.table.KnowsHost(host) {
			break
		}
		hosts = hosts[1:]
	}
	if len(hosts) == 0 {
		return final
	}
	host := hostname.Of(hosts[0])
	base := p.scheme(host) + "://" + p.publicHost(r, host) + pathJoin
	return p.links.sign(base, url.Values{paramHosts: {strings.Join(hosts[1:], ",")}, paramRedirect: {final}}, p.now())
}

// join makes sure that the browser has this host's cookie, and sends it on to
// the next host. It skips a host whose cookie the browser does not keep.
func (p *pomerium) join(w http.ResponseWriter, r *http.Request) error {
	host := web.Host(r)
	here := p.publicURL(r, host)
	query := r.URL.Query()
	back := query.Has(paramBack)
	query.Del(paramBack)
	base := here.Scheme + "://" + here.Host + pathJoin
	q, err := p.links.check(base, query.Encode(), p.now())
	if err != nil {
		return err
	}
	final, err := url.Parse(q.Get(paramRedirect))
	if err != nil || !p.ours(final) {
		return authenticate.ErrTarget
	}
	s, err := p.sessionAt(r, host)
	if err != nil {
		return err
	}
	provider := p.providerAt(r.Host, "/")
	if !back && (s == nil || !p.accepts(s, provider)) {
		query.Set(paramBack, "1")
		here.RawQuery = query.Encode()
		redirect(w, p.signInLink(w, r, signIn{wanted: here, provider: provider}), http.StatusFound)
		return nil
	}
	var rest []string
	if more := q.Get(paramHosts); more != "" {
		rest = strings.Split(more, ",")
	}
	redirect(w, p.joinLink(r, rest, final.String()), http.StatusFound)
	return nil
}
