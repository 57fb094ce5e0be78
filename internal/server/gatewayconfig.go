package server

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/secretfile"
)

// configure translates a configuration into that of the proxy.
func (g *gatewayPart) configure(c *config.Config, cas *x509.CertPool, client *http.Client, lent *secretfile.Reader) (*proxy.Config, error) {
	routes, _, faults := compileRoutes(c)
	if err := settings.AsError(faults); err != nil {
		return nil, placed(c, err)
	}
	keys, err := c.SigningKeys()
	if err != nil {
		return nil, err
	}
	headers, off := responseHeaders(c.Upstreams.SetResponseHeaders)
	if off {
		headers = map[string]string{}
	}
	devices, err := gatewayDevices(c, device.Config{Store: g.server.store, Sessions: g.sessions, Now: g.options.Now}, g.secrets.cookie)
	if err != nil {
		return nil, err
	}
	var front proxy.Front // nil, and not a nil *accessapi.API, if there is no team domain
	if g.access != nil {
		front = g.access.api
	}
	return &proxy.Config{
		Routes: routes, Cleaning: cleaningOf(c), Underscores: underscoresOf(c),
		Elsewhere:       g.server.elsewhere,
		AuthenticateURL: authenticateURL(c), SharedSecret: g.secrets.shared, CookieSecret: g.secrets.cookie, SigningKeys: keys,
		Providers: g.providers(), Sessions: g.sessions, Tickets: g.tickets, Attempts: g.attempts, Issuers: issuersOf(c, client, g.options.Now), Accounts: g.server.keys, Devices: devices,
		Cookie: cookieOf(c), ClaimHeaders: c.JWTClaimsHeaders, ResponseHeaders: headers, HeaderNames: c.HTTP1HeaderNames,
		Secrets: lent.Values,
		TLS:     !c.InsecureServer, UpstreamTimeout: c.DefaultUpstreamTimeout, UpstreamCAs: cas,
		Upgrades: c.UpgradesOfAll(), UpstreamFamily: map[string]string{"v4_only": "4", "v6_only": "6"}[c.DNSLookupFamily],
		ProgrammaticHosts: c.ProgrammaticRedirectDomainWhitelist,
		SignOutURL:        text(c.SignoutRedirectURL), TrustedHops: c.XFFNumTrustedHops, SkipXFFAppend: c.SkipXFFAppend, ForwardAuth: proxy.ForwardAuth{Trusted: c.ForwardAuth.Networks()},
		NoPortal: !c.Flag("routes_portal"), JWTEndpoint: c.Flag("pomerium_jwt_endpoint"),
		AccessFields: c.AccessLogFields, AuthorizeFields: c.AuthorizeLogFields,
		Front: front, Now: g.options.Now, Log: g.options.Log, Decided: g.decided,
	}, nil
}

// authenticateURL returns the URL of the sign-in service: the one that the
// configuration names, or else the team domain. If there is neither, no route
// asks for sign-in (config checks that).
func authenticateURL(c *config.Config) *url.URL {
	switch {
	case c.AuthenticateServiceURL != nil:
		return c.AuthenticateServiceURL
	case c.Access != nil:
		return c.Access.TeamDomain
	}
	return proxy.NoSignIn
}

func cleaningOf(c *config.Config) route.Cleaning {
	actions := map[string]route.SlashAction{
		"keep_unchanged": route.SlashKeep, "unescape_and_redirect": route.SlashRedirect, "unescape_and_forward": route.SlashUnescape,
	}
	return route.Cleaning{
		KeepDoubleSlashes: !c.MergeSlashes, KeepAsSent: !c.NormalizePath,
		EscapedSlashes: actions[c.PathWithEscapedSlashesAction], // reject_request is the zero action
	}
}

func underscoresOf(c *config.Config) proxy.UnderscoreAction {
	switch c.HeadersWithUnderscoresAction {
	case "allow":
		return proxy.UnderscoreAllow
	case "drop_header":
		return proxy.UnderscoreDrop
	}
	return proxy.UnderscoreReject
}

func cookieOf(c *config.Config) proxy.Cookie {
	sameSite, _ := proxy.ParseSameSite(c.CookieSameSite) // validated by config
	name := c.CookieName
	if name == "_pomerium" {
		name = ""
	}
	return proxy.Cookie{Name: name, Domain: strings.TrimPrefix(c.CookieDomain, "."), Life: c.CookieExpire, SameSite: sameSite, Script: !c.CookieHTTPOnly}
}
