package server_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/server"
	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
)

// A client whose endpoint has a path signs that path, and may leave out the slash
// at its end.
func TestTheAPIUnderAPathIsCalledWithAndWithoutASlash(t *testing.T) {
	c := load(t, t.TempDir(), secretOne, admins)
	c.Directory.URL.Path = "/directory"
	s := start(t, c)
	keys, done, err := server.OpenKeys(t.Context(), c, server.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	k, secret, err := keys.CreateKey(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	network := browser.NewNetwork(t, s.Handler())
	for _, endpoint := range []string{"https://id.example.com/directory", "https://id.example.com/directory/"} {
		client := idp.New(idp.Options{
			BaseEndpoint: &endpoint, Region: "us-east-1", RetryMaxAttempts: 1, HTTPClient: awssdk.HTTPClient(network.Client()),
			Credentials: credentials.NewStaticCredentialsProvider(k.ID, secret.Reveal(), ""),
		})
		pool, err := client.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: aws.String("us-east-1_Staff0001")})
		if err != nil || aws.ToString(pool.UserPool.Name) != "staff" {
			t.Errorf("%s: got %v, %v, want the pool", endpoint, pool, err)
		}
	}
	for path, status := range map[string]int{
		"/directory": http.StatusMethodNotAllowed, "/dir%65ctory": http.StatusMethodNotAllowed, "/dir%65ctory/us-east-1_Staff0001/.well-known/jwks.json": 200,
		"/directory/us-east-1%5FStaff0001/.well-known/jwks.json": 200, "/directoryx": 404, "/": 404,
	} {
		if w := get(s, "https://id.example.com"+path, nil); w.Code != status {
			t.Errorf("GET %s: got %d, want %d", path, w.Code, status)
		}
	}
}
