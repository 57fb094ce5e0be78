package gatetest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/authenticator"
	"gatehouse/internal/testing/gatetest"
)

// allowPasskeys lets users of the pool have passkeys for example.com.
func allowPasskeys(t *testing.T, gt *gatetest.Server) {
	t.Helper()
	allowFirst(t, gt, "PASSWORD", "WEB_AUTHN")
	_, err := gt.API.SetUserPoolMfaConfig(t.Context(), &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool, WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("example.com")}})
	if err != nil {
		t.Fatal(err)
	}
}

// registration starts to make a passkey, and returns what the device answers.
func registration(t *testing.T, public *idp.Client, access *string, d *authenticator.Device) document.Interface {
	t.Helper()
	out, err := public.StartWebAuthnRegistration(t.Context(), &idp.StartWebAuthnRegistrationInput{AccessToken: access})
	if err != nil {
		t.Fatal(err)
	}
	options, err := out.CredentialCreationOptions.MarshalSmithyDocument()
	if err != nil {
		t.Fatal(err)
	}
	return credential(t, d.Create(options))
}

func credential(t *testing.T, text []byte) document.Interface {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return document.NewLazyDocument(v)
}

func mustRegister(t *testing.T, public *idp.Client, access *string) *authenticator.Device {
	t.Helper()
	d := authenticator.New(t, "example.com", "https://app.example.com")
	if _, err := public.CompleteWebAuthnRegistration(t.Context(), &idp.CompleteWebAuthnRegistrationInput{AccessToken: access, Credential: registration(t, public, access, d)}); err != nil {
		t.Fatal(err)
	}
	return d
}

// passkeys registers a passkey, signs in with it and removes it.
func (r *tour) passkeys() {
	t := r.t
	allowPasskeys(t, r.Server)
	if c := must[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: &r.Pool})).WebAuthnConfiguration; c == nil || *c.RelyingPartyId != "example.com" || c.UserVerification != "preferred" || c.FactorConfiguration != "SINGLE_FACTOR" {
		t.Errorf("passkeys of the pool: %+v, want the relying party and the defaults", c)
	}
	client := r.MustClient(choosing).ClientId
	r.MustUser("pia")
	access := r.MustSignIn(*client, "pia").AccessToken
	d := mustRegister(t, r.public, access)
	listed := must[idp.ListWebAuthnCredentialsOutput](t)(r.public.ListWebAuthnCredentials(r.ctx, &idp.ListWebAuthnCredentialsInput{AccessToken: access}))
	if len(listed.Credentials) != 1 {
		t.Fatalf("passkeys %+v, want one", listed.Credentials)
	}
	if k := listed.Credentials[0]; *k.FriendlyCredentialName != "Passkey" || *k.RelyingPartyId != "example.com" || *k.AuthenticatorAttachment != "platform" || fmt.Sprint(k.AuthenticatorTransports) != "[internal hybrid]" || !k.CreatedAt.Equal(r.Now()) {
		t.Errorf("passkey %+v", k)
	}
	have := must[idp.GetUserAuthFactorsOutput](t)(r.public.GetUserAuthFactors(r.ctx, &idp.GetUserAuthFactorsInput{AccessToken: access}))
	if fmt.Sprint(have.ConfiguredUserAuthFactors) != "[PASSWORD WEB_AUTHN]" {
		t.Errorf("factors %v, want both", have.ConfiguredUserAuthFactors)
	}
	asked := must[idp.InitiateAuthOutput](t)(r.public.InitiateAuth(r.ctx, &idp.InitiateAuthInput{ClientId: client, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: map[string]string{"USERNAME": "pia", "PREFERRED_CHALLENGE": "WEB_AUTHN"}}))
	answer := d.Get([]byte(asked.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
	done := must[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, &idp.RespondToAuthChallengeInput{ClientId: client, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: map[string]string{"USERNAME": "pia", "CREDENTIAL": string(answer)}}))
	r.wantResult(done.AuthenticationResult)
	must[idp.DeleteWebAuthnCredentialOutput](t)(r.public.DeleteWebAuthnCredential(r.ctx, &idp.DeleteWebAuthnCredentialInput{AccessToken: access, CredentialId: listed.Credentials[0].CredentialId}))
	if listed := must[idp.ListWebAuthnCredentialsOutput](t)(r.public.ListWebAuthnCredentials(r.ctx, &idp.ListWebAuthnCredentialsInput{AccessToken: access})); listed.Credentials == nil || len(listed.Credentials) != 0 {
		t.Errorf("after the removal: %+v, want an empty list", listed.Credentials)
	}
	allowFirst(t, r.Server)
	if c := must[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: &r.Pool})).WebAuthnConfiguration; c == nil || *c.RelyingPartyId != "example.com" {
		t.Errorf("passkeys of the pool after UpdateUserPool: %+v, want what was set", c)
	}
	must[idp.SetUserPoolMfaConfigOutput](t)(r.signed.SetUserPoolMfaConfig(r.ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &r.Pool}))
}

func refusePasskeys(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	settings := func(rp string) func() error {
		return func() error {
			return errorOf(gt.API.SetUserPoolMfaConfig(ctx, &idp.SetUserPoolMfaConfigInput{UserPoolId: &gt.Pool, WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: &rp}}))
		}
	}
	only := func() error {
		return errorOf(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"WEB_AUTHN"}}}}))
	}
	c, other := gt.MustClient().ClientId, gt.MustClient().ClientId
	gt.MustUser("pam")
	access, elsewhere := gt.MustSignIn(*c, "pam").AccessToken, gt.MustSignIn(*other, "pam").AccessToken
	start := func() error {
		return errorOf(gt.Public.StartWebAuthnRegistration(ctx, &idp.StartWebAuthnRegistrationInput{AccessToken: access}))
	}
	checkRefusals(t, []refusal{
		{"passkeys are off", start, "WebAuthnNotEnabledException", "The user pool does not allow WEB_AUTHN as a first factor."},
		{"passkeys alone", only, invalid, "WEB_AUTHN cannot be the only one of AllowedFirstAuthFactors: nobody could register the first passkey."},
		{"a public suffix", settings("co.uk"), invalid, "RelyingPartyId co.uk is a public suffix."},
		{"a single label", settings("example"), invalid, "RelyingPartyId must be a host name in lower case."},
		{"an address", settings("192.0.2.1"), invalid, "RelyingPartyId must be a host name in lower case."},
		{"a port", settings("example.com:443"), invalid, "RelyingPartyId must be a host name in lower case."},
		{"a URL", settings("https://example.com"), invalid, "RelyingPartyId must be a host name in lower case."},
		{"upper case", settings("Example.com"), invalid, "RelyingPartyId must be a host name in lower case."},
	})
	allowFirst(t, gt, "PASSWORD", "WEB_AUTHN")
	wantException(t, "no relying party", start(), "WebAuthnConfigurationMissingException", "The user pool has no relying party: set RelyingPartyId, or give the pool a domain.")
	allowPasskeys(t, gt)
	complete := func(access *string, change func(*authenticator.Device)) func() error {
		d := authenticator.New(t, "example.com", "https://app.example.com")
		change(d)
		made := registration(t, gt.Public, gt.MustSignIn(*c, "pam").AccessToken, d)
		return func() error {
			return errorOf(gt.Public.CompleteWebAuthnRegistration(ctx, &idp.CompleteWebAuthnRegistrationInput{AccessToken: access, Credential: made}))
		}
	}
	right := func(*authenticator.Device) {}
	checkRefusals(t, []refusal{
		{"no credential", func() error {
			return errorOf(gt.Public.CompleteWebAuthnRegistration(ctx, &idp.CompleteWebAuthnRegistrationInput{AccessToken: access, Credential: credential(t, []byte(`{}`))}))
		}, invalid, "The credential could not be read."},
		{"a challenge that is not ours", complete(access, func(d *authenticator.Device) { d.Client = map[string]any{"challenge": "AAAA"} }), "WebAuthnChallengeNotFoundException", "The challenge of the credential is unknown, used or expired."},
		{"another client", complete(elsewhere, right), "WebAuthnClientMismatchException", "The registration was started with another app client."},
		{"another origin", complete(access, func(d *authenticator.Device) { d.Origin = "https://evil.example" }), "WebAuthnOriginNotAllowedException", `The origin "https://evil.example" is not allowed for the relying party example.com.`},
		{"another relying party", complete(access, func(d *authenticator.Device) { d.RPID = "evil.example" }), "WebAuthnRelyingPartyMismatchException", "The credential belongs to another relying party."},
		{"nobody is present", complete(access, func(d *authenticator.Device) { d.Flags = 0 }), "WebAuthnCredentialNotSupportedException", ""},
		{"no such passkey", func() error {
			return errorOf(gt.Public.DeleteWebAuthnCredential(ctx, &idp.DeleteWebAuthnCredentialInput{AccessToken: access, CredentialId: aws.String("AAAA")}))
		}, notFound, "The user has no such passkey."},
		{"an id that is no id", func() error {
			return errorOf(gt.Public.DeleteWebAuthnCredential(ctx, &idp.DeleteWebAuthnCredentialInput{AccessToken: access, CredentialId: aws.String("!")}))
		}, notFound, "The user has no such passkey."},
	})
	if out := must[idp.ListWebAuthnCredentialsOutput](t)(gt.Public.ListWebAuthnCredentials(ctx, &idp.ListWebAuthnCredentialsInput{AccessToken: access})); len(out.Credentials) != 0 {
		t.Errorf("refused passkeys are kept: %+v", out.Credentials)
	}
	for range 20 {
		mustRegister(t, gt.Public, access)
	}
	wantException(t, "the 21st", start(), "LimitExceededException", "The user has as many passkeys as a user may have.")
	allowFirst(t, gt)
}

func TestPagingOfPasskeys(t *testing.T) {
	gt := gatetest.New(t)
	allowPasskeys(t, gt)
	c := gt.MustClient().ClientId
	for _, name := range []string{"una", "uli"} {
		gt.MustUser(name)
	}
	access, other := gt.MustSignIn(*c, "una").AccessToken, gt.MustSignIn(*c, "uli").AccessToken
	for range entries {
		mustRegister(t, gt.Public, access)
	}
	of := func(access *string) list {
		return func(token *string, size int32) ([]string, *string, error) {
			out, err := gt.Public.ListWebAuthnCredentials(t.Context(), &idp.ListWebAuthnCredentialsInput{AccessToken: access, MaxResults: &size, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return names(out.Credentials, func(c types.WebAuthnCredentialDescription) *string { return c.CredentialId }), out.NextToken, nil
		}
	}
	for _, size := range []int32{1, 3, entries, 20} {
		got := readPages(t, "ListWebAuthnCredentials", of(access), size)
		if len(got) != entries || !slices.IsSorted(got) || len(slices.Compact(got)) != entries {
			t.Errorf("by %d: %v, want %d different ones", size, got, entries)
		}
	}
	first, next, err := of(access)(nil, 3)
	if err != nil || next == nil {
		t.Fatalf("token %v, %v", next, err)
	}
	_, _, err = of(other)(next, 3)
	wantException(t, "the token of another user's list", err, invalid, "Invalid pagination token given.")
	if _, err := gt.Public.DeleteWebAuthnCredential(t.Context(), &idp.DeleteWebAuthnCredentialInput{AccessToken: access, CredentialId: &first[2]}); err != nil {
		t.Fatal(err)
	}
	if rest, _, err := of(access)(next, 20); err != nil || len(rest) != entries-3 {
		t.Errorf("after the last one was removed: %v, %v; want the other %d", rest, err, entries-3)
	}
}
