package proxy

import (
	"net/url"

	"gatehouse/internal/base/hostname"
)

// Locate returns the public URL of a path of an application, whose host may be
// given with the port that browsers use. uri is a path with or without a query.
// nil: the gateway has no such application, or uri is not a plain path.
func (g *Gateway) Locate(hostport, uri string) *url.URL {
	return g.live.Load().locate(hostport, uri)
}

func (c *compiled) locate(hostport, uri string) *url.URL {
	path, err := url.ParseRequestURI(uri)
	if err != nil || path.Scheme != "" || path.Host != "" || path.User != nil || path.Opaque != "" {
		return nil
	}
	host := hostname.Of(hostport)
	port := portOf(hostport)
	if port == "" {
		port = c.cfg.AuthenticateURL.Port()
	}
	u := &url.URL{Scheme: c.scheme(host), Host: joinPort(host, port), Path: path.Path, RawPath: path.RawPath, RawQuery: path.RawQuery}
	if !c.ours(u) {
		return nil
	}
	return u
}
