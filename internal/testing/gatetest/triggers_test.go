package gatetest_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// arnOf returns the ARN of a function of the test.
func arnOf(name string) *string { return aws.String(enginetest.FunctionARN + name) }

func TestLambdaConfigIsShownAsItWasSet(t *testing.T) {
	gt := gatetest.New(t)
	const arn = enginetest.FunctionARN
	tests := []struct{ set, want string }{
		{`{}`, `{}`},
		{`{"PreTokenGeneration":"` + arn + `a"}`, `{"PreTokenGeneration":"` + arn + `a","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `a","LambdaVersion":"V1_0"}}`},
		{`{"PreTokenGenerationConfig":{"LambdaArn":"` + arn + `b","LambdaVersion":"V2_0"}}`, `{"PreTokenGeneration":"` + arn + `b","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `b","LambdaVersion":"V2_0"}}`},
		{`{"PreTokenGeneration":"` + arn + `c","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `c","LambdaVersion":"V3_0"}}`, `{"PreTokenGeneration":"` + arn + `c","PreTokenGenerationConfig":{"LambdaArn":"` + arn + `c","LambdaVersion":"V3_0"}}`},
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
	checkRefusals(t, []refusal{
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
