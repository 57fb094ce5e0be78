package gatetest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

// TestRefreshTokenRotation follows a sign-in of a client whose refresh tokens
// rotate, with the SDK.
func TestRefreshTokenRotation(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	client := gt.MustClient(func(in *idp.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(10)}
	})
	if r := client.RefreshTokenRotation; r == nil || r.Feature != types.FeatureTypeEnabled || aws.ToInt32(r.RetryGracePeriodSeconds) != 10 {
		t.Fatalf("RefreshTokenRotation %+v, want what was set", r)
	}
	gt.MustUser("rosa")
	first := gt.MustSignIn(*client.ClientId, "rosa")
	refresh := func(token *string) (*types.AuthenticationResultType, error) {
		out, err := gt.Public.GetTokensFromRefreshToken(ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: client.ClientId, RefreshToken: token})
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	second, err := refresh(first.RefreshToken)
	if err != nil || second.RefreshToken == nil || *second.RefreshToken == *first.RefreshToken || second.AccessToken == nil || second.IdToken == nil {
		t.Fatalf("got %+v, %v, want three new tokens", second, err)
	}
	if again, err := refresh(first.RefreshToken); err != nil || *again.RefreshToken != *second.RefreshToken {
		t.Errorf("in the grace period: got %+v, %v, want the same refresh token again", again, err)
	}
	_, err = gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: client.ClientId, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": *second.RefreshToken}})
	wantException(t, "REFRESH_TOKEN_AUTH", err, "InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client")
	gt.Advance(10 * time.Second)
	_, err = refresh(first.RefreshToken)
	wantException(t, "reuse", err, "RefreshTokenReuseException", "")
	_, err = refresh(second.RefreshToken)
	wantException(t, "the valid token after a reuse", err, "NotAuthorizedException", "Refresh Token has been revoked")
	_, err = gt.Public.GetUser(ctx, &idp.GetUserInput{AccessToken: second.AccessToken})
	wantException(t, "the access token after a reuse", err, "NotAuthorizedException", "Access Token has been revoked")
}

func TestRotationIsShownAsItWasSet(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	plain := gt.MustClient()
	if plain.RefreshTokenRotation != nil {
		t.Errorf("RefreshTokenRotation %+v of a client that sent none", plain.RefreshTokenRotation)
	}
	out, err := gt.API.UpdateUserPoolClient(ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &gt.Pool, ClientId: plain.ClientId,
		RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeDisabled}})
	if err != nil {
		t.Fatal(err)
	}
	if r := out.UserPoolClient.RefreshTokenRotation; r == nil || r.Feature != types.FeatureTypeDisabled {
		t.Errorf("RefreshTokenRotation %+v, want DISABLED", r)
	}
}
