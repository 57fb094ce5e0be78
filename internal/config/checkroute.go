package config

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

func (k *checker) checkRoute(r *Route) {
	k.checkMatch(r)
	k.checkTarget(r)
	k.checkRewrite(r)
	k.checkAllow(r)
	k.checkHeaders(r)
	k.checkUpstream(r)
	k.checkKubernetes(r)
	k.checkMCP(r)
	k.checkUpgrades(r.Key+".allow_upgrades", r.Upgrades.AllowUpgrades)
	k.checkRequestLimit(r.Key+".rate_limit", r.RateLimit)
	k.checkBalancing(r.Key, &r.Balancing)
}

// keyed returns r with a path for its faults: routes[i], if r was not loaded from
// a file.
func (r *Route) keyed(i int) *Route {
	if r.Key != "" {
		return r
	}
	named := *r
	named.Key = settings.Item("routes", i)
	return &named
}

func (k *checker) checkMatch(r *Route) {
	if r.From == nil {
		k.missing(r.Key+".from", "write the URL that requests come to")
	} else {
		k.checkFrom(r.Key+".from", r.From)
	}
	if r.Tunnel != nil {
		k.checkTunnel(r)
	}
	for _, p := range []struct{ key, value string }{{"prefix", r.Prefix}, {"path", r.Path}} {
		if p.value != "" && !strings.HasPrefix(p.value, "/") {
			k.fail(settings.Join(r.Key, p.key), settings.Quote(p.value), "a path", settings.DidYouMean("/"+p.value))
		}
	}
	k.pattern(r.Key+".regex", r.Regex)
}

var fromHost = pattern.New(`^[A-Za-z0-9*_.-]+$`)

func (k *checker) checkFrom(path string, u *url.URL) {
	if scheme, _, tunnel := strings.Cut(u.Scheme, "+"); tunnel || scheme == "ssh" {
		k.fail(path, settings.QuoteURL(u.String()), "an https URL", "this version supports routes for HTTP and TCP, not for "+strings.ToUpper(scheme))
		return
	}
	if !k.originURL(path, u) {
		return
	}
	if !fromHost.MatchString(u.Hostname()) && !isLocal(u.Hostname()) {
		k.fail(path, settings.QuoteURL(u.String()), "a URL whose host is a name, in which * may stand", "")
	}
}

// pattern checks a regular expression.
func (k *checker) pattern(path, text string) *regexp.Regexp {
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		k.fail(path, settings.Quote(text), "a regular expression (RE2)", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}

func (k *checker) checkTarget(r *Route) {
	if len(r.To) == 0 && r.Redirect == nil && r.Response == nil {
		k.missing(r.Key+".to", "a route needs one of the keys to, redirect and response")
	}
	k.checkTo(r)
	if r.Redirect != nil {
		k.checkRedirect(r.Key+".redirect", r.Redirect)
	}
	if r.Response != nil && (r.Response.Status < 200 || r.Response.Status > 599) {
		k.fail(r.Key+".response.status", settings.Quote(strconv.Itoa(r.Response.Status)), "a status from 200 to 599", "")
	}
	if len(r.DependsOn) > 5 {
		k.fail(r.Key+".depends_on", fmt.Sprintf("a list of %d hosts", len(r.DependsOn)), "a list of at most 5 hosts", "")
	}
	for i, host := range r.DependsOn {
		if name, port, ok := strings.Cut(host, ":"); ok && isPort(port) {
			host = name
		}
		k.host(settings.Item(r.Key+".depends_on", i), host)
	}
}

func (k *checker) checkTo(r *Route) {
	if r.Tunnel != nil {
		k.checkTunnelTargets(r)
	}
	weighted, sockets := 0, 0
	for i, to := range r.To {
		path := r.Key + ".to"
		if len(r.To) > 1 {
			path = settings.Item(path, i)
		}
		switch {
		case to.URL == nil || r.Tunnel != nil:
		default:
			k.checkUpstreamURL(path, to.URL)
			if to.AtSocket() {
				sockets++
			}
		}
		if to.Weight > 0 {
			weighted++
		}
	}
	if sockets > 0 && sockets < len(r.To) {
		k.fail(r.Key+".to", fmt.Sprintf("%d of %d upstreams are unix sockets", sockets, len(r.To)), "", "put the others into a route of their own")
	}
	if weighted > 0 && weighted < len(r.To) {
		k.fail(r.Key+".to", fmt.Sprintf("%d of %d upstreams have a weight", weighted, len(r.To)), "", "give a weight to all of them or to none")
	}
}

func (k *checker) checkUpstreamURL(path string, u *url.URL) {
	switch {
	case slices.Contains(socketSchemes, u.Scheme):
		if u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
			k.fail(path, settings.QuoteURL(u.String()), "the path of a socket after three slashes", "as in "+u.Scheme+":///run/app.sock")
		}
	case u.Scheme == "tcp":
		k.fail(path, settings.QuoteURL(u.String()), "an http, https or h2c URL", "a tcp URL needs a route whose from begins with tcp+https://")
	case slices.Contains([]string{"udp", "ssh"}, u.Scheme):
		k.fail(path, settings.QuoteURL(u.String()), "an http, https or h2c URL", "this version does not support upstreams with the scheme "+u.Scheme)
	case !slices.Contains([]string{"http", "https", "h2c"}, u.Scheme):
		k.fail(path, settings.QuoteURL(u.String()), "an http, https or h2c URL", suggestScheme(u, "http", "https", "h2c"))
	case u.Port() != "" && !isPort(u.Port()):
		k.fail(path, settings.QuoteURL(u.String()), "a URL with a port from 1 to 65535", "")
	}
}

func (k *checker) checkRedirect(path string, r *Redirect) {
	if !slices.Contains([]int{301, 302, 303, 307, 308}, r.ResponseCode) {
		k.fail(path+".response_code", settings.Quote(strconv.Itoa(r.ResponseCode)), "one of 301, 302, 303, 307, 308", "")
	}
	if r.PortRedirect < 0 || r.PortRedirect > 65535 {
		k.fail(path+".port_redirect", settings.Quote(strconv.Itoa(r.PortRedirect)), "a port from 1 to 65535", "")
	}
	if r.HostRedirect != "" && !isLocal(r.HostRedirect) {
		k.host(path+".host_redirect", r.HostRedirect)
	}
	for _, p := range []struct{ key, value string }{{"path_redirect", r.PathRedirect}, {"prefix_rewrite", r.PrefixRewrite}} {
		if p.value != "" && !strings.HasPrefix(p.value, "/") {
			k.fail(settings.Join(path, p.key), settings.Quote(p.value), "a path", settings.DidYouMean("/"+p.value))
		}
	}
}

func (k *checker) checkRewrite(r *Route) {
	if r.PrefixRewrite != "" && r.RegexRewritePattern != "" {
		k.fail(r.Key+".regex_rewrite_pattern", "cannot be used together with prefix_rewrite", "", "remove one of the two")
	}
	k.substitution(r.Key+".regex_rewrite", r.RegexRewritePattern, r.RegexRewriteSubstitution)
	k.substitution(r.Key+".host_path_regex_rewrite", r.HostPathRegexRewritePattern, r.HostPathRegexRewriteSubstitution)
	if r.HostRewriteHeader != "" {
		k.headerName(r.Key+".host_rewrite_header", r.HostRewriteHeader)
	}
	if r.HostRewrite != "" && strings.ContainsAny(r.HostRewrite, "/ @?#\r\n\t") {
		k.fail(r.Key+".host_rewrite", settings.Quote(r.HostRewrite), "a host", "")
	}
}

var groupReference = pattern.New(`\\([0-9])`)

// substitution checks that a pattern has the groups that its substitution
// refers to.
func (k *checker) substitution(path, pattern, text string) {
	if pattern == "" {
		if text != "" {
			k.missing(path+"_pattern", path[strings.LastIndexByte(path, '.')+1:]+"_substitution needs it")
		}
		return
	}
	re := k.pattern(path+"_pattern", pattern)
	if re == nil {
		return
	}
	for _, m := range groupReference.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && n > re.NumSubexp() {
			k.fail(path+"_substitution", settings.Quote(m[0]), fmt.Sprintf("a group of the pattern, which has %d", re.NumSubexp()), "")
		}
	}
}

// checkAllow refuses keys that make each other meaningless, as Pomerium does.
func (k *checker) checkAllow(r *Route) {
	narrow := []struct {
		key string
		set bool
	}{{"allowed_users", len(r.AllowedUsers) > 0}, {"allowed_domains", len(r.AllowedDomains) > 0}}
	for _, n := range narrow {
		if n.set && r.AllowPublicUnauthenticatedAccess {
			k.conflict(r, n.key, "allow_public_unauthenticated_access")
		}
		if n.set && r.AllowAnyAuthenticatedUser {
			k.conflict(r, n.key, "allow_any_authenticated_user")
		}
	}
	if r.AllowPublicUnauthenticatedAccess && r.AllowAnyAuthenticatedUser {
		k.conflict(r, "allow_any_authenticated_user", "allow_public_unauthenticated_access")
	}
	k.checkClaims(r.Key, r.AllowedIDPClaims)
	k.checkSubPolicies(r)
}

// checkClaims refuses values that no claim can be equal to.
func (k *checker) checkClaims(path string, claims map[string][]any) {
	for _, claim := range sortedKeys(claims) {
		for i, value := range claims[claim] {
			switch value.(type) {
			case string, bool, int64, float64, settings.Number:
			default:
				k.fail(settings.Item(path+".allowed_idp_claims."+claim, i), "the value", "a single value", "")
			}
		}
	}
}

func (k *checker) conflict(r *Route, key, with string) {
	k.fail(settings.Join(r.Key, key), "cannot be used together with "+with, "", "remove one of the two")
}

func (k *checker) checkHeaders(r *Route) {
	k.headers(r.Key+".set_request_headers", r.SetRequestHeaders)
	k.checkReferences(r.Key+".set_request_headers", r.SetRequestHeaders)
	for i, name := range r.RemoveRequestHeaders {
		k.headerName(settings.Item(r.Key+".remove_request_headers", i), name)
	}
	k.headers(r.Key+".set_response_headers", r.SetResponseHeaders)
	k.refuseReferences(r.Key+".set_response_headers", r.SetResponseHeaders)
	for i, rewrite := range r.RewriteResponseHeaders {
		k.headerName(settings.Item(r.Key+".rewrite_response_headers", i)+".header", rewrite.Header)
	}
}

func (k *checker) checkUpstream(r *Route) {
	for i, origin := range r.AllowedWebsocketOrigins {
		k.pageOrigin(settings.Item(r.Key+".allowed_websocket_origins", i), origin)
	}
	k.authority(r.Key+".tls_custom_ca", r.TLSCustomCA)
	k.checkHalf(r.Key+".tls_client_cert", r.TLSClientCert+r.TLSClientCertFile != "", r.Key+".tls_client_key", r.TLSClientKey != "" || r.TLSClientKeyFile != "")
	if r.TLSClientCert != "" && r.TLSClientKey != "" {
		if _, err := tls.X509KeyPair([]byte(r.TLSClientCert), []byte(r.TLSClientKey.Reveal())); err != nil {
			k.fail(r.Key+".tls_client_cert", "the certificate with its key", "a pair that TLS can use", strings.TrimPrefix(err.Error(), "tls: "))
		}
	}
}
