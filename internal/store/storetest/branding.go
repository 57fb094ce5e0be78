package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/userpool"
)

func testStyles(t *testing.T, s Store) {
	p, other := newPool(t, s), newPool(t, s)
	c := newClient(t, s, p.ID)
	made := &branding.Style{ID: ids.UUID(), Pool: p.ID, Client: c.ID, Settings: json.RawMessage(`{"a":1}`), Assets: []branding.Asset{{Category: "FORM_LOGO", Bytes: []byte{0, 255}}}, Created: asStored(now), Modified: asStored(now)}
	must(t, s.CreateStyle(ctx(t), made, 9))
	wantEqual(t, "Style", mustGet[*branding.Style](t)(s.Style(ctx(t), p.ID, made.ID)), made)
	wantEqual(t, "StyleOf", mustGet[*branding.Style](t)(s.StyleOf(ctx(t), p.ID, c.ID)), made)

	again := *made
	again.ID = ids.UUID()
	wantErr(t, "CreateStyle again", s.CreateStyle(ctx(t), &again, 9), branding.ErrStyleExists)
	again.Client = newClient(t, s, p.ID).ID
	wantErr(t, "CreateStyle in a full pool", s.CreateStyle(ctx(t), &again, 1), branding.ErrTooMany)
	again.Client = newClient(t, s, other.ID).ID
	wantErr(t, "CreateStyle for a client of another pool", s.CreateStyle(ctx(t), &again, 9), userpool.ErrClientNotFound)
	again.Pool = "us-east-1_none"
	wantErr(t, "CreateStyle in an unknown pool", s.CreateStyle(ctx(t), &again, 9), userpool.ErrPoolNotFound)
	for what, err := range map[string]error{
		"Style":       errOf(s.Style(ctx(t), other.ID, made.ID)),
		"StyleOf":     errOf(s.StyleOf(ctx(t), other.ID, c.ID)),
		"UpdateStyle": errOf(s.UpdateStyle(ctx(t), other.ID, made.ID, func(*branding.Style) error { return nil })),
		"DeleteStyle": s.DeleteStyle(ctx(t), other.ID, made.ID),
	} {
		wantErr(t, what+" in another pool", err, branding.ErrStyleNotFound)
	}
	changed := mustGet[*branding.Style](t)(s.UpdateStyle(ctx(t), p.ID, made.ID, func(s *branding.Style) error {
		s.Provided, s.Settings, s.Assets, s.Modified = true, nil, nil, asStored(now.Add(1e9))
		return nil
	}))
	if got := mustGet[*branding.Style](t)(s.Style(ctx(t), p.ID, made.ID)); !got.Provided || got.Settings != nil || got.Assets != nil || !got.Modified.Equal(changed.Modified) {
		t.Errorf("Style = %+v, want the provided look", got)
	}
	failed := errors.New("failed")
	wantErr(t, "UpdateStyle that fails", errOf(s.UpdateStyle(ctx(t), p.ID, made.ID, func(*branding.Style) error { return failed })), failed)
	must(t, s.DeleteStyle(ctx(t), p.ID, made.ID))
	wantErr(t, "DeleteStyle again", s.DeleteStyle(ctx(t), p.ID, made.ID), branding.ErrStyleNotFound)
	must(t, s.CreateStyle(ctx(t), made, 9))
	must(t, s.DeleteClient(ctx(t), p.ID, c.ID))
	wantErr(t, "Style of a deleted client", errOf(s.Style(ctx(t), p.ID, made.ID)), branding.ErrStyleNotFound)
}

// errOf returns the error of a call with two results.
func errOf[T any](_ T, err error) error { return err }

func testCustomizations(t *testing.T, s Store) {
	p := newPool(t, s)
	c := newClient(t, s, p.ID)
	for _, owner := range []string{branding.EveryClient, string(c.ID)} {
		made := &branding.Customization{Pool: p.ID, Owner: owner, CSS: ".a{}", Logo: []byte{0, 255}, LogoType: "image/png", Created: asStored(now), Modified: asStored(now)}
		wantEqual(t, "KeepCustomization", mustGet[*branding.Customization](t)(s.KeepCustomization(ctx(t), made)), made)
		next := &branding.Customization{Pool: p.ID, Owner: owner, CSS: ".b{}", Created: asStored(now.Add(1e9)), Modified: asStored(now.Add(1e9))}
		kept := mustGet[*branding.Customization](t)(s.KeepCustomization(ctx(t), next))
		if kept.CSS != ".b{}" || len(kept.Logo) != 0 || !kept.Created.Equal(made.Created) || !kept.Modified.Equal(next.Modified) {
			t.Errorf("KeepCustomization again = %+v", kept)
		}
		wantEqual(t, "Customization", mustGet[*branding.Customization](t)(s.Customization(ctx(t), p.ID, owner)), kept)
	}
	unknown := &branding.Customization{Pool: p.ID, Owner: "none"}
	wantErr(t, "KeepCustomization for an unknown client", errOf(s.KeepCustomization(ctx(t), unknown)), userpool.ErrClientNotFound)
	unknown.Pool = "us-east-1_none"
	wantErr(t, "KeepCustomization in an unknown pool", errOf(s.KeepCustomization(ctx(t), unknown)), userpool.ErrPoolNotFound)
	must(t, s.DeleteClient(ctx(t), p.ID, c.ID))
	wantErr(t, "Customization of a deleted client", errOf(s.Customization(ctx(t), p.ID, string(c.ID))), branding.ErrCustomizationNotFound)
	must(t, s.DeleteCustomization(ctx(t), p.ID, branding.EveryClient))
	must(t, s.DeleteCustomization(ctx(t), p.ID, branding.EveryClient))
	wantErr(t, "Customization", errOf(s.Customization(ctx(t), p.ID, branding.EveryClient)), branding.ErrCustomizationNotFound)
}

func testTerms(t *testing.T, s Store) {
	p, other := newPool(t, s), newPool(t, s)
	c := newClient(t, s, p.ID)
	terms := func(name string) *branding.Terms {
		return &branding.Terms{ID: ids.UUID(), Pool: p.ID, Client: c.ID, Name: name, Links: map[string]string{"cognito:default": "https://example.com"}, Created: asStored(now), Modified: asStored(now)}
	}
	made := terms("terms-of-use")
	must(t, s.CreateTerms(ctx(t), made, 9))
	wantEqual(t, "Terms", mustGet[*branding.Terms](t)(s.Terms(ctx(t), p.ID, made.ID)), made)
	wantEqual(t, "TermsOf", mustGet[*branding.Terms](t)(s.TermsOf(ctx(t), p.ID, c.ID, "terms-of-use")), made)
	wantErr(t, "CreateTerms again", s.CreateTerms(ctx(t), terms("terms-of-use"), 9), branding.ErrTermsExist)
	wantErr(t, "CreateTerms in a full pool", s.CreateTerms(ctx(t), terms("privacy-policy"), 1), branding.ErrTooMany)
	stranger := terms("terms-of-use")
	stranger.Pool = other.ID
	wantErr(t, "CreateTerms for a client of another pool", s.CreateTerms(ctx(t), stranger, 9), userpool.ErrClientNotFound)
	policy := terms("privacy-policy")
	must(t, s.CreateTerms(ctx(t), policy, 9))
	rename := func(t *branding.Terms) error { t.Name = "terms-of-use"; return nil }
	wantErr(t, "UpdateTerms to a name that exists", errOf(s.UpdateTerms(ctx(t), p.ID, policy.ID, rename)), branding.ErrTermsExist)
	wantEqual(t, "Terms after an update that failed", mustGet[*branding.Terms](t)(s.Terms(ctx(t), p.ID, policy.ID)), policy)
	changed := mustGet[*branding.Terms](t)(s.UpdateTerms(ctx(t), p.ID, policy.ID, func(t *branding.Terms) error {
		t.Links, t.Modified = map[string]string{"cognito:default": "https://example.org"}, asStored(now.Add(1e9))
		return nil
	}))
	wantEqual(t, "Terms", mustGet[*branding.Terms](t)(s.Terms(ctx(t), p.ID, policy.ID)), changed)
	for what, err := range map[string]error{
		"Terms":       errOf(s.Terms(ctx(t), other.ID, made.ID)),
		"TermsOf":     errOf(s.TermsOf(ctx(t), p.ID, c.ID, "none")),
		"UpdateTerms": errOf(s.UpdateTerms(ctx(t), other.ID, made.ID, rename)),
		"DeleteTerms": s.DeleteTerms(ctx(t), other.ID, made.ID),
	} {
		wantErr(t, what, err, branding.ErrTermsNotFound)
	}
	want := []string{made.ID, policy.ID}
	slices.Sort(want)
	got := readPages(t, 1, func(after string) ([]*branding.Terms, error) { return s.ListTerms(ctx(t), p.ID, after, 1) }, func(t *branding.Terms) string { return t.ID })
	wantEqual(t, "ListTerms", got, want)
	must(t, s.DeleteTerms(ctx(t), p.ID, made.ID))
	must(t, s.DeleteClient(ctx(t), p.ID, c.ID))
	wantErr(t, "Terms of a deleted client", errOf(s.Terms(ctx(t), p.ID, policy.ID)), branding.ErrTermsNotFound)
}
