package access

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/hostname"
)

// The lengths that a provider's settings may have. Cloudflare Access: names of
// 350 characters; the others are ours.
const (
	maxName  = 350
	maxText  = 1024
	maxURL   = 2048
	maxList  = 100
	maxClaim = 255
)

// Problem is one thing that is wrong with a provider's settings.
type Problem struct {
	Key  string // as the API has it: "config.auth_url"
	Text string // begins with the key
}

// Problems holds settings against their rules and returns everything that is
// wrong at once. hasSecret: one is stored, so that none need be given.
func Problems(name string, c OIDC, hasSecret bool) []Problem {
	var k checker
	k.text("name", name, maxName)
	k.text("config.client_id", c.ClientID, maxText)
	if !hasSecret || c.ClientSecret != "" {
		k.text("config.client_secret", c.ClientSecret.Reveal(), maxText)
	}
	k.endpoint("config.auth_url", c.AuthURL)
	k.endpoint("config.token_url", c.TokenURL)
	k.endpoint("config.certs_url", c.CertsURL)
	k.list("config.scopes", c.Scopes)
	if len(c.Scopes) > 0 && !slices.Contains(c.Scopes, "openid") {
		k.add("config.scopes", "must hold openid: without it the provider issues no ID token")
	}
	if slices.ContainsFunc(c.Scopes, func(s string) bool { return strings.ContainsAny(s, " \"\\") }) {
		k.add("config.scopes", "must hold one scope an element, without spaces and quotes")
	}
	k.list("config.claims", c.Claims)
	if c.EmailClaimName != "" {
		k.text("config.email_claim_name", c.EmailClaimName, maxClaim)
	}
	return k.problems
}

type checker struct{ problems []Problem }

func (k *checker) add(key, format string, args ...any) {
	k.problems = append(k.problems, Problem{key, key + " " + fmt.Sprintf(format, args...)})
}

func (k *checker) text(key, value string, limit int) {
	switch {
	case strings.TrimSpace(value) == "":
		k.add(key, "is required")
	case utf8.RuneCountInString(value) > limit:
		k.add(key, "is longer than %d characters", limit)
	case !printable(value):
		k.add(key, "holds characters that can't be shown")
	}
}

func (k *checker) list(key string, values []string) {
	if len(values) > maxList {
		k.add(key, "has more than %d elements", maxList)
		return
	}
	seen := map[string]bool{}
	for i, v := range values {
		k.text(fmt.Sprintf("%s[%d]", key, i), v, maxClaim)
		if seen[v] {
			k.add(fmt.Sprintf("%s[%d]", key, i), "stands there twice")
		}
		seen[v] = true
	}
}

func (k *checker) endpoint(key, value string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		k.add(key, "is required")
	case len(value) > maxURL:
		k.add(key, "is longer than %d characters", maxURL)
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())):
		k.add(key, "must be an https URL (http is allowed for localhost only)")
	case u.User != nil:
		k.add(key, "must not hold a user name or password")
	case u.Fragment != "":
		k.add(key, "must not have a fragment")
	}
}

func local(host string) bool {
	return hostname.IsLocalhost(host) || host == "127.0.0.1" || host == "::1"
}

func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }) < 0
}

func (p *IdentityProvider) check() error {
	problems := Problems(p.Name, p.Config, len(p.Config.SealedSecret) > 0)
	if len(problems) == 0 {
		return nil
	}
	texts := make([]string, len(problems))
	for i, problem := range problems {
		texts[i] = problem.Text
	}
	return ErrProviderInvalid.Saying("%s", strings.Join(texts, "; "))
}
