package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/limit"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
)

func compileRoute(c *config.Config, r *config.Route, known trusts) (*proxy.Route, error) {
	from, err := route.ParseFrom(r.From.String())
	if err != nil {
		return nil, err
	}
	access := accessOf(r)
	access.RequireCertificate = c.RequiresCertificate(r)
	p, err := policy.Compile(access)
	if err != nil {
		return nil, err
	}
	if r.Tunnel != nil && p.AsksTool() {
		return nil, errors.New("the policy asks for mcp_tool, and nobody reads what is sent through a route for TCP")
	}
	trust, err := known.of(c, c.ClientCAOf(r))
	if err != nil {
		return nil, err
	}
	out := &proxy.Route{
		Route: &route.Route{
			Name: r.Name, From: from, Tunnels: tunnelsOf(r), Regex: r.Regex, Path: r.Path, Prefix: r.Prefix,
			Rewrite: rewriteOf(r), Redirect: redirectOf(r),
		},
		Policy:   p,
		Provider: providerIDOf(c, r), Reauthenticate: r.ReauthenticateAfter,
		Portal:            proxy.Portal{Description: r.Description, LogoURL: r.LogoURL},
		SetRequestHeaders: r.SetRequestHeaders, RemoveRequestHeaders: r.RemoveRequestHeaders,
		PassIdentity: c.PassIdentityHeaders, IssuerURI: c.JWTIssuerFormat == "uri", ShowErrorDetails: r.ShowErrorDetails,
		Timeout: r.Timeout, DependsOn: r.DependsOn, Balancing: balancingOf(c, r), Bearer: bearerRuleOf(c, r),
		Certificates: trust,
	}
	setUpstreams(out, r)
	setKubernetes(out, r)
	setHeaders(out, c, r)
	return out, setTLS(out, r)
}

// accessOf returns the keys of a route that say who may pass.
func accessOf(r *config.Route) policy.Access {
	var sub []policy.Sub
	for i := range r.SubPolicies {
		s := &r.SubPolicies[i]
		sub = append(sub, policy.Sub{
			Users: s.AllowedUsers, Domains: s.AllowedDomains, IDPClaims: s.AllowedIDPClaims, PPL: []any(s.SourcePPL),
			Guidance: policy.Guidance{Explanation: s.Explanation, Remediation: s.Remediation},
		})
	}
	return policy.Access{
		Public: r.AllowPublicUnauthenticatedAccess, AnyUser: r.AllowAnyAuthenticatedUser, CORSPreflight: r.CORSAllowPreflight,
		Users: r.AllowedUsers, Domains: r.AllowedDomains, IDPClaims: r.AllowedIDPClaims, PPL: r.Allow.Policy, Sub: sub,
	}
}

func rewriteOf(r *config.Route) route.Rewrite {
	rw := route.Rewrite{
		Prefix: r.Rewrite.PrefixRewrite, RegexPattern: r.RegexRewritePattern, RegexSubstitution: r.RegexRewriteSubstitution,
		Host: r.HostRewrite, HostHeader: r.HostRewriteHeader,
		HostPathRegexPattern: r.HostPathRegexRewritePattern, HostPathRegexSubstitution: r.HostPathRegexRewriteSubstitution,
		PreserveHost: r.PreserveHostHeader,
	}
	// Pomerium: also the path /, which removes what the route matched.
	if len(r.To) > 0 && !r.To[0].AtSocket() && r.Tunnel == nil {
		rw.TargetPath = r.To[0].URL.Path
	}
	return rw
}

// tunnelsOf returns what a route for TCP answers, nil for another.
func tunnelsOf(r *config.Route) []string {
	if r.Tunnel == nil {
		return nil
	}
	return r.Tunnel.Authorities
}

func redirectOf(r *config.Route) *route.Redirect {
	if r.Redirect == nil {
		return nil
	}
	return &route.Redirect{
		HTTPS: r.Redirect.HTTPSRedirect, Scheme: r.Redirect.SchemeRedirect, Host: r.Redirect.HostRedirect, Port: r.Redirect.PortRedirect,
		Path: r.Redirect.PathRedirect, PrefixRewrite: r.Redirect.PrefixRewrite, Code: r.Redirect.ResponseCode, StripQuery: r.Redirect.StripQuery,
	}
}

func setUpstreams(out *proxy.Route, r *config.Route) {
	for _, u := range r.To {
		target := *u.URL
		if !u.AtSocket() {
			target.Path, target.RawPath = "", ""
		}
		out.To = append(out.To, proxy.Upstream{URL: &target, Weight: u.Weight})
	}
	if r.Response != nil {
		out.Response = &proxy.Response{Status: r.Response.Status, Body: r.Response.Body}
	}
	out.IdleTimeout = r.IdleTimeout
	if r.RateLimit != nil {
		out.Limit = limit.Rate{Requests: r.RateLimit.Requests, Per: r.RateLimit.Per}
	}
	out.Upgrades, out.Origins = r.Upgrades.Protocols(), r.AllowedWebsocketOrigins
	out.MaxMessage = r.MaxRequestBytes()
	if r.ServesMCP() {
		out.Timeout, out.IdleTimeout = orNone(r.Timeout), orNone(r.IdleTimeout)
	}
}

// orNone returns a limit of time, or no limit if the file has none.
func orNone(limit *time.Duration) *time.Duration {
	if limit == nil {
		return new(time.Duration)
	}
	return limit
}

func setHeaders(out *proxy.Route, c *config.Config, r *config.Route) {
	if r.PassIdentityHeaders != nil {
		out.PassIdentity = *r.PassIdentityHeaders
	}
	if r.Headers.JWTIssuerFormat != "" {
		out.IssuerURI = r.Headers.JWTIssuerFormat == "uri"
	}
	out.GroupsFilter = groupsFilterOf(c, r)
	out.SetResponseHeaders, out.NoResponseHeaders = responseHeaders(r.Headers.SetResponseHeaders)
	for _, h := range r.RewriteResponseHeaders {
		out.RewriteResponseHeaders = append(out.RewriteResponseHeaders, proxy.HeaderRewrite{Header: h.Header, Prefix: h.Prefix, Value: h.Value})
	}
}

// responseHeaders returns nil and true if the map has the key "disable", and
// otherwise the map.
func responseHeaders(h map[string]string) (map[string]string, bool) {
	if _, off := h["disable"]; off {
		return nil, true
	}
	return h, false
}

func setTLS(out *proxy.Route, r *config.Route) error {
	out.TLS = proxy.UpstreamTLS{SkipVerify: r.TLSSkipVerify, ServerName: r.TLSServerName, Renegotiate: r.TLSUpstreamAllowRenegotiation}
	if r.TLSUpstreamServerName != "" {
		out.TLS.ServerName = r.TLSUpstreamServerName
	}
	if r.TLSCustomCA != "" {
		out.TLS.CAs = x509.NewCertPool()
		out.TLS.CAs.AppendCertsFromPEM([]byte(r.TLSCustomCA))
	}
	if r.TLSClientCert != "" {
		pair, err := tls.X509KeyPair([]byte(r.TLSClientCert), []byte(r.TLSClientKey.Reveal()))
		if err != nil {
			return err
		}
		out.TLS.Certificate = &pair
	}
	return nil
}

// groupsFilterOf returns nil if neither the file nor the route names groups.
func groupsFilterOf(c *config.Config, r *config.Route) *proxy.GroupsFilter {
	all, own := c.Identity.JWTGroupsFilter, r.Headers.JWTGroupsFilter
	if all == nil && own == nil {
		return nil
	}
	return proxy.NewGroupsFilter(append(slices.Clone(all), own...)...)
}
