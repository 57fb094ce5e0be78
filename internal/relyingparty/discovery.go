package relyingparty

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// metadataLife is how long a discovery document is used. After a failure the
// provider is asked again after firstPause; the pause doubles up to
// longestPause. againPause is the shortest time between two fetches of a document
// that is not old.
const (
	metadataLife = time.Hour
	firstPause   = time.Second
	longestPause = 30 * time.Second
	againPause   = 10 * time.Second
)

// metadata is the part of a discovery document that we use.
type metadata struct {
	Issuer      string   `json:"issuer"`
	AuthURL     string   `json:"authorization_endpoint"`
	TokenURL    string   `json:"token_endpoint"`
	KeysURL     string   `json:"jwks_uri"`
	UserInfoURL string   `json:"userinfo_endpoint"`
	LogoutURL   string   `json:"end_session_endpoint"`
	RevokeURL   string   `json:"revocation_endpoint"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	Prompts     []string `json:"prompt_values_supported"`
	GraphHost   string   `json:"msgraph_host"`                                   // Microsoft's
	NamesIssuer bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

// discovery fetches a provider's metadata when it is first needed, and keeps it.
// So the gateway starts although a provider is down.
type discovery struct {
	client *http.Client
	issuer string
	now    func() time.Time
	// check refuses a document that lacks something. nil: what signing in needs.
	check func(*metadata) error

	document *kept[*metadata]
}

// newDiscovery makes no calls.
func newDiscovery(d *discovery) *discovery {
	if d.check == nil {
		d.check = (*metadata).check
	}
	d.document = newKept(d.ask, d.now)
	return d
}

// again fetches the document although it is not old, unless it was fetched a moment
// ago. It is for callers to whom the provider seems to have changed.
func (d *discovery) again(ctx context.Context) *metadata {
	return d.document.fetch(ctx, d.document.look(), againPause).known
}

// get returns the metadata. Old metadata stays in use while the provider does
// not answer.
func (d *discovery) get(ctx context.Context) (*metadata, error) {
	s := d.document.look()
	switch old := d.now().Sub(s.fetched) >= metadataLife; {
	case s.known != nil && !old:
		return s.known, nil
	case s.known != nil && s.err != nil:
		s = d.document.fetchIfFree(ctx, s, s.backOff())
	default:
		s = d.document.fetch(ctx, s, s.backOff())
	}
	if s.known == nil {
		return nil, s.err
	}
	return s.known, nil
}

// backOff returns how long to wait after an attempt that failed.
func (s snapshot[T]) backOff() time.Duration {
	if s.failures == 0 {
		return 0
	}
	return min(firstPause<<min(s.failures-1, 10), longestPause)
}

// ask fetches the document. The same document keeps the clients and the keys.
func (d *discovery) ask(ctx context.Context, before *metadata) (*metadata, error) {
	found, err := fetchMetadata(ctx, d.client, d.issuer, func(name string) bool { return name == d.issuer || namesAllTenants(d.issuer, name) }, d.check)
	if err == nil && before != nil && reflect.DeepEqual(before, found) {
		return before, nil
	}
	return found, err
}

// fetchMetadata fetches an issuer's document, in which the issuer must have one of
// its names; OpenID Connect Discovery §4.
func fetchMetadata(ctx context.Context, client *http.Client, issuer string, isName func(string) bool, check func(*metadata) error) (*metadata, error) {
	var m metadata
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	if err := getJSON(ctx, client, StepDiscovery, "provider's discovery document", discoveredNames.issuer, address, http.Header{}, &m); err != nil {
		return nil, err
	}
	// §4.3: they must be equal, or one provider could pretend to be another.
	if !isName(m.Issuer) {
		return nil, failed(StepDiscovery, ErrUntrusted, "The provider calls itself %q. Set %s to exactly that, or correct the provider.", clean(m.Issuer, maxDescription), discoveredNames.issuer)
	}
	if err := check(&m); err != nil {
		return nil, failed(StepDiscovery, ErrUntrusted, "The provider's discovery document can't be used: %s.", err)
	}
	return &m, nil
}

// Published is where an OpenID provider answers, as it says itself.
type Published struct{ Authorize, Token, UserInfo, Keys string }

// Discover fetches the discovery document of an issuer, which is written without a
// slash at its end; the document may have one.
func Discover(ctx context.Context, client *http.Client, issuer string) (*Published, error) {
	m, err := fetchMetadata(ctx, client, issuer, func(name string) bool { return strings.TrimSuffix(name, "/") == issuer }, (*metadata).check)
	if err != nil {
		return nil, err
	}
	return &Published{Authorize: m.AuthURL, Token: m.TokenURL, UserInfo: m.UserInfoURL, Keys: m.KeysURL}, nil
}

// endpoint is an address of a discovery document.
type endpoint struct {
	name, value string
	must        bool
}

// check refuses a document at whose provider nobody could sign in.
func (m *metadata) check() error {
	return m.checkEndpoints(
		endpoint{"authorization_endpoint", m.AuthURL, true}, endpoint{"token_endpoint", m.TokenURL, true}, endpoint{"jwks_uri", m.KeysURL, true},
		endpoint{"userinfo_endpoint", m.UserInfoURL, false}, endpoint{"end_session_endpoint", m.LogoutURL, false}, endpoint{"revocation_endpoint", m.RevokeURL, false},
	)
}

// checkKeys refuses a document without keys. Who only issues tokens has no other
// endpoint: a Kubernetes cluster, for example.
func (m *metadata) checkKeys() error {
	return m.checkEndpoints(endpoint{"jwks_uri", m.KeysURL, true})
}

// checkEndpoints refuses endpoints that are not URLs. If the issuer has TLS, it
// refuses endpoints without TLS as well.
func (m *metadata) checkEndpoints(all ...endpoint) error {
	secure := strings.HasPrefix(m.Issuer, "https://")
	for _, e := range all {
		if e.value == "" && !e.must {
			continue
		}
		u, err := url.Parse(e.value)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("%s is missing or no URL", e.name)
		}
		if secure && u.Scheme != "https" {
			return errors.New(e.name + " does not use https")
		}
	}
	return nil
}

// completed returns the metadata with the endpoints that a provider has and does not
// publish.
func (m *metadata) completed(p *Particulars) *metadata {
	all := *m
	u, err := url.Parse(m.AuthURL)
	if err != nil {
		return m
	}
	if all.LogoutURL == "" && p.LogoutPath != "" {
		all.LogoutURL = u.Scheme + "://" + u.Host + p.LogoutPath
	}
	if all.RevokeURL == "" && p.RevokePath != "" {
		all.RevokeURL = u.Scheme + "://" + u.Host + p.RevokePath
	}
	return &all
}

// allTenants reports whether the provider signs people of all tenants in, under the
// issuer that is configured.
func (m *metadata) allTenants(issuer string) bool { return namesAllTenants(issuer, m.Issuer) }

// postOnly reports whether the token endpoint accepts the client secret only in
// the body.
func (m *metadata) postOnly() bool {
	return slices.Contains(m.AuthMethods, "client_secret_post") && !slices.Contains(m.AuthMethods, "client_secret_basic")
}
