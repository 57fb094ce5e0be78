package managedlogin

import (
	"net/url"
	"strings"
)

// otpauth returns the address with which an authenticator app takes up a secret.
// The app's own defaults are ours: SHA-1, six digits, thirty seconds. The form is
// that of Google Authenticator's "Key Uri Format".
func otpauth(issuer, account, secret string) string {
	if issuer == "" {
		issuer = "Gatehouse"
	}
	issuer = strings.ReplaceAll(issuer, ":", " ") // it separates the two
	issuer, account = shortened(issuer), shortened(account)
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return "otpauth://totp/" + escape(issuer) + ":" + escape(account) + "?secret=" + escape(secret) + "&issuer=" + escape(issuer)
}

// shortened returns at most 60 characters of a name, so that the picture stays small
// enough to scan.
func shortened(name string) string {
	if runes := []rune(name); len(runes) > 60 {
		return string(runes[:60])
	}
	return name
}

// grouped returns a key in groups of four letters, as people type it.
func grouped(secret string) string {
	var groups []string
	for len(secret) > 4 {
		groups, secret = append(groups, secret[:4]), secret[4:]
	}
	return strings.Join(append(groups, secret), " ")
}
