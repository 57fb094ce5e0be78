package awssdk_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/testing/awssdk"
	"gatehouse/internal/testing/browser"
)

// A pipe has no buffer, so the response's body is always read after the SDK has
// closed the request's.
func TestAResponseIsReadToItsEnd(t *testing.T) {
	answer := `{"UserPool":{"Name":"` + strings.Repeat("x", 64<<10) + `"}}`
	network := browser.NewNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		io.WriteString(w, answer)
	}))
	client := idp.New(idp.Options{
		BaseEndpoint: aws.String("http://localhost"), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.AnonymousCredentials{}, HTTPClient: awssdk.HTTPClient(network.Client()),
	})
	for range 50 {
		if _, err := client.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: aws.String("us-east-1_A")}); err != nil {
			t.Fatal(err)
		}
	}
}
