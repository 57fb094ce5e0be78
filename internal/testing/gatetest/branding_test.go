package gatetest_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// settingsOf returns branding settings as the SDK sends them.
func settingsOf(t *testing.T, text string) document.Interface {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return document.NewLazyDocument(v)
}

func logo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (r *tour) styles() {
	t := r.t
	client := r.MustClient().ClientId
	asset := types.AssetType{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: logo(t)}
	made := must[idp.CreateManagedLoginBrandingOutput](t)(r.signed.CreateManagedLoginBranding(r.ctx, &idp.CreateManagedLoginBrandingInput{
		UserPoolId: &r.Pool, ClientId: client, Settings: settingsOf(t, `{"categories":{"form":{"displayGraphics":false,"sessionTimerDisplay":"NONE"}}}`), Assets: []types.AssetType{asset},
	})).ManagedLoginBranding
	must[idp.UpdateManagedLoginBrandingOutput](t)(r.signed.UpdateManagedLoginBranding(r.ctx, &idp.UpdateManagedLoginBrandingInput{UserPoolId: &r.Pool, ManagedLoginBrandingId: made.ManagedLoginBrandingId, Settings: settingsOf(t, `{"categories":{"form":{"displayGraphics":true}}}`)}))
	got := must[idp.DescribeManagedLoginBrandingOutput](t)(r.signed.DescribeManagedLoginBranding(r.ctx, &idp.DescribeManagedLoginBrandingInput{UserPoolId: &r.Pool, ManagedLoginBrandingId: made.ManagedLoginBrandingId})).ManagedLoginBranding
	var settings map[string]map[string]map[string]any
	if err := got.Settings.UnmarshalSmithyDocument(&settings); err != nil {
		t.Fatal(err)
	}
	if form := settings["categories"]["form"]; form["displayGraphics"] != true || form["sessionTimerDisplay"] != "NONE" || len(got.Assets) != 1 || !bytes.Equal(got.Assets[0].Bytes, asset.Bytes) {
		t.Errorf("style %v with %d assets, want the changed setting, the other one and the asset", settings, len(got.Assets))
	}
	whole := must[idp.DescribeManagedLoginBrandingByClientOutput](t)(r.signed.DescribeManagedLoginBrandingByClient(r.ctx, &idp.DescribeManagedLoginBrandingByClientInput{UserPoolId: &r.Pool, ClientId: client, ReturnMergedResources: true})).ManagedLoginBranding
	var merged map[string]map[string]any
	if err := whole.Settings.UnmarshalSmithyDocument(&merged); err != nil {
		t.Fatal(err)
	}
	if merged["categories"]["global"] == nil || merged["components"] == nil {
		t.Errorf("merged settings %v, want those of the default look too", merged)
	}
	must[idp.DeleteManagedLoginBrandingOutput](t)(r.signed.DeleteManagedLoginBranding(r.ctx, &idp.DeleteManagedLoginBrandingInput{UserPoolId: &r.Pool, ManagedLoginBrandingId: made.ManagedLoginBrandingId}))
	provided := must[idp.CreateManagedLoginBrandingOutput](t)(r.signed.CreateManagedLoginBranding(r.ctx, &idp.CreateManagedLoginBrandingInput{UserPoolId: &r.Pool, ClientId: client, UseCognitoProvidedValues: true})).ManagedLoginBranding
	if !provided.UseCognitoProvidedValues || provided.Settings != nil || provided.Assets == nil {
		t.Errorf("a provided style: %+v, want no settings and an empty list of assets", provided)
	}
	must[idp.DeleteUserPoolClientOutput](t)(r.signed.DeleteUserPoolClient(r.ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &r.Pool, ClientId: client}))
}

func (r *tour) customizations() {
	t, pool := r.t, r.MustPool(&idp.CreateUserPoolInput{})
	must[idp.CreateUserPoolDomainOutput](t)(r.signed.CreateUserPoolDomain(r.ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &pool, Domain: aws.String("classic")}))
	get := func() *types.UICustomizationType {
		return must[idp.GetUICustomizationOutput](t)(r.signed.GetUICustomization(r.ctx, &idp.GetUICustomizationInput{UserPoolId: &pool})).UICustomization
	}
	if c := get(); c == nil || c.ClientId != nil {
		t.Errorf("without a customization: %+v, want an empty one", c)
	}
	css := aws.String(".label-customizable { font-weight: 400; }")
	must[idp.SetUICustomizationOutput](t)(r.signed.SetUICustomization(r.ctx, &idp.SetUICustomizationInput{UserPoolId: &pool, CSS: css, ImageFile: logo(t)}))
	c := get()
	if *c.ClientId != "ALL" || *c.CSS != *css || len(*c.CSSVersion) != 14 {
		t.Errorf("customization %+v", c)
	}
	if page := r.Browser().Open(*c.ImageUrl); page.Status != 200 || page.Header.Get("Content-Type") != "image/png" || page.Body != string(logo(t)) {
		t.Errorf("GET %s: %d %s", *c.ImageUrl, page.Status, page.Header)
	}
	must[idp.SetUICustomizationOutput](t)(r.signed.SetUICustomization(r.ctx, &idp.SetUICustomizationInput{UserPoolId: &pool}))
	if again := get(); again.ClientId != nil {
		t.Errorf("after the customization was taken away: %+v", again)
	}
	if page := r.Browser().Open(*c.ImageUrl); page.Status != 404 {
		t.Errorf("GET of a logo that was taken away: %d", page.Status)
	}
}

func (r *tour) terms() {
	t, client := r.t, r.MustClient().ClientId
	links := func(host string) map[string]string {
		return map[string]string{"cognito:default": "https://" + host + "/terms"}
	}
	made := must[idp.CreateTermsOutput](t)(r.signed.CreateTerms(r.ctx, &idp.CreateTermsInput{UserPoolId: &r.Pool, ClientId: client, TermsName: aws.String("terms-of-use"), TermsSource: "LINK", Enforcement: "NONE", Links: links("example.com")})).Terms
	must[idp.UpdateTermsOutput](t)(r.signed.UpdateTerms(r.ctx, &idp.UpdateTermsInput{UserPoolId: &r.Pool, TermsId: made.TermsId, Links: links("example.org")}))
	got := must[idp.DescribeTermsOutput](t)(r.signed.DescribeTerms(r.ctx, &idp.DescribeTermsInput{UserPoolId: &r.Pool, TermsId: made.TermsId})).Terms
	if *got.TermsName != "terms-of-use" || got.Links["cognito:default"] != "https://example.org/terms" || *got.ClientId != *client {
		t.Errorf("terms %+v", got)
	}
	if byClient, _ := r.raw("DescribeTermsByClient", object{"UserPoolId": r.Pool, "ClientId": *client, "TermsName": "terms-of-use"})["Terms"].(object); byClient["TermsId"] != *made.TermsId {
		t.Errorf("DescribeTermsByClient: %v", byClient)
	}
	if list := must[idp.ListTermsOutput](t)(r.signed.ListTerms(r.ctx, &idp.ListTermsInput{UserPoolId: &r.Pool})).Terms; len(list) != 1 || *list[0].TermsId != *made.TermsId {
		t.Errorf("terms %+v, want one", list)
	}
	must[idp.DeleteTermsOutput](t)(r.signed.DeleteTerms(r.ctx, &idp.DeleteTermsInput{UserPoolId: &r.Pool, TermsId: made.TermsId}))
	must[idp.DeleteUserPoolClientOutput](t)(r.signed.DeleteUserPoolClient(r.ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &r.Pool, ClientId: client}))
}

func refuseBranding(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	client := gt.MustClient().ClientId
	none := aws.String("11111111-1111-4111-8111-111111111111")
	style := func(change func(*idp.CreateManagedLoginBrandingInput)) func() error {
		in := &idp.CreateManagedLoginBrandingInput{UserPoolId: &gt.Pool, ClientId: client, Settings: settingsOf(t, `{}`)}
		change(in)
		return func() error { return errorOf(gt.API.CreateManagedLoginBranding(ctx, in)) }
	}
	terms := func(name, link string) func() error {
		return func() error {
			return errorOf(gt.API.CreateTerms(ctx, &idp.CreateTermsInput{UserPoolId: &gt.Pool, ClientId: client, TermsName: &name, TermsSource: "LINK", Enforcement: "NONE", Links: map[string]string{"cognito:default": link}}))
		}
	}
	look := func(css string, image []byte) func() error {
		return func() error {
			return errorOf(gt.API.SetUICustomization(ctx, &idp.SetUICustomizationInput{UserPoolId: &gt.Pool, CSS: &css, ImageFile: image}))
		}
	}
	const either = "useCognitoProvidedValues or settings should be specified (but not both)"
	checkRefusals(t, []refusal{
		{"neither settings nor the provided look", style(func(in *idp.CreateManagedLoginBrandingInput) { in.Settings = nil }), invalid, either},
		{"settings and the provided look", style(func(in *idp.CreateManagedLoginBrandingInput) { in.UseCognitoProvidedValues = true }), invalid, either},
		{"unknown settings", style(func(in *idp.CreateManagedLoginBrandingInput) { in.Settings = settingsOf(t, `{"x":{}}`) }), invalid, "Invalid settings provided. Validation errors: [{property: $.x, errorType: UnknownProperty}]"},
		{"an asset that is no image", style(func(in *idp.CreateManagedLoginBrandingInput) {
			in.Assets = []types.AssetType{{Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG", Bytes: []byte("<script>")}}
		}), invalid, ""},
		{"a style of an unknown client", style(func(in *idp.CreateManagedLoginBrandingInput) { in.ClientId = aws.String("none") }), notFound, "User pool client none does not exist."},
		{"an unknown style", func() error {
			return errorOf(gt.API.DescribeManagedLoginBranding(ctx, &idp.DescribeManagedLoginBrandingInput{UserPoolId: &gt.Pool, ManagedLoginBrandingId: none}))
		}, notFound, "ManagedLoginBranding does not exist."},
		{"the style of a client without one", func() error {
			return errorOf(gt.API.DescribeManagedLoginBrandingByClient(ctx, &idp.DescribeManagedLoginBrandingByClientInput{UserPoolId: &gt.Pool, ClientId: client}))
		}, notFound, "ManagedLoginBranding for client " + *client + " does not exist."},
		{"delete an unknown style", func() error {
			return errorOf(gt.API.DeleteManagedLoginBranding(ctx, &idp.DeleteManagedLoginBrandingInput{UserPoolId: &gt.Pool, ManagedLoginBrandingId: none}))
		}, notFound, "ManagedLoginBranding does not exist."},
		{"a customization without a domain", look(".label-customizable{}", nil), invalid, "There has to be an existing domain associated with this user pool"},
		{"terms without TLS", terms("terms-of-use", "http://example.com"), invalid, ""},
		{"terms of another name", terms("terms", "https://example.com"), invalid, ""},
		{"unknown terms", func() error {
			return errorOf(gt.API.DescribeTerms(ctx, &idp.DescribeTermsInput{UserPoolId: &gt.Pool, TermsId: none}))
		}, notFound, ""},
		{"delete unknown terms", func() error {
			return errorOf(gt.API.DeleteTerms(ctx, &idp.DeleteTermsInput{UserPoolId: &gt.Pool, TermsId: none}))
		}, notFound, ""},
	})
	if _, err := gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &gt.Pool, Domain: aws.String("looks")}); err != nil {
		t.Fatal(err)
	}
	if err := style(func(*idp.CreateManagedLoginBrandingInput) {})(); err != nil {
		t.Fatal(err)
	}
	if err := terms("terms-of-use", "https://example.com")(); err != nil {
		t.Fatal(err)
	}
	checkRefusals(t, []refusal{
		{"a style again", style(func(*idp.CreateManagedLoginBrandingInput) {}), "ManagedLoginBrandingExistsException", "A ManagedLoginBranding already exists for client " + *client},
		{"terms again", terms("terms-of-use", "https://example.com"), "TermsExistsException", ""},
		{"a style sheet of other elements", look("body{color:red}", nil), invalid, `Invalid CSS: the selector "body" is not allowed.`},
		{"a logo that is a text", look("", []byte("<svg/>")), invalid, ""},
	})
	got, err := gt.API.GetUICustomization(ctx, &idp.GetUICustomizationInput{UserPoolId: &gt.Pool, ClientId: client})
	if err != nil || got.UICustomization.CSS != nil {
		t.Errorf("after the refusals: %+v, %v", got, err)
	}
	if _, err := gt.API.DeleteUserPoolDomain(ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &gt.Pool, Domain: aws.String("looks")}); err != nil {
		t.Fatal(err)
	}
}
