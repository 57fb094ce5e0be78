package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/testing/awssdk"
)

// newSDK returns an AWS SDK client for a directory. The client does not retry.
// exports holds the lines that `gatehouse keys create` prints.
func newSDK(t *testing.T, endpoint, exports string) *cognito.Client {
	t.Helper()
	vars := map[string]string{}
	for line := range strings.Lines(exports) {
		key, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		vars[key] = value
	}
	return cognito.New(cognito.Options{
		BaseEndpoint: aws.String(endpoint), Region: "us-east-1", HTTPClient: awssdk.HTTPClient(newClient(t)), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(vars["AWS_ACCESS_KEY_ID"], vars["AWS_SECRET_ACCESS_KEY"], ""),
	})
}
