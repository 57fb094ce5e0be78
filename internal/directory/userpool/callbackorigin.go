package userpool

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// HasCallbackAt reports whether a callback URL of any client of any pool has that
// origin: scheme, host and port as browsers write them (RFC 6454 §6.2). Clients that
// anybody may have registered do not count. It reads all clients: it is for development.
func (e *Engine) HasCallbackAt(ctx context.Context, origin string) (bool, error) {
	for pools, next, err := e.ListPools(ctx, "", 0); ; pools, next, err = e.ListPools(ctx, next, 0) {
		if err != nil {
			return false, err
		}
		for _, p := range pools {
			if found, err := e.poolHasCallbackAt(ctx, p.ID, origin); found || err != nil {
				return found, err
			}
		}
		if next == "" {
			return false, nil
		}
	}
}

func (e *Engine) poolHasCallbackAt(ctx context.Context, pool PoolID, origin string) (bool, error) {
	for clients, next, err := e.ListClients(ctx, pool, "", 0); ; clients, next, err = e.ListClients(ctx, pool, next, 0) {
		if err != nil {
			return false, err
		}
		for _, c := range clients {
			if !c.Unvouched() && slices.ContainsFunc(c.Settings.CallbackURLs, func(u string) bool { return originOf(u) == origin }) {
				return true, nil
			}
		}
		if next == "" {
			return false, nil
		}
	}
}

// originOf returns the origin of a URL, or a text that no browser sends.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}
