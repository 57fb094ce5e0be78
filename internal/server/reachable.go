package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/relyingparty"
)

// providerTimeout bounds the call to an identity provider that is only checked.
const providerTimeout = 3 * time.Second

// UnreachableProviders calls the identity providers of a configuration, one
// after the other, and says which of them do not answer as they should. It
// leaves out providers that this installation itself serves: they answer only
// while it runs.
func UnreachableProviders(ctx context.Context, c *config.Config) ([]string, error) {
	cas, err := authorities(c)
	if err != nil {
		return nil, err
	}
	client := web.NewClient(transportWith(cas), providerTimeout)
	var all []string
	for i, p := range c.AllProviders() {
		if err := tryDiscovered(ctx, c, &p, client); err != nil {
			all = append(all, fmt.Sprintf("%s: nobody can sign in at %s: %s", providerURLKey(c, i), p.URL, reason(err)))
		}
	}
	if c.Access == nil {
		return all, nil
	}
	for i := range c.Access.IdentityProviders {
		p := &c.Access.IdentityProviders[i]
		if err := tryKeys(ctx, c, client, p.Config.CertsURL); err != nil {
			all = append(all, fmt.Sprintf("access.identity_providers[%d].config.certs_url: nobody can sign in with %q: %s", i, p.Name, reason(err)))
		}
	}
	return all, nil
}

// providerURLKey returns the key that holds the issuer of the provider at i in
// [config.Config.AllProviders].
func providerURLKey(c *config.Config, i int) string {
	switch own := len(c.AllProviders()) - len(c.IDPProviders); {
	case i < own:
		return "idp_provider_url"
	default:
		return fmt.Sprintf("idp_providers[%d].url", i-own)
	}
}

// tryDiscovered asks a provider for what a sign-in begins with, which reads and checks
// its discovery document.
func tryDiscovered(ctx context.Context, c *config.Config, p *config.Provider, client *http.Client) error {
	issuer, err := url.Parse(p.URL)
	if err != nil || isOwnHost(c, issuer) {
		return nil
	}
	provider, err := newProvider(c, p, client)
	if err != nil {
		return err
	}
	_, err = provider.AuthURL(ctx, relyingparty.AuthRequest{State: "state", Nonce: "nonce", Challenge: "challenge", RedirectURI: authenticateURL(c).String()})
	return err
}

// tryKeys fetches the key set of a provider of the team domain.
func tryKeys(ctx context.Context, c *config.Config, client *http.Client, keys *url.URL) error {
	if keys == nil || isOwnHost(c, keys) {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, keys.String(), nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the status is %s", answer.Status)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	return err
}

// isOwnHost reports whether the directory of this installation serves a URL.
func isOwnHost(c *config.Config, u *url.URL) bool {
	d := c.Directory
	if d == nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == strings.ToLower(d.URL.Hostname()) {
		return true
	}
	for _, role := range directoryRoles(d) {
		if host == strings.ToLower(role.Host) {
			return true
		}
	}
	return false
}

// reason is what went wrong, in one line for a person.
func reason(err error) string {
	if step, ok := errors.AsType[*relyingparty.StepError](err); ok && step.Advice != "" {
		return step.Advice
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
