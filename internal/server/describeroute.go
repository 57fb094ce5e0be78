package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/config"
)

// describeHost says which host the upstreams of a route get, or returns "" if each gets
// its own. The order is that of the keys.
func describeHost(r *config.Route) string {
	switch w := &r.Rewrite; {
	case w.HostRewrite != "":
		return w.HostRewrite
	case w.HostRewriteHeader != "":
		return "what the request's header " + w.HostRewriteHeader + " says"
	case w.HostPathRegexRewritePattern != "":
		return fmt.Sprintf("made of the path: %s becomes %s", w.HostPathRegexRewritePattern, w.HostPathRegexRewriteSubstitution)
	case w.PreserveHostHeader:
		return "the one that the client asked for"
	}
	return ""
}

// describeSignIn says what a route asks of a sign-in besides its policy, and which
// tokens of programs count as one, each in one line.
func describeSignIn(c *config.Config, r *config.Route) (all []string) {
	if p := c.ProviderOf(r); p != nil {
		line := "at " + p.Title() + " alone"
		if r.IDPClientID != "" {
			line += ", with the client " + r.IDPClientID
		}
		all = append(all, line)
	}
	if r.ReauthenticateAfter > 0 {
		all = append(all, "again after "+shortly(r.ReauthenticateAfter))
	}
	switch c.BearerFormatOf(r) {
	case "idp_access_token":
		all = append(all, "or an access token of the provider, sent by a program")
	case "idp_identity_token":
		all = append(all, "or an ID token of the provider, sent by a program")
	case "jwt":
		names := r.RouteBearer.IdentityProviders
		if len(names) == 0 {
			names = sortedNames(c.Bearer.IdentityProviders)
		}
		all = append(all, "or a token of "+strings.Join(names, " or ")+", sent by a program")
	}
	if r.TLSDownstreamClientCA != "" {
		all = append(all, "certificates of clients by the route's own authorities")
	}
	return all
}

// describeLimits says which limits of its own a route has, each in one line.
func describeLimits(r *config.Route) (all []string) {
	if l := r.RateLimit; l != nil {
		all = append(all, fmt.Sprintf("%d requests in %s of one person or address", l.Requests, shortly(l.Per)))
	}
	for _, t := range []struct {
		time *time.Duration
		what string
	}{{r.Timeout, "for a whole answer"}, {r.IdleTimeout, "without a byte"}} {
		switch {
		case t.time == nil:
		case *t.time == 0:
			all = append(all, "any time "+t.what)
		default:
			all = append(all, shortly(*t.time)+" "+t.what)
		}
	}
	return all
}

// shortly writes a time as people do: 5m, where Go writes 5m0s.
func shortly(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
