package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// TestFunctionCommandRecipe runs the recipe of the documentation: a command of the
// development server adds a claim to the tokens of a pool.
func TestFunctionCommandRecipe(t *testing.T) {
	t.Parallel()
	tool(t, "node")
	port := freePort(t)
	follow(t, "function-command", []string{fmt.Sprintf("LISTEN=127.0.0.1:%d", port)}, "LISTEN")
	listening(t, port)
	sdk := newSDK(t, fmt.Sprintf("http://localhost:%d", port), "export AWS_ACCESS_KEY_ID=whoever\nexport AWS_SECRET_ACCESS_KEY=whatever\n")
	pool, err := sdk.CreateUserPool(bounded(t), &cognito.CreateUserPoolInput{
		PoolName: aws.String("functions"), LambdaConfig: &types.LambdaConfigType{PreTokenGeneration: aws.String("arn:aws:lambda:us-east-1:000000000000:function:pre-token")},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := sdk.CreateUserPoolClient(bounded(t), &cognito.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.AdminCreateUser(bounded(t), &cognito.AdminCreateUserInput{UserPoolId: pool.UserPool.Id, Username: aws.String("carol"), MessageAction: types.MessageActionTypeSuppress}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.AdminSetUserPassword(bounded(t), &cognito.AdminSetUserPasswordInput{UserPoolId: pool.UserPool.Id, Username: aws.String("carol"), Password: aws.String("Carol-2026!"), Permanent: true}); err != nil {
		t.Fatal(err)
	}
	out, err := sdk.InitiateAuth(bounded(t), &cognito.InitiateAuthInput{
		ClientId: client.UserPoolClient.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": "carol", "PASSWORD": "Carol-2026!"},
	})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(*out.AuthenticationResult.IdToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil || claims["tenant"] != "acme" || claims["cognito:username"] != "carol" {
		t.Errorf("claims %v, %v, want the function's tenant", claims, err)
	}
}
