package server

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/userpool"
)

// resolve is site.Map.Resolve for the pages and the OAuth endpoints, within the limits of
// one address, one app client and one domain. ratelimit.ErrRate.
func (d *directory) resolve(r *http.Request) (*userpool.Pool, string, error) {
	for kind, thing := range map[string]string{ratelimit.Address: web.Network(web.ClientAddr(r)), ratelimit.Client: r.URL.Query().Get("client_id")} {
		if thing == "" {
			continue
		}
		if err := d.limits.TakeOf(kind, thing); err != nil {
			return nil, "", err
		}
	}
	pool, base, err := d.sites.Resolve(r)
	if err != nil {
		return nil, "", err
	}
	return pool, base, d.limits.TakeOf(ratelimit.Domain, base)
}

// limitClient takes a request of an app client, within its limit. [directory.resolve]
// reads addresses alone, and so knows only a client that they name. ratelimit.ErrRate.
func (d *directory) limitClient(id userpool.ClientID) error {
	return d.limits.TakeOf(ratelimit.Client, string(id))
}
