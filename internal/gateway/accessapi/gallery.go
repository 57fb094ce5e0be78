package accessapi

import (
	"net/http"
	"net/url"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/relyingparty"
)

// Gallery returns every page of this package in every state.
func Gallery() []page.Sample {
	cognito, other := sampleProvider("Amazon Cognito example"), sampleProvider("Contractors")
	other.ID, other.Declared = "7c0b5f7e-2a61-4d1f-9a0e-0d6b1c1f5a22", true
	other.Config.AuthURL = "https://login.contractors.example.com/authorize"
	bare := sampleProvider("Amazon Cognito example")
	bare.Config.Claims = []string{"name", "department"}
	secret := &relyingparty.StepError{
		Step: relyingparty.StepToken, Status: http.StatusBadRequest, Code: "invalid_client", Description: "Client secret does not match.",
		Advice: "The client secret was refused (invalid_client). Check config.client_id and config.client_secret.",
	}
	email := &relyingparty.StepError{Step: relyingparty.StepEmail, Advice: "The ID token holds no e-mail address. Add email to config.scopes, or set config.email_claim_name to the claim that holds it."}
	chooser := []*access.Working{{IdentityProvider: cognito}, {IdentityProvider: other}}
	const callback = "https://team.example.com/cdn-cgi/access/callback"
	return []page.Sample{
		{Name: "chooser", Doc: chooserDoc(parsed("https://wiki.example.com/"), chooser, parsed("/cdn-cgi/access/login/wiki.example.com?browser=x"))},
		{Name: "signed-out", Doc: signedOutDoc(signedOut{everywhere: true, application: true})},
		{Name: "signed-out-here", Doc: signedOutDoc(signedOut{})},
		{Name: "sign-out", Doc: confirmLogoutDoc()},
		{Name: "test-list", Doc: testListDoc([]*access.IdentityProvider{other, cognito}, callback)},
		{Name: "test-list-empty", Doc: testListDoc(nil, callback)},
		{Name: "test-passed", Doc: passedDoc(cognito, sampleResult())},
		{Name: "test-passed-claims", Doc: passedDoc(bare, sampleResult())},
		{Name: "test-failed-secret", Status: http.StatusForbidden, Doc: failedDoc(failedTest{provider: cognito, text: "The identity provider refused the sign-in.", step: secret, callback: callback, request: "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"})},
		{Name: "test-failed-email", Status: http.StatusForbidden, Doc: failedDoc(failedTest{provider: cognito, step: email, callback: callback})},
	}
}

func sampleProvider(name string) *access.IdentityProvider {
	return &access.IdentityProvider{ID: "f174e90a-fafe-4643-bbbc-4a0ed4fc8415", Name: name, Config: access.OIDC{
		ClientID: "5h6j7k8l9m0n1p2q3r4s5t6u7v", AuthURL: "https://staff.auth.us-east-1.amazoncognito.com/oauth2/authorize",
		TokenURL: "https://staff.auth.us-east-1.amazoncognito.com/oauth2/token",
		CertsURL: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001/.well-known/jwks.json",
		Scopes:   []string{"openid", "email", "profile"}, Claims: []string{"sub", "cognito:username", "name", "cognito:groups"},
	}}
}

func sampleResult() *relyingparty.Result {
	return &relyingparty.Result{
		Issuer: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001", UserID: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Email: "alice@example.com", Name: "Alice Example",
		Claims: map[string]any{
			"sub": "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", "email": "alice@example.com", "email_verified": true, "name": "Alice Example",
			"cognito:username": "alice", "cognito:groups": []any{"admins", "staff"}, "custom:cost_center": "4711",
			"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Staff0001", "aud": "5h6j7k8l9m0n1p2q3r4s5t6u7v", "token_use": "id", "exp": 1772604000.0, "iat": 1772600400.0,
		},
	}
}

func parsed(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err) // a constant
	}
	return u
}
