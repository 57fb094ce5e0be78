package gatetest_test

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// oidcDetails returns details that are complete, so that nobody is asked.
func oidcDetails(changes ...string) map[string]string {
	d := map[string]string{
		"client_id": "id", "client_secret": "hush-hush", "authorize_scopes": "openid email", "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET",
		"authorize_url": "https://idp.example.com/a", "token_url": "https://idp.example.com/t", "attributes_url": "https://idp.example.com/u", "jwks_uri": "https://idp.example.com/k",
	}
	for i := 0; i < len(changes); i += 2 {
		if d[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(d, changes[i])
		}
	}
	return d
}

func refuseIdentityProviders(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	pool := gt.MustPool(&idp.CreateUserPoolInput{})
	create := func(name string, kind types.IdentityProviderTypeType, d map[string]string) func() error {
		return func() error {
			return errorOf(gt.API.CreateIdentityProvider(ctx, &idp.CreateIdentityProviderInput{UserPoolId: &pool, ProviderName: &name, ProviderType: kind, ProviderDetails: d}))
		}
	}
	update := func(d map[string]string) func() error {
		return func() error {
			return errorOf(gt.API.UpdateIdentityProvider(ctx, &idp.UpdateIdentityProviderInput{UserPoolId: &pool, ProviderName: aws.String("corp"), ProviderDetails: d}))
		}
	}
	if err := create("corp", "OIDC", oidcDetails())(); err != nil {
		t.Fatal(err)
	}
	client, err := gt.API.CreateUserPoolClient(ctx, &idp.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: aws.String("app"), SupportedIdentityProviders: []string{"COGNITO", "corp"}})
	if err != nil {
		t.Fatal(err)
	}
	none := aws.String("none")
	checkRefusals(t, []refusal{
		{"a provider again", create("corp", "OIDC", oidcDetails()), "DuplicateProviderException", "A provider with the name corp already exists in user pool " + pool + "."},
		{"a name with a blank", create("my corp", "OIDC", oidcDetails()), invalid, ""},
		{"an issuer of this machine's link", create("link", "OIDC", oidcDetails("oidc_issuer", "https://169.254.169.254", "jwks_uri", "")), invalid, "Unable to contact well-known endpoint"},
		{"metadata of this machine's link", create("link", "SAML", map[string]string{"MetadataURL": "https://169.254.169.254/latest"}), invalid, "Error retrieving metadata from https://169.254.169.254/latest"},
		{"details of another type", update(oidcDetails("team_id", "x")), "UnsupportedIdentityProviderException", ""},
		{"details without the secret", update(oidcDetails("client_secret", "")), invalid, "The provider detail client_secret is required for an identity provider of type OIDC."},
		{"describe an unknown provider", func() error {
			return errorOf(gt.API.DescribeIdentityProvider(ctx, &idp.DescribeIdentityProviderInput{UserPoolId: &pool, ProviderName: none}))
		}, notFound, "Identity provider none does not exist."},
		{"an unknown identifier", func() error {
			return errorOf(gt.API.GetIdentityProviderByIdentifier(ctx, &idp.GetIdentityProviderByIdentifierInput{UserPoolId: &pool, IdpIdentifier: none}))
		}, notFound, ""},
		{"update an unknown provider", func() error {
			return errorOf(gt.API.UpdateIdentityProvider(ctx, &idp.UpdateIdentityProviderInput{UserPoolId: &pool, ProviderName: none}))
		}, notFound, ""},
		{"delete an unknown provider", func() error {
			return errorOf(gt.API.DeleteIdentityProvider(ctx, &idp.DeleteIdentityProviderInput{UserPoolId: &pool, ProviderName: none}))
		}, notFound, ""},
		{"delete a provider that a client offers", func() error {
			return errorOf(gt.API.DeleteIdentityProvider(ctx, &idp.DeleteIdentityProviderInput{UserPoolId: &pool, ProviderName: aws.String("corp")}))
		}, invalid, "The identity provider corp cannot be deleted: an app client has it in SupportedIdentityProviders."},
		{"offer an unknown provider", func() error {
			return errorOf(gt.API.UpdateUserPoolClient(ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &pool, ClientId: client.UserPoolClient.ClientId, SupportedIdentityProviders: []string{"none"}}))
		}, invalid, "The provider none does not exist for User Pool " + pool + "."},
	})
	got, err := gt.API.DescribeIdentityProvider(ctx, &idp.DescribeIdentityProviderInput{UserPoolId: &pool, ProviderName: aws.String("corp")})
	if err != nil {
		t.Fatal(err)
	}
	if want := oidcDetails("attributes_url_add_attributes", "false"); !maps.Equal(got.IdentityProvider.ProviderDetails, want) {
		t.Errorf("after the refusals the details are %v, want %v", got.IdentityProvider.ProviderDetails, want)
	}
}

// idps answers for the identity providers of the network.
type idps func(r *http.Request) (int, string, error)

func (f idps) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}, Request: r}, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestDiscoveryWhenAProviderIsMade(t *testing.T) {
	document := `{"issuer":"https://idp.example.com","authorization_endpoint":"https://idp.example.com/a","token_endpoint":"https://idp.example.com/t","userinfo_endpoint":"https://idp.example.com/u","jwks_uri":"https://idp.example.com/k"}`
	answers := map[string]idps{
		"idp.example.com":    func(*http.Request) (int, string, error) { return 200, document, nil },
		"other.example.com":  func(*http.Request) (int, string, error) { return 200, document, nil },
		"broken.example.com": func(*http.Request) (int, string, error) { return 500, "hush", nil },
		"large.example.com":  func(*http.Request) (int, string, error) { return 200, strings.Repeat(" ", 2<<20), nil },
		"dead.example.com":   func(*http.Request) (int, string, error) { return 0, "", errors.New("connection refused") },
		"offline.example.com": func(*http.Request) (int, string, error) {
			return 0, "", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		},
	}
	gt := gatetest.New(t, gatetest.Outgoing(idps(func(r *http.Request) (int, string, error) { return answers[r.URL.Host](r) })))
	for host, want := range map[string]string{
		"idp": "", "offline": "", "other": "Unable to contact well-known endpoint", "broken": "Unable to contact well-known endpoint", "large": "Unable to contact well-known endpoint", "dead": "Unable to contact well-known endpoint",
	} {
		_, err := gt.API.CreateIdentityProvider(t.Context(), &idp.CreateIdentityProviderInput{
			UserPoolId: &gt.Pool, ProviderName: aws.String("corp-" + host), ProviderType: "OIDC",
			ProviderDetails: oidcDetails("oidc_issuer", "https://"+host+".example.com", "authorize_url", "", "token_url", "", "attributes_url", "", "jwks_uri", ""),
		})
		if want == "" && err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if want != "" {
			wantException(t, host, err, invalid, want)
		}
	}
}

// The pages say that nobody can sign in at another provider yet, and let users of
// the pool sign in.
func TestPagesRefuseOtherProvidersWithASentence(t *testing.T) {
	gt := gatetest.New(t)
	if _, err := gt.API.CreateIdentityProvider(t.Context(), &idp.CreateIdentityProviderInput{UserPoolId: &gt.Pool, ProviderName: aws.String("corp"), ProviderType: "OIDC", ProviderDetails: oidcDetails()}); err != nil {
		t.Fatal(err)
	}
	page := func(providers []string, query string) string {
		t.Helper()
		c, err := gt.API.CreateUserPoolClient(t.Context(), &idp.CreateUserPoolClientInput{
			UserPoolId: &gt.Pool, ClientName: aws.String("app"), SupportedIdentityProviders: providers, AllowedOAuthFlowsUserPoolClient: true,
			AllowedOAuthFlows: []types.OAuthFlowType{"code"}, AllowedOAuthScopes: []string{"openid"}, CallbackURLs: []string{"https://app.example.com/cb"},
		})
		if err != nil {
			t.Fatal(err)
		}
		address := gatetest.URL + "/" + gt.Pool + "/login?response_type=code&scope=openid&redirect_uri=https://app.example.com/cb&client_id=" + *c.UserPoolClient.ClientId + query
		return gt.Browser().Open(address).Text()
	}
	if text := page([]string{"COGNITO", "corp"}, "&identity_provider=corp"); !strings.Contains(text, "Signing in with corp is not possible here yet.") || !strings.Contains(text, "Password") {
		t.Errorf("a client with both: %s", text)
	}
	if text := page([]string{"corp"}, ""); !strings.Contains(text, "Login pages unavailable") || !strings.Contains(text, "not possible here yet") {
		t.Errorf("a client with the provider alone: %s", text)
	}
}

func refuseLinks(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	pool := gt.MustPool(&idp.CreateUserPoolInput{})
	for _, name := range []string{"anna", "bert"} {
		if _, err := gt.API.AdminCreateUser(ctx, &idp.AdminCreateUserInput{UserPoolId: &pool, Username: &name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := gt.API.CreateIdentityProvider(ctx, &idp.CreateIdentityProviderInput{UserPoolId: &pool, ProviderName: aws.String("corp"), ProviderType: "OIDC", ProviderDetails: oidcDetails()}); err != nil {
		t.Fatal(err)
	}
	id := func(provider, attribute, value string) *types.ProviderUserIdentifierType {
		return &types.ProviderUserIdentifierType{ProviderName: &provider, ProviderAttributeName: &attribute, ProviderAttributeValue: &value}
	}
	local := func(name string) *types.ProviderUserIdentifierType { return id("Cognito", "Cognito_Subject", name) }
	link := func(to, from *types.ProviderUserIdentifierType) func() error {
		return func() error {
			return errorOf(gt.API.AdminLinkProviderForUser(ctx, &idp.AdminLinkProviderForUserInput{UserPoolId: &pool, DestinationUser: to, SourceUser: from}))
		}
	}
	disable := func(who *types.ProviderUserIdentifierType) func() error {
		return func() error {
			return errorOf(gt.API.AdminDisableProviderForUser(ctx, &idp.AdminDisableProviderForUserInput{UserPoolId: &pool, User: who}))
		}
	}
	for i := range 5 {
		if err := link(local("anna"), id("corp", "Cognito_Subject", strings.Repeat("1", i+1)))(); err != nil {
			t.Fatal(err)
		}
	}
	const merge = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
	gt.MustUser("corp_9") // whom the provider does not know
	checkRefusals(t, []refusal{
		{"link an unknown user", link(local("nobody"), id("corp", "Cognito_Subject", "9")), "UserNotFoundException", "User does not exist."},
		{"link to a federated user who is none", link(id("corp", "", "9"), id("corp", "Cognito_Subject", "9")), "UserNotFoundException", "User does not exist."},
		{"a sixth link", link(local("anna"), id("corp", "Cognito_Subject", "6")), "LimitExceededException", ""},
		{"a link again", link(local("anna"), id("corp", "Cognito_Subject", "1")), invalid, "SourceUser is already linked to DestinationUser"},
		{"a link of another user", link(local("bert"), id("corp", "Cognito_Subject", "1")), invalid, merge},
		{"a link from the pool itself", link(local("bert"), local("anna")), invalid, ""},
		{"a link from an unknown provider", link(local("bert"), id("none", "Cognito_Subject", "1")), invalid, ""},
		{"a link by an attribute that is not mapped", link(local("bert"), id("corp", "email", "bert@example.com")), invalid, ""},
		{"take away a link that does not exist", disable(id("corp", "Cognito_Subject", "9")), "UserNotFoundException", "User does not exist."},
		{"take away a link of an unknown provider", disable(id("none", "Cognito_Subject", "1")), invalid, ""},
		{"take the password of an unknown user", disable(local("nobody")), "UserNotFoundException", "User does not exist."},
		{"take a password by another attribute", disable(id("Cognito", "email", "anna")), invalid, ""},
	})
	if err := link(local("bert"), id("corp", "Cognito_Subject", "9"))(); err != nil {
		t.Errorf("a link, although somebody of the pool has a name like the provider's user: %v", err)
	}
	if err := disable(id("corp", "Cognito_Subject", "9"))(); err != nil {
		t.Error(err)
	}
	bert, err := gt.API.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("bert")})
	if err != nil || attribute(bert.UserAttributes, "identities") != "" {
		t.Errorf("after the refusals bert is %+v, %v", bert, err)
	}
}

// An administrator who takes the password away stops signing in with it, and every
// way to a new one but the administrator's.
func TestAPasswordThatIsTakenAway(t *testing.T) {
	gt := gatetest.New(t)
	client := *gt.MustClient().ClientId
	gt.MustUser("alice")
	ctx, alice := t.Context(), aws.String("alice")
	forgot := func() error {
		return errorOf(gt.Public.ForgotPassword(ctx, &idp.ForgotPasswordInput{ClientId: &client, Username: alice}))
	}
	signIn := func() error {
		return errorOf(gt.API.AdminInitiateAuth(ctx, &idp.AdminInitiateAuthInput{UserPoolId: &gt.Pool, ClientId: &client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "alice", "PASSWORD": gatetest.Password}}))
	}
	if err := forgot(); err != nil {
		t.Fatal(err)
	}
	code := gt.MustCode("alice@example.com")
	if _, err := gt.API.AdminDisableProviderForUser(ctx, &idp.AdminDisableProviderForUserInput{UserPoolId: &gt.Pool, User: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: alice}}); err != nil {
		t.Fatal(err)
	}
	checkRefusals(t, []refusal{
		{"sign in", signIn, unauthorized, "Incorrect username or password."},
		{"forget the password", forgot, unauthorized, "User password cannot be reset in the current state."},
		{"reset it with a code from before", func() error {
			return errorOf(gt.Public.ConfirmForgotPassword(ctx, &idp.ConfirmForgotPasswordInput{ClientId: &client, Username: alice, ConfirmationCode: &code, Password: aws.String("Other-Horse-8")}))
		}, unauthorized, ""},
		{"have it reset", func() error {
			return errorOf(gt.API.AdminResetUserPassword(ctx, &idp.AdminResetUserPasswordInput{UserPoolId: &gt.Pool, Username: alice}))
		}, unauthorized, ""},
	})
	if _, err := gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &gt.Pool, Username: alice, Password: aws.String(gatetest.Password), Permanent: true}); err != nil {
		t.Fatal(err)
	}
	if err := signIn(); err != nil {
		t.Errorf("with the administrator's password: %v", err)
	}
	if err := forgot(); err != nil {
		t.Errorf("forget the administrator's password: %v", err)
	}
}
