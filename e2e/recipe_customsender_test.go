package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/recipe"
)

// TestCustomSenderRecipe runs the custom sender of the documentation: it opens codes
// with the AWS Encryption SDK and the key of the installation, and sends them. With
// the codes a person signs up and gets a new password.
func TestCustomSenderRecipe(t *testing.T) {
	t.Parallel()
	const key = "arn:aws:kms:us-east-1:000000000000:key/codes"
	const function = "arn:aws:lambda:us-east-1:000000000000:function:sender"
	port, provider := freePort(t), newProvider(t)
	d := newDirectory(t, sqlite, fmt.Sprintf("  functions: [{arn: %q, endpoint_url: \"http://127.0.0.1:%d/invocations\"}]\n", function, port))
	exports := d.accessKey(t)
	env := []string{"FUNCTION=./sender.mjs", fmt.Sprintf("PORT=%d", port), "PROVIDER_URL=" + provider.URL, "KEY_ARN=" + key, "AWS_ENDPOINT_URL_KMS=" + d.url}
	for line := range strings.Lines(exports) {
		env = append(env, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	placeRecipe(t, "custom-sender")
	startNode(t, "lambda.mjs", env...)
	listening(t, port)

	sdk := newSDK(t, d.url, exports)
	created, err := sdk.CreateUserPool(bounded(t), &cognito.CreateUserPoolInput{
		PoolName: aws.String("senders"), AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		LambdaConfig: &types.LambdaConfigType{KMSKeyID: aws.String(key), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: aws.String(function), LambdaVersion: "V1_0"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := sdk.CreateUserPoolClient(bounded(t), &cognito.CreateUserPoolClientInput{UserPoolId: created.UserPool.Id, ClientName: aws.String("app")})
	if err != nil {
		t.Fatal(err)
	}
	id, alice := client.UserPoolClient.ClientId, aws.String("alice")
	if _, err := sdk.SignUp(bounded(t), &cognito.SignUpInput{ClientId: id, Username: alice, Password: aws.String("Alice-2026!"), UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("alice@example.com")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.ConfirmSignUp(bounded(t), &cognito.ConfirmSignUpInput{ClientId: id, Username: alice, ConfirmationCode: aws.String(provider.next(t, "alice@example.com"))}); err != nil {
		t.Errorf("the code of the sign-up: %v", err)
	}
	if _, err := sdk.ForgotPassword(bounded(t), &cognito.ForgotPasswordInput{ClientId: id, Username: alice}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.ConfirmForgotPassword(bounded(t), &cognito.ConfirmForgotPasswordInput{ClientId: id, Username: alice, Password: aws.String("Alice-2027!"), ConfirmationCode: aws.String(provider.next(t, "alice@example.com"))}); err != nil {
		t.Errorf("the code of the reset: %v", err)
	}
	_, err = sdk.AdminCreateUser(bounded(t), &cognito.AdminCreateUserInput{
		UserPoolId: created.UserPool.Id, Username: aws.String("bob"), TemporaryPassword: aws.String("<Bob>&2026!"), DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("bob@example.com")}},
	})
	if got := provider.next(t, "bob@example.com"); err != nil || got != "<Bob>&2026!" {
		t.Errorf("the temporary password is %q, %v", got, err)
	}
}

// placeRecipe writes the file of a recipe beside the npm packages.
func placeRecipe(t *testing.T, name string) {
	t.Helper()
	blocks, err := recipe.Load("..", name)
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%d blocks of %s, %v", len(blocks), name, err)
	}
	if err := os.WriteFile(filepath.Join(installNode(t), blocks[0].File), []byte(blocks[0].Text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mailProvider takes messages over HTTP.
type mailProvider struct {
	*httptest.Server
	took chan struct{ To, Code string }
}

func newProvider(t *testing.T) *mailProvider {
	p := &mailProvider{took: make(chan struct{ To, Code string }, 10)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ To, Code string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("a message: %v", err)
		}
		p.took <- m
	}))
	t.Cleanup(p.Close)
	return p
}

// next returns the code of the next message, which must go to an address.
func (p *mailProvider) next(t *testing.T, to string) string {
	t.Helper()
	select {
	case m := <-p.took:
		if m.To != to {
			t.Errorf("a message to %s, want %s", m.To, to)
		}
		return m.Code
	case <-time.After(patience):
		t.Fatalf("no message to %s", to)
	}
	return ""
}
