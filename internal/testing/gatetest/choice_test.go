package gatetest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// choosing is a change for MustClient: users choose the first factor.
func choosing(in *idp.CreateUserPoolClientInput) {
	in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, types.ExplicitAuthFlowsTypeAllowUserAuth)
}

// allowFirst sets the first factors of the pool.
func allowFirst(t *testing.T, gt *gatetest.Server, factors ...types.AuthFactorType) *types.UserPoolType {
	t.Helper()
	_, err := gt.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: factors}}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := gt.API.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})
	if err != nil {
		t.Fatal(err)
	}
	return out.UserPool
}

func TestUserAuth(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		ctx := t.Context()
		factors := []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}
		if p := allowFirst(t, gt, factors...); !slices.Equal(p.Policies.SignInPolicy.AllowedFirstAuthFactors, factors) {
			t.Errorf("first factors %v, want %v", p.Policies.SignInPolicy.AllowedFirstAuthFactors, factors)
		}
		c := gt.MustClient(choosing).ClientId
		gt.MustUser("ina")
		initiate := func(in *idp.InitiateAuthInput) *idp.InitiateAuthOutput {
			t.Helper()
			in.ClientId, in.AuthFlow = c, types.AuthFlowTypeUserAuth
			return must[idp.InitiateAuthOutput](t)(gt.Public.InitiateAuth(ctx, in))
		}
		asked := initiate(&idp.InitiateAuthInput{AuthParameters: map[string]string{"USERNAME": "ina"}})
		if asked.ChallengeName != types.ChallengeNameTypeSelectChallenge || asked.ChallengeParameters == nil || fmt.Sprint(asked.AvailableChallenges) != "[PASSWORD_SRP PASSWORD EMAIL_OTP]" {
			t.Errorf("%+v, want the choice of three", asked)
		}
		chosen := must[idp.RespondToAuthChallengeOutput](t)(gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: map[string]string{"USERNAME": "ina", "ANSWER": "EMAIL_OTP"}}))
		if chosen.ChallengeName != types.ChallengeNameTypeEmailOtp || chosen.ChallengeParameters["CODE_DELIVERY_DELIVERY_MEDIUM"] != "EMAIL" {
			t.Errorf("%+v, want a code by e-mail", chosen)
		}
		done := must[idp.RespondToAuthChallengeOutput](t)(gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: c, ChallengeName: chosen.ChallengeName, Session: chosen.Session, ChallengeResponses: map[string]string{"USERNAME": "ina", "EMAIL_OTP_CODE": gt.MustCode("ina@example.com")}}))
		if done.AuthenticationResult == nil {
			t.Errorf("%+v, want tokens", done)
		}
		have := must[idp.GetUserAuthFactorsOutput](t)(gt.Public.GetUserAuthFactors(ctx, &idp.GetUserAuthFactorsInput{AccessToken: done.AuthenticationResult.AccessToken}))
		if fmt.Sprint(have.ConfiguredUserAuthFactors) != "[PASSWORD EMAIL_OTP]" {
			t.Errorf("factors %v, want both", have.ConfiguredUserAuthFactors)
		}
		admin := must[idp.AdminInitiateAuthOutput](t)(gt.API.AdminInitiateAuth(ctx, &idp.AdminInitiateAuthInput{UserPoolId: &gt.Pool, ClientId: c, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: map[string]string{"USERNAME": "ina", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": gatetest.Password}}))
		if admin.AuthenticationResult == nil {
			t.Errorf("AdminInitiateAuth: %+v, want tokens", admin)
		}

		signedUp := must[idp.SignUpOutput](t)(gt.Public.SignUp(ctx, &idp.SignUpInput{ClientId: c, Username: aws.String("sam"), UserAttributes: gatetest.Attributes("email", "sam@example.com")}))
		confirm := func(session *string) (*idp.ConfirmSignUpOutput, error) {
			return gt.Public.ConfirmSignUp(ctx, &idp.ConfirmSignUpInput{ClientId: c, Username: aws.String("sam"), Session: session, ConfirmationCode: aws.String(gt.MustCode("sam@example.com"))})
		}
		foreign := "x" + *signedUp.Session
		wantException(t, "a session that is not ours", errorOf(confirm(&foreign)), unauthorized, "Invalid session for the user.")
		confirmed := must[idp.ConfirmSignUpOutput](t)(confirm(signedUp.Session))
		if out := initiate(&idp.InitiateAuthInput{Session: confirmed.Session, AuthParameters: map[string]string{"USERNAME": "sam"}}); out.AuthenticationResult == nil {
			t.Errorf("after the sign-up: %+v, want tokens", out)
		}

		if p := allowFirst(t, gt, "PASSWORD"); fmt.Sprint(p.Policies.SignInPolicy.AllowedFirstAuthFactors) != "[PASSWORD]" {
			t.Errorf("first factors after an update with one: %v, want PASSWORD", p.Policies.SignInPolicy.AllowedFirstAuthFactors)
		}
	})
}

func TestUserAuthRefusals(t *testing.T) {
	gt := gatetest.New(t)
	ctx, policy := t.Context(), func(factors ...types.AuthFactorType) func() error {
		return func() error {
			return errorOf(gt.API.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: aws.String("p"), Policies: &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: factors}}}))
		}
	}
	before := must[idp.ListUserPoolsOutput](t)(gt.API.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	c := gt.MustClient(choosing).ClientId
	gt.MustUser("ina")
	initiate := func(parameters map[string]string) func() error {
		return func() error {
			return errorOf(gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: c, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: parameters}))
		}
	}
	checkRefusals(t, []refusal{
		{"an app as the first factor", policy("PASSWORD", "SOFTWARE_TOKEN"), invalid, "SOFTWARE_TOKEN cannot be in AllowedFirstAuthFactors."},
		{"a factor twice", policy("PASSWORD", "PASSWORD"), invalid, "AllowedFirstAuthFactors names PASSWORD twice."},
		{"no such factor", policy("MAGIC"), invalid, ""},
		{"no name", initiate(nil), invalid, "Missing required parameter USERNAME"},
		{"no such preference", initiate(map[string]string{"USERNAME": "ina", "PREFERRED_CHALLENGE": "MAGIC"}), invalid, "Invalid PREFERRED_CHALLENGE MAGIC"},
		{"unknown user", initiate(map[string]string{"USERNAME": "nobody"}), "UserNotFoundException", "User does not exist."},
	})
	after := must[idp.ListUserPoolsOutput](t)(gt.API.ListUserPools(ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	if len(after.UserPools) != len(before.UserPools) {
		t.Errorf("%d pools, then %d: a refused request made one", len(before.UserPools), len(after.UserPools))
	}
}
