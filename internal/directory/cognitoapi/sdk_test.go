package cognitoapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
)

var errNoKey = fault.New(fault.NotFound, "test_no_key", "There is no such access key.")

// sdk is the AWS SDK's client of a server that checks signatures.
func sdk(t *testing.T, keyID, secret string) (client *idp.Client, requests *atomic.Int64) {
	t.Helper()
	place(t)
	server := newServer()
	server.Authenticate = SignedBy(&sigv4.Verifier{
		Service: "cognito-idp",
		Secret: func(_ context.Context, id string) (seal.Secret, error) {
			if id != "AKIDEXAMPLE" {
				return "", errNoKey
			}
			return "example-secret", nil
		},
	})
	requests = new(atomic.Int64)
	network := browser.NewNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		server.ServeHTTP(w, r)
	}))
	return idp.New(idp.Options{
		BaseEndpoint: aws.String("http://localhost:9229"),
		HTTPClient:   awssdk.HTTPClient(network.Client()),
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider(keyID, secret, ""),
	}), requests
}

func TestSDKSignedOperation(t *testing.T) {
	client, _ := sdk(t, "AKIDEXAMPLE", "example-secret")
	out, err := client.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: aws.String("us-east-1_A"), Username: aws.String("alice@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Username != "alice@example.com" || out.UserStatus != types.UserStatusTypeConfirmed || !out.Enabled || len(out.UserAttributes) != 2 {
		t.Errorf("AdminGetUser = %+v", out)
	}
	if got := out.UserCreateDate.Sub(created).Abs(); got > time.Millisecond {
		t.Errorf("UserCreateDate = %v, want %v", out.UserCreateDate, created)
	}
	out, err = client.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: aws.String("us-east-1_A"), Username: aws.String("caller")})
	if err != nil || !strings.HasPrefix(*out.Username, "AKIDEXAMPLE in eu-west-1 with aws-sdk-go-v2/") {
		t.Errorf("caller = %v, %v", out, err)
	}
}

func TestSDKOperationsWithoutSignature(t *testing.T) {
	client, _ := sdk(t, "nobody", "nothing")
	sign := func(password string) (*idp.InitiateAuthOutput, error) {
		return client.InitiateAuth(t.Context(), &idp.InitiateAuthInput{
			ClientId: aws.String("abc"), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": "alice@example.com", "PASSWORD": password},
		})
	}
	out, err := sign("Correct horse 1")
	if err != nil || *out.AuthenticationResult.AccessToken != "access.token.text" || out.AuthenticationResult.ExpiresIn != 3600 {
		t.Errorf("InitiateAuth = %+v, %v", out, err)
	}
	if _, err := sign("wrong"); !isA[*types.NotAuthorizedException](err) || !strings.Contains(err.Error(), "Incorrect username or password.") {
		t.Errorf("InitiateAuth with a wrong password = %v", err)
	}
	options, err := client.StartWebAuthnRegistration(t.Context(), &idp.StartWebAuthnRegistrationInput{AccessToken: aws.String("abc")})
	if err != nil {
		t.Fatal(err)
	}
	var challenge struct {
		Challenge string `document:"challenge"`
	}
	if err := options.CredentialCreationOptions.UnmarshalSmithyDocument(&challenge); err != nil || challenge.Challenge != "AAEC" {
		t.Errorf("CredentialCreationOptions = %+v, %v", challenge, err)
	}
}

func TestSDKSurfacesErrors(t *testing.T) {
	user := func(name string) func(*idp.Client) error {
		return func(c *idp.Client) error {
			_, err := c.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: aws.String("us-east-1_A"), Username: aws.String(name)})
			return err
		}
	}
	tests := []struct {
		name, keyID, secret string
		call                func(*idp.Client) error
		is                  func(error) bool // nil: no typed error
		code                string
		requests            int64 // 0: 1
	}{
		{name: "modelled", call: user("nobody"), is: isA[*types.UserNotFoundException], code: "UserNotFoundException"},
		{name: "constraint", call: user("a b"), is: isA[*types.InvalidParameterException], code: "InvalidParameterException"},
		{name: "unknown key", keyID: "AKIDOTHER", call: user("alice"), code: "UnrecognizedClientException"},
		{name: "wrong secret", secret: "guess", call: user("alice"), code: "InvalidSignatureException"},
		{name: "not offered", code: "NotImplementedException", call: func(c *idp.Client) error {
			_, err := c.ListUserPools(t.Context(), &idp.ListUserPoolsInput{MaxResults: aws.Int32(10)})
			return err
		}},
		{name: "internal", call: user("broken"), is: isA[*types.InternalErrorException], code: "InternalErrorException", requests: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, requests := sdk(t, or(tt.keyID, "AKIDEXAMPLE"), or(tt.secret, "example-secret"))
			client = idp.New(client.Options(), func(o *idp.Options) { o.RetryMaxAttempts = 2 })
			err := tt.call(client)
			api, ok := errors.AsType[smithy.APIError](err)
			if !ok || api.ErrorCode() != tt.code {
				t.Fatalf("got %v, want code %s", err, tt.code)
			}
			if tt.is != nil && !tt.is(err) {
				t.Errorf("%v is not the SDK's typed error", err)
			}
			if got := requests.Load(); got != max(tt.requests, 1) {
				t.Errorf("the SDK sent %d requests, want %d", got, max(tt.requests, 1))
			}
		})
	}
}

func TestSDKSendsNestedInput(t *testing.T) {
	client, _ := sdk(t, "AKIDEXAMPLE", "example-secret")
	out, err := client.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{
		PoolName:     aws.String("staff"),
		UserPoolTags: map[string]string{"team": "red"},
		LambdaConfig: &types.LambdaConfigType{PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{
			LambdaArn: aws.String("arn:aws:lambda:us-east-1:000000000000:function:x"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.UserPool.LambdaConfig.PreTokenGenerationConfig; *out.UserPool.Name != "staff" || got.LambdaVersion != "V2_0" || out.UserPool.UserPoolTags["team"] != "red" {
		t.Errorf("CreateUserPool = %+v", out.UserPool)
	}
	_, err = client.CompleteWebAuthnRegistration(t.Context(), &idp.CompleteWebAuthnRegistrationInput{
		AccessToken: aws.String("abc"), Credential: document.NewLazyDocument(map[string]any{"id": "x"})})
	if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != "NotImplementedException" {
		t.Errorf("CompleteWebAuthnRegistration = %v, want that it is not offered", err)
	}
}

func TestTooLargeABody(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"x":"`+strings.Repeat("x", 1<<16)+`"}`))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", targetPrefix+"InitiateAuth")
	w := httptest.NewRecorder()
	newServer().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "RequestEntityTooLargeException") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
