package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestAmplify keeps a person signed in with Amplify, at a client whose refresh
// tokens rotate and at one whose refresh tokens stay. Then a refresh token that
// was used up is used again.
func TestAmplify(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, declaredPool)
		sdk := newSDK(t, d.url, d.accessKey(t))
		for _, feature := range []types.FeatureType{types.FeatureTypeEnabled, types.FeatureTypeDisabled} {
			created, err := sdk.CreateUserPoolClient(bounded(t), &cognito.CreateUserPoolClientInput{
				UserPoolId: aws.String(declaredID), ClientName: aws.String("amplify"),
				ExplicitAuthFlows:    []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth},
				RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: feature},
			})
			if err != nil {
				t.Fatal(err)
			}
			seen := decode[amplifySaw](t, runNode(t, "amplify.mjs", "ENDPOINT="+d.url+"/", "POOL="+declaredID,
				"CLIENT="+*created.UserPoolClient.ClientId, "USERNAME=alice", "PASSWORD=Alice-2026!"))
			checkAmplify(t, feature == types.FeatureTypeEnabled, seen)
		}
	})
}

type amplifySaw struct {
	SignedIn                    bool
	RefreshTokens, Left         []string
	AccessTokens                int
	Attributes                  map[string]string
	AfterReuse, OwnerAfterReuse string
}

func checkAmplify(t *testing.T, rotates bool, seen amplifySaw) {
	t.Helper()
	different := map[string]bool{}
	for _, token := range seen.RefreshTokens {
		different[token] = token != ""
	}
	wantDifferent, wantReuse, wantOwner := 1, "tokens", "tokens"
	if rotates {
		wantDifferent, wantReuse, wantOwner = 4, "RefreshTokenReuseException", "none"
	}
	if !seen.SignedIn || seen.AccessTokens != 4 || seen.Attributes["email"] != "alice@example.com" || len(different) != wantDifferent || different[""] {
		t.Errorf("rotation %v: signed in %v, %d access tokens, %d different refresh tokens, attributes %v", rotates, seen.SignedIn, seen.AccessTokens, len(different), seen.Attributes)
	}
	if seen.AfterReuse != wantReuse || seen.OwnerAfterReuse != wantOwner {
		t.Errorf("rotation %v: the first refresh token again: %s, then the valid one: %s; want %s, %s", rotates, seen.AfterReuse, seen.OwnerAfterReuse, wantReuse, wantOwner)
	}
	if len(seen.Left) > 0 {
		t.Errorf("rotation %v: %v left after signing out", rotates, seen.Left)
	}
}
