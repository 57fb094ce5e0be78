package server

import (
	"net/http"
	"strings"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/relyingparty"
)

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

// providerOf makes the identity provider of the idp_ keys; nil when there is
// none.
func providerOf(c *config.Config, client *http.Client) (relyingparty.Provider, error) {
	if c.IDPProvider == "" {
		return nil, nil
	}
	return relyingparty.NewDiscovered(relyingparty.DiscoveredConfig{
		Name: c.IDPProvider, Issuer: c.IDPProviderURL, ClientID: c.IDPClientID, ClientSecret: c.IDPClientSecret,
		Scopes: c.IDPScopes, Params: c.IDPRequestParams, HTTP: client,
	})
}
