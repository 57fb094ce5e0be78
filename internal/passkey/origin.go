package passkey

import (
	"net/url"
	"slices"
	"strings"
)

// Allows reports whether a page or an app at the origin may use the passkeys of
// the relying party: its host is the relying party's or below it, or it is the
// origin of a related address. The browser has checked the same, and for related
// origins asked the relying party itself.
// WebAuthn §5.1.3, §5.11.
func (rp RelyingParty) Allows(origin string) bool {
	if rp.Only != "" {
		return origin == rp.Only
	}
	if slices.Contains(rp.Related, origin) && strings.HasPrefix(origin, "android:apk-key-hash:") {
		return true
	}
	host, ok := hostOf(origin, isLocal(rp.ID))
	if !ok {
		return false
	}
	if host == rp.ID || strings.HasSuffix(host, "."+rp.ID) {
		return true
	}
	return slices.ContainsFunc(rp.Related, func(address string) bool { return originOf(address) == origin })
}

// hostOf returns the host name of an origin. Passkeys exist in secure contexts
// alone: without TLS only on the machine itself.
func hostOf(origin string, local bool) (string, bool) {
	u, err := url.Parse(origin)
	if err != nil || originOf(origin) != origin {
		return "", false
	}
	host := u.Hostname()
	switch {
	case u.Scheme == "https":
		return host, host != ""
	case u.Scheme == "http" && local:
		return host, isLocal(host)
	}
	return "", false
}

// isLocal reports whether a host name is the machine itself. RFC 6761 §6.3.
func isLocal(host string) bool { return host == "localhost" || strings.HasSuffix(host, ".localhost") }

// Origin returns the origin of an address in the form in which browsers write it, or
// "" if passkeys can't be used there.
func Origin(address string) string {
	origin := originOf(address)
	if _, ok := hostOf(origin, false); !ok {
		return ""
	}
	return origin
}

// originOf returns the origin of an address in the form in which browsers write
// it, or "".
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}

// At returns the relying party that is one address, and no other host or port.
func At(address *url.URL) RelyingParty {
	return RelyingParty{ID: strings.ToLower(address.Hostname()), Only: originOf(address.String())}
}
