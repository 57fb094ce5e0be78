package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/access"
)

func testIdentityProviders(t *testing.T, s Store) {
	second := &access.IdentityProvider{ID: ids.UUID(), Name: "second", Revision: 1, Created: asStored(now.Add(time.Second)), Modified: asStored(now)}
	first := &access.IdentityProvider{ID: ids.UUID(), Name: "first", Revision: 1, Created: asStored(now), Modified: asStored(now), Config: access.OIDC{
		ClientID: "c", SealedSecret: []byte{0, 1}, AuthURL: "https://idp.example.com/auth", Scopes: []string{"openid"}, PKCE: true,
	}}
	must(t, s.CreateIdentityProvider(ctx(t), second))
	must(t, s.CreateIdentityProvider(ctx(t), first))
	wantEqual(t, "IdentityProvider", mustGet[*access.IdentityProvider](t)(s.IdentityProvider(ctx(t), first.ID)), first)
	wantEqual(t, "IdentityProviders", mustGet[[]*access.IdentityProvider](t)(s.IdentityProviders(ctx(t))), []*access.IdentityProvider{first, second})

	changed := mustGet[*access.IdentityProvider](t)(s.UpdateIdentityProvider(ctx(t), first.ID, func(p *access.IdentityProvider) error {
		p.Name, p.Revision = "other", 77
		return nil
	}))
	if changed.Revision != 2 || changed.Name != "other" {
		t.Errorf("Revision, Name = %d, %q, want 2, other", changed.Revision, changed.Name)
	}
	wantEqual(t, "IdentityProvider", mustGet[*access.IdentityProvider](t)(s.IdentityProvider(ctx(t), first.ID)), changed)
	_, err := s.UpdateIdentityProvider(ctx(t), first.ID, func(p *access.IdentityProvider) error { p.Name = "x"; return errChange })
	wantErr(t, "UpdateIdentityProvider", err, errChange)
	wantEqual(t, "IdentityProvider", mustGet[*access.IdentityProvider](t)(s.IdentityProvider(ctx(t), first.ID)), changed)

	must(t, s.DeleteIdentityProvider(ctx(t), first.ID))
	wantErr(t, "DeleteIdentityProvider", s.DeleteIdentityProvider(ctx(t), first.ID), access.ErrProviderNotFound)
	_, err = s.IdentityProvider(ctx(t), first.ID)
	wantErr(t, "IdentityProvider", err, access.ErrProviderNotFound)
	_, err = s.UpdateIdentityProvider(ctx(t), first.ID, func(*access.IdentityProvider) error { return nil })
	wantErr(t, "UpdateIdentityProvider", err, access.ErrProviderNotFound)
}
