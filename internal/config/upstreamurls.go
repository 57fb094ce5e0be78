package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/base/settings"
)

// DecodeSetting reads one URL or a list of URLs, each perhaps with a weight.
func (u *UpstreamURLs) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	switch n.Kind {
	case settings.Scalar:
		*u = UpstreamURLs{upstreamURL(d, path, n)}
	case settings.List:
		*u = nil
		d.Each(path, n, func(at string, item *settings.Node) {
			*u = append(*u, upstreamURL(d, at, item))
		})
	default:
		d.Fail(path, n.Place, n.Kind.Noun(), "a URL or a list of URLs", "")
	}
}

// upstreamURL reads a URL with a weight: "http://app:8080,10". After a fault it
// returns the zero UpstreamURL.
func upstreamURL(d *settings.Document, path string, n *settings.Node) UpstreamURL {
	if n.Kind != settings.Scalar {
		d.Fail(path, n.Place, n.Kind.Noun(), "a URL", "")
		return UpstreamURL{}
	}
	text, weight := n.Text, 0
	if i := strings.LastIndexByte(text, ','); i >= 0 {
		w, err := strconv.Atoi(text[i+1:])
		if err != nil || w < 1 || w > 1_000_000 {
			d.Fail(path, n.Place, settings.QuoteURL(text[i+1:]), "a weight of 1 or more", "write several upstreams as a list")
			return UpstreamURL{}
		}
		text, weight = text[:i], w
	}
	if u := socketURL(text); u != nil {
		return UpstreamURL{URL: u, Weight: weight}
	}
	u, hint, ok := settings.ParseURL(text)
	if !ok {
		d.Fail(path, n.Place, settings.QuoteURL(n.Text), "a URL", hint)
		return UpstreamURL{}
	}
	return UpstreamURL{URL: u, Weight: weight}
}

// socketSchemes are the schemes of upstreams at a unix socket.
var socketSchemes = []string{"unix", "http+unix", "https+unix"}

// socketURL returns the URL of a unix socket, whose path is all that it has; nil if
// text is something else.
func socketURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(socketSchemes, u.Scheme) || u.Host != "" || len(u.Path) < 2 {
		return nil
	}
	return u
}

// AtSocket reports whether the upstream is at a unix socket.
func (u UpstreamURL) AtSocket() bool { return slices.Contains(socketSchemes, u.URL.Scheme) }
