package relyingparty

import (
	"net/url"
	"slices"
	"strings"
)

// anotherAccountPrompt returns the parameter prompt that makes a provider show
// its sign-in page although the person has a session there (OpenID Connect Core
// §3.1.2.1). configured is the parameter as the configuration sets it; other
// prompts of it are kept. supported are the prompts that the provider
// advertises; if empty, "login" is used, which every OpenID provider must know.
func anotherAccountPrompt(configured string, supported []string) string {
	prompts := slices.DeleteFunc(strings.Fields(configured), func(p string) bool { return p == "none" })
	if slices.Contains(prompts, "login") || slices.Contains(prompts, "select_account") {
		return strings.Join(prompts, " ")
	}
	value := "login"
	if slices.Contains(supported, "select_account") && !slices.Contains(supported, "login") {
		value = "select_account"
	}
	return strings.Join(append(prompts, value), " ")
}

// anewPrompt returns the parameter prompt that makes a provider let the person prove
// again who they are. A provider that does not know "login" is asked with max_age alone.
func anewPrompt(configured, host string) string {
	prompts := slices.DeleteFunc(strings.Fields(configured), func(p string) bool { return p == "none" })
	if known := promptsOfHost(host); !slices.Contains(prompts, "login") && (known == nil || slices.Contains(known, "login")) {
		prompts = append(prompts, "login")
	}
	return strings.Join(prompts, " ")
}

// withAnotherAccount returns an authorization endpoint of an Explicit provider
// that asks for another account. A prompt in the endpoint's own query is
// replaced, because a parameter must not appear twice (RFC 6749 §3.1).
func withAnotherAccount(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	q := u.Query()
	q.Set("prompt", anotherAccountPrompt(q.Get("prompt"), promptsOfHost(u.Hostname())))
	u.RawQuery = q.Encode()
	return u.String()
}

// promptsOfHost returns the prompts of a provider that does not know "login".
// An Explicit provider has no discovery document that could say so.
func promptsOfHost(host string) []string {
	if host == "accounts.google.com" {
		return []string{"none", "consent", "select_account"}
	}
	return nil
}

// setPrompt sets the parameter prompt, or leaves it out if it is empty.
func setPrompt(q url.Values, prompt string) {
	if prompt != "" {
		q.Set("prompt", prompt)
	}
}

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
