package userpool_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// network answers for all identity providers.
type network struct {
	found    userpool.Endpoints
	metadata string
	err      error
	asked    []string
}

func (n *network) Allows(address string) bool { return strings.HasPrefix(address, "https://") }

func (n *network) Discover(_ context.Context, issuer string) (*userpool.Endpoints, error) {
	n.asked = append(n.asked, issuer)
	return &n.found, n.err
}

func (n *network) Metadata(_ context.Context, address string) ([]byte, error) {
	n.asked = append(n.asked, address)
	return []byte(n.metadata), n.err
}

// federation is a directory with an engine that reaches providers.
type federation struct {
	*enginetest.Directory
	pools   *userpool.Engine
	network *network
	t       *testing.T
}

func newFederation(t *testing.T) *federation {
	d := enginetest.New(t, userpool.Settings{})
	n := &network{found: userpool.Endpoints{Authorize: "https://idp.example.com/a", Token: "https://idp.example.com/t", Attributes: "https://idp.example.com/u", Keys: "https://idp.example.com/k"}}
	n.metadata = enginetest.SAMLMetadata(t, enginetest.Start.AddDate(1, 0, 0))
	return &federation{d, userpool.New(userpool.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now, Network: n}), n, t}
}

// detailed returns a copy of details with changes, in pairs. "" takes a detail away.
func detailed(d userpool.Details, changes ...string) userpool.Details {
	d = maps.Clone(d)
	for i := 0; i < len(changes); i += 2 {
		if d[changes[i]] = seal.Secret(changes[i+1]); changes[i+1] == "" {
			delete(d, changes[i])
		}
	}
	return d
}

var (
	oidc     = userpool.Details{"client_id": "id", "client_secret": "hush-hush", "authorize_scopes": "email openid", "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET"}
	google   = userpool.Details{"client_id": "id", "client_secret": "hush-hush", "authorize_scopes": "email openid"}
	samlByID = userpool.Details{"MetadataURL": "https://saml.example.com/metadata"}
)

func (f *federation) create(name, kind string, d userpool.Details) (*userpool.Provider, error) {
	return f.pools.CreateProvider(f.t.Context(), f.Pool, name, kind, userpool.ProviderChange{Details: d})
}

func (f *federation) must(p *userpool.Provider, err error) *userpool.Provider {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f *federation) details(name string) userpool.Details {
	f.t.Helper()
	p, err := f.pools.Provider(f.t.Context(), f.Pool.ID, name)
	f.must(p, err)
	d, err := f.pools.RevealDetails(p)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func TestAnOpenIDProviderIsAskedWhatItPublishes(t *testing.T) {
	f := newFederation(t)
	p := f.must(f.create("corp", userpool.ProviderOIDC, oidc))
	if len(f.network.asked) != 1 || f.network.asked[0] != "https://idp.example.com" {
		t.Errorf("asked %v, want the issuer", f.network.asked)
	}
	if got := p.Settings.Attributes; len(got) != 1 || got["username"] != "sub" {
		t.Errorf("attributes %v, want username from sub", got)
	}
	d := f.details("corp")
	if d["client_secret"].Reveal() != "hush-hush" || d["attributes_url_add_attributes"].Reveal() != "false" || len(d) != len(oidc)+1 {
		t.Errorf("details %v", d)
	}
	all := detailed(oidc, "authorize_url", "https://a.example.com", "token_url", "https://t.example.com", "attributes_url", "https://u.example.com", "jwks_uri", "https://k.example.com")
	f.network.err = errors.New("no answer")
	f.must(f.create("manual", userpool.ProviderOIDC, all))
	if len(f.network.asked) != 1 {
		t.Errorf("asked %v although all addresses were given", f.network.asked)
	}
	if _, err := f.create("down", userpool.ProviderOIDC, oidc); !errors.Is(err, userpool.ErrProviderUnreachable) {
		t.Errorf("a provider that does not answer: %v", err)
	}
}

// What is stored has no secret in clear, and shows none when it is printed.
func TestSecretsOfProvidersAreSealed(t *testing.T) {
	f := newFederation(t)
	p := f.must(f.create("corp", userpool.ProviderOIDC, oidc))
	if text := fmt.Sprintf("%+v %s %v", p, p.Sealed, f.details("corp")); strings.Contains(text, "hush") {
		t.Errorf("printed: %s", text)
	}
	moved := *p
	moved.Name = "other"
	if _, err := f.pools.RevealDetails(&moved); err == nil {
		t.Error("the sealed secret opens in the row of another provider")
	}
}

func TestApplesPrivateKeyIsNotShown(t *testing.T) {
	f := newFederation(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	apple := userpool.Details{"client_id": "id", "team_id": "team", "key_id": "key", "authorize_scopes": "email name"}
	for name, text := range map[string]string{"PEM": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "base64": base64.StdEncoding.EncodeToString(der)} {
		f.must(f.create(userpool.ProviderApple, userpool.ProviderApple, detailed(apple, "private_key", text)))
		if _, has := f.details(userpool.ProviderApple)["private_key"]; has {
			t.Errorf("%s: the private key is shown", name)
		}
		if err := f.pools.DeleteProvider(t.Context(), f.Pool.ID, userpool.ProviderApple); err != nil {
			t.Fatal(err)
		}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if der, err = x509.MarshalPKCS8PrivateKey(other); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"key", base64.StdEncoding.EncodeToString(der)} {
		if _, err := f.create(userpool.ProviderApple, userpool.ProviderApple, detailed(apple, "private_key", text)); !errors.Is(err, userpool.ErrProviderDetails) {
			t.Errorf("private key %.10s: %v", text, err)
		}
	}
}

func TestDetailsThatAreRefused(t *testing.T) {
	f := newFederation(t)
	metadata := f.network.metadata
	expired := enginetest.SAMLMetadata(t, enginetest.Start.Add(-time.Second))
	silent := strings.ReplaceAll(metadata, "SingleLogoutService", "ManageNameIDService")
	for name, c := range map[string]struct {
		kind string
		d    userpool.Details
		want error
	}{
		"no secret":                   {"OIDC", detailed(oidc, "client_secret", ""), userpool.ErrProviderDetails},
		"a blank secret":              {"OIDC", detailed(oidc, "client_secret", " "), userpool.ErrProviderDetails},
		"no client":                   {"Google", detailed(google, "client_id", ""), userpool.ErrProviderDetails},
		"no scopes":                   {"Facebook", detailed(google, "authorize_scopes", ""), userpool.ErrProviderDetails},
		"scopes without openid":       {"OIDC", detailed(oidc, "authorize_scopes", "email"), userpool.ErrProviderDetails},
		"another method":              {"OIDC", detailed(oidc, "attributes_request_method", "PUT"), userpool.ErrProviderDetails},
		"an issuer without TLS":       {"OIDC", detailed(oidc, "oidc_issuer", "http://idp.example.com"), userpool.ErrProviderDetails},
		"an issuer with a slash":      {"OIDC", detailed(oidc, "oidc_issuer", "https://idp.example.com/"), userpool.ErrProviderDetails},
		"an issuer with a query":      {"OIDC", detailed(oidc, "oidc_issuer", "https://idp.example.com?a=b"), userpool.ErrProviderDetails},
		"an issuer with a password":   {"OIDC", detailed(oidc, "oidc_issuer", "https://a:b@idp.example.com"), userpool.ErrProviderDetails},
		"an issuer that is no URL":    {"OIDC", detailed(oidc, "oidc_issuer", "https://"), userpool.ErrProviderDetails},
		"an address without TLS":      {"OIDC", detailed(oidc, "token_url", "http://idp.example.com/t"), userpool.ErrProviderDetails},
		"an unknown detail":           {"OIDC", detailed(oidc, "token_endpoint", "https://idp.example.com/t"), userpool.ErrProviderDetails},
		"a detail of another type":    {"OIDC", detailed(oidc, "MetadataURL", "https://idp.example.com/t"), userpool.ErrProviderType},
		"another address of Google's": {"Google", detailed(google, "token_url", "https://evil.example.com"), userpool.ErrProviderDetails},
		"a version that is a path":    {"Facebook", detailed(google, "api_version", "v1.0/../x"), userpool.ErrProviderDetails},
		"no metadata":                 {"SAML", userpool.Details{}, userpool.ErrProviderDetails},
		"two metadata":                {"SAML", detailed(samlByID, "MetadataFile", metadata), userpool.ErrProviderDetails},
		"metadata without TLS":        {"SAML", detailed(samlByID, "MetadataURL", "http://saml.example.com/m"), userpool.ErrProviderDetails},
		"metadata that is none":       {"SAML", userpool.Details{"MetadataFile": "<html/>"}, userpool.ErrProviderDetails},
		"an expired certificate":      {"SAML", userpool.Details{"MetadataFile": seal.Secret(expired)}, userpool.ErrProviderDetails},
		"signing out nowhere":         {"SAML", userpool.Details{"MetadataFile": seal.Secret(silent), "IDPSignout": "true"}, userpool.ErrProviderDetails},
		"neither true nor false":      {"SAML", detailed(samlByID, "IDPInit", "yes"), userpool.ErrProviderDetails},
		"another algorithm":           {"SAML", detailed(samlByID, "RequestSigningAlgorithm", "rsa-sha1"), userpool.ErrProviderDetails},
		"another address than theirs": {"SAML", detailed(samlByID, "SSORedirectBindingURI", "https://evil.example.com"), userpool.ErrProviderDetails},
	} {
		provider := c.kind
		if c.kind == "OIDC" || c.kind == "SAML" {
			provider = "corp"
		}
		if _, err := f.create(provider, c.kind, c.d); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if all, _, err := f.pools.ListProviders(t.Context(), f.Pool.ID, "", 0); err != nil || len(all) != 0 {
		t.Errorf("%d providers were stored, %v", len(all), err)
	}
	f.network.found.Attributes = ""
	if _, err := f.create("corp", "OIDC", oidc); !errors.Is(err, userpool.ErrProviderDetails) {
		t.Errorf("an issuer without userinfo: %v", err)
	}
	f.network.err = errors.New("no answer")
	if _, err := f.create("corp", "SAML", samlByID); fault.As(err) == nil || fault.As(err).Message != "Error retrieving metadata from https://saml.example.com/metadata" {
		t.Errorf("metadata that cannot be fetched: %v", err)
	}
}

// A client that repeats what it was shown, as Terraform does, is understood.
func TestDetailsThatFollowMayBeRepeated(t *testing.T) {
	f := newFederation(t)
	for kind, d := range map[string]userpool.Details{"Google": google, "Facebook": detailed(google, "api_version", "v21.0"), "LoginWithAmazon": google} {
		f.must(f.create(kind, kind, d))
		shown := f.details(kind)
		f.must(f.pools.UpdateProvider(t.Context(), f.Pool, kind, userpool.ProviderChange{Details: shown}))
		if again := f.details(kind); !maps.Equal(again, shown) || len(shown) < 8 {
			t.Errorf("%s: %v, then %v", kind, shown, again)
		}
	}
}

func TestASAMLProvider(t *testing.T) {
	f := newFederation(t)
	f.must(f.create("corp", "SAML", detailed(samlByID, "IDPSignout", "true")))
	d := f.details("corp")
	if d["SSORedirectBindingURI"].Reveal() != "https://saml.example.com/in" || d["SLORedirectBindingURI"].Reveal() != "https://saml.example.com/out" {
		t.Errorf("details %v: the addresses of the metadata are missing", maps.Clone(d))
	}
	der, err := base64.StdEncoding.DecodeString(d["ActiveEncryptionCertificate"].Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := x509.ParseCertificate(der); err != nil || c.KeyUsage != x509.KeyUsageKeyEncipherment {
		t.Errorf("certificate %v, %v", c, err)
	}
	f.must(f.pools.UpdateProvider(t.Context(), f.Pool, "corp", userpool.ProviderChange{Details: detailed(d, "IDPSignout", "false")}))
	after := f.details("corp")
	if after["ActiveEncryptionCertificate"] != d["ActiveEncryptionCertificate"] || after["IDPSignout"] != "false" {
		t.Error("an update changed the certificate for which the provider encrypts, or not what it said")
	}
}

func TestUpdateProviderChangesWhatTheRequestSays(t *testing.T) {
	f := newFederation(t)
	first := userpool.ProviderChange{Details: oidc, Attributes: map[string]string{"email": "mail"}, ACR: map[string]string{"Level2": "high"}, Identifiers: []string{"b", "a"}}
	f.must(f.pools.CreateProvider(t.Context(), f.Pool, "corp", "OIDC", first))
	f.Advance(time.Hour)
	p := f.must(f.pools.UpdateProvider(t.Context(), f.Pool, "corp", userpool.ProviderChange{}))
	if s := p.Settings; s.Attributes["email"] != "mail" || s.Attributes["username"] != "sub" || s.ACR["Level2"] != "high" || len(s.Identifiers) != 2 || s.Identifiers[0] != "b" || !p.Modified.Equal(f.Now()) {
		t.Errorf("an update that says nothing: %+v", p)
	}
	p = f.must(f.pools.UpdateProvider(t.Context(), f.Pool, "corp", userpool.ProviderChange{Attributes: map[string]string{}, ACR: map[string]string{}, Identifiers: []string{}}))
	if s := p.Settings; len(s.Attributes)+len(s.ACR)+len(s.Identifiers) != 0 {
		t.Errorf("an update with nothing in it: %+v", s)
	}
	if _, err := f.pools.ProviderByIdentifier(t.Context(), f.Pool.ID, "a"); !errors.Is(err, userpool.ErrProviderNotFound) {
		t.Errorf("an identifier that was taken away: %v", err)
	}
}

// A secret goes only where its owner sent it: with another address, the secret must
// be given again.
func TestAnotherAddressNeedsTheSecretAgain(t *testing.T) {
	f := newFederation(t)
	f.must(f.create("corp", "OIDC", oidc))
	evil := detailed(oidc, "oidc_issuer", "https://evil.example.com", "client_secret", "")
	if _, err := f.pools.UpdateProvider(t.Context(), f.Pool, "corp", userpool.ProviderChange{Details: evil}); !errors.Is(err, userpool.ErrProviderDetails) {
		t.Errorf("another issuer without the secret: %v", err)
	}
	if d := f.details("corp"); d["oidc_issuer"] != "https://idp.example.com" || d["client_secret"] != "hush-hush" {
		t.Errorf("stored: %s, the secret as before: %t", d["oidc_issuer"].Reveal(), d["client_secret"] == "hush-hush")
	}
}

func TestNamesMappingsAndIdentifiersThatAreRefused(t *testing.T) {
	f := newFederation(t)
	f.must(f.pools.CreateProvider(t.Context(), f.Pool, "first", "OIDC", userpool.ProviderChange{Details: oidc, Identifiers: []string{"taken"}}))
	f.must(f.create("Google", "Google", google))
	type change = userpool.ProviderChange
	for what, c := range map[string]struct {
		name, kind string
		change     change
		want       error
	}{
		"a social provider by another name": {"corp", "Google", change{Details: google}, userpool.ErrProviderDetails},
		"the name of a social provider":     {"Facebook", "OIDC", change{Details: oidc}, userpool.ErrProviderDetails},
		"the pool's own name":               {"Cognito", "OIDC", change{Details: oidc}, userpool.ErrProviderDetails},
		"a name again":                      {"first", "OIDC", change{Details: oidc}, userpool.ErrProviderExists},
		"a social provider again":           {"Google", "Google", change{Details: google}, userpool.ErrProviderExists},
		"an identifier again":               {"corp", "OIDC", change{Details: oidc, Identifiers: []string{"taken"}}, userpool.ErrProviderIdentifier},
		"an identifier twice":               {"corp", "OIDC", change{Details: oidc, Identifiers: []string{"a", "a"}}, userpool.ErrProviderIdentifier},
		"an attribute that does not exist":  {"corp", "OIDC", change{Details: oidc, Attributes: map[string]string{"custom:x": "x"}}, userpool.ErrProviderDetails},
		"the sub":                           {"corp", "OIDC", change{Details: oidc, Attributes: map[string]string{"sub": "sub"}}, userpool.ErrProviderDetails},
		"another name of the user":          {"corp", "OIDC", change{Details: oidc, Attributes: map[string]string{"username": "email"}}, userpool.ErrProviderDetails},
		"levels of SAML":                    {"corp", "SAML", change{Details: samlByID, ACR: map[string]string{"Level1": "x"}}, userpool.ErrProviderDetails},
	} {
		if _, err := f.pools.CreateProvider(t.Context(), f.Pool, c.name, c.kind, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
		if c.name == "corp" {
			if _, err := f.Store.Provider(t.Context(), f.Pool.ID, "corp"); !errors.Is(err, userpool.ErrProviderNotFound) {
				t.Errorf("%s: stored all the same (%v)", what, err)
			}
		}
	}
	f.must(f.create("corp", "OIDC", oidc))
	if _, err := f.pools.UpdateProvider(t.Context(), f.Pool, "corp", change{Identifiers: []string{"new", "taken"}}); !errors.Is(err, userpool.ErrProviderIdentifier) {
		t.Errorf("take another provider's identifier: %v", err)
	}
	if _, err := f.pools.ProviderByIdentifier(t.Context(), f.Pool.ID, "new"); !errors.Is(err, userpool.ErrProviderNotFound) {
		t.Errorf("an identifier of an update that failed: %v", err)
	}
}

func TestAPoolHasALimitOfProviders(t *testing.T) {
	f := newFederation(t)
	for i := range userpool.MaxProviders {
		p := &userpool.Provider{Pool: f.Pool.ID, Name: fmt.Sprintf("p%03d", i), Type: "OIDC", Sealed: []byte("x")}
		if err := f.Store.CreateProvider(t.Context(), p, userpool.MaxProviders); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.create("corp", "OIDC", oidc); !errors.Is(err, userpool.ErrTooManyResources) {
		t.Errorf("one more: %v", err)
	}
	first, next, err := f.pools.ListProviders(t.Context(), f.Pool.ID, "p239", 1000)
	if err != nil || len(first) != 60 || next != "" || first[0].Name != "p240" {
		t.Errorf("last page: %d, next %q, %v", len(first), next, err)
	}
}

func TestClientsOfferProviders(t *testing.T) {
	f := newFederation(t)
	offering := func(providers ...string) userpool.NewClient {
		return userpool.NewClient{Name: "app", Settings: userpool.ClientSettings{Providers: providers}}
	}
	f.must(f.create("corp", "OIDC", oidc))
	if _, err := f.pools.CreateClient(t.Context(), f.Pool, offering("COGNITO", "none")); !errors.Is(err, userpool.ErrClientSettings) || fault.As(err).Message != "The provider none does not exist for User Pool us-east-1_Test00001." {
		t.Errorf("a provider that does not exist: %v", err)
	}
	c, err := f.pools.CreateClient(t.Context(), f.Pool, offering("COGNITO", "corp"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.pools.DeleteProvider(t.Context(), f.Pool.ID, "corp"); !errors.Is(err, userpool.ErrProviderInUse) {
		t.Errorf("delete a provider that a client offers: %v", err)
	}
	f.must(f.pools.Provider(t.Context(), f.Pool.ID, "corp"))
	if _, err := f.pools.UpdateClient(t.Context(), f.Pool, c.ID, func(c *userpool.Client) error { c.Settings.Providers = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := f.pools.DeleteProvider(t.Context(), f.Pool.ID, "corp"); err != nil {
		t.Errorf("delete a provider that no client offers any more: %v", err)
	}
	if err := f.pools.DeleteProvider(t.Context(), f.Pool.ID, "corp"); !errors.Is(err, userpool.ErrProviderNotFound) {
		t.Errorf("delete it again: %v", err)
	}
	f.must(f.create("corp", "SAML", detailed(samlByID, "IDPInit", "true")))
	for _, providers := range [][]string{{"COGNITO", "corp"}, {"corp", "Google"}} {
		f.create("Google", "Google", google)
		if _, err := f.pools.CreateClient(t.Context(), f.Pool, offering(providers...)); !errors.Is(err, userpool.ErrClientSettings) {
			t.Errorf("a provider with IDPInit beside %v: %v", providers, err)
		}
	}
	if _, err := f.pools.CreateClient(t.Context(), f.Pool, offering("corp")); err != nil {
		t.Errorf("a provider with IDPInit alone: %v", err)
	}
	f.must(f.create("late", "SAML", samlByID))
	if _, err := f.pools.CreateClient(t.Context(), f.Pool, offering("late", "COGNITO")); err != nil {
		t.Fatal(err)
	}
	begin := userpool.ProviderChange{Details: detailed(samlByID, "IDPInit", "true")}
	if _, err := f.pools.UpdateProvider(t.Context(), f.Pool, "late", begin); !errors.Is(err, userpool.ErrClientSettings) {
		t.Errorf("IDPInit for a provider that a client offers beside COGNITO: %v", err)
	}
	if f.details("late")["IDPInit"] != "" {
		t.Error("IDPInit was stored all the same")
	}
}

// A provider is deleted, or a client offers it: never both.
func TestAProviderIsDeletedWhileClientsBeginToOfferIt(t *testing.T) {
	f := newFederation(t)
	for range 5 {
		f.must(f.create("corp", "OIDC", oidc))
		var work sync.WaitGroup
		var deleted, made error
		work.Go(func() { deleted = f.pools.DeleteProvider(t.Context(), f.Pool.ID, "corp") })
		work.Go(func() {
			_, made = f.pools.CreateClient(t.Context(), f.Pool, userpool.NewClient{Name: "app", Settings: userpool.ClientSettings{Providers: []string{"corp"}}})
		})
		work.Wait()
		if (deleted == nil) == (made == nil) {
			t.Fatalf("deleted: %v, made: %v; want exactly one", deleted, made)
		}
		if made == nil {
			return
		}
	}
}

func TestSigningCertificate(t *testing.T) {
	f := newFederation(t)
	certificate := func() *x509.Certificate {
		t.Helper()
		der, err := f.pools.SigningCertificate(t.Context(), f.Pool.ID)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := certificate()
	if !certificate().Equal(first) || first.NotAfter.Before(f.Now().AddDate(9, 11, 0)) || first.CheckSignatureFrom(first) != nil && first.CheckSignature(first.SignatureAlgorithm, first.RawTBSCertificate, first.Signature) != nil {
		t.Errorf("certificate %+v", first)
	}
	f.Advance(366 * 24 * time.Hour)
	next := certificate()
	if next.Equal(first) || !next.PublicKey.(*rsa.PublicKey).Equal(first.PublicKey) {
		t.Error("after a year: want another certificate for the same key")
	}
	if _, err := f.pools.SigningCertificate(t.Context(), "us-east-1_none"); !errors.Is(err, userpool.ErrPoolNotFound) {
		t.Errorf("an unknown pool: %v", err)
	}
	var work sync.WaitGroup
	other := f.AddPool("us-east-1_Other0001")
	var got [4]string
	for i := range got {
		work.Go(func() {
			der, _ := f.pools.SigningCertificate(t.Context(), other.ID)
			got[i] = string(der)
		})
	}
	work.Wait()
	for _, der := range got {
		if der == "" || der != got[0] {
			t.Error("callers at once got different certificates")
		}
	}
}
