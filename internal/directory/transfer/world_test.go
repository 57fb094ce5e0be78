package transfer_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// installation is the directory of one installation, with what takes pools out and
// in.
type installation struct {
	*enginetest.Directory
	t         *testing.T
	transfers *transfer.Engine
	branding  *branding.Engine
}

func newInstallation(t *testing.T, d *enginetest.Directory) *installation {
	check := func(d *userpool.Domain) error {
		if strings.Contains(d.Name, "taken") {
			return userpool.ErrDomainHost
		}
		return nil
	}
	return &installation{
		Directory: d, t: t,
		transfers: transfer.New(transfer.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now, CheckDomain: check, Version: "v1"}),
		branding:  branding.New(branding.Config{Store: d.Store, Now: d.Now}),
	}
}

func (i *installation) must(err error) {
	i.t.Helper()
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *installation) export() []byte {
	i.t.Helper()
	var file bytes.Buffer
	_, err := i.transfers.Export(i.t.Context(), enginetest.PoolID, &file, func(string, int) {})
	i.must(err)
	return file.Bytes()
}

func (i *installation) load(file []byte, o transfer.Options) (*transfer.Imported, error) {
	o.Progress = func(string, int) {}
	return i.transfers.Import(i.t.Context(), bytes.NewReader(file), o)
}

const (
	clientID = "client00000000000000000001"
	oldWord  = seal.Secret("Former-Horse-6")
	password = seal.Secret("Present-Horse-8")
	phone    = device.Key("us-east-1_00000000-0000-4000-8000-000000000001")
)

// full returns an installation whose pool has one of everything.
func full(t *testing.T, url string) *installation {
	d := enginetest.Open(t, url, userpool.Settings{
		AliasAttributes: []string{"email"}, CaseInsensitive: true, Devices: &userpool.Devices{}, MFA: userpool.MFA{Mode: userpool.MFAOptional, TOTP: new(true)}, PasswordPolicy: withHistory(),
		Tags: map[string]string{"team": "staff"},
	})
	i := newInstallation(t, d)
	ctx := t.Context()
	network := answering{}
	pools := userpool.New(userpool.Config{Store: d.Store, Sealer: d.Sealer, Now: d.Now, Network: network})
	_, err := pools.CreateProvider(ctx, d.Pool, "corp", userpool.ProviderOIDC, userpool.ProviderChange{
		Details:    userpool.Details{"client_id": "gatehouse", "client_secret": "open sesame", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET"},
		Attributes: map[string]string{"email": "email"}, Identifiers: []string{"corp.example.com"},
	})
	i.must(err)
	_, err = pools.SigningCertificate(ctx, d.Pool.ID)
	i.must(err)
	c := d.MustNewClient(userpool.NewClient{ID: clientID, Name: "app", Secret: "first-secret-of-the-client", Settings: userpool.ClientSettings{Providers: []string{"COGNITO", "corp"}}})
	_, _, err = d.Pools.AddSecret(ctx, d.Pool.ID, c.ID, "second-secret-of-the-client")
	i.must(err)
	d.AddDomain("staff")
	d.AddResourceServer("https://api.example.com", "read")
	_, err = i.branding.CreateTerms(ctx, d.Pool.ID, c.ID, "terms-of-use", map[string]string{"cognito:default": "https://example.com/terms"})
	i.must(err)
	provided := true
	_, err = i.branding.CreateStyle(ctx, d.Pool.ID, c.ID, branding.StyleChange{Provided: &provided})
	i.must(err)
	_, err = i.branding.Customize(ctx, d.Pool.ID, branding.EveryClient, ".banner-customizable {}", nil)
	i.must(err)
	i.fullUser(ctx)
	return i
}

func withHistory() userpool.PasswordPolicy {
	p := userpool.DefaultPasswordPolicy()
	p.HistorySize = 3
	return p
}

// fullUser makes alice, who has one of everything, and bob, who has nothing.
func (i *installation) fullUser(ctx context.Context) {
	i.t.Helper()
	i.MustInvite("Alice", "email", "alice@example.com", "email_verified", "true", "name", "Alice \u2028 <\"é")
	for _, word := range []seal.Secret{oldWord, password} {
		i.must(i.Accounts.SetPassword(ctx, i.Pool, "alice", word, true))
	}
	i.must(func() error {
		_, err := i.Accounts.Invite(ctx, i.Pool, account.Invitation{Username: "bob", Silent: true})
		return err
	}())
	alice := i.MustFind("alice")
	app, _, err := i.Credentials.NewTOTP(alice)
	i.must(err)
	next, _, err := i.Credentials.NewTOTP(alice)
	i.must(err)
	i.must(i.Users.UpdateSecurity(ctx, alice, func(s *user.Security) error {
		s.TOTP, s.PendingTOTP, s.MFA = app, next, user.MFA{TOTP: true}
		return nil
	}))
	provider, err := i.Pools.Provider(ctx, i.Pool.ID, "corp")
	i.must(err)
	i.must(i.Users.LinkIdentity(ctx, i.Pool, alice, provider, user.SubjectAttribute, "a-1"))
	i.AddGroups(alice.Sub, &user.Group{Name: "admins", Pool: i.Pool.ID}, &user.Group{Name: "staff", Pool: i.Pool.ID, Precedence: new(3)})
	v, err := srp.NewVerifier(device.GroupKey(alice.Pool, alice.Sub), string(phone), "device password")
	i.must(err)
	i.must(i.Devices.Confirm(ctx, i.Pool, alice, device.Confirmation{
		Key: phone, Own: phone, Salt: base64.StdEncoding.EncodeToString(v.Salt), Verifier: seal.Secret(base64.StdEncoding.EncodeToString(v.V)),
	}))
}

// answering is the network of an OpenID provider that answers.
type answering struct{}

func (answering) Allows(string) bool { return true }
func (answering) Discover(context.Context, string) (*userpool.Endpoints, error) {
	return &userpool.Endpoints{Authorize: "https://idp.example.com/a", Token: "https://idp.example.com/t", Attributes: "https://idp.example.com/u", Keys: "https://idp.example.com/k"}, nil
}
func (answering) Metadata(context.Context, string) ([]byte, error) { return nil, nil }
