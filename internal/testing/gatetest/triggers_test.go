package gatetest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// arnOf returns the ARN of a function of the test.
func arnOf(name string) *string { return aws.String(enginetest.FunctionARN + name) }

func TestLambdaConfigIsShownAsItWasSet(t *testing.T) {
	gt := gatetest.New(t)
	const arn = enginetest.FunctionARN
	senders := `{"CustomEmailSender":{"LambdaArn":"` + arn + `a","LambdaVersion":"V1_0"},"CustomSMSSender":{"LambdaArn":"` + arn + `b","LambdaVersion":"V1_0"},"KMSKeyID":"` + enginetest.CodeKey + `"}`
	tests := []struct{ set, want string }{
		{`{}`, `{}`},
		{`{"PreTokenGeneration":"` + arn + `a"}`, `{"PreTokenGeneration":"` + arn + `a","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `a","LambdaVersion":"V1_0"}}`},
		{`{"PreTokenGenerationConfig":{"LambdaArn":"` + arn + `b","LambdaVersion":"V2_0"}}`, `{"PreTokenGeneration":"` + arn + `b","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `b","LambdaVersion":"V2_0"}}`},
		{`{"PreTokenGeneration":"` + arn + `c","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `c","LambdaVersion":"V3_0"}}`, `{"PreTokenGeneration":"` + arn + `c","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `c","LambdaVersion":"V3_0"}}`},
		{senders, senders},
	}
	for _, tt := range tests {
		callJSON(t, gt, "UpdateUserPool", `{"UserPoolId":"`+gt.Pool+`","LambdaConfig":`+tt.set+`}`)
		described := callJSON(t, gt, "DescribeUserPool", `{"UserPoolId":"`+gt.Pool+`"}`)["UserPool"].(map[string]any)["LambdaConfig"]
		if diff := cmp.Diff(decoded(t, tt.want), described); diff != "" {
			t.Errorf("%s described (-want +got):\n%s", tt.set, diff)
		}
		listed := callJSON(t, gt, "ListUserPools", `{"MaxResults":1}`)["UserPools"].([]any)[0].(map[string]any)["LambdaConfig"]
		if diff := cmp.Diff(decoded(t, tt.want), listed); diff != "" {
			t.Errorf("%s listed (-want +got):\n%s", tt.set, diff)
		}
	}
	callJSON(t, gt, "UpdateUserPool", `{"UserPoolId":"`+gt.Pool+`"}`) // Cognito: what is left out gets its default
	if c := gt.MustDescribe().LambdaConfig; c.PreTokenGeneration != nil || c.PreTokenGenerationConfig != nil {
		t.Errorf("after an update without the member: %+v", c)
	}
}

func TestLambdaConfigThatIsRefused(t *testing.T) {
	gt := gatetest.New(t)
	update := func(c *types.LambdaConfigType) func() error {
		return func() error {
			return errorOf(gt.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, LambdaConfig: c}))
		}
	}
	elsewhere := aws.String("arn:aws:lambda:eu-west-1:000000000000:function:f")
	emailSender := &types.CustomEmailLambdaVersionConfigType{LambdaArn: arnOf("a"), LambdaVersion: "V1_0"}
	keyForm := "KMSKeyID must be the ARN of a KMS key, for example arn:aws:kms:us-east-1:000000000000:key/codes."
	checkRefusals(t, []refusal{
		{"a sender without a key", update(&types.LambdaConfigType{CustomEmailSender: emailSender}), invalid, "KMSKeyID is required when a custom sender is configured."},
		{"a key of another service", update(&types.LambdaConfigType{CustomEmailSender: emailSender, KMSKeyID: arnOf("a")}), invalid, keyForm},
		{"an alias", update(&types.LambdaConfigType{CustomEmailSender: emailSender, KMSKeyID: aws.String("arn:aws:kms:us-east-1:000000000000:alias/codes")}), invalid, keyForm},
		{"a sender that leads nowhere", update(&types.LambdaConfigType{CustomSMSSender: &types.CustomSMSLambdaVersionConfigType{LambdaArn: elsewhere, LambdaVersion: "V1_0"}, KMSKeyID: aws.String(enginetest.CodeKey)}), invalid, "No entry of directory.functions in the configuration names arn:aws:lambda:eu-west-1:000000000000:function:f."},
		{"an ARN that leads nowhere", update(&types.LambdaConfigType{PreTokenGeneration: elsewhere}), invalid, "No entry of directory.functions in the configuration names arn:aws:lambda:eu-west-1:000000000000:function:f."},
		{"two functions for tokens", update(&types.LambdaConfigType{PreTokenGeneration: arnOf("a"), PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: arnOf("b"), LambdaVersion: "V1_0"}}), invalid, "PreTokenGeneration and PreTokenGenerationConfig must name the same function."},
		{"federation", update(&types.LambdaConfigType{InboundFederation: &types.InboundFederationLambdaType{LambdaArn: arnOf("a"), LambdaVersion: "V1_0"}}), invalid, "This version of Gatehouse does not offer: LambdaConfig.InboundFederation. See docs/compatibility.md."},
	})
	name := "pool"
	before := pools(t, gt)
	err := errorOf(gt.API.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: &name, LambdaConfig: &types.LambdaConfigType{PreTokenGeneration: elsewhere}}))
	wantException(t, "a new pool", err, invalid, "No entry of directory.functions in the configuration names arn:aws:lambda:eu-west-1:000000000000:function:f.")
	if c := gt.MustDescribe().LambdaConfig; c.PreTokenGeneration != nil {
		t.Errorf("a refused update changed the pool: %+v", c)
	}
	if after := pools(t, gt); after != before {
		t.Errorf("%d pools, want %d: a refused pool was made", after, before)
	}
}

func pools(t *testing.T, gt *gatetest.Server) int {
	t.Helper()
	out, err := gt.API.ListUserPools(t.Context(), &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.UserPools)
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// on makes h the function of the member of the pool's LambdaConfig.
func on(t *testing.T, gt *gatetest.Server, c types.LambdaConfigType, handlers map[string]enginetest.Handler) {
	t.Helper()
	for name, h := range handlers {
		gt.Functions.Handle(name, h)
	}
	_, err := gt.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, LambdaConfig: &c})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatAFunctionForTokensCausesIsSaidByTheAPI(t *testing.T) {
	gt := gatetest.New(t)
	client := *gt.MustClient().ClientId
	gt.MustUser("alice")
	tokens := gt.MustSignIn(client, "alice")
	rows := func() []refusal {
		return []refusal{
			{"signing in", func() error { return errorOf(gt.SignIn(client, "alice", gatetest.Password)) }, "", ""},
			{"refreshing", func() error {
				return errorOf(gt.Public.GetTokensFromRefreshToken(t.Context(), &idp.GetTokensFromRefreshTokenInput{ClientId: &client, RefreshToken: tokens.RefreshToken}))
			}, "", ""},
		}
	}
	for _, tt := range []struct {
		h          enginetest.Handler // nil: there is no such function
		name, text string
	}{
		{func(enginetest.Event) error { return errors.New("closed on Sundays") }, "UserLambdaValidationException", "PreTokenGeneration failed with error closed on Sundays."},
		{func(e enginetest.Event) error { e.Respond("claimsOverrideDetails", "x"); return nil }, "InvalidLambdaResponseException", "Unrecognizable lambda output"},
		{nil, "UnexpectedLambdaException", "PreTokenGeneration invocation failed due to error ResourceNotFoundException."},
	} {
		on(t, gt, types.LambdaConfigType{PreTokenGeneration: arnOf("t")}, map[string]enginetest.Handler{"t": tt.h})
		for _, row := range rows() {
			wantException(t, row.what, row.call(), tt.name, tt.text)
		}
	}
}

// The function of a custom sender gets the code, opens it with the key that the
// installation keeps, and the code works. What the function could not take is in the
// outbox.
func TestACustomSender(t *testing.T) {
	gt := gatetest.New(t)
	taken := false
	gt.Functions.Handle("sender", func(enginetest.Event) error {
		if !taken {
			return errors.New("no route to the provider")
		}
		return nil
	})
	callJSON(t, gt, "UpdateUserPool", `{"UserPoolId":"`+gt.Pool+`","AutoVerifiedAttributes":["email"],"LambdaConfig":{"KMSKeyID":"`+enginetest.CodeKey+`","CustomEmailSender":{"LambdaArn":"`+enginetest.FunctionARN+`sender","LambdaVersion":"V1_0"}}}`)
	client := gt.MustClient().ClientId
	signUp := func(name string) {
		t.Helper()
		if _, err := gt.Public.SignUp(t.Context(), &idp.SignUpInput{ClientId: client, Username: &name, Password: aws.String(gatetest.Password), UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}}}); err != nil {
			t.Fatal(err)
		}
	}
	signUp("alice")
	code := gt.MustCode("alice@example.com") // kept, since the function failed
	taken = true
	signUp("bob")
	events := gt.Functions.Events()
	if len(events) != 2 || events[0].Source() != "CustomEmailSender_SignUp" || code == "" {
		t.Fatalf("events %v", events)
	}
	text, _ := events[1].Request()["code"].(string)
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	m := enginetest.ReadCodeMessage(t, sealed)
	status, out := decrypt(t, gt, m)
	if status != http.StatusOK || out.Key != enginetest.CodeKey {
		t.Fatalf("status %d, key %s", status, out.Key)
	}
	confirmation := m.Open(seal.Secret(out.Plaintext))
	if _, err := gt.Public.ConfirmSignUp(t.Context(), &idp.ConfirmSignUpInput{ClientId: client, Username: aws.String("bob"), ConfirmationCode: &confirmation}); err != nil {
		t.Errorf("the code of the function: %v", err)
	}
	gt.Secret = "wrong"
	if status, _ := decrypt(t, gt, m); status != http.StatusBadRequest {
		t.Errorf("a wrong secret: %d, want 400", status)
	}
}

type decryptedKey struct {
	Key       string `json:"KeyId"`
	Plaintext []byte
}

// decrypt asks the server for the data key of a message, as AWS's SDKs do.
func decrypt(t *testing.T, gt *gatetest.Server, m *enginetest.CodeMessage) (status int, out decryptedKey) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"CiphertextBlob": m.Wrapped, "EncryptionContext": m.Context, "KeyId": m.Key})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, gatetest.URL+"/", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService.Decrypt")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: gt.Key.ID, SecretAccessKey: gt.Secret.Reveal()}, r, hex.EncodeToString(sum[:]), "kms", "us-east-1", gt.Now()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	gt.Handler.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return w.Code, out
}
