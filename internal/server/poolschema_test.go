package server_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
)

// described returns the pool of the file as the SDK's DescribeUserPool shows it.
func described(t *testing.T, s *server.Server) *idp.DescribeUserPoolOutput {
	t.Helper()
	key, secret, err := s.Keys().CreateKey(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	network := browser.NewNetwork(t, s.Handler())
	api := idp.New(idp.Options{
		BaseEndpoint: aws.String("https://id.example.com"), Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: awssdk.HTTPClient(network.Client()),
		Credentials: credentials.NewStaticCredentialsProvider(key.ID, secret.Reveal(), ""),
	})
	out, err := api.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: aws.String("us-east-1_Staff0001")})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const declaredSchema = `
      required_attributes: [email, given_name]
      custom_attributes: [{name: code, min_length: 2, max_length: 9}, {name: floor, type: Number, mutable: false, min_value: -2, max_value: 60}]
`

// What the file says of a pool is what the API shows of it.
func TestDescribeShowsTheSettingsOfTheFile(t *testing.T) {
	keys := strings.NewReplacer("      custom_attributes: [{name: team}]\n", strings.TrimPrefix(declaredSchema, "\n"), "minimum_length: 12", "minimum_length: 10").Replace(declaredKeys)
	out := described(t, start(t, declaredPool(t, t.TempDir(), keys))).UserPool
	attributes := map[string]string{}
	for _, a := range out.SchemaAttributes {
		if strings.HasPrefix(*a.Name, "custom:") || *a.Name == "email" || *a.Name == "given_name" || *a.Name == "name" {
			text, err := json.Marshal(map[string]any{"type": a.AttributeDataType, "mutable": a.Mutable, "required": a.Required, "text": a.StringAttributeConstraints, "number": a.NumberAttributeConstraints})
			if err != nil {
				t.Fatal(err)
			}
			attributes[*a.Name] = string(text)
		}
	}
	const standard = `"text":{"MaxLength":"2048","MinLength":"0"},"type":"String"}`
	want := map[string]string{
		"custom:code":  `{"mutable":true,"number":null,"required":false,"text":{"MaxLength":"9","MinLength":"2"},"type":"String"}`,
		"custom:floor": `{"mutable":false,"number":{"MaxValue":"60","MinValue":"-2"},"required":false,"text":null,"type":"Number"}`,
		"email":        `{"mutable":true,"number":null,"required":true,` + standard,
		"given_name":   `{"mutable":true,"number":null,"required":true,` + standard,
		"name":         `{"mutable":true,"number":null,"required":false,` + standard,
	}
	if !maps.Equal(attributes, want) {
		t.Errorf("attributes\n%v\nwant\n%v", attributes, want)
	}
	for _, c := range []struct{ what, got, want string }{
		{"MfaConfiguration", string(out.MfaConfiguration), "ON"},
		{"MinimumLength", asJSON(t, out.Policies.PasswordPolicy.MinimumLength), "10"},
		{"RequireSymbols", asJSON(t, out.Policies.PasswordPolicy.RequireSymbols), "false"},
		{"PasswordHistorySize", asJSON(t, out.Policies.PasswordPolicy.PasswordHistorySize), "3"},
		{"AllowedFirstAuthFactors", asJSON(t, out.Policies.SignInPolicy.AllowedFirstAuthFactors), `["PASSWORD","WEB_AUTHN"]`},
		{"AutoVerifiedAttributes", asJSON(t, out.AutoVerifiedAttributes), `["email","phone_number"]`},
		{"RecoveryMechanisms", asJSON(t, out.AccountRecoverySetting.RecoveryMechanisms), `[{"Name":"verified_phone_number","Priority":1},{"Name":"verified_email","Priority":2}]`},
		{"AdvancedSecurityMode", string(out.UserPoolAddOns.AdvancedSecurityMode), "ENFORCED"},
		{"ChallengeRequiredOnNewDevice", asJSON(t, out.DeviceConfiguration.ChallengeRequiredOnNewDevice), "true"},
		{"PreTokenGenerationConfig", asJSON(t, out.LambdaConfig.PreTokenGenerationConfig), `{"LambdaArn":"arn:aws:lambda:us-east-1:000000000000:function:f","LambdaVersion":"V2_0"}`},
		{"EmailMessage", asJSON(t, out.VerificationMessageTemplate.EmailMessage), `"code {####}"`},
		{"AllowAdminCreateUserOnly", asJSON(t, out.AdminCreateUserConfig.AllowAdminCreateUserOnly), "true"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %s, want %s", c.what, c.got, c.want)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The levels of the file hold on a start and on a reload, and go when it has them no
// more.
func TestTheLevelsOfTheFile(t *testing.T) {
	dir := t.TempDir()
	s := start(t, declaredPool(t, dir, "      acr_configuration: {level2: 'urn:example:two'}\n"))
	if got := asJSON(t, declared(t, s).Levels); got != `["urn:cognito:loa:1","urn:example:two","urn:cognito:loa:3","urn:cognito:loa:4"]` {
		t.Errorf("the levels are %s", got)
	}
	if err := s.Reload(t.Context(), declaredPool(t, dir, "")); err != nil {
		t.Fatal(err)
	}
	if got := declared(t, s).Levels; got != nil {
		t.Errorf("the levels are %v, want none", got)
	}
}

// A schema is decided once. A file that leaves something out agrees with what there is.
func TestASchemaOfTheFileNeverChanges(t *testing.T) {
	dir := t.TempDir()
	s := start(t, declaredPool(t, dir, declaredSchema))
	for name, c := range map[string]struct{ keys, want string }{
		"the same":              {declaredSchema, ""},
		"nothing":               {"", ""},
		"without constraints":   {"      custom_attributes: [{name: code}]\n", ""},
		"the same in disorder":  {"      required_attributes: [given_name, email]\n", ""},
		"fewer required":        {"      required_attributes: [email]\n", "requires [given_name, email]"},
		"another required":      {"      required_attributes: [email, name]\n", "requires [given_name, email]"},
		"another length":        {"      custom_attributes: [{name: code, max_length: 10}]\n", "max_length: 9"},
		"another value":         {"      custom_attributes: [{name: floor, type: Number, mutable: false, min_value: 0}]\n", "min_value: -2"},
		"one required too many": {"      required_attributes: [email, given_name, name]\n", "requires [given_name, email]"},
	} {
		err := s.Reload(t.Context(), declaredPool(t, dir, c.keys))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if p, err := s.Pools().Pool(t.Context(), userpool.PoolID("us-east-1_Staff0001")); err != nil || p.Attribute("name").Required || p.Attribute("custom:code").MaxLength != "9" {
		t.Errorf("a refused file changed the schema of %+v (%v)", p, err)
	}
}
