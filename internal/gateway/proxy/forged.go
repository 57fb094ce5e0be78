package proxy

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
)

// A client's word on what only a proxy in front of an application can know. Many
// applications and frameworks believe these headers, since they expect a proxy
// that sets or removes them. Names are in net/http's spelling; "-" at the end
// stands for all names that begin so.
var (
	// Another path, host, scheme or method than those that the route and the
	// policy were asked about.
	forgedTargets = []string{
		"X-Original-Url", "X-Rewrite-Url", "X-Original-Uri", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Script-Name", "X-Envoy-",
		"X-Original-Host", "X-Host", "X-Forwarded-Server", "X-Forwarded-Port", "X-Forwarded-Scheme", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "X-Scheme", "X-Url-Scheme", "Front-End-Https",
		"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Method", "X-Forwarded-Method",
		"X-Http-Host-Override", "X-Http-Path-Override", "X-Forwarded-Url", "X-Replaced-Path", "X-Override-Url", "X-Waws-Unencoded-Url", "Wl-Proxy-Ssl", "X-Arr-Ssl", "Cf-Visitor", "Cloudfront-Forwarded-Proto",
		"Proxy", // CGI makes HTTP_PROXY of it, through which programs make their calls (CVE-2016-5385)
		// What the proxy in front sends as a file: Rack believes these, and lets the
		// proxy send files of the client's choice (CVE-2025-61780).
		"X-Sendfile-Type", "X-Accel-Mapping",
	}
	// Who the person is, as other proxies tell it.
	forgedIdentities = []string{
		"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "X-Remote-User", "X-Remote-Name", "X-Remote-Email", "X-Remote-Group", "X-Remote-Groups", "X-Remote-Extra-",
		"X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token", "X-Forwarded-Id-Token",
		"X-Auth-Request-", "X-Webauth-", "X-Authentik-", "X-Authenticated-", "X-Vouch-", "X-Goog-Authenticated-User-", "X-Goog-Iap-Jwt-Assertion", "X-Amzn-Oidc-",
		"X-Ms-Client-Principal", "X-Ms-Client-Principal-", "X-Endpoint-Api-Userinfo", "X-Apigateway-Api-Userinfo", "Tailscale-User-", "Oidc-", "Mellon-", "Shib-",
		"X-Auth-Email", "X-Auth-Groups", "X-Auth-Roles", "X-Auth-Subject", "X-Auth-Userid", "X-Auth-Username", "X-Token-Subject", "X-Token-User-", "X-Consumer-", "X-Credential-", "X-Userinfo", "X-Remote-Uid",
		"Iv-User", "Iv-User-L", "Iv-Groups", "Iv-Creds", "Sm-User", "Sm-Universalid", "Oam-Remote-User",
		"X-Forwarded-Client-Cert", "X-Client-Cert", "Client-Cert", "Client-Cert-Chain", "X-Ssl-Client-", "Ssl-Client-",
		"X-Arr-Clientcert", "X-Amzn-Mtls-Clientcert", "X-Amzn-Mtls-Clientcert-", "Wl-Proxy-Client-Cert",
	}
	// Where the request came from. A proxy in front of the gateway may set these,
	// so they stay if there is one.
	forgedAddresses = []string{
		"True-Client-Ip", "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "X-Client-Ip", "X-Cluster-Client-Ip", "Fastly-Client-Ip", "Fly-Client-Ip", "X-Azure-Clientip",
		"X-Original-Forwarded-For", "X-Originating-Ip", "X-Remote-Ip", "X-Remote-Addr", "Client-Ip", "Proxy-Client-Ip", "Wl-Proxy-Client-Ip",
	}
)

// reserve adds names, and beginnings of names, that a client may not send.
func (v *reserved) reserve(names ...string) {
	for _, name := range names {
		if strings.HasSuffix(name, "-") {
			v.starts[name[0]] = append(v.starts[name[0]], name)
		} else {
			v.names[name] = true
		}
	}
}

// ErrMethodCase refuses a method in other letters than its own. Letter case counts
// in methods (RFC 9110 §9.1), but some servers ignore it.
var ErrMethodCase = fault.New(fault.Invalid, "method_case", "The method of the request must be written in capital letters.")

// knownMethods are the methods that servers know: those of RFC 9110, PATCH (RFC
// 5789) and the others of IANA's registry.
var knownMethods = map[string]bool{
	"DELETE": true, "GET": true, "HEAD": true, "OPTIONS": true, "PATCH": true, "POST": true, "PUT": true, "QUERY": true,
	"ACL": true, "BASELINE-CONTROL": true, "BIND": true, "CHECKIN": true, "CHECKOUT": true, "COPY": true, "LABEL": true, "LINK": true, "LOCK": true,
	"MERGE": true, "MKACTIVITY": true, "MKCALENDAR": true, "MKCOL": true, "MKREDIRECTREF": true, "MKWORKSPACE": true, "MOVE": true, "ORDERPATCH": true,
	"PROPFIND": true, "PROPPATCH": true, "REBIND": true, "REPORT": true, "SEARCH": true, "UNBIND": true, "UNCHECKOUT": true, "UNLINK": true, "UNLOCK": true,
	"UPDATE": true, "UPDATEREDIRECTREF": true, "VERSION-CONTROL": true,
}

// ErrMethodRefused refuses methods that an application has no use for: CONNECT asks
// for a tunnel, TRACE shows a script the headers that it may not see.
var ErrMethodRefused = fault.New(fault.Invalid, "method_refused", "Requests with this method are not passed on.")

// checkMethod refuses both. RFC 9110 §15.5.6 wants the header Allow.
func checkMethod(w http.ResponseWriter, r *http.Request) error {
	switch method := strings.ToUpper(r.Method); {
	case method == http.MethodConnect, method == http.MethodTrace, method == "TRACK":
		w.Header().Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
		return ErrMethodRefused
	case method != r.Method && knownMethods[method]:
		return ErrMethodCase
	}
	return nil
}
